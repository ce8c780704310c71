// push_filters: moves a filter above the stage before it, so that rows it removes cost less.
//
//   filter (map s, @f), @p     =>  map (filter s, @p_of_f), @f
//   filter (unnest s, @a), @p  =>  unnest (filter s, @p), @a    when @p does not read the element
//   filter (order s), @p       =>  order (filter s, @p)         when @p cannot fail
//
// A row that the filter removes must not have been rejected by the stage it is moved across
// (semantics.md 17, 18), so the stage
//  - has no op that can fail or fault, and
//  - is not the first to read a column whose decoding can fail. Columns of a source that has a
//    format are pending until some stage has read them; a generator's columns and the rows of
//    operators never are.
// The stage must have no other reader. Where a filter moves, its handler and place go with it.

#include <algorithm>
#include <set>

#include "ir/effects.h"
#include "ir/infer.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "ir/visit.h"

namespace flow::ir::passes {
namespace {

using Columns = std::set<std::string>;

// For each op, the columns of its result that nobody has decoded yet and whose decoding may fail.
// One rule per op.
class PendingColumns {
 public:
  explicit PendingColumns(const Module& module) : module_(module) {
    for (const Op& op : module.graph.ops) {
      pending_.push_back(std::visit([&](const auto& o) { return After(o); }, op));
    }
  }

  const Columns& Of(ValueId id) const { return pending_[id.index]; }

 private:
  Columns After(const Source& op) {
    if (op.endpoint.format.empty()) return {};
    Columns out(op.used.begin(), op.used.end());
    return op.time ? Without(std::move(out), op.time->time) : out;
  }
  Columns After(const Filter& op) { return Without(Of(op.input), op.predicate); }
  Columns After(const Assert& op) {
    Columns out = Without(Of(op.input), op.condition);
    return op.message.valid() ? Without(std::move(out), op.message) : out;
  }
  Columns After(const Unnest& op) { return Without(Of(op.input), op.array); }
  Columns After(const Window& op) { return Of(op.input); }
  Columns After(const Exchange& op) { return Of(op.input); }
  Columns After(const Peek&) { return {}; }  // shows whole rows
  Columns After(const Union& op) {
    Columns out;
    for (ValueId input : op.inputs) out.insert(Of(input).begin(), Of(input).end());
    return out;
  }
  // A map passes on unread what its row takes as it stands.
  Columns After(const Map& op) {
    const Function& fn = module_.functions[op.row];
    Columns unread = Of(op.input);
    FieldsRead read = FieldsReadBy(fn, true);
    if (read.all) return {};
    for (const std::string& name : read.names) unread.erase(name);
    Columns out;
    std::vector<std::string> passed = PassedColumns(fn);
    for (size_t i = 0; i < passed.size(); ++i) {
      if (unread.count(passed[i]) != 0) out.insert(fn.result.fields()[i].name);
    }
    return out;
  }
  // Operators collect whole rows.
  Columns After(const AsofJoin&) { return {}; }
  Columns After(const Dedup&) { return {}; }
  Columns After(const Join&) { return {}; }
  Columns After(const Late& op) { return After(op, module_.graph.ops[op.of]); }
  Columns After(const Lookup&) { return {}; }
  Columns After(const Match&) { return {}; }
  Columns After(const Over&) { return {}; }
  Columns After(const WindowRows&) { return {}; }
  Columns After(const WindowSession&) { return {}; }
  Columns After(const Aggregate&) { return {}; }
  Columns After(const AggregateLocal&) { return {}; }
  Columns After(const AggregateMerge&) { return {}; }
  Columns After(const Limit&) { return {}; }
  Columns After(const Order&) { return {}; }
  Columns After(const Rejects&) { return {}; }
  Columns After(const Sink&) { return {}; }
  Columns After(const Top&) { return {}; }

  // What a window has not read; other ops have their keys behind them.
  Columns After(const Late&, const Op& of) {
    const auto* window = std::get_if<Window>(&of);
    return window == nullptr ? Columns{} : Of(window->input);
  }
  Columns Without(Columns columns, FnId fn) {
    FieldsRead read = FieldsReadBy(module_.functions[fn]);
    if (read.all) return {};
    for (const std::string& name : read.names) columns.erase(name);
    return columns;
  }

  const Module& module_;
  std::vector<Columns> pending_;
};

class FilterPusher {
 public:
  FilterPusher(Module& module, const Catalog* catalog) : module_(module), catalog_(catalog) {}

  // Moves one filter by one stage; false when none can move.
  bool PushOne() {
    PendingColumns pending(module_);
    std::vector<std::vector<ValueId>> consumers = ConsumersOf(module_.graph);
    for (size_t i = 0; i < module_.graph.ops.size(); ++i) {
      ValueId id = module_.graph.ops.IdAt(i);
      const auto* filter = std::get_if<Filter>(&module_.graph.ops[id]);
      if (filter == nullptr || consumers[filter->input.index].size() != 1) continue;
      FnId predicate = PredicateAbove(*filter, pending);
      if (!predicate.valid()) continue;
      Swap(filter->input, id, predicate);
      return true;
    }
    return false;
  }

