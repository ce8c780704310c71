#pragma once
// Typed ids of the IR. A ValueId prints as `%3`, a FnId as `@name`, a ParamId as `$name`.

#include "base/id.h"

namespace flow::ir {

using ValueId = Id<struct ValueTag>;      // an op of a body, and its result
using FnId = Id<struct FnTag>;            // a scalar function of the module
using ParamId = Id<struct ParamTag>;      // a parameter of the script
using HandlerId = Id<struct HandlerTag>;  // an `on error` handler

}  // namespace flow::ir
