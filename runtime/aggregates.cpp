// The rare parts of aggregates: growing and merging what runtime/inline/aggregates.h adds to in
// place.

#include "runtime/inline/aggregates.h"

#include <cstring>

namespace {

constexpr int64_t kFirstChunk = 4;
constexpr int64_t kLargestChunk = 8192;
constexpr uint64_t kFirstSlots = 8;

}  // namespace

extern "C" {

void* flow_sample_grow(FlowArena* arena, FlowSample* sample) noexcept {
  int64_t capacity = sample->last == nullptr ? kFirstChunk : sample->last->capacity * 2;
  if (capacity > kLargestChunk) capacity = kLargestChunk;
  auto* chunk = static_cast<FlowSampleChunk*>(
      flow_arena_alloc(arena, static_cast<int64_t>(sizeof(FlowSampleChunk)) + capacity * 8, 8));
  chunk->before = sample->last;
  chunk->capacity = capacity;
  chunk->used = 0;
  sample->last = chunk;
  return chunk;
}

void flow_sample_merge(FlowArena* arena, FlowSample* into, const FlowSample* from) noexcept {
  for (const FlowSampleChunk* chunk = from->last; chunk != nullptr; chunk = chunk->before) {
    for (int64_t i = 0; i < chunk->used; ++i) flow_sample_add(arena, into, chunk->values()[i]);
  }
}

void flow_number_set_grow(FlowArena* arena, FlowNumberSet* set) noexcept {
  uint64_t slots = set->slots == nullptr ? 0 : set->mask + 1;
  uint64_t wanted = slots == 0 ? kFirstSlots : slots * 2;
  auto bytes = static_cast<int64_t>(wanted * sizeof(int64_t));
  auto* grown = static_cast<int64_t*>(flow_arena_alloc(arena, bytes, alignof(int64_t)));
  std::memset(grown, 0, static_cast<size_t>(bytes));
  for (uint64_t i = 0; i < slots; ++i) {
    int64_t value = set->slots[i];
    if (value == 0) continue;
    uint64_t at = flow_number_hash(value) & (wanted - 1);
    while (grown[at] != 0) at = (at + 1) & (wanted - 1);
    grown[at] = value;
  }
  set->slots = grown;
  set->mask = wanted - 1;
}

void flow_number_set_merge(FlowArena* arena, FlowNumberSet* into,
                           const FlowNumberSet* from) noexcept {
  if (from->has_zero) flow_number_set_add(arena, into, 0);
  if (from->slots == nullptr) return;
  for (uint64_t i = 0; i <= from->mask; ++i) {
    if (from->slots[i] != 0) flow_number_set_add(arena, into, from->slots[i]);
  }
}
}
