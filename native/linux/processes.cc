#include "linux/processes.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace unibpf::kernel {
namespace {

/**
 * Where the child tells what went wrong: memory that both see, since behind a filter it may not be able to write to a pipe.
 */
struct Report {
  volatile uint32_t stage;
  volatile int32_t error;
};

/** Pointers into strings that outlive them, as execve(2) wants them. */
std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& each : strings) result.push_back(const_cast<char*>(each.c_str()));
  result.push_back(nullptr);
  return result;
}

sock_fprog programOf(std::span<const uint8_t> filter) {
  // The kernel only reads the instructions.
  auto* first = reinterpret_cast<sock_filter*>(const_cast<uint8_t*>(filter.data()));
  return {static_cast<unsigned short>(filter.size() / sizeof(sock_filter)), first};
}

/** Signals as a new program expects them: none blocked, all with their default. Node ignores SIGPIPE, which would be kept. */
void resetSignals() {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/** Node marks its standard streams to be closed by an exec. */
void keepStandardStreams() {
  for (int number = 0; number <= 2; number++) {
    int flags = fcntl(number, F_GETFD);
    if (flags >= 0) fcntl(number, F_SETFD, flags & ~FD_CLOEXEC);
  }
}

[[noreturn]] void fail(Report& report, Stage stage) {
  report.error = errno;
  report.stage = static_cast<uint32_t>(stage);
  _exit(127);
  __builtin_trap();  // where the filter doesn't let it exit either
}

[[noreturn]] void becomeProgram(const char* file, char* const* arguments, char* const* environment,
                                const sock_fprog& program, uint32_t flags, Report& report) {
  resetSignals();
  keepStandardStreams();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(report, Stage::Privileges);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) fail(report, Stage::Filter);
  execve(file, arguments, environment);
  fail(report, Stage::Execute);
}

/** Waits until the child has executed the program or is gone: then nobody holds the other end of the pipe. */
void waitForExec(int readEnd) {
  char byte;
  while (read(readEnd, &byte, 1) < 0 && errno == EINTR) {
  }
}

Started failure(Stage stage, int error) { return {-1, stage, error}; }

}  // namespace

Started start(const Command& command) {
  std::vector<char*> arguments = pointers(command.arguments);
  std::vector<char*> environment = pointers(command.environment);
  const sock_fprog program = programOf(command.filter);
  void* memory = mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return failure(Stage::Start, errno);
  auto& report = *static_cast<Report*>(memory);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    int error = errno;
    munmap(memory, sizeof(Report));
    return failure(Stage::Start, error);
  }
  pid_t pid = fork();
  if (pid == 0) {
    becomeProgram(command.file.c_str(), arguments.data(), environment.data(), program, command.flags, report);
  }
  Started started{pid, pid < 0 ? Stage::Start : Stage::None, pid < 0 ? errno : 0};
  close(ends[1]);
  if (pid > 0) waitForExec(ends[0]);
  close(ends[0]);
  if (pid > 0 && report.stage != 0) {
    started = failure(static_cast<Stage>(report.stage), report.error);
    waitFor(pid);
  }
  munmap(memory, sizeof(Report));
  return started;
}

int waitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

int restrictSelf(std::span<const uint8_t> filter, uint32_t flags) {
  const sock_fprog program = programOf(filter);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  // With TSYNC a positive result is a thread that can't be given the filter.
  return result == 0 ? 0 : result > 0 ? ESRCH : errno;
}

}  // namespace unibpf::kernel
