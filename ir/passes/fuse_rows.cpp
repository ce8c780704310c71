// fuse_rows: numbers the fragments. A fragment is what one row meets from where it comes to where
// it must rest: it begins with a source, with rejected rows, or with the result of a stateful op,
// and holds all row-wise ops reachable from there, up to and including those that end it (sinks,
// aggregate_local, and the ops that collect rows: top, order, limit). Consumers of a shared stream
// stand in the same fragment, so that a shared row is decoded once.
//
//  - An exchange before a sink or a collecting op belongs to the fragment that fills it; the
//    exchange of an aggregate_local, and its merge, are what stands between two fragments: the
//    merge begins the next one.
//  - A peek belongs to the fragment of its input: the stream goes on beside it.
//  - Row-wise ops below a union whose inputs come from several fragments are emitted in each of
//    them; they carry the number of the first input.
//  - An op whose result begins a fragment carries that fragment's number when it is a source,
//    rejects or merge. A top, order or limit ends one fragment (that of its input) and begins
//    another: it carries the number of the one it begins.

#include "ir/passes/passes.h"
#include "ir/visit.h"

namespace flow::ir::passes {
namespace {

bool BeginsFragment(const Op& op) {
  return std::holds_alternative<Source>(op) || std::holds_alternative<Rejects>(op) ||
         InfoOf(op).rests;
}

}  // namespace

bool fuse_rows(Module& module, const PassOptions&) {
  Graph& graph = module.graph;
  uint32_t next = 0;
  bool changed = false;
  for (size_t i = 0; i < graph.ops.size(); ++i) {
    ValueId id = graph.ops.IdAt(i);
    const Op& op = graph.ops[id];
    uint32_t fragment = kNoFragment;
    if (BeginsFragment(op)) {
      fragment = next++;
    } else {
      std::vector<ValueId> inputs = OperandsOf(op);
      // Late rows leave where the op would have taken them.
      if (const auto* late = std::get_if<Late>(&op)) inputs = OperandsOf(graph.ops[late->of]);
      if (!inputs.empty()) fragment = graph.fragments[inputs[0]];
    }
    changed |= graph.fragments[id] != fragment;
    graph.fragments[id] = fragment;
  }
  return changed;
}

}  // namespace flow::ir::passes
