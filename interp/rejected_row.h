#pragma once

#include <string>

#include "interp/evaluator.h"
#include "interp/row.h"

namespace flow::interp {

// What a handler's stream gets of a rejected row (semantics.md 22).
Row RejectedRow(const std::string& stage, const Row& row, const Rejection& rejection);

}  // namespace flow::interp
