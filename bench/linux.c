// The running kernel's verifier, timed: loads a program with its maps, and drops all of it. Plain Node-API, built by peers.mjs.

#include <errno.h>
#include <linux/bpf.h>
#include <node_api.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { most_maps = 64, map_words = 5, log_bytes = 1 << 16, stats_only = 4 };

static int bpf(enum bpf_cmd command, union bpf_attr* attributes) {
  return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static double thread_time(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

// A map as type, key, value, entries, flags.
static int create(const uint32_t* words) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = words[0];
  attributes.key_size = words[1];
  attributes.value_size = words[2];
  attributes.max_entries = words[3];
  attributes.map_flags = words[4];
  return bpf(BPF_MAP_CREATE, &attributes);
}

static int load(uint32_t type, const void* insns, size_t bytes, const int* maps, char* log) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = type;
  attributes.insns = (uintptr_t)insns;
  attributes.insn_cnt = (uint32_t)(bytes / 8);
  attributes.license = (uintptr_t)"GPL";
  attributes.fd_array = (uintptr_t)maps;
  attributes.log_buf = (uintptr_t)log;
  attributes.log_size = log_bytes;
  attributes.log_level = stats_only;
  return bpf(BPF_PROG_LOAD, &attributes);
}

// What the kernel says at the end of its log, and the time of the thread.
static napi_value figures(napi_env env, const char* log, double nanoseconds) {
  int processed = 0;
  const char* line = strstr(log, "processed ");
  if (line) sscanf(line, "processed %d", &processed);
  napi_value result, value;
  napi_create_object(env, &result);
  napi_create_int32(env, processed, &value);
  napi_set_named_property(env, result, "processed", value);
  napi_create_double(env, nanoseconds, &value);
  napi_set_named_property(env, result, "nanoseconds", value);
  return result;
}

// verify(type, wire, maps): { processed, nanoseconds }, or undefined where the kernel refuses; maps is a Uint32Array
static napi_value verify(napi_env env, napi_callback_info info) {
  static char log[log_bytes];
  size_t argc = 3, bytes, words;
  napi_value args[3], result = NULL;
  uint32_t type;
  void *wire, *shapes;
  int maps[most_maps];
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  napi_get_value_uint32(env, args[0], &type);
  napi_get_typedarray_info(env, args[1], NULL, &bytes, &wire, NULL, NULL);
  napi_get_typedarray_info(env, args[2], NULL, &words, &shapes, NULL, NULL);
  size_t count = words / map_words;
  for (size_t i = 0; i < count; i++) maps[i] = create((const uint32_t*)shapes + i * map_words);
  log[0] = 0;
  double start = thread_time();
  int program = load(type, wire, bytes, maps, log);
  double nanoseconds = thread_time() - start;
  if (program >= 0) {
    result = figures(env, log, nanoseconds);
    close(program);
  }
  for (size_t i = 0; i < count; i++) {
    if (maps[i] >= 0) close(maps[i]);
  }
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "verify", NAPI_AUTO_LENGTH, verify, NULL, &function);
  napi_set_named_property(env, exports, "verify", function);
  return exports;
}
