#pragma once
// Which bool values of a function are known under a guard: what follows from `and`, `or`, `not`
// when one of them is known to hold. The verifier uses it to judge who may look at a guarded value,
// the passes to drop guards.

#include <vector>

#include "ir/module.h"

namespace flow::ir {

class Facts {
 public:
  explicit Facts(const Function& fn) : fn_(fn) {}

  // From here on `id` is known to be `value`, and with it what that implies.
  void Assume(ValueId id, bool value);
  bool IsTrue(ValueId id) const { return Is(id, true); }
  bool IsFalse(ValueId id) const { return Is(id, false); }

 private:
  bool Is(ValueId id, bool value) const;

  const Function& fn_;
  std::vector<ValueId> true_;
  std::vector<ValueId> false_;
  // What is assumed contradicts itself: nothing is evaluated here, so everything holds.
  bool impossible_ = false;
};

}  // namespace flow::ir
