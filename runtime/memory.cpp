#include "runtime/memory.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace flow::runtime {
namespace {

constexpr int64_t kFirstBlockBytes = 16 << 10;
constexpr int64_t kLargestBlockBytes = 4 << 20;
constexpr int64_t kKeptBlockBytes = 4 << 20;

// Stands at the beginning of every block; newest first, ending in a root without room.
struct alignas(16) Block {
  Block* next;
  MemoryBudget* budget;
  int64_t size;  // with this header
};

[[noreturn]] void OutOfMemory() {
  static const char kMessage[] = "flow: out of memory\n";
  ssize_t ignored = write(2, kMessage, sizeof kMessage - 1);
  (void)ignored;
  _exit(75);
}

void* AllocateOrExit(int64_t size) {
  void* memory = std::malloc(static_cast<size_t>(size));
  if (memory == nullptr) OutOfMemory();
  return memory;
}

void Charge(MemoryBudget* budget, int64_t bytes) {
  if (budget == nullptr) return;
  int64_t used = budget->used_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (used > budget->limit_bytes) budget->exceeded.store(true, std::memory_order_relaxed);
}

void FreeBlock(Block* block) {
  Charge(block->budget, -block->size);
  std::free(block);
}

char* Align(char* at, int64_t align) {
  uintptr_t mask = static_cast<uintptr_t>(align) - 1;
  return reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(at) + mask) & ~mask);
}

}  // namespace

void* ChargedAllocate(MemoryBudget* budget, int64_t size) {
  void* memory = AllocateOrExit(size);
  Charge(budget, size);
  return memory;
}

void ChargedFree(MemoryBudget* budget, void* memory, int64_t size) {
  Charge(budget, -size);
  std::free(memory);
}

void* Arena::NewRoot(MemoryBudget* budget) {
  if (budget == nullptr) return nullptr;
  auto* root = static_cast<Block*>(AllocateOrExit(sizeof(Block)));
  *root = {nullptr, budget, sizeof(Block)};
  Charge(budget, root->size);
  return root;
}

void* Arena::Allocate(int64_t size, int64_t align) {
  char* at = Align(arena_.at, align);
  if (arena_.end == nullptr || at + size > arena_.end) return flow_arena_grow(&arena_, size, align);
  arena_.at = at + size;
  return at;
}

void Arena::Reset() {
  // The newest block is the largest, as blocks grow; a huge one is not worth keeping.
  auto* newest = static_cast<Block*>(arena_.blocks);
  if (newest == nullptr || arena_.end == nullptr) return;
  Block* kept = newest->size <= kKeptBlockBytes ? newest : nullptr;
  Block* rest = kept != nullptr ? kept->next : newest;
  Block* root = nullptr;
  while (rest != nullptr) {
    Block* next = rest->next;
    if (rest->size == sizeof(Block)) {
      root = rest;
    } else {
      FreeBlock(rest);
    }
    rest = next;
  }
  arena_ = {};
  arena_.blocks = root;
  if (kept == nullptr) return;
  kept->next = root;
  arena_.blocks = kept;
  arena_.at = reinterpret_cast<char*>(kept + 1);
  arena_.end = reinterpret_cast<char*>(kept) + kept->size;
  arena_.allocated = kept->size;
}

void Arena::Free() {
  auto* block = static_cast<Block*>(arena_.blocks);
  while (block != nullptr) {
    Block* next = block->next;
    FreeBlock(block);
    block = next;
  }
  arena_ = {};
}

}  // namespace flow::runtime

using flow::runtime::AllocateOrExit;
using flow::runtime::Block;

void* flow_arena_grow(FlowArena* arena, int64_t size, int64_t align) noexcept {
  FLOW_CHECK(size >= 0 && align > 0 && align <= 4096, "bad arena request");
  auto* newest = static_cast<Block*>(arena->blocks);
  int64_t grown =
      newest == nullptr ? 0 : std::min(newest->size * 2, flow::runtime::kLargestBlockBytes);
  int64_t needed = size + align + static_cast<int64_t>(sizeof(Block));
  int64_t block_size = std::max({flow::runtime::kFirstBlockBytes, grown, needed});
  auto* block = static_cast<Block*>(AllocateOrExit(block_size));
  *block = {newest, newest == nullptr ? nullptr : newest->budget, block_size};
  flow::runtime::Charge(block->budget, block_size);
  char* at = flow::runtime::Align(reinterpret_cast<char*>(block + 1), align);
  arena->blocks = block;
  arena->allocated += block_size;
  arena->at = at + size;
  arena->end = reinterpret_cast<char*>(block) + block_size;
  return at;
}

void flow_buffer_grow(FlowBuffer* buffer, int64_t extra) noexcept {
  int64_t capacity = std::max(buffer->size + extra, buffer->capacity * 2);
  capacity = std::max<int64_t>(capacity, 4096);
  auto* data = static_cast<char*>(std::realloc(buffer->data, static_cast<size_t>(capacity)));
  if (data == nullptr) flow::runtime::OutOfMemory();
  buffer->data = data;
  buffer->capacity = capacity;
}

void flow_rows_grow(FlowRows* rows) noexcept {
  int64_t capacity = std::max<int64_t>(rows->capacity * 2, 256);
  auto* data =
      static_cast<void**>(std::realloc(rows->rows, static_cast<size_t>(capacity) * sizeof(void*)));
  if (data == nullptr) flow::runtime::OutOfMemory();
  rows->rows = data;
  rows->capacity = capacity;
}

void flow_tally_turn(FlowTallies* tallies, int64_t late_from) noexcept {
  if (tallies->last.rows > 0) {
    if (tallies->count == tallies->capacity) {
      int64_t capacity = std::max<int64_t>(tallies->capacity * 2, 16);
      auto* runs = static_cast<FlowTally*>(
          std::realloc(tallies->runs, static_cast<size_t>(capacity) * sizeof(FlowTally)));
      if (runs == nullptr) flow::runtime::OutOfMemory();
      tallies->runs = runs;
      tallies->capacity = capacity;
    }
    tallies->runs[tallies->count++] = tallies->last;
  }
  tallies->last = {late_from, 0};
}
