#include "jit/code_memory.h"

#include <asmjit/core.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace unibpf::jit {
namespace {

using asmjit::JitAllocator;
namespace VirtMem = asmjit::VirtMem;

bool wantsMprotect() {
  const char* choice = std::getenv("UNIBPF_JIT_MEMORY");
  return choice != nullptr && std::string_view(choice) == "mprotect";
}

/** Shared by all threads, and kept to the end of the process: a worker's exit must not take code from the others. */
JitAllocator* arena() {
  static JitAllocator* const allocator = [] {
    JitAllocator::CreateParams params;
    params.options = asmjit::JitAllocatorOptions::kUseDualMapping | asmjit::JitAllocatorOptions::kFillUnusedMemory;
    return new JitAllocator(&params);
  }();
  return allocator;
}

const uint8_t* storeInArena(std::span<const uint8_t> code) {
  void* executable;
  void* writable;
  if (arena()->alloc(&executable, &writable, code.size()) != asmjit::kErrorOk) return nullptr;
  std::memcpy(writable, code.data(), code.size());
  VirtMem::flushInstructionCache(executable, code.size());
  return static_cast<const uint8_t*>(executable);
}

const uint8_t* storeInPages(std::span<const uint8_t> code, size_t mapped) {
  void* pages;
  if (VirtMem::alloc(&pages, mapped, VirtMem::MemoryFlags::kAccessRW) != asmjit::kErrorOk) return nullptr;
  std::memcpy(pages, code.data(), code.size());
  if (VirtMem::protect(pages, mapped, VirtMem::MemoryFlags::kAccessRX) != asmjit::kErrorOk) {
    VirtMem::release(pages, mapped);
    return nullptr;
  }
  VirtMem::flushInstructionCache(pages, mapped);
  return static_cast<const uint8_t*>(pages);
}

size_t wholePages(size_t size) {
  size_t page = VirtMem::info().pageSize;
  return (size + page - 1) / page * page;
}

}  // namespace

CodeBlock::CodeBlock(CodeBlock&& other) noexcept { *this = std::move(other); }

CodeBlock& CodeBlock::operator=(CodeBlock&& other) noexcept {
  std::swap(code_, other.code_);
  std::swap(size_, other.size_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

CodeBlock::~CodeBlock() {
  if (code_ == nullptr) return;
  void* code = const_cast<uint8_t*>(code_);
  if (mapped_ == 0) {
    arena()->release(code);
  } else {
    VirtMem::release(code, mapped_);
  }
}

CodeBlock storeCode(std::span<const uint8_t> code) {
  static const bool inPages = wantsMprotect();
  CodeBlock block;
  block.size_ = code.size();
  if (!inPages) block.code_ = storeInArena(code);
  if (block.code_ != nullptr) return block;
  block.mapped_ = wholePages(code.size());
  block.code_ = storeInPages(code, block.mapped_);
  return block;
}

}  // namespace unibpf::jit
