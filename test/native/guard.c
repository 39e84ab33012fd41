// Memory for tests whose neighbours can't be touched: some pages, with one before them and one behind that nobody may read
// or write. An access out of bounds is a fault of the process there, and no value that happens to be right.

#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>

// guarded(pages): an ArrayBuffer of so many pages, which are never given back.
static napi_value guarded(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, buffer;
  uint32_t pages = 0;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok) return NULL;
  if (napi_get_value_uint32(env, argument, &pages) != napi_ok) return NULL;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *memory = mmap(NULL, (pages + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + page, pages * page, PROT_READ | PROT_WRITE) != 0) {
    napi_throw_error(env, NULL, "no memory can be mapped");
    return NULL;
  }
  if (napi_create_external_arraybuffer(env, memory + page, pages * page, NULL, NULL, &buffer) != napi_ok) return NULL;
  return buffer;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "guarded", NAPI_AUTO_LENGTH, guarded, NULL, &function);
  napi_set_named_property(env, exports, "guarded", function);
  return exports;
}
