#pragma once
// How the constant patterns of a stage are searched for: by code of their own, or by RE2.

#include <string>
#include <vector>

#include "ir/module.h"

namespace flow::plan {

// `r"^a+$" compiled, 3 states`, `r"[01]*1[01]{12}" by RE2: more than 600 states`: one text per
// pattern, in the order of use.
std::vector<std::string> PatternsOf(const ir::Module& module, ir::ValueId op);

}  // namespace flow::plan
