#pragma once
// Whether a function looks at the clock (semantics.md 23).

#include "ir/module.h"

namespace flow::ir {

bool ReadsClock(const Module& module, FnId fn);

}  // namespace flow::ir
