#pragma once
// What an op does besides giving a value: whether it can reject the row, and which fields of the row it reads.

#include <string>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::ir {

// Whether evaluating `op` of `fn` can reject the row. Ops whose failure is a value (`yield`) cannot.
bool CanReject(const Module& module, const Catalog* catalog, const Function& fn, ValueId op);
// Whether any op of `fn` can.
bool CanReject(const Module& module, const Catalog* catalog, FnId fn);

// Whether the native function may fail or fault; true when the catalog is not known.
bool CallMayFail(const Catalog* catalog, const Call& call);

// The fields of argument 0 that `fn` names, in the order of first use. This is what a stage reads (semantics.md 18): a
// field op on the row says so even if its value is not used, and passes keep it.
struct FieldsRead {
  bool all = false;  // the row is used as a whole
  std::vector<std::string> names;
};
FieldsRead FieldsReadBy(const Function& fn);

// Whether `id` is a field of argument 0, or a field of such a field.
bool IsRowPath(const Function& fn, ValueId id);

}  // namespace flow::ir
