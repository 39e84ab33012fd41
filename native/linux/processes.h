// seccomp(2): filters on processes. An error is an errno; 0 is none.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unibpf::kernel {

/** A program to be executed behind a filter. */
struct Command {
  /** The file's path: nothing is searched for. */
  std::string file;
  /** The name of the program first. */
  std::vector<std::string> arguments;
  /** NAME=value */
  std::vector<std::string> environment;
  /** 8 bytes an instruction, `struct sock_filter`. */
  std::span<const uint8_t> filter;
  /** SECCOMP_FILTER_FLAG_* */
  uint32_t flags = 0;
};

/** What a child does on its way to the program. */
enum class Stage : uint32_t { None, Start, Privileges, Filter, Execute };

struct Started {
  pid_t pid = -1;
  /** Where it failed, and with what; the child is gone then. */
  Stage stage = Stage::None;
  int error = 0;
};

/**
 * Forks; the child gives up the ways to gain privileges (NO_NEW_PRIVS), puts the filter on itself and executes the program.
 * Between fork and exec it makes system calls and nothing else: this process may have threads, whose locks it holds.
 */
Started start(const Command& command);

/** Waits for a child to end. @returns its status as waitpid(2) tells it, or -1 */
int waitFor(pid_t pid);

/** Puts a filter on this very process, on all of its threads where the flags say so (TSYNC). It stays there. */
int restrictSelf(std::span<const uint8_t> filter, uint32_t flags);

}  // namespace unibpf::kernel
