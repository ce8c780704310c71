#include "ir/clock.h"

#include "ir/visit.h"

namespace flow::ir {

bool ReadsClock(const Module& module, FnId fn) {
  for (const ScalarOp& op : module.functions[fn].ops) {
    if (std::holds_alternative<Now>(op)) return true;
    bool inside = false;
    ForEach<FnId>(op, [&](const FnId& inner) { inside |= ReadsClock(module, inner); });
    if (inside) return true;
  }
  return false;
}

}  // namespace flow::ir
