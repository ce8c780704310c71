#include "ir/rewrite.h"

#include <algorithm>

#include "base/text.h"
#include "ir/effects.h"
#include "ir/infer.h"
#include "ir/visit.h"

namespace flow::ir {

FunctionRewriter::FunctionRewriter(const Module& module, const Function& old)
    : module_(module), old_(old), map_(old.ops.size()) {
  new_.name = old.name;
  new_.args = old.args;
  new_.result = old.result;
}

ScalarOp FunctionRewriter::Renumbered(ValueId old_id) const {
  ScalarOp op = old_.ops[old_id];
  ForEach<ValueId>(op, [&](ValueId& operand) { operand = map_[operand.index]; });
  return op;
}

ValueId FunctionRewriter::NewGuard(ValueId old_id) const {
  ValueId guard = old_.guards[old_id];
  return guard.valid() ? map_[guard.index] : guard;
}

ValueId FunctionRewriter::Copy(ValueId old_id) { return Replace(old_id, Renumbered(old_id)); }

ValueId FunctionRewriter::Replace(ValueId old_id, ScalarOp op) {
  ValueId id = AddOp(module_, new_, std::move(op), NewGuard(old_id), old_.places[old_id]);
  map_[old_id.index] = id;
  return id;
}

Function FunctionRewriter::Finish() {
  const auto* end = std::get_if<Return>(&new_.ops[new_.ops.IdAt(new_.ops.size() - 1)]);
  FLOW_CHECK(end != nullptr, "a rewritten function has lost its return");
  new_.result = new_.types[end->value];
  return std::move(new_);
}

GraphRewriter::GraphRewriter(Module& module)
    : module_(module), old_(std::move(module.graph)), map_(old_.ops.size()) {
  module.graph = {};
}

Op GraphRewriter::Renumbered(ValueId old_id) const {
  Op op = old_.ops[old_id];
  ForEach<ValueId>(op, [&](ValueId& operand) { operand = map_[operand.index]; });
  return op;
}

ValueId GraphRewriter::Copy(ValueId old_id) {
  ValueId id = Replace(old_id, Renumbered(old_id));
  module_.graph.fragments[id] = old_.fragments[old_id];
  return id;
}

ValueId GraphRewriter::Replace(ValueId old_id, Op op) {
  ValueId id = Insert(old_id, std::move(op));
  map_[old_id.index] = id;
  return id;
}

ValueId GraphRewriter::Insert(ValueId old_id, Op op) {
  return AddOp(module_, std::move(op), old_.handlers[old_id], old_.places[old_id]);
}

ValueId InlineCall(const Module& module, Function& into, const Function& callee,
                   const std::vector<ValueId>& args, ValueId guard) {
  std::vector<ValueId> map(callee.ops.size());
  for (size_t i = 0; i < callee.ops.size(); ++i) {
    ValueId id = callee.ops.IdAt(i);
    ScalarOp op = callee.ops[id];
    if (const auto* arg = std::get_if<Arg>(&op)) {
      map[i] = args[arg->index];
      continue;
    }
    ForEach<ValueId>(op, [&](ValueId& operand) { operand = map[operand.index]; });
    if (const auto* end = std::get_if<Return>(&op)) return end->value;
    ValueId inner = callee.guards[id];
    if (inner.valid()) inner = map[inner.index];
    if (inner.valid() && guard.valid()) inner = AddOp(module, into, And{guard, inner});
    map[i] = AddOp(module, into, std::move(op), inner.valid() ? inner : guard, callee.places[id]);
  }
  FLOW_UNREACHABLE("a function without return");
}

Function WithArgs(const Module& module, const Function& fn, std::vector<Type> args) {
  FunctionRewriter rewriter(module, fn);
  rewriter.fn().args = std::move(args);
  for (size_t i = 0; i < fn.ops.size(); ++i) rewriter.Copy(fn.ops.IdAt(i));
  return rewriter.Finish();
}

std::string FreshName(const Module& module, const std::string& base) {
  auto taken = [&](const std::string& name) {
    for (const Function& fn : module.functions) {
      if (fn.name == name) return true;
    }
    return false;
  };
  if (!taken(base)) return base;
  for (int i = 2;; ++i) {
    std::string name = Cat(base, ".", i);
    if (!taken(name)) return name;
  }
}

std::vector<uint32_t> CountUses(const Module& module) {
  std::vector<uint32_t> uses(module.functions.size());
  auto count = [&](const FnId& fn) {
    if (fn.index < uses.size()) ++uses[fn.index];
  };
  for (const Op& op : module.graph.ops) ForEach<FnId>(op, count);
  for (const Param& param : module.params) ForEach<FnId>(param.default_value, count);
  for (const Function& fn : module.functions) {
    for (const ScalarOp& op : fn.ops) ForEach<FnId>(op, count);
  }
  return uses;
}

static bool NeverRuns(const Function& fn, ValueId guard) {
  const auto* constant = guard.valid() ? std::get_if<Const>(&fn.ops[guard]) : nullptr;
  return constant != nullptr && constant->value.int_value == 0;
}

bool DropDeadOps(const Module& module, const Catalog* catalog, Function& fn, bool keep_reads) {
  std::vector<bool> live(fn.ops.size());
  for (size_t i = fn.ops.size(); i-- > 0;) {
    ValueId id = fn.ops.IdAt(i);
    bool effect = std::holds_alternative<Return>(fn.ops[id]) || (keep_reads && IsRowPath(fn, id)) ||
                  (CanReject(module, catalog, fn, id) && !NeverRuns(fn, fn.guards[id]));
    live[i] = live[i] || effect;
    if (!live[i]) continue;
    ForEach<ValueId>(fn.ops[id], [&](const ValueId& operand) { live[operand.index] = true; });
    if (fn.guards[id].valid()) live[fn.guards[id].index] = true;
  }
  if (std::find(live.begin(), live.end(), false) == live.end()) return false;
  FunctionRewriter rewriter(module, fn);
  for (size_t i = 0; i < live.size(); ++i) {
    if (live[i]) rewriter.Copy(fn.ops.IdAt(i));
  }
  fn = rewriter.Finish();
  return true;
}

bool DropUnusedFunctions(Module& module) {
  std::vector<uint32_t> uses = CountUses(module);
  // A lambda is used only if the function that names it is; functions name only what others may
  // drop, so repeat.
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < uses.size(); ++i) {
      if (uses[i] != 0) continue;
      uses[i] = UINT32_MAX;  // gone
      again = true;
      for (const ScalarOp& op : module.functions[FnId{static_cast<uint32_t>(i)}].ops) {
        ForEach<FnId>(op, [&](const FnId& callee) { --uses[callee.index]; });
      }
    }
  }
  std::vector<FnId> map(uses.size());
  Store<FnId, Function> kept;
  for (size_t i = 0; i < uses.size(); ++i) {
    if (uses[i] == UINT32_MAX) continue;
    map[i] = kept.Add(std::move(module.functions[FnId{static_cast<uint32_t>(i)}]));
  }
  bool changed = kept.size() != module.functions.size();
  module.functions = std::move(kept);
  auto renumber = [&](FnId& fn) { fn = map[fn.index]; };
  for (Op& op : module.graph.ops) ForEach<FnId>(op, renumber);
  for (Param& param : module.params) ForEach<FnId>(param.default_value, renumber);
  for (Function& fn : module.functions) {
    for (ScalarOp& op : fn.ops) ForEach<FnId>(op, renumber);
  }
  return changed;
}

bool DropDeadStreams(Module& module) {
  std::vector<bool> live(module.graph.ops.size());
  bool any_dead = false;
  for (size_t i = live.size(); i-- > 0;) {
    const Op& op = module.graph.ops[module.graph.ops.IdAt(i)];
    live[i] = live[i] || std::holds_alternative<Sink>(op) || std::holds_alternative<Peek>(op);
    any_dead |= !live[i];
    if (!live[i]) continue;
    ForEach<ValueId>(op, [&](const ValueId& input) { live[input.index] = true; });
  }
  if (!any_dead) return false;
  GraphRewriter rewriter(module);
  for (size_t i = 0; i < live.size(); ++i) {
    if (live[i]) rewriter.Copy(rewriter.old().ops.IdAt(i));
  }
  return true;
}

std::vector<std::vector<ValueId>> ConsumersOf(const Graph& graph) {
  std::vector<std::vector<ValueId>> out(graph.ops.size());
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    ValueId id = graph.ops.IdAt(i);
    ForEach<ValueId>(graph.ops[id], [&](const ValueId& input) { out[input.index].push_back(id); });
  }
  return out;
}

}  // namespace flow::ir
