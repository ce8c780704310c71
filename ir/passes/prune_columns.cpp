// prune_columns: nobody carries, and no decoder reads, what nobody looks at.
//
// Backwards over the graph: what the readers of a stream look at, and what the op itself looks at,
// is what its input must give. A map drops the columns nobody looks at; ops that can reject the row
// stay. At the source `used` becomes the columns that anything reads, and nested structs lose the
// fields nobody reads; where no stage uses event time, the source has none.
//
// Runs before every other optimisation, because it fixes what each stage reads (semantics.md 18): a
// column is read by a stage if an op of the stage computes with it, even when a later pass or this
// one drops the computation; then the field op stays behind. A map that only copies a column on, to
// where nobody looks at it, does not read it.

#include <algorithm>
#include <set>

#include "ir/demand.h"
#include "ir/effects.h"
#include "ir/infer.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"
#include "ir/visit.h"

namespace flow::ir::passes {
namespace {

class ColumnPruner {
 public:
  ColumnPruner(Module& module, const PassOptions& options)
      : module_(module), options_(options), demands_(module.graph.ops.size()) {}

  void Run() {
    uses_time_ = UsesOfTime(module_, options_.catalog);
    GiveEachOpItsOwnFunctions();
    for (size_t i = module_.graph.ops.size(); i-- > 0;) {
      own_ = demands_[i];
      std::visit([&](auto& op) { Ask(op); }, module_.graph.ops[module_.graph.ops.IdAt(i)]);
    }
    Retype();
  }

 private:
  // Bodies are changed for the row of one stage, so no two ops may name the same one.
  void GiveEachOpItsOwnFunctions() {
    std::set<uint32_t> taken;
    for (Op& op : module_.graph.ops) {
      ForEach<FnId>(op, [&](FnId& fn) {
        if (module_.functions[fn].args.empty() || taken.insert(fn.index).second) return;
        Function copy = module_.functions[fn];
        copy.name = FreshName(module_, copy.name);
        fn = module_.functions.Add(std::move(copy));
        taken.insert(fn.index);
      });
    }
  }

  // What each op asks of its inputs, own_ being what is asked of it. One rule per op.
  void Ask(Source&) {}
  void Ask(Rejects&) {}
  void Ask(Filter& op) {
    Pass(op.input);
    AskFor(op.input, op.predicate);
  }
  void Ask(Map& op) {
    PruneMap(module_.functions[op.row]);
    Of(op.input).Merge(RowDemand(module_.functions[op.row], own_));
  }
  void Ask(Assert& op) {
    Pass(op.input);
    AskFor(op.input, op.condition);
    AskFor(op.input, op.message);
  }
  void Ask(Unnest& op) {
    own_.fields.erase(op.name);
    Pass(op.input);
    AskFor(op.input, op.array);
  }
  void Ask(Window& op) {
    own_.fields.erase("window_start");
    own_.fields.erase("window_end");
    Pass(op.input);
  }
  void Ask(WindowSession& op) {
    own_.fields.erase("window_start");
    own_.fields.erase("window_end");
    Pass(op.input);
    AskFor(op.input, op.key);
  }
  void Ask(WindowRows& op) {
    own_.fields.erase("window_start");
    own_.fields.erase("window_end");
    own_.fields.erase(kWindowNumber);
    Pass(op.input);
    AskFor(op.input, op.key);
  }
  // Late rows are the rows as they came: those of the first input of `of`.
  void Ask(Late& op) { Pass(OperandsOf(module_.graph.ops[op.of])[0]); }
  void Ask(Join& op) {
    if (op.bound == JoinBound::kUntil) {
      own_.fields.erase("window_start");
      own_.fields.erase("window_end");
    }
    own_.fields.erase("$final");
    AskRight(op.left, op.right, op.name);
    AskFor(op.left, op.left_key);
    AskFor(op.right, op.right_key);
    AskFor(op.left, op.until);
    AskForBoth(op.left, op.right, op.condition);
    if (op.bound != JoinBound::kWindow) return;
    for (const char* bound : {"window_start", "window_end"}) {
      Of(op.left).fields[bound];
      Of(op.right).fields[bound];
    }
  }
  void Ask(AsofJoin& op) {
    AskRight(op.left, op.right, op.name);
    AskFor(op.left, op.left_key);
    AskFor(op.right, op.right_key);
    AskForBoth(op.left, op.right, op.condition);
  }
  void Ask(Lookup& op) {
    AskRight(op.left, op.right, op.name);
    AskFor(op.left, op.left_key);
    AskFor(op.right, op.right_key);
    AskForBoth(op.left, op.right, op.condition);
  }
  void Ask(Dedup& op) {
    own_.fields.erase("$final");
    Pass(op.input);
    if (module_.graph.types[op.input].updating) Of(op.input) = Demand::All();
    AskFor(op.input, op.key);
    if (op.windowed) Of(op.input).fields["window_end"];
  }
  void Ask(Over& op) {
    for (const OverCall& call : op.calls) {
      own_.fields.erase(call.call.name);
      AskFor(op.input, call.key);
      AskFor(op.input, call.call.args);
      AskFor(op.input, call.call.where);
    }
    Pass(op.input);
  }
  // Steps hand on whole rows.
  void Ask(Match& op) { Of(op.input) = Demand::All(); }
  void Ask(Aggregate& op) {
    AskGrouping(op.input, op.key, op.calls);
    // Rows of a table stand in the order of all their columns.
    if (module_.graph.types[op.input].updating) Of(op.input) = Demand::All();
  }
  void Ask(AggregateLocal& op) { AskGrouping(op.input, op.key, op.calls); }
  void Ask(AggregateMerge& op) { Of(op.input) = Demand::All(); }
  void Ask(Exchange& op) { Pass(op.input); }
  void Ask(Top& op) {
    own_.fields.erase("$rank");
    own_.fields.erase("$final");
    Pass(op.input);
    if (module_.graph.types[op.input].updating) Of(op.input) = Demand::All();
    for (const std::string& column : op.key) Of(op.input).fields[column] = Demand::All();
    AskFor(op.input, op.by);
    AskFor(op.input, op.per);
    if (op.windowed) Of(op.input).fields["window_end"];
  }
  void Ask(Order& op) {
    Pass(op.input);
    AskFor(op.input, op.by);
    if (op.windowed) Of(op.input).fields["window_end"];
  }
  void Ask(Limit& op) { Pass(op.input); }
  void Ask(Union& op) {
    // The rows of all inputs stay equal this way.
    for (ValueId input : op.inputs) Of(input) = Demand::All();
  }
  void Ask(Peek& op) { Of(op.input) = Demand::All(); }
  void Ask(Sink& op) { Of(op.input) = Demand::All(); }

