// share_panes: an aggregate of overlapping windows folds each row once, into its pane.
//
//   %1 = window %0 kind=hop ..          %1 = window %0 kind=hop .. panes=true
//   %2 = aggregate %1, ..           =>  %2 = aggregate %1, ..
//
// A window with `panes` sends each row once, and the aggregate puts every window together from
// panes when it closes ("No pane, no gain", Li et al., SIGMOD Record 2005). The result is that of
// one copy of the row per window where nobody sees the copies, so between the window and the
// aggregate
//  - the bounds of windows are passed on, and nobody reads them;
//  - no row can be rejected: it would be, once for each window that it enters;
//  - stand only filters and maps, each with one reader;
// and the groups are sent once, when their window closes. Windows by the clock of a time zone are
// not a whole number of steps each, so they have no panes.

#include <algorithm>

#include "ir/effects.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace flow::ir::passes {
namespace {

bool IsBound(const std::string& column) {
  return column == "window_start" || column == "window_end";
}

class PaneFinder {
 public:
  PaneFinder(const Module& module, const Catalog* catalog)
      : module_(module), catalog_(catalog), consumers_(ConsumersOf(module.graph)) {}

  bool HasPanes(ValueId id) const {
    const auto* window = std::get_if<Window>(&module_.graph.ops[id]);
    if (window == nullptr || window->panes || window->kind == WindowKind::kTumble) return false;
    if (window->tz.valid() || window->late_for.valid()) return false;
    for (ValueId at = id;;) {
      at = OnlyReader(at);
      if (!at.valid()) return false;
      const Op& op = module_.graph.ops[at];
      if (const auto* filter = std::get_if<Filter>(&op)) {
        if (!Blind(filter->predicate)) return false;
      } else if (const auto* map = std::get_if<Map>(&op)) {
        if (!PassesBounds(map->row)) return false;
      } else {
        const auto* aggregate = std::get_if<Aggregate>(&op);
        return aggregate != nullptr && FoldsPanes(*aggregate);
      }
    }
  }

 private:
  // Late rows never came into a window.
  ValueId OnlyReader(ValueId id) const {
    ValueId found;
    for (ValueId reader : consumers_[id.index]) {
      if (std::holds_alternative<Late>(module_.graph.ops[reader])) continue;
      if (found.valid()) return {};
      found = reader;
    }
    return found;
  }

  // Neither reads a bound nor can reject.
  bool Blind(FnId fn, bool passes = false) const {
    if (!fn.valid()) return true;
    if (CanReject(module_, catalog_, fn)) return false;
    FieldsRead read = FieldsReadBy(module_.functions[fn], passes);
    return !read.all && std::none_of(read.names.begin(), read.names.end(), IsBound);
  }

  // Both bounds become fields of their own names, and nothing else.
  bool PassesBounds(FnId fn) const {
    if (!Blind(fn, true)) return false;
    std::vector<std::string> passed = PassedColumns(module_.functions[fn]);
    int bounds = 0;
    for (size_t i = 0; i < passed.size(); ++i) {
      const std::string& field = module_.functions[fn].result.fields()[i].name;
      if (IsBound(field) != IsBound(passed[i])) return false;
      if (!IsBound(field)) continue;
      if (field != passed[i]) return false;
      ++bounds;
    }
    return bounds == 2;
  }

  bool FoldsPanes(const Aggregate& op) const {
    if (!op.windowed || op.emit.kind != EmitKind::kClose || op.emit.late.valid()) return false;
    if (op.retain.valid() || module_.graph.types[op.input].updating) return false;
    if (!PassesBounds(op.key)) return false;
    return std::all_of(op.calls.begin(), op.calls.end(), [&](const AggregateCall& call) {
      return Blind(call.where) && Blind(call.args);
    });
  }

  const Module& module_;
  const Catalog* catalog_;
  std::vector<std::vector<ValueId>> consumers_;
};

}  // namespace

bool share_panes(Module& module, const PassOptions& options) {
  PaneFinder finder(module, options.catalog);
  bool changed = false;
  for (size_t i = 0; i < module.graph.ops.size(); ++i) {
    ValueId id = module.graph.ops.IdAt(i);
    if (!finder.HasPanes(id)) continue;
    std::get<Window>(module.graph.ops[id]).panes = true;
    changed = true;
  }
  return changed;
}

}  // namespace flow::ir::passes
