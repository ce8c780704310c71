#pragma once
// A value that an aggregate keeps: its own deep copy, in memory that is used again when the value
// changes.

#include <cstdint>

#include "base/type.h"
#include "runtime/abi.h"

namespace flow::stdlib {

struct HeldValue {
  char* block;  // the value, then what it points to; null while nothing is held
  int64_t capacity;

  const void* value() const { return block; }
};

// Keeps `value` instead of what was held. The arena loses at most as much again as the largest
// value held.
void Hold(FlowArena* arena, const FlowType* type, HeldValue* held, const void* value);

// A copy of the held value whose parts live in `arena`.
void CopyHeld(FlowArena* arena, const FlowType* type, const HeldValue& held, void* out);

// T of T?: arguments that are none never reach an aggregate.
inline const FlowType* Plain(const FlowType* type) {
  return type->kind == static_cast<uint8_t>(TypeKind::kOptional) ? type->inner : type;
}

}  // namespace flow::stdlib