  void AskGrouping(ValueId input, FnId key, const std::vector<AggregateCall>& calls) {
    AskFor(input, key);
    for (const AggregateCall& call : calls) {
      AskFor(input, call.args);
      AskFor(input, call.where);
    }
  }
  void AskFor(ValueId input, FnId fn) {
    if (fn.valid()) Of(input).Merge(RowDemand(module_.functions[fn], Demand::All()));
  }
  void AskForBoth(ValueId left, ValueId right, FnId fn) {
    if (!fn.valid()) return;
    Of(left).Merge(RowDemand(module_.functions[fn], Demand::All(), 0));
    Of(right).Merge(RowDemand(module_.functions[fn], Demand::All(), 1));
  }
  // The left columns stand first; the right ones in a struct called `name`.
  void AskRight(ValueId left, ValueId right, const std::string& name) {
    if (const Demand* part = own_.Of(name)) Of(right).Merge(*part);
    own_.fields.erase(name);
    Pass(left);
  }
  void Pass(ValueId input) { Of(input).Merge(own_); }
  Demand& Of(ValueId id) { return demands_[id.index]; }

  // Drops the fields of the map's row that nobody asks for, and what only they needed.
  void PruneMap(Function& fn) {
    if (own_.all) return;
    ValueId end = fn.ops.IdAt(fn.ops.size() - 1);
    ValueId row = std::get<Return>(fn.ops[end]).value;
    auto* made = std::get_if<MakeStruct>(&fn.ops[row]);
    std::vector<std::vector<ValueId>> users = UsersOf(fn);
    if (made == nullptr || users[row.index].size() != 1) return;
    MakeStruct kept;
    std::vector<bool> copies(fn.ops.size());
    for (size_t i = 0; i < made->names.size(); ++i) {
      if (own_.Of(made->names[i]) != nullptr) {
        kept.names.push_back(made->names[i]);
        kept.values.push_back(made->values[i]);
      } else {
        copies[made->values[i].index] = users[made->values[i].index].size() == 1;
      }
    }
    for (ValueId value : kept.values) copies[value.index] = false;
    if (kept.names.size() == made->names.size()) return;
    *made = std::move(kept);
    DropUnread(fn, copies);
  }

