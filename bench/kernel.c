// The running kernel's own machine, timed by itself (bpf(2), BPF_PROG_TEST_RUN). Plain Node-API, built by peers.mjs.

#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <node_api.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// bpf(2); throws what the system says
static long bpf(napi_env env, int command, union bpf_attr* attributes) {
  long answer = syscall(SYS_bpf, command, attributes, sizeof *attributes);
  if (answer < 0) napi_throw_error(env, NULL, strerror(errno));
  return answer;
}

static uint64_t bytes_of(napi_env env, napi_value array, uint32_t* size) {
  void* data = NULL;
  size_t length = 0;
  napi_get_typedarray_info(env, array, NULL, &length, &data, NULL, NULL);
  *size = (uint32_t)length;
  return (uintptr_t)data;
}

// load(wire): the number of an internal program in the running kernel, as a classifier of frames
static napi_value load(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1], result;
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  union bpf_attr attributes = {.prog_type = BPF_PROG_TYPE_SCHED_CLS};
  uint32_t size;
  attributes.insns = bytes_of(env, args[0], &size);
  attributes.insn_cnt = size / 8;
  attributes.license = (uintptr_t) "GPL";
  napi_create_int64(env, bpf(env, BPF_PROG_LOAD, &attributes), &result);
  return result;
}

// time(number, packet, repeats): [verdict, nanoseconds a run]
static napi_value time_runs(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value args[3], pair, value;
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  union bpf_attr attributes = {0};
  napi_get_value_uint32(env, args[0], &attributes.test.prog_fd);
  attributes.test.data_in = bytes_of(env, args[1], &attributes.test.data_size_in);
  napi_get_value_uint32(env, args[2], &attributes.test.repeat);
  bpf(env, BPF_PROG_TEST_RUN, &attributes);
  napi_create_array_with_length(env, 2, &pair);
  napi_create_uint32(env, attributes.test.retval, &value);
  napi_set_element(env, pair, 0, value);
  napi_create_uint32(env, attributes.test.duration, &value);
  napi_set_element(env, pair, 1, value);
  return pair;
}

// close(number)
static napi_value close_program(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1];
  uint32_t number;
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  napi_get_value_uint32(env, args[0], &number);
  close((int)number);
  return NULL;
}

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback function;
  } rows[] = {{"load", load}, {"time", time_runs}, {"close", close_program}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    napi_value function;
    napi_create_function(env, rows[i].name, NAPI_AUTO_LENGTH, rows[i].function, NULL, &function);
    napi_set_named_property(env, exports, rows[i].name, function);
  }
  return exports;
}
