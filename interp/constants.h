#pragma once
// Constants of ops that have a least value: a parameter may have made them too small.

#include <cstdint>
#include <string>
#include <vector>

#include "ir/module.h"

namespace flow::interp {

struct BoundedConstant {
  int64_t least = 0;
  ir::FnId fn;
  std::string what;    // for messages: "size of `window`"
  ir::FnId step = {};  // it must be a whole number of these; may be invalid
};

std::vector<BoundedConstant> BoundedConstants(const ir::Op& op);

}  // namespace flow::interp
