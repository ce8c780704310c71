#pragma once
// Hash tables of group entries: open addressing over tagged pointers, entries one after another in
// the pages of an arena, iteration in order of insertion.
//
// An entry is { u64 hash, key struct, states } (runtime/abi.h); the table knows only its size. A
// slot holds the entry's address in its low 48 bits and the high 16 bits of the hash above them; 0
// is empty. The probe starts at the low bits of the hash, so hashes must be mixed well in both
// halves. Keys are compared by the caller:
//
//   uint64_t at = flow_table_begin(table, hash);
//   while ((entry = flow_table_next(table, hash, &at)) != nullptr) if (same key) return entry;
//   entry = flow_table_insert(table, hash, at);   // then fill in key and states

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/helper.h"
#include "runtime/inline/memory.h"

struct FlowTable {
  uint64_t* slots;
  uint64_t mask;       // slots - 1
  int64_t count;       // entries
  int64_t entry_size;  // a multiple of 16
  void** entries;      // in order of insertion
  int64_t capacity;    // of `entries`
  FlowArena* arena;    // owns slots, entries and what keys and states point to
};

static const uint64_t kFlowTableAddress = 0x0000ffffffffffffull;
static const int64_t kFlowTableFirst = 16;

FLOW_HELPER void flow_table_init(FlowTable* table, FlowArena* arena, int64_t entry_size) noexcept {
  table->arena = arena;
  table->entry_size = (entry_size + 15) & ~static_cast<int64_t>(15);
  table->count = 0;
  table->mask = 0;
  table->slots = nullptr;
  table->entries = nullptr;
  table->capacity = 0;
}

// Where the search for `hash` starts. An empty table has no slots; flow_table_next knows.
FLOW_HELPER uint64_t flow_table_begin(const FlowTable* table, uint64_t hash) noexcept {
  return hash & table->mask;
}

// The next entry that may have this hash, or null; then *at is where insert puts a new one.
FLOW_HELPER void* flow_table_next(const FlowTable* table, uint64_t hash, uint64_t* at) noexcept {
  if (FLOW_UNLIKELY(table->slots == nullptr)) return nullptr;
  uint64_t place = *at;
  for (;;) {
    uint64_t slot = table->slots[place];
    if (slot == 0) {
      *at = place;
      return nullptr;
    }
    if (((slot ^ hash) & ~kFlowTableAddress) == 0) {
      *at = (place + 1) & table->mask;
      return reinterpret_cast<void*>(slot & kFlowTableAddress);
    }
    place = (place + 1) & table->mask;
  }
}

// Twice the slots and the room for entries.
FLOW_HELPER void flow_table_grow(FlowTable* table) noexcept {
  int64_t capacity = table->capacity == 0 ? kFlowTableFirst : table->capacity * 2;
  int64_t slots = capacity * 2;  // at most half full
  auto* entries = static_cast<void**>(flow_arena_alloc(table->arena, capacity * 8, 8));
  if (table->count > 0) memcpy(entries, table->entries, static_cast<size_t>(table->count) * 8);
  auto* places = static_cast<uint64_t*>(flow_arena_alloc(table->arena, slots * 8, 64));
  memset(places, 0, static_cast<size_t>(slots) * 8);
  uint64_t mask = static_cast<uint64_t>(slots) - 1;
  for (int64_t i = 0; i < table->count; ++i) {
    uint64_t hash = *static_cast<const uint64_t*>(entries[i]);
    uint64_t at = hash & mask;
    while (places[at] != 0) at = (at + 1) & mask;
    places[at] = reinterpret_cast<uint64_t>(entries[i]) | (hash & ~kFlowTableAddress);
  }
  table->entries = entries;
  table->slots = places;
  table->mask = mask;
  table->capacity = capacity;
}

// A new entry with its hash; `at` from the flow_table_next that found none. All of it but the hash
// is zero.
FLOW_HELPER void* flow_table_insert(FlowTable* table, uint64_t hash, uint64_t at) noexcept {
  if (FLOW_UNLIKELY(table->count == table->capacity)) {
    flow_table_grow(table);
    at = hash & table->mask;
    while (table->slots[at] != 0) at = (at + 1) & table->mask;
  }
  void* entry = flow_arena_alloc(table->arena, table->entry_size, 16);
  memset(entry, 0, static_cast<size_t>(table->entry_size));
  *static_cast<uint64_t*>(entry) = hash;
  table->slots[at] = reinterpret_cast<uint64_t>(entry) | (hash & ~kFlowTableAddress);
  table->entries[table->count++] = entry;
  return entry;
}

// The entry whose key equals that of `like` (an entry of another table of the same plan), or null;
// *at for insert.
FLOW_HELPER void* flow_table_find(const FlowTable* table, const void* like, int64_t key_offset,
                                  FlowEqualFn equal, uint64_t* at) noexcept {
  uint64_t hash = *static_cast<const uint64_t*>(like);
  *at = flow_table_begin(table, hash);
  for (;;) {
    void* entry = flow_table_next(table, hash, at);
    if (entry == nullptr) return nullptr;
    if (*static_cast<const uint64_t*>(entry) != hash) continue;
    if (equal(static_cast<const char*>(entry) + key_offset,
              static_cast<const char*>(like) + key_offset))
      return entry;
  }
}
