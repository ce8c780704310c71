// share_streams: equal ops over the same inputs become one, so that a stream written twice is
// computed once.
//
//   %0 = source a         %0 = source a
//   %1 = filter %0, @p    %1 = filter %0, @p
//   %2 = sink %1      =>  %2 = sink %1
//   %3 = source a         %3 = sink %1
//   %4 = filter %3, @q
//   %5 = sink %4          (when @p and @q have equal bodies)
//
// The later op goes and its readers read the earlier one, which comes first in program order as
// before. Sinks and peeks are effects and stay. An op that can reject rows is shared only where its
// rejected rows have the same handler, and only if that is `fail`: else the same row would be
// counted once instead of twice. A source rejects each record once, whoever reads it (semantics.md
// 20), so it is shared whenever it is equal.

#include "ir/effects.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "ir/visit.h"

namespace flow::ir::passes {
namespace {

// Bodies are equal but for name and places.
bool SameBody(const Function& a, const Function& b) {
  return a.args == b.args && a.result == b.result && a.ops == b.ops && a.guards == b.guards;
}

// Functions with equal bodies get the first one's id; this makes ops comparable by ==. Lambdas come
// before the functions that name them only by chance, so one round is a lower bound, never wrong.
std::vector<FnId> FirstOfEqual(const Module& module) {
  std::vector<FnId> first(module.functions.size());
  for (size_t i = 0; i < first.size(); ++i) {
    first[i] = module.functions.IdAt(i);
    for (size_t j = 0; j < i; ++j) {
      if (!SameBody(module.functions[module.functions.IdAt(j)], module.functions[first[i]]))
        continue;
      first[i] = first[j];
      break;
    }
  }
  return first;
}

enum class Sharing : uint8_t { kNever, kSameHandler, kAlways };

Sharing SharingOf(const Module& module, const PassOptions& options, const Op& op,
                  HandlerId handler) {
  if (std::holds_alternative<Sink>(op) || std::holds_alternative<Peek>(op)) return Sharing::kNever;
  if (std::holds_alternative<Source>(op)) return Sharing::kSameHandler;
  bool can_reject = InfoOf(op).can_fail && InfoOf(op).stateful;
  can_reject |= std::holds_alternative<Assert>(op) || std::holds_alternative<Window>(op);
  ForEach<FnId>(op, [&](const FnId& fn) {
    can_reject = can_reject || CanReject(module, options.catalog, fn);
  });
  if (!can_reject) return Sharing::kAlways;
  bool stops = handler.valid() && module.handlers[handler].kind == HandlerKind::kFail;
  return stops ? Sharing::kSameHandler : Sharing::kNever;
}

bool SameOp(const Op& a, const Op& b) {
  if (a != b) return false;
  const auto* source = std::get_if<Source>(&a);
  // Names in files are no part of a type's identity, but of what is read.
  return source == nullptr || source->row.ToText() == std::get<Source>(b).row.ToText();
}

}  // namespace

bool share_streams(Module& module, const PassOptions& options) {
  std::vector<FnId> first = FirstOfEqual(module);
  std::vector<Op> comparable;
  bool changed = false;
  GraphRewriter rewriter(module);
  for (size_t i = 0; i < rewriter.old().ops.size(); ++i) {
    ValueId id = rewriter.old().ops.IdAt(i);
    Op op = rewriter.Renumbered(id);
    ForEach<FnId>(op, [&](FnId& fn) { fn = first[fn.index]; });
    HandlerId handler = rewriter.old().handlers[id];
    ValueId equal;
    Sharing sharing = SharingOf(module, options, op, handler);
    for (size_t j = 0; sharing != Sharing::kNever && j < comparable.size() && !equal.valid(); ++j) {
      ValueId other = module.graph.ops.IdAt(j);
      bool fits = sharing == Sharing::kAlways || module.graph.handlers[other] == handler;
      if (fits && SameOp(comparable[j], op)) equal = other;
    }
    if (equal.valid()) {
      rewriter.ReplaceBy(id, equal);
      changed = true;
      continue;
    }
    rewriter.Copy(id);
    comparable.push_back(std::move(op));
  }
  return changed;
}

}  // namespace flow::ir::passes
