// Two traits of Debian's libasmjit.a, mended at link time (-Wl,--wrap, see CMakeLists.txt).
#ifdef UNIBPF_WRAP_LIBC

#include <sys/types.h>

#include <cerrno>
#include <cstdio>

extern "C" {
#define HIDDEN __attribute__((visibility("hidden")))

// It is PIE, not PIC: its one reference to a data symbol of libc is redirected.
extern FILE* __real_stderr;
HIDDEN FILE* __wrap_stderr = __real_stderr;

// Its fallback for kernels without memfd_create (before 3.17) is all that would tie the addon to glibc 2.34.
HIDDEN int __wrap_shm_open(const char*, int, mode_t) {
  errno = ENOSYS;
  return -1;
}
HIDDEN int __wrap_shm_unlink(const char*) {
  errno = ENOSYS;
  return -1;
}

#undef HIDDEN
}

#endif
