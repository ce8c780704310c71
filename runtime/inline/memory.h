#pragma once
// Arenas, growing output buffers, tallies.

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/helper.h"

// `size` bytes aligned to `align` (a power of two), living as long as the arena.
FLOW_HELPER void* flow_arena_alloc(FlowArena* arena, int64_t size, int64_t align) noexcept {
  uintptr_t at = (reinterpret_cast<uintptr_t>(arena->at) + static_cast<uintptr_t>(align) - 1) &
                 ~(static_cast<uintptr_t>(align) - 1);
  if (FLOW_UNLIKELY(arena->end == nullptr ||
                    at + static_cast<uintptr_t>(size) > reinterpret_cast<uintptr_t>(arena->end))) {
    return flow_arena_grow(arena, size, align);
  }
  arena->at = reinterpret_cast<char*>(at + static_cast<uintptr_t>(size));
  return reinterpret_cast<void*>(at);
}

// Makes room for `extra` bytes and gives the place to write them; the writer adds to `size`.
FLOW_HELPER char* flow_buffer_reserve(FlowBuffer* buffer, int64_t extra) noexcept {
  if (FLOW_UNLIKELY(buffer->capacity - buffer->size < extra)) flow_buffer_grow(buffer, extra);
  return buffer->data + buffer->size;
}

FLOW_HELPER void flow_buffer_append(FlowBuffer* buffer, const char* data, int64_t size) noexcept {
  char* at = flow_buffer_reserve(buffer, size);
  memcpy(at, data, static_cast<size_t>(size));
  buffer->size += size;
}

// One more row that is late from P = `late_from` on.
FLOW_HELPER void flow_tally(FlowTallies* tallies, int64_t late_from) noexcept {
  if (FLOW_UNLIKELY(tallies->last.late_from != late_from)) flow_tally_turn(tallies, late_from);
  ++tallies->last.rows;
}

// A copy of `text` that the arena owns.
FLOW_HELPER FlowString flow_arena_string(FlowArena* arena, const char* data,
                                         int64_t size) noexcept {
  if (size == 0) return {nullptr, 0};
  char* copy = static_cast<char*>(flow_arena_alloc(arena, size, 1));
  memcpy(copy, data, static_cast<size_t>(size));
  return {copy, size};
}
