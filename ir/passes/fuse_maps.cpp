// fuse_maps: map after map becomes one map of the composed function.
//
//   %1 = map %0, @f        %1 = map %0, @g_of_f
//   %2 = map %1, @g    =>
//
// Only where %1 has no other reader and at most one of the two can reject a row: that one's handler
// and place are kept, so that a rejected row says the same as before. Which columns are read, and
// in which order, does not change: @g reads only what
// @f made, and @f's reads stay in the composed body.

#include "ir/effects.h"
#include "ir/infer.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace flow::ir::passes {
namespace {

FnId Compose(Module& module, FnId f_id, FnId g_id) {
  const Function& f = module.functions[f_id];
  const Function& g = module.functions[g_id];
  Function composed;
  composed.name = FreshName(module, f.name + "." + g.name);
  composed.args = f.args;
  ValueId row = AddOp(module, composed, Arg{0});
  ValueId between = InlineCall(module, composed, f, {row}, {});
  ValueId result = InlineCall(module, composed, g, {between}, {});
  composed.result = composed.types[result];
  AddOp(module, composed, Return{result});
  return module.functions.Add(std::move(composed));
}

// One pair at a time; false when there is none left.
bool FuseOnePair(Module& module, const Catalog* catalog) {
  std::vector<std::vector<ValueId>> consumers = ConsumersOf(module.graph);
  for (size_t i = 0; i < module.graph.ops.size(); ++i) {
    ValueId second_id = module.graph.ops.IdAt(i);
    const auto* second = std::get_if<Map>(&module.graph.ops[second_id]);
    if (second == nullptr) continue;
    ValueId first_id = second->input;
    const auto* first = std::get_if<Map>(&module.graph.ops[first_id]);
    if (first == nullptr || consumers[first_id.index].size() != 1) continue;
    bool first_rejects = CanReject(module, catalog, first->row);
    if (first_rejects && CanReject(module, catalog, second->row)) continue;
    FnId composed = Compose(module, first->row, second->row);
    ValueId input = first->input;
    ValueId keeper = first_rejects ? first_id : second_id;
    HandlerId handler = module.graph.handlers[keeper];
    Place place = module.graph.places[keeper];
    GraphRewriter rewriter(module);
    for (size_t j = 0; j < rewriter.old().ops.size(); ++j) {
      ValueId id = rewriter.old().ops.IdAt(j);
      if (id == first_id) continue;
      if (id != second_id) {
        rewriter.Copy(id);
        continue;
      }
      ValueId fused = AddOp(module, Map{rewriter.NewOf(input), composed}, handler, place);
      rewriter.ReplaceBy(id, fused);
    }
    return true;
  }
  return false;
}

}  // namespace

bool fuse_maps(Module& module, const PassOptions& options) {
  bool changed = false;
  while (FuseOnePair(module, options.catalog)) changed = true;
  if (changed) DropUnusedFunctions(module);
  return changed;
}

}  // namespace flow::ir::passes
