// The running kernel's verifier for tests: maps, and programs that are loaded and dropped. An answer is an errno, 0 is none.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <node_api.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// How many seconds a load may take: Linux has been seen to go on for ever.
enum { patience = 10, most_attempts = 5, insn_bytes = 8 };

struct bytes {
  uint8_t *data;
  size_t length;
};

// The bytes of a typed array; none of what isn't one.
static struct bytes bytes_of(napi_env env, napi_value value) {
  struct bytes bytes = {NULL, 0};
  bool is_typed = false;
  if (napi_is_typedarray(env, value, &is_typed) != napi_ok || !is_typed) return bytes;
  napi_typedarray_type type;
  void *data;
  size_t count;
  if (napi_get_typedarray_info(env, value, &type, &count, &data, NULL, NULL) != napi_ok) return bytes;
  bytes.data = data;
  bytes.length = type == napi_int32_array ? 4 * count : count;
  return bytes;
}

static uint32_t number_of(napi_env env, napi_value value) {
  uint32_t number = 0;
  napi_get_value_uint32(env, value, &number);
  return number;
}

static napi_value answer_of(napi_env env, int32_t answer) {
  napi_value value;
  return napi_create_int32(env, answer, &value) == napi_ok ? value : NULL;
}

static int call(enum bpf_cmd command, union bpf_attr *attributes) {
  const long answer = syscall(SYS_bpf, command, attributes, sizeof *attributes);
  return answer < 0 ? -errno : (int)answer;
}

static volatile sig_atomic_t has_run_out;

static void run_out(int number) {
  (void)number;
  has_run_out = 1;
}

// Has this thread interrupted when its time is up: a load is broken off by a signal, with EAGAIN. (The clock of a thread tells
// nothing while the thread is in the kernel.)
static int start_clock(timer_t *timer) {
  struct sigaction action = {.sa_handler = run_out};
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
  event._sigev_un._tid = gettid();
  has_run_out = 0;
  if (sigaction(SIGALRM, &action, NULL) != 0) return -errno;
  if (timer_create(CLOCK_MONOTONIC, &event, timer) != 0) return -errno;
  const struct itimerspec end = {.it_value = {.tv_sec = patience}};
  return timer_settime(*timer, 0, &end, NULL) == 0 ? 0 : -errno;
}

// A descriptor, or -errno: -ETIME where Linux comes to no end.
static int load_in_time(union bpf_attr *attributes) {
  timer_t timer;
  const int error = start_clock(&timer);
  if (error != 0) return error;
  int answer = -EAGAIN;
  for (int attempt = 0; attempt < most_attempts && answer == -EAGAIN && !has_run_out; attempt++) {
    answer = call(BPF_PROG_LOAD, attributes);
  }
  timer_delete(timer);
  return answer == -EAGAIN && has_run_out ? -ETIME : answer;
}

// createMap(type, keySize, valueSize, maxEntries, flags, inner): its descriptor, which is never closed, or -errno. `inner` is the
// descriptor of a map like those that will be in it.
static napi_value create_map(napi_env env, napi_callback_info info) {
  size_t count = 6;
  napi_value arguments[6];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 6) return NULL;
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = number_of(env, arguments[0]);
  attributes.key_size = number_of(env, arguments[1]);
  attributes.value_size = number_of(env, arguments[2]);
  attributes.max_entries = number_of(env, arguments[3]);
  attributes.map_flags = number_of(env, arguments[4]);
  attributes.inner_map_fd = number_of(env, arguments[5]);
  return answer_of(env, call(BPF_MAP_CREATE, &attributes));
}

// loadTypes(btf): the descriptor of type information, which is never closed, or -errno
static napi_value load_types(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value arguments[1];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 1) return NULL;
  const struct bytes types = bytes_of(env, arguments[0]);
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.btf = (uintptr_t)types.data;
  attributes.btf_size = types.length;
  return answer_of(env, call(BPF_BTF_LOAD, &attributes));
}

// load(type, insns, maps, log, license, flags, attach, types, functions): 0 where the program is accepted, else the errno. `insns` names maps by
// their index in `maps`, an Int32Array of descriptors; `license` ends with 0. `functions`, an Int32Array, are pairs of a
// slot and the type of the function that begins there, in what has the descriptor `types`. The verifier's words end up in
// `log`, a Uint8Array, unless it is empty.
static napi_value load(napi_env env, napi_callback_info info) {
  size_t count = 9;
  napi_value arguments[9];
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 9) return NULL;
  const struct bytes insns = bytes_of(env, arguments[1]);
  const struct bytes maps = bytes_of(env, arguments[2]);
  const struct bytes log = bytes_of(env, arguments[3]);
  const struct bytes license = bytes_of(env, arguments[4]);
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = number_of(env, arguments[0]);
  attributes.insns = (uintptr_t)insns.data;
  attributes.insn_cnt = insns.length / insn_bytes;
  attributes.license = (uintptr_t)license.data;
  attributes.prog_flags = number_of(env, arguments[5]);
  attributes.expected_attach_type = number_of(env, arguments[6]);
  const struct bytes functions = bytes_of(env, arguments[8]);
  if (functions.length > 0) {
    attributes.prog_btf_fd = number_of(env, arguments[7]);
    attributes.func_info_rec_size = sizeof(struct bpf_func_info);
    attributes.func_info = (uintptr_t)functions.data;
    attributes.func_info_cnt = functions.length / sizeof(struct bpf_func_info);
  }
  attributes.fd_array = (uintptr_t)maps.data;
  if (log.length > 0) {
    attributes.log_buf = (uintptr_t)log.data;
    attributes.log_size = log.length;
    attributes.log_level = 2;
  }
  const int answer = load_in_time(&attributes);
  if (answer >= 0) close(answer);
  return answer_of(env, answer >= 0 ? 0 : -answer);
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback callback;
  } functions[] = {{"createMap", create_map}, {"loadTypes", load_types}, {"load", load}};
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].callback, NULL, &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
