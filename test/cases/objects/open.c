// What only a running kernel can complete.
//
// expect moved unresolved: the offset of 'task.pid' depends on the kernel's types (CO-RE)
// expect kernel_function unresolved: 'bpf_rcu_read_lock' is a function of the kernel's (a kfunc)
// expect setting unresolved: 'CONFIG_HZ' is a setting of the kernel (.kconfig)
// expect whole accepted

#include "bpf.h"

struct task {
  int state, pid;
} __attribute__((preserve_access_index));

extern void bpf_rcu_read_lock(void) __attribute__((section(".ksyms")));
extern u32 CONFIG_HZ __attribute__((section(".kconfig")));

SEC("kprobe/f") int moved(struct task **arguments) {
  int pid;
  probe_read_kernel(&pid, sizeof pid, &arguments[0]->pid);
  return pid;
}

SEC("kprobe/g") int kernel_function(void *registers) {
  bpf_rcu_read_lock();
  return 0;
}

SEC("kprobe/h") int setting(void *registers) { return CONFIG_HZ; }

SEC("kprobe/i") int whole(void *registers) { return 0; }

char license_text[] SEC("license") = "GPL";
