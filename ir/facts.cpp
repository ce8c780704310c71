#include "ir/facts.h"

#include <algorithm>

namespace flow::ir {

void Facts::Assume(ValueId id, bool value) {
  if (!fn_.ops.Has(id)) return;
  // Under a guard that folding made `false` nothing runs, and nothing it guards has to be
  // justified.
  impossible_ = impossible_ || Is(id, !value);
  std::vector<ValueId>& known = value ? true_ : false_;
  if (std::find(known.begin(), known.end(), id) != known.end()) return;
  known.push_back(id);
  const ScalarOp& op = fn_.ops[id];
  if (const auto* negated = std::get_if<Not>(&op)) return Assume(negated->a, !value);
  // a and b  =>  a, b        not (a or b)  =>  not a, not b
  if (const auto* both = std::get_if<And>(&op); both != nullptr && value) {
    Assume(both->a, true);
    Assume(both->b, true);
  }
  if (const auto* either = std::get_if<Or>(&op); either != nullptr && !value) {
    Assume(either->a, false);
    Assume(either->b, false);
  }
}

bool Facts::Is(ValueId id, bool value) const {
  if (impossible_) return true;
  if (!fn_.ops.Has(id)) return false;
  const std::vector<ValueId>& known = value ? true_ : false_;
  if (std::find(known.begin(), known.end(), id) != known.end()) return true;
  const ScalarOp& op = fn_.ops[id];
  if (const auto* negated = std::get_if<Not>(&op)) return Is(negated->a, !value);
  if (const auto* both = std::get_if<And>(&op)) {
    return value ? Is(both->a, true) && Is(both->b, true)
                 : Is(both->a, false) || Is(both->b, false);
  }
  if (const auto* either = std::get_if<Or>(&op)) {
    return value ? Is(either->a, true) || Is(either->b, true)
                 : Is(either->a, false) && Is(either->b, false);
  }
  const auto* constant = std::get_if<Const>(&op);
  return constant != nullptr && constant->value.type.is(TypeKind::kBool) &&
         (constant->value.int_value != 0) == value;
}

}  // namespace flow::ir
