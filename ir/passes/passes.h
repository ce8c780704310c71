#pragma once
// Declares every pass of passes.def as a function.

#include "ir/pass.h"

namespace flow::ir::passes {

#define PASS(name, summary) bool name(Module& module, const PassOptions& options);
#include "ir/passes/passes.def"
#undef PASS

}  // namespace flow::ir::passes
