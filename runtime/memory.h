#pragma once
// Owners of the memory that generated code and helpers grow: arenas, output buffers, row lists.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "runtime/abi.h"

namespace flow::runtime {

// What all arenas of a run may hold together. An arena cannot refuse (generated code has no way to
// go on), so going over only raises `exceeded`; the run then ends at the next unit.
struct MemoryBudget {
  int64_t limit_bytes = INT64_MAX;
  std::atomic<int64_t> used_bytes{0};
  std::atomic<bool> exceeded{false};
};

// One piece of memory, counted against `budget` (may be null); ends the process when there is none.
void* ChargedAllocate(MemoryBudget* budget, int64_t size);
void ChargedFree(MemoryBudget* budget, void* memory, int64_t size);

class Arena {
 public:
  explicit Arena(MemoryBudget* budget = nullptr) { arena_.blocks = NewRoot(budget); }
  ~Arena() { Free(); }
  Arena(Arena&& other) noexcept : arena_(std::exchange(other.arena_, {})) {}
  Arena& operator=(Arena&& other) noexcept {
    std::swap(arena_, other.arena_);
    return *this;
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  FlowArena* get() { return &arena_; }
  int64_t allocated_bytes() const { return arena_.allocated; }
  void* Allocate(int64_t size, int64_t align);
  // Forgets everything, keeping one block (at most kKeptBlockBytes) for the next use.
  void Reset();

 private:
  static void* NewRoot(MemoryBudget* budget);
  void Free();
  FlowArena arena_{};
};

class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { std::free(buffer_.data); }
  Buffer(Buffer&& other) noexcept : buffer_(std::exchange(other.buffer_, {})) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  FlowBuffer* get() { return &buffer_; }
  char* data() { return buffer_.data; }
  int64_t size() const { return buffer_.size; }
  int64_t capacity() const { return buffer_.capacity; }
  void set_size(int64_t size) { buffer_.size = size; }
  void Reserve(int64_t capacity) {
    if (buffer_.capacity < capacity) flow_buffer_grow(&buffer_, capacity - buffer_.size);
  }

 private:
  FlowBuffer buffer_{};
};

}  // namespace flow::runtime
