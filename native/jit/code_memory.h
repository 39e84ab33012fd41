// Memory for machine code, never writable and executable at once. By default a page is mapped twice, here to write and
// there to execute; where that can't be had (or UNIBPF_JIT_MEMORY=mprotect asks for it, as emulators and valgrind need)
// a program gets pages of its own, which are written and then made executable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace unibpf::jit {

/** Machine code, given back when this ends. */
class CodeBlock {
 public:
  CodeBlock() = default;
  CodeBlock(CodeBlock&& other) noexcept;
  CodeBlock& operator=(CodeBlock&& other) noexcept;
  ~CodeBlock();

  const uint8_t* code() const { return code_; }
  size_t size() const { return size_; }
  explicit operator bool() const { return code_ != nullptr; }

 private:
  friend CodeBlock storeCode(std::span<const uint8_t> code);
  const uint8_t* code_ = nullptr;
  size_t size_ = 0;
  size_t mapped_ = 0;  // bytes of pages of its own; 0 when the block lies in the arena
};

/** Copies code, which must not depend on its address, to where it can be executed; empty when there is no memory. */
CodeBlock storeCode(std::span<const uint8_t> code);

}  // namespace unibpf::jit
