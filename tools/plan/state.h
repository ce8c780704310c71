#pragma once
// What stages remember, and why their results depend on the clock.

#include <string>
#include <vector>

#include "tools/plan/model.h"

namespace flow::plan {

std::vector<State> StateOf(const ir::Module& module, const Catalog& catalog, ir::ValueId op);

// Reasons of its own (semantics.md 23, 30, 47, 56, 64).
std::vector<std::string> ClockOf(const ir::Module& module, ir::ValueId op);

// The aggregate whose groups an aggregate op keeps or merges: the op itself or its local half.
ir::ValueId LocalOf(const ir::Graph& graph, ir::ValueId op);

}  // namespace flow::plan
