#pragma once

#include <string>

#include "ir/module.h"

namespace flow {

// The dataflow of an optimised module for people: one stage a line in program order, with what is
// decoded, the row type where it changes, order and boundedness, and the fragments.
std::string PlanText(const ir::Module& module);

}  // namespace flow
