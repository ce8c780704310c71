#pragma once
// Native functions of the catalog: values are laid out in memory (base/type.h), the kernel is
// called through its address, the result is boxed again.

#include <string>
#include <vector>

#include "base/catalog.h"
#include "interp/value.h"

namespace flow::interp {

struct NativeCall {
  const FunctionOverload& overload;
  const std::vector<Type>& types;  // result, then arguments
  const std::vector<const Value*>& args;
};

// False when the function failed; *detail then says why.
bool CallNative(const NativeCall& call, Value* result, std::string* detail);

}  // namespace flow::interp