  // Rebuilds `fn` without dead ops; a field of the row that only the dropped row field copied goes
  // too.
  void DropUnread(Function& fn, const std::vector<bool>& copies) {
    std::vector<bool> live(fn.ops.size());
    for (size_t i = fn.ops.size(); i-- > 0;) {
      ValueId id = fn.ops.IdAt(i);
      bool effect = std::holds_alternative<Return>(fn.ops[id]) ||
                    CanReject(module_, options_.catalog, fn, id) ||
                    (IsRowPath(fn, id) && !copies[i] && !OnlyPathToCopies(fn, id, copies));
      live[i] = live[i] || effect;
      if (!live[i]) continue;
      ForEach<ValueId>(fn.ops[id], [&](const ValueId& operand) { live[operand.index] = true; });
      if (fn.guards[id].valid()) live[fn.guards[id].index] = true;
    }
    FunctionRewriter rewriter(module_, fn);
    for (size_t i = 0; i < live.size(); ++i) {
      if (live[i]) rewriter.Copy(fn.ops.IdAt(i));
    }
    fn = rewriter.Finish();
  }

  // `user` of a copied `user.id`: read only as the way to the copy.
  bool OnlyPathToCopies(const Function& fn, ValueId id, const std::vector<bool>& copies) {
    std::vector<ValueId> users = UsersOf(fn)[id.index];
    return !users.empty() && std::all_of(users.begin(), users.end(), [&](ValueId user) {
      return IsRowPath(fn, user) && (copies[user.index] || OnlyPathToCopies(fn, user, copies));
    });
  }

  static std::vector<std::vector<ValueId>> UsersOf(const Function& fn) {
    std::vector<std::vector<ValueId>> users(fn.ops.size());
    for (size_t i = 0; i < fn.ops.size(); ++i) {
      ValueId id = fn.ops.IdAt(i);
      auto use = [&](const ValueId& operand) { users[operand.index].push_back(id); };
      ForEach<ValueId>(fn.ops[id], use);
      if (fn.guards[id].valid()) use(fn.guards[id]);
    }
    return users;
  }

  // Forwards: new row types, and bodies inferred anew over them.
  void Retype() {
    GraphRewriter rewriter(module_);
    for (size_t i = 0; i < rewriter.old().ops.size(); ++i) {
      ValueId id = rewriter.old().ops.IdAt(i);
      Op op = rewriter.Renumbered(id);
      if (auto* source = std::get_if<Source>(&op)) {
        if (!uses_time_[i]) source->time.reset();
        PruneSource(*source, demands_[i]);
      } else {
        RetypeFunctions(op);
      }
      rewriter.Replace(id, std::move(op));
    }
  }

  void PruneSource(Source& source, Demand demand) {
    if (source.time) demand.Merge(RowDemand(module_.functions[source.time->time], Demand::All()));
    for (const std::string& key : source.key) demand.fields[key] = Demand::All();
    std::vector<StructField> fields;
    std::vector<std::string> used;
    for (const StructField& field : source.row.fields()) {
      const Demand* part = demand.Of(field.name);
      bool reads = part != nullptr && std::find(source.used.begin(), source.used.end(),
                                                field.name) != source.used.end();
      if (reads) used.push_back(field.name);
      fields.push_back(
          {field.name, reads ? Pruned(field.type, *part) : field.type, field.external});
    }
    source.row = Type::Struct(std::move(fields));
    source.used = std::move(used);
    if (!source.time) return;
    std::string why;
    StreamType type = InferStream(module_, source, &why);
    RetypeFunction(source.time->time, {type.row});
  }

  void RetypeFunctions(const Op& op) {
    ForEach<FnId>(op, [&](const FnId& fn) {
      if (!module_.functions[fn].args.empty()) RetypeFunction(fn, RowsOf(module_.graph, op, fn));
    });
  }

  void RetypeFunction(FnId id, std::vector<Type> rows) {
    if (module_.functions[id].args == rows) return;
    module_.functions[id] = WithArgs(module_, module_.functions[id], std::move(rows));
  }

  Module& module_;
  const PassOptions& options_;
  std::vector<Demand> demands_;
  std::vector<bool> uses_time_;  // by a stage below the op
  Demand own_;
};

}  // namespace

bool prune_columns(Module& module, const PassOptions& options) {
  Module before = module;
  DropDeadStreams(module);
  ColumnPruner(module, options).Run();
  DropUnusedFunctions(module);
  return module != before;
}

}  // namespace flow::ir::passes
