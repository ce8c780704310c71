#pragma once
// Rebuilding bodies op by op, in order, with operands renumbered: how passes drop, replace and
// insert ops.

#include <set>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::ir {

// Builds a new body for a function. For each old op either Copy it, or Replace it by an op of the
// new body; what is neither is dropped and must have no users.
class FunctionRewriter {
 public:
  FunctionRewriter(const Module& module, const Function& old);

  const Function& old() const { return old_; }
  Function& fn() { return new_; }
  // The old op with operands and guard renumbered, not added yet.
  ScalarOp Renumbered(ValueId old_id) const;
  ValueId NewOf(ValueId old_id) const { return map_[old_id.index]; }
  ValueId NewGuard(ValueId old_id) const;
  ValueId Copy(ValueId old_id);
  // Adds `op` where the old one stood, under its guard and place; users see it.
  ValueId Replace(ValueId old_id, ScalarOp op);
  void ReplaceBy(ValueId old_id, ValueId new_id) { map_[old_id.index] = new_id; }
  Function Finish();

 private:
  const Module& module_;
  const Function& old_;
  Function new_;
  std::vector<ValueId> map_;
};

// The same for the module's graph: the old graph is moved out, module.graph is built anew.
class GraphRewriter {
 public:
  explicit GraphRewriter(Module& module);

  const Graph& old() const { return old_; }
  Op Renumbered(ValueId old_id) const;
  ValueId NewOf(ValueId old_id) const { return map_[old_id.index]; }
  ValueId Copy(ValueId old_id);
  // Adds `op` with the handler and place of the old op; users of the old one see it.
  ValueId Replace(ValueId old_id, Op op);
  // Adds `op` beside, with the handler and place of the old op.
  ValueId Insert(ValueId old_id, Op op);
  void ReplaceBy(ValueId old_id, ValueId new_id) { map_[old_id.index] = new_id; }

 private:
  Module& module_;
  Graph old_;
  std::vector<ValueId> map_;
};

// Appends the body of `callee` to `into`, its arguments being `args`, evaluated only when `guard`
// (if valid). Returns the result's value.
ValueId InlineCall(const Module& module, Function& into, const Function& callee,
                   const std::vector<ValueId>& args, ValueId guard);

// Types of all ops inferred anew after the arguments' types changed.
Function WithArgs(const Module& module, const Function& fn, std::vector<Type> args);

// A name no function of the module has: `base`, or `base.2`, ...
std::string FreshName(const Module& module, const std::string& base);

// How many places (ops, parameters, other functions) name each function.
std::vector<uint32_t> CountUses(const Module& module);

// Drops ops whose value nobody uses and that cannot reject the row. With `keep_reads` fields of the
// row stay, because they say what the stage reads. True: something went.
bool DropDeadOps(const Module& module, const Catalog* catalog, Function& fn, bool keep_reads);

// Drops functions nobody names, and streams that lead to no sink or peek. True: something went.
bool DropUnusedFunctions(Module& module);
bool DropDeadStreams(Module& module);

// For each op of the graph, the ops that read it.
std::vector<std::vector<ValueId>> ConsumersOf(const Graph& graph);

}  // namespace flow::ir
