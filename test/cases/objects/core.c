// Structures of the kernel, of which the object knows only a part: where their members are, the kernel's types say.
//
// expect name accepted
// expect queue accepted
// run queue 0000000000000000000000000000 = 2
// expect guarded accepted

#include "bpf.h"

#define kernel __attribute__((preserve_access_index))

struct task_struct {
  int pid, tgid;
  char comm[16];
  struct task_struct *real_parent;
} kernel;

struct task_struct___of_no_kernel {
  int there_is_no_such_member;
} kernel;

static u64 (*const get_current_task)(void) = (void *)35;

SEC("kprobe/f") int name(void *registers) {
  struct task_struct *task = (void *)get_current_task();
  struct task_struct *parent = 0;
  char name[16] = "";
  probe_read_kernel(&parent, sizeof parent, &task->real_parent);
  probe_read_kernel(name, sizeof name, &parent->comm);
  return name[0] == 'i' && name[15] == 0;
}

struct xdp_md___partly {
  u32 rx_queue_index;
} kernel;

SEC("xdp") int queue(struct xdp_md___partly *context) { return context->rx_queue_index == 0 ? 2 : 1; }

SEC("kprobe/g") int guarded(void *registers) {
  struct task_struct___of_no_kernel *task = (void *)get_current_task();
  int value = 0;
  if (__builtin_preserve_field_info(task->there_is_no_such_member, 2))
    probe_read_kernel(&value, sizeof value, &task->there_is_no_such_member);
  return value;
}

char license_text[] SEC("license") = "GPL";
