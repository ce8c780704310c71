// split_aggregates: an aggregate becomes a local half that every worker runs on its own input, an
// exchange, and a merge.
//
//   %2 = aggregate %1, ...          %2 = aggregate_local %1, ...
//                             =>    %3 = exchange %2
//                                   %4 = aggregate_merge %3
//
// Right because merging partial states gives what folding all rows gives: exactly for every
// aggregate but those that depend on row order, and for these when partials meet in the order of
// their input. So the exchange is `ordered` where an aggregate depends on order or where lateness
// is judged partial by partial (in a window scope: rule 28).

#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace flow::ir::passes {
namespace {

bool DependsOnOrder(const Catalog* catalog, const AggregateCall& call) {
  const AggregateDef* def = catalog == nullptr ? nullptr : catalog->FindAggregate(call.function);
  if (def == nullptr || call.overload >= def->overloads.size()) return true;
  return def->overloads[call.overload].ordered;
}

}  // namespace

bool split_aggregates(Module& module, const PassOptions& options) {
  bool changed = false;
  for (const Op& op : module.graph.ops) changed |= std::holds_alternative<Aggregate>(op);
  if (!changed) return false;
  GraphRewriter rewriter(module);
  for (size_t i = 0; i < rewriter.old().ops.size(); ++i) {
    ValueId id = rewriter.old().ops.IdAt(i);
    const auto* aggregate = std::get_if<Aggregate>(&rewriter.old().ops[id]);
    // Groups that change one row at a time are not split: changes and silences have an order.
    bool whole = aggregate != nullptr &&
                 (rewriter.old().types[aggregate->input].updating || aggregate->retain.valid());
    if (aggregate == nullptr || whole) {
      rewriter.Copy(id);
      continue;
    }
    bool ordered = aggregate->windowed;
    for (const AggregateCall& call : aggregate->calls) {
      ordered |= DependsOnOrder(options.catalog, call);
    }
    ValueId input = rewriter.NewOf(aggregate->input);
    ordered &= module.graph.types[input].ordered;
    ValueId local = rewriter.Insert(
        id, AggregateLocal{input, aggregate->key, aggregate->calls, aggregate->windowed});
    ValueId exchange = rewriter.Insert(
        id, Exchange{local, ordered ? ExchangeKind::kOrdered : ExchangeKind::kGather});
    rewriter.Replace(id, AggregateMerge{exchange, aggregate->emit});
  }
  return true;
}

}  // namespace flow::ir::passes
