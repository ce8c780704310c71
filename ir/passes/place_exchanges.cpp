// place_exchanges: puts an exchange where the rows of parallel workers meet: before sinks and
// before operators that look at all rows (top, joins, and all others in which rows rest, and peek).
// `ordered` where the stream keeps the order of its partition, so that parallel output equals the
// sequential one; `gather` elsewhere. Rows that come out of a stateful op are made one after
// another and need none. Aggregates got theirs in split_aggregates.

#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "ir/visit.h"

namespace flow::ir::passes {
namespace {

bool MeetsHere(const Op& op) {
  bool groups = std::holds_alternative<Aggregate>(op) || std::holds_alternative<AggregateMerge>(op);
  return std::holds_alternative<Sink>(op) || std::holds_alternative<Peek>(op) ||
         (InfoOf(op).rests && !groups);
}

// Ops whose rows one thread sends.
bool SendsAlone(const Op& op) {
  return InfoOf(op).rests || std::holds_alternative<Rejects>(op) ||
         std::holds_alternative<Exchange>(op);
}

}  // namespace

bool place_exchanges(Module& module, const PassOptions&) {
  bool changed = false;
  GraphRewriter rewriter(module);
  std::vector<bool> parallel(rewriter.old().ops.size());
  for (size_t i = 0; i < rewriter.old().ops.size(); ++i) {
    ValueId id = rewriter.old().ops.IdAt(i);
    const Op& op = rewriter.old().ops[id];
    bool input_parallel = std::holds_alternative<Source>(op);
    if (const auto* late = std::get_if<Late>(&op)) {
      // Late rows stand in the fragment that would have handed them to the op.
      ForEach<ValueId>(rewriter.old().ops[late->of], [&](const ValueId& input) {
        parallel[i] = parallel[i] || parallel[input.index];
      });
      rewriter.Copy(id);
      continue;
    }
    ForEach<ValueId>(op, [&](const ValueId& input) {
      input_parallel = input_parallel || parallel[input.index];
    });
    parallel[i] = input_parallel && !SendsAlone(op);
    if (!MeetsHere(op) || !input_parallel) {
      rewriter.Copy(id);
      continue;
    }
    Op meeting = rewriter.Renumbered(id);
    ForEach<ValueId>(meeting, [&](ValueId& input) {
      // Of two inputs one may come from an operator already.
      ValueId before;
      ForEach<ValueId>(op, [&](const ValueId& old) {
        if (rewriter.NewOf(old) == input) before = old;
      });
      if (before.valid() && !parallel[before.index]) return;
      bool ordered = module.graph.types[input].ordered;
      input = rewriter.Insert(
          id, Exchange{input, ordered ? ExchangeKind::kOrdered : ExchangeKind::kGather});
    });
    rewriter.Replace(id, std::move(meeting));
    changed = true;
  }
  return changed;
}

}  // namespace flow::ir::passes
