// Programs of tracing and of control groups: more of libbpf's names of sections.
//
// expect opened accepted
// expect switched accepted
// expect device accepted
// expect bind accepted
// expect raw accepted

#include "bpf.h"

struct event {
  u32 pid, number;
  u64 data[2];
};

struct {
  __uint(type, ringbuf);
  __uint(max_entries, 4096);
} events SEC(".maps");

static u32 number;

SEC("kprobe/do_sys_openat2") int opened(void *registers) {
  struct event *event = ringbuf_reserve(&events, sizeof *event, 0);
  if (!event) return 0;
  event->pid = get_current_pid_tgid() >> 32;
  event->number = number++;
  probe_read_kernel(event->data, sizeof event->data, registers);
  ringbuf_submit(event, 0);
  return 0;
}

SEC("tracepoint/sched/sched_switch") int switched(u64 *record) { return record[3] > 9; }

SEC("raw_tp/sys_enter") int raw(u64 *arguments) { return arguments[1] == 1; }

struct device {
  u32 access_type, major, minor;
};

SEC("cgroup/dev") int device(struct device *device) { return device->major == 1 && device->minor < 9; }

struct address {
  u32 family, ip4, ip6[4], port;
};

SEC("cgroup/bind4") int bind(struct address *address) { return address->port != 22; }

char license_text[] SEC("license") = "GPL";
