// What unibpf is measured against, in the same process and on the same bytes: libpcap's compiler and interpreter, functions
// that clang made of a classic program, and a loop that only touches each packet. Plain Node-API, built by peers.mjs.

#include <dlfcn.h>
#include <node_api.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

// The packets of one call: data, offsets, captured, lengths, verdicts, as JavaScript passes them.
struct packets {
  const uint8_t* data;
  const uint32_t* offsets;
  const uint32_t* captured;
  const uint32_t* lengths;
  uint32_t* verdicts;
  size_t count;
};

typedef uint32_t (*filter_function)(const uint8_t* packet, uint32_t length, uint32_t captured);

static void* bytes_of(napi_env env, napi_value array, size_t* length) {
  void* data = NULL;
  napi_get_typedarray_info(env, array, NULL, length, &data, NULL, NULL);
  return data;
}

static void packets_of(napi_env env, const napi_value* args, struct packets* out) {
  out->data = bytes_of(env, args[0], NULL);
  out->offsets = bytes_of(env, args[1], &out->count);
  out->captured = bytes_of(env, args[2], NULL);
  out->lengths = bytes_of(env, args[3], NULL);
  out->verdicts = bytes_of(env, args[4], NULL);
}

// threadTime(): nanoseconds of processor time of this thread
static napi_value thread_time(napi_env env, napi_callback_info info) {
  (void)info;
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  napi_value result;
  napi_create_double(env, (double)now.tv_sec * 1e9 + (double)now.tv_nsec, &result);
  return result;
}

// childrenTime(): nanoseconds of processor time of the child processes that have ended
static napi_value children_time(napi_env env, napi_callback_info info) {
  (void)info;
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  double seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
  double micros = (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  napi_value result;
  napi_create_double(env, seconds * 1e9 + micros * 1e3, &result);
  return result;
}

// compile(expression, snaplen): the classic program that libpcap makes for Ethernet, 8 bytes an instruction
static napi_value compile(napi_env env, napi_callback_info info) {
  size_t argc = 2, length;
  napi_value args[2], result = NULL;
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  static char expression[1 << 16];
  uint32_t snaplen;
  napi_get_value_string_utf8(env, args[0], expression, sizeof expression, &length);
  napi_get_value_uint32(env, args[1], &snaplen);

  pcap_t* dead = pcap_open_dead(DLT_EN10MB, (int)snaplen);
  struct bpf_program program;
  if (pcap_compile(dead, &program, expression, 1, PCAP_NETMASK_UNKNOWN) != 0) {
    napi_throw_error(env, NULL, pcap_geterr(dead));
  } else {
    void* bytes;
    napi_create_buffer_copy(env, program.bf_len * sizeof(struct bpf_insn), program.bf_insns, &bytes, &result);
    pcap_freecode(&program);
  }
  pcap_close(dead);
  return result;
}

// interpret(program, data, offsets, captured, lengths, verdicts): libpcap's interpreter
static napi_value interpret(napi_env env, napi_callback_info info) {
  size_t argc = 6;
  napi_value args[6];
  struct packets p;
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  const struct bpf_insn* program = bytes_of(env, args[0], NULL);
  packets_of(env, args + 1, &p);
  for (size_t i = 0; i < p.count; i++) {
    p.verdicts[i] = bpf_filter(program, p.data + p.offsets[i], p.lengths[i], p.captured[i]);
  }
  return NULL;
}

// touch(data, offsets, captured, lengths, verdicts): reads bytes 12 and 13 of each packet
static napi_value touch(napi_env env, napi_callback_info info) {
  size_t argc = 5;
  napi_value args[5];
  struct packets p;
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  packets_of(env, args, &p);
  for (size_t i = 0; i < p.count; i++) {
    const uint8_t* packet = p.data + p.offsets[i];
    p.verdicts[i] = p.captured[i] >= 14 ? (uint32_t)(packet[12] << 8 | packet[13]) : 0;
  }
  return NULL;
}

// the function that `load` returns: calls the compiled filter in a plain loop
static napi_value call_loaded(napi_env env, napi_callback_info info) {
  size_t argc = 5;
  napi_value args[5];
  void* data;
  struct packets p;
  napi_get_cb_info(env, info, &argc, args, NULL, &data);
  filter_function filter = (filter_function)data;
  packets_of(env, args, &p);
  for (size_t i = 0; i < p.count; i++) {
    p.verdicts[i] = filter(p.data + p.offsets[i], p.lengths[i], p.captured[i]);
  }
  return NULL;
}

// load(path): the function `filter` of a shared object, to be called with packets
static napi_value load(napi_env env, napi_callback_info info) {
  size_t argc = 1, length;
  napi_value args[1], result = NULL;
  char path[4096];
  napi_get_cb_info(env, info, &argc, args, NULL, NULL);
  napi_get_value_string_utf8(env, args[0], path, sizeof path, &length);
  void* object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void* filter = object ? dlsym(object, "filter") : NULL;
  if (!filter) napi_throw_error(env, NULL, dlerror());
  else napi_create_function(env, "filter", NAPI_AUTO_LENGTH, call_loaded, filter, &result);
  return result;
}

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback function;
  } rows[] = {
    {"threadTime", thread_time}, {"childrenTime", children_time}, {"compile", compile}, {"interpret", interpret}, {"touch", touch}, {"load", load},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    napi_value function;
    napi_create_function(env, rows[i].name, NAPI_AUTO_LENGTH, rows[i].function, NULL, &function);
    napi_set_named_property(env, exports, rows[i].name, function);
  }
  return exports;
}
