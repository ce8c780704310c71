#pragma once
// Boxed values to and from the memory layout of base/type.h.

#include "interp/value.h"
#include "runtime/memory.h"

namespace flow::interp {

// What the value points to is put into `arena`.
void StoreValue(const Type& type, const Value& value, void* at, runtime::Arena& arena);
Value LoadValue(const Type& type, const void* at);

}  // namespace flow::interp