 private:
  // The predicate as it must be above the filter's input, or invalid when it may not go there.
  FnId PredicateAbove(const Filter& filter, const PendingColumns& pending) {
    const Op& stage = module_.graph.ops[filter.input];
    if (const auto* map = std::get_if<Map>(&stage)) {
      return Harmless(map->row, pending.Of(map->input), true) ? Composed(map->row, filter.predicate)
                                                              : FnId{};
    }
    if (const auto* unnest = std::get_if<Unnest>(&stage)) {
      FieldsRead read = FieldsReadBy(module_.functions[filter.predicate]);
      bool uses_element = read.all || std::find(read.names.begin(), read.names.end(),
                                                unnest->name) != read.names.end();
      if (uses_element || !Harmless(unnest->array, pending.Of(unnest->input))) return {};
      return ForRowOf(filter.predicate, unnest->input);
    }
    if (const auto* order = std::get_if<Order>(&stage)) {
      bool stays = CanReject(module_, catalog_, filter.predicate) ||
                   UsesRowTime(filter.predicate) || !Harmless(order->by, {}) ||
                   !pending.Of(order->input).empty();
      return stays ? FnId{} : filter.predicate;
    }
    return {};
  }

  bool Harmless(FnId fn, const Columns& pending, bool makes_row = false) {
    if (CanReject(module_, catalog_, fn)) return false;
    FieldsRead read = FieldsReadBy(module_.functions[fn], makes_row);
    if (read.all) return pending.empty();
    return std::none_of(read.names.begin(), read.names.end(),
                        [&](const std::string& name) { return pending.count(name) != 0; });
  }

  bool UsesRowTime(FnId fn) {
    for (const ScalarOp& op : module_.functions[fn].ops) {
      if (std::holds_alternative<RowTime>(op)) return true;
    }
    return false;
  }

  FnId Composed(FnId f, FnId p) {
    Function out;
    out.name = FreshName(module_, module_.functions[p].name + ".pushed");
    out.args = module_.functions[f].args;
    ValueId row = AddOp(module_, out, Arg{0});
    ValueId mapped = InlineCall(module_, out, module_.functions[f], {row}, {});
    ValueId result = InlineCall(module_, out, module_.functions[p], {mapped}, {});
    out.result = Type::Bool();
    AddOp(module_, out, Return{result});
    ReadStructsThrough(out);
    // What @f reads besides has been read already, or cannot fail: the predicate need not read it
    // again.
    DropDeadOps(module_, catalog_, out, false);
    return module_.functions.Add(std::move(out));
  }

  // field (struct .., n: a, ..), n => a, so that only the columns behind the predicate stay.
  void ReadStructsThrough(Function& fn) {
    FunctionRewriter rewriter(module_, fn);
    for (size_t i = 0; i < fn.ops.size(); ++i) {
      ValueId id = fn.ops.IdAt(i);
      const auto* field = std::get_if<Field>(&fn.ops[id]);
      const auto* made =
          field == nullptr ? nullptr : std::get_if<MakeStruct>(&fn.ops[field->value]);
      if (made == nullptr) {
        rewriter.Copy(id);
        continue;
      }
      size_t at = static_cast<size_t>(fn.types[field->value].FieldIndex(field->name));
      rewriter.ReplaceBy(id, rewriter.NewOf(made->values[at]));
    }
    fn = rewriter.Finish();
  }

  FnId ForRowOf(FnId predicate, ValueId input) {
    Function out =
        WithArgs(module_, module_.functions[predicate], {module_.graph.types[input].row});
    out.name = FreshName(module_, out.name + ".pushed");
    return module_.functions.Add(std::move(out));
  }

  // stage, filter  =>  filter, stage
  void Swap(ValueId stage_id, ValueId filter_id, FnId predicate) {
    GraphRewriter rewriter(module_);
    for (size_t i = 0; i < rewriter.old().ops.size(); ++i) {
      ValueId id = rewriter.old().ops.IdAt(i);
      if (id == stage_id) continue;
      if (id != filter_id) {
        rewriter.Copy(id);
        continue;
      }
      Op stage = rewriter.Renumbered(stage_id);
      ForEach<ValueId>(stage, [&](ValueId& input) {
        input = rewriter.Insert(filter_id, Filter{input, predicate});
      });
      rewriter.ReplaceBy(filter_id, rewriter.Insert(stage_id, std::move(stage)));
    }
  }

  Module& module_;
  const Catalog* catalog_;
};

}  // namespace

bool push_filters(Module& module, const PassOptions& options) {
  bool changed = false;
  FilterPusher pusher(module, options.catalog);
  while (pusher.PushOne()) changed = true;
  if (changed) DropUnusedFunctions(module);
  return changed;
}

}  // namespace flow::ir::passes
