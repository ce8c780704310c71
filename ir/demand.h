#pragma once
// Which parts of a row somebody looks at, as a tree of field names, and what a function asks of its
// row for that.

#include <map>
#include <string>

#include "ir/module.h"

namespace flow::ir {

struct Demand {
  bool all = false;
  std::map<std::string, Demand> fields;

  void Merge(const Demand& other);
  // The demand for one field: all if all is asked for; null when the field is not asked for.
  const Demand* Of(const std::string& name) const;
  static Demand All() {
    Demand out;
    out.all = true;
    return out;
  }
};

// What `fn` looks at in argument `arg`, a row, when `result` is asked of its result. Every field op
// counts, used or not (see FieldsReadBy).
Demand RowDemand(const Function& fn, const Demand& result, uint32_t arg = 0);

// The type with only the demanded fields, in their order.
Type Pruned(const Type& type, const Demand& demand);

}  // namespace flow::ir
