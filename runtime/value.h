#pragma once
// Generic helpers over values in memory, driven by FlowType. Generated code uses them for nested
// types; operators for whole rows and keys.

#include <stdint.h>

#include "runtime/abi.h"

extern "C" {
// The order of semantics.md 6 and 8: -1, 0 or 1. NaN is the greatest float and equals itself, sets
// go by their text, none comes last (an operator that sorts downward keeps it last by itself). Maps
// and json, which have no order, go by their parts' and their text's.
int32_t flow_value_compare(const FlowType* type, const void* a, const void* b) noexcept;
bool flow_value_equal(const FlowType* type, const void* a, const void* b) noexcept;
// Equal values have equal hashes; all 64 bits are good.
uint64_t flow_value_hash(const FlowType* type, const void* value) noexcept;
// A deep copy: everything `to` points to afterwards belongs to `arena`. They may be one address.
void flow_value_copy(FlowArena* arena, const FlowType* type, void* to, const void* from) noexcept;
// Bytes beyond its own that a deep copy may take, gaps for alignment included.
int64_t flow_value_extra_bytes(const FlowType* type, const void* value) noexcept;
// True when a copy needs more than its own bytes: the value may hold pointers.
bool flow_type_has_pointers(const FlowType* type) noexcept;
}

// `none` of an optional type, whose flag follows the value.
inline bool flow_is_present(const FlowType* optional, const void* value) noexcept {
  return static_cast<const uint8_t*>(value)[optional->inner->size] != 0;
}
