// simplify: drops what has no effect, and evaluates what is equal once.
//
//  - Equal ops of a function under the same guard become one: every op is a function of its
//  operands and the row.
//  - Ops whose value nobody uses go, unless they can reject the row. A field of the row stays: it
//  says that the stage reads
//    the column, and a bad value there rejects the row whatever becomes of it (semantics.md 18).
//  - Filters that keep every row, streams that lead nowhere, and functions nobody names go.

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace flow::ir::passes {
namespace {

// False when no op has an equal one before it.
bool JoinEqualOps(const Module& module, Function& fn) {
  FunctionRewriter rewriter(module, fn);
  bool changed = false;
  for (size_t i = 0; i < fn.ops.size(); ++i) {
    ValueId id = fn.ops.IdAt(i);
    ScalarOp op = rewriter.Renumbered(id);
    ValueId guard = rewriter.NewGuard(id);
    const Function& built = rewriter.fn();
    ValueId equal;
    for (size_t j = 0; j < built.ops.size() && !equal.valid(); ++j) {
      ValueId other = built.ops.IdAt(j);
      bool serves = !built.guards[other].valid() || built.guards[other] == guard;
      if (serves && built.ops[other] == op) equal = other;
    }
    if (equal.valid()) {
      rewriter.ReplaceBy(id, equal);
      changed = true;
      continue;
    }
    rewriter.Replace(id, std::move(op));
  }
  if (changed) fn = rewriter.Finish();
  return changed;
}

// filter s, true => s
bool DropIdleFilters(Module& module) {
  auto idle = [&](const Op& op) {
    const auto* filter = std::get_if<Filter>(&op);
    if (filter == nullptr) return false;
    const Function& fn = module.functions[filter->predicate];
    if (fn.ops.size() != 2) return false;
    const auto* constant = std::get_if<Const>(&fn.ops[ValueId{0}]);
    return constant != nullptr && constant->value.int_value != 0;
  };
  bool any = false;
  for (const Op& op : module.graph.ops) any |= idle(op);
  if (!any) return false;
  GraphRewriter rewriter(module);
  for (size_t i = 0; i < rewriter.old().ops.size(); ++i) {
    ValueId id = rewriter.old().ops.IdAt(i);
    const Op& op = rewriter.old().ops[id];
    if (idle(op)) {
      rewriter.ReplaceBy(id, rewriter.NewOf(std::get<Filter>(op).input));
    } else {
      rewriter.Copy(id);
    }
  }
  return true;
}

}  // namespace

bool simplify(Module& module, const PassOptions& options) {
  bool changed = false;
  for (size_t i = 0; i < module.functions.size(); ++i) {
    Function& fn = module.functions[module.functions.IdAt(i)];
    changed |= JoinEqualOps(module, fn);
    changed |= DropDeadOps(module, options.catalog, fn, true);
  }
  changed |= DropIdleFilters(module);
  changed |= DropDeadStreams(module);
  changed |= DropUnusedFunctions(module);
  return changed;
}

}  // namespace flow::ir::passes
