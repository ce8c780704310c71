#include "tools/plan/state.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/few_values.h"
#include "base/text.h"
#include "base/words.h"
#include "ir/clock.h"
#include "ir/effects.h"
#include "ir/row_memory.h"
#include "ir/visit.h"
#include "runtime/operators/held_row.h"
#include "tools/plan/expression.h"

namespace flow::plan {
namespace {

using namespace ir;
using runtime::HeldRow;

std::string Plural(std::string_view count, std::string_view one) {
  return count == "1" ? Cat("1 ", one) : Cat(count, " ", one, "s");
}

// "per `user, page`"; empty without keys.
std::string Per(const std::vector<std::string>& keys) {
  return keys.empty() ? "" : Cat(" per `", Joined(keys), "`");
}

class StateFinder {
 public:
  StateFinder(const Module& module, const Catalog& catalog, ValueId id)
      : module_(module), graph_(module.graph), catalog_(catalog), id_(id) {}

  std::vector<State> Find() {
    std::visit([&](const auto& op) { Of(op); }, graph_.ops[id_]);
    return std::move(out_);
  }

 private:
  void Of(const Aggregate& op) {
    Groups(op.input, op.key, op.calls, op.windowed, op.emit, op.retain);
  }
  void Of(const AggregateMerge& op) {
    const auto& local = std::get<AggregateLocal>(graph_.ops[LocalOf(graph_, id_)]);
    Groups(local.input, local.key, local.calls, local.windowed, op.emit, {});
  }

  void Groups(ValueId input, FnId key, const std::vector<AggregateCall>& calls, bool windowed,
              const Emit& emit, FnId retain) {
    std::vector<const AggregateCall*> list;
    for (const AggregateCall& call : calls) list.push_back(&call);
    GroupMemory memory = LayOutGroups(module_, catalog_, module_.functions[key].result, list);
    State state = Keyed("group", "one", key, input, windowed);
    // Without an `emit`, groups wait for the end.
    bool sent = emit.kind != EmitKind::kClose || emit.late.valid();
    if (retain.valid() && sent) {
      state.bound = Bound::kTime;
      state.text = Cat("one group", Per(KeysOf(key)), " with a row in the last ", Amount(retain));
    }
    state.unit = "group";
    state.bytes = static_cast<int64_t>(memory.size);
    const Window* panes = PanesBelow(graph_, input);
    // Once in its pane, and once for its key.
    if (panes != nullptr && StacksPanes(catalog_, *panes, memory)) {
      state.bytes = 2 * (state.bytes + kPaneLinkBytes);
    }
    AddText(memory.key_type, "its key's", &state);
    for (const CallState& call : memory.calls) {
      const AggregateDef* def = catalog_.FindAggregate(call.call->function);
      if (def->keeps != nullptr) {
        state.more.push_back(Cat(def->keeps, " of `", call.call->name, "`"));
      } else {
        AddText(call.call->type, Cat("`", call.call->name, "`'s"), &state);
      }
    }
    if (sent) {
      state.unit = "group with the row it was sent as";
      state.bytes += HeldBytes(SentRow(graph_.types[id_]));
    }
    if (retain.valid() && sent && AsksForOldRows(module_, &catalog_, id_)) {
      State silent = Keyed("row", "one", key, input, false);
      Append(silent.text, ", of groups that have been silent, for stages below");
      silent.unit = "row";
      silent.bytes = HeldBytes(SentRow(graph_.types[id_]));
      out_.push_back(std::move(silent));
    }
    if (!graph_.types[input].updating) return out_.push_back(std::move(state));
    // A table's groups keep its rows, each with the folded state of some.
    State rows;
    rows.bound = state.bound;
    rows.text =
        windowed ? Cat("the rows of ", ScopeOf(input)) : "the rows that stand at the moment";
    out_.push_back(std::move(state));
    Rows("row", 0, true, &rows);
    rows.bytes += static_cast<int64_t>(memory.size);
    out_.push_back(std::move(rows));
  }

  void Of(const Top& op) {
    std::string count = Amount(op.count);
    State state = Keyed("row", count, op.per, op.input, op.windowed);
    if (op.ties) state.text += "; more, where rows are equal to the last of them";
    if (graph_.types[op.input].updating) KeepsTable(op.key, op.input, op.windowed, &state);
    Rows("row", 0, false, &state);
    out_.push_back(std::move(state));
  }
  void Of(const Order& op) {
    State state;
    state.bound = op.windowed ? Bound::kTime : Bound::kInput;
    state.text = op.windowed ? Cat("the rows of ", ScopeOf(op.input)) : AllRows(op.input, "rows");
    Rows("row", 0, false, &state);
    out_.push_back(std::move(state));
  }
  void Of(const Dedup& op) {
    State state;
    if (op.windowed) {
      state = Keyed("row", "one", op.key, op.input, true);
    } else if (op.within.valid() && !IsForever(op.within)) {
      state.bound = Bound::kTime;
      state.text = Cat("one row", Per(KeysOf(op.key)), " for ", Amount(op.within));
    } else {
      state = Keyed("row", "one", op.key, op.input, false);
      if (state.bound == Bound::kEndless) {
        state.bound = Bound::kForever;
        state.text = Cat("one row per different `", Joined(KeysOf(op.key)),
                         "`, for ever, as the script says");
      }
    }
    if (graph_.types[op.input].updating) KeepsTable({}, op.input, op.windowed, &state);
    Rows("row", 0, true, &state);
    out_.push_back(std::move(state));
    if (op.within.valid()) Waiting();
  }
  void Of(const WindowSession& op) {
    State state;
    state.bound = Bound::kTime;
    state.text =
        Cat("the rows of open sessions", Per(KeysOf(op.key)), ", each until none has come for ",
            Amount(op.gap), op.max.valid() ? Cat(", at most ", Amount(op.max)) : "");
    Rows("row", 0, true, &state);
    out_.push_back(std::move(state));
    Waiting();
  }
  void Of(const WindowRows& op) {
    out_.push_back(Keyed("row", Cat("up to ", Amount(op.count)), op.key, op.input, false));
    Rows("row", 0, true, &out_.back());
    Waiting();
  }
  void Of(const Over& op) {
    std::set<std::string> said;
    for (const OverCall& over : op.calls) {
      State state = Frame(over, op.input);
      if (said.insert(state.text).second) out_.push_back(std::move(state));
    }
    Waiting();
  }
  State Frame(const OverCall& over, ValueId input) {
    State state;
    bool lag = over.call.function == kLag;
    std::string count = over.rows.valid() ? Amount(over.rows) : "";
    if (lag) count = Amount(over.call.consts[0]);
    if (over.last.valid()) {
      state.bound = Bound::kTime;
      state.text = lag ? Cat("the last ", Plural(count, "row"), Per(KeysOf(over.key)),
                             " that are in the last ", Amount(over.last))
                       : Cat("the rows of the last ", Amount(over.last), Per(KeysOf(over.key)));
    } else if (!count.empty()) {
      state = Keyed("row", count, over.key, input, false);
    } else {
      state = Keyed("state", "one", over.key, input, false);
      state.unit = "state";
      state.bytes = static_cast<int64_t>(
          LayOutGroups(module_, catalog_, Type::Struct({}), {&over.call}).size);
      return state;
    }
    Rows("row", 0, true, &state);
    return state;
  }
  void Of(const Match& op) {
    State state;
    state.bound = Bound::kTime;
    state.text = Cat("the rows of the last ", Amount(op.within), " that fit a step",
                     Per(KeysOf(op.key)), ", and the ways in which they may go on");
    Rows("row", 0, true, &state);
    state.bytes += LayoutOf(graph_.types[op.input].row).size;  // arrays of steps lie in one piece
    out_.push_back(std::move(state));
    Waiting();
  }
  void Of(const ir::Join& op) {
    switch (op.bound) {
      case JoinBound::kWithin:
        Side(0, Reach(op.after));
        Side(1, Reach(op.before));
        return Waiting();
      case JoinBound::kUntil:
        Side(0, Cat("until their `", ExpressionText(module_, op.until), "` has passed"));
        Side(1, Reach({}));
        return Waiting();
      case JoinBound::kWindow:
        Side(0, Cat("of ", ScopeOf(op.left)));
        return Side(1, Cat("of ", ScopeOf(op.right)));
      case JoinBound::kNone:
        break;
    }
    for (size_t port : {0, 1}) {
      ValueId input = port == 0 ? op.left : op.right;
      State state;
      state.bound = graph_.types[input].bounded ? Bound::kInput : Bound::kForever;
      const char* side = port == 0 ? "left" : "right";
      bool few = (op.kind == JoinKind::kSemi || op.kind == JoinKind::kAnti) &&
                 !ir::JoinsTables(graph_, id_);
      state.text = AllRows(input, Cat(side, " rows"));
      if (few && port == 0) state.text += ", but those that have matched";
      if (few && port == 1 && !op.condition.valid()) {
        state.text = Cat("one right row per different `", Joined(KeysOf(op.right_key)), "`");
      }
      Rows(Cat(side, " row"), port, true, &state);
      out_.push_back(std::move(state));
    }
  }
  void Of(const AsofJoin& op) {
    State state;
    std::string keys = Joined(KeysOf(op.right_key));
    const StreamType& right = graph_.types[op.right];
    if (op.within.valid()) {
      state.bound = Bound::kTime;
      state.text = op.condition.valid()
                       ? Cat("the right rows of the last ", Amount(op.within))
                       : Cat("the newest right row per `", keys, "`, for ", Amount(op.within));
    } else if (op.condition.valid()) {
      state.bound = right.bounded ? Bound::kInput : Bound::kForever;
      state.text = AllRows(op.right, "right rows");
    } else {
      state = Keyed("right row", "the newest", op.right_key, op.right, false);
    }
    Rows("right row", 1, true, &state);
    out_.push_back(std::move(state));
    Side(0, Reach({}));
    Waiting();
  }
  void Of(const Lookup& op) {
    out_.push_back(Keyed("row of the table", "one", op.right_key, op.right, false));
    Rows("row of the table", 1, true, &out_.back());
  }
  // What rests nowhere.
  void Of(const AggregateLocal&) {}
  void Of(const Assert&) {}
  void Of(const Exchange&) {}
  void Of(const Filter&) {}
  void Of(const Late&) {}
  void Of(const Limit&) {}
  void Of(const Map&) {}
  void Of(const Peek&) {}
  void Of(const Rejects&) {}
  void Of(const Sink&) {}
  void Of(const Source&) {}
  void Of(const Union&) {}
  void Of(const Unnest&) {}
  void Of(const Window&) {}

  // ---- words

  std::string Amount(FnId fn) { return ExpressionText(module_, fn); }
  bool IsForever(FnId fn) {
    const Literal* literal = ConstantOf(module_, fn);
    return literal != nullptr && literal->int_value == kForever;
  }
  bool IsZero(FnId fn) {
    const Literal* literal = ConstantOf(module_, fn);
    return literal != nullptr && literal->int_value == 0;
  }

  // The texts of a key, but for the bounds of windows.
  std::vector<std::string> KeysOf(FnId key) {
    std::vector<std::string> out = KeyTexts(module_, key);
    std::erase_if(out, [](const std::string& text) {
      return text == "window_start" || text == "window_end";
    });
    return out;
  }

  // So many `units` for each key, of a window or of the whole input.
  State Keyed(std::string_view unit, const std::string& count, FnId key, ValueId input,
              bool windowed) {
    State state;
    std::vector<std::string> keys = KeysOf(key);
    bool one = count == "one" || count == "1" || count == "the newest";
    std::string units = Cat(count, " ", unit, one ? "" : "s");
    if (windowed) {
      state.bound = Bound::kTime;
      state.text = Cat(units, Per(keys), " of ", ScopeOf(input));
      return state;
    }
    int64_t few = keys.empty() ? 1 : FewValuesOf(module_.functions[key].result);
    state.text = Cat(units, keys.empty() ? "" : Cat(" per different `", Joined(keys), "`"));
    if (few > 0) {
      state.bound = Bound::kFixed;
      if (!keys.empty()) state.text += Cat(", of which there are at most ", few);
      return state;
    }
    bool ends = graph_.types[input].bounded;
    state.bound = ends ? Bound::kKeys : Bound::kEndless;
    state.text += ends ? " of the input, which ends" : ", without bound";
    return state;
  }

  // Of rows that may go again all are kept, so that another can take the place of one that goes.
  void KeepsTable(const std::vector<std::string>& key, ValueId input, bool windowed, State* state) {
    std::string one = key.empty() ? "" : Cat(", one per `", Joined(key), "`");
    state->text =
        Cat("all rows of the table above", one, windowed ? Cat(", of ", ScopeOf(input)) : "");
  }

  std::string AllRows(ValueId input, std::string_view what) {
    return Cat("all ", what,
               graph_.types[input].bounded ? " of the input, which ends"
                                           : ", for ever, as the script says");
  }

  // The windows whose rows a stage behind `input` keeps.
  std::string ScopeOf(ValueId input) {
    if (graph_.types[input].window_rows) return "the window that closes";
    for (ValueId id = input;;) {
      const Op& op = graph_.ops[id];
      if (const auto* window = std::get_if<Window>(&op)) return WindowsText(*window, id);
      if (const auto* session = std::get_if<WindowSession>(&op)) {
        return Cat("sessions that have ended", session->max.valid() ? "" : ", one at a time");
      }
      if (std::holds_alternative<WindowRows>(op)) return "the window that has filled";
      if (const auto* join = std::get_if<Join>(&op); join != nullptr && join->until.valid()) {
        return Cat("each open span, to its `", ExpressionText(module_, join->until), "`",
                   Lateness(id, {}));
      }
      std::vector<ValueId> inputs = OperandsOf(op);
      if (inputs.empty()) return "a window";
      id = inputs[0];
    }
  }

  std::string WindowsText(const Window& op, ValueId id) {
    std::string late = Lateness(id, op.late_for);
    std::string size = Amount(op.size);
    if (op.kind == WindowKind::kTumble) return Cat("one window of ", size, late);
    std::string step = Amount(op.step);
    const Literal* whole = ConstantOf(module_, op.size);
    const Literal* part = ConstantOf(module_, op.step);
    std::string count = "the";
    if (whole != nullptr && part != nullptr && part->int_value > 0) {
      count = Cat((whole->int_value + part->int_value - 1) / part->int_value);
    }
    // What a window adds to the one before goes into the same groups.
    if (op.panes && op.kind == WindowKind::kCumulate) return Cat("one window of ", size, late);
    if (op.panes) return Cat(count, " panes of ", step, late);
    if (op.kind == WindowKind::kHop) {
      return Cat(count, " windows of ", size, " (one every ", step, ")", late);
    }
    return Cat(count, " windows of ", step, " to ", size, late);
  }

  // " plus 10s of lateness": what windows wait for beyond their end.
  std::string Lateness(ValueId id, FnId late_for) {
    std::string delay = DelayAbove(id);
    std::string out;
    if (!delay.empty()) out = Cat(" plus ", delay, " of lateness");
    if (late_for.valid()) {
      Append(out, Cat(out.empty() ? " plus " : " and ", Amount(late_for), " for late updates"));
    }
    return out;
  }

  // How far the newest rows of a stream are ahead of its watermark: what is constant of it, and the
  // rest as text.
  struct Delay {
    int64_t known = 0;
    std::set<std::string> unknown;

    void Add(const StateFinder& finder, FnId length) {
      if (!length.valid()) return;
      if (const Literal* literal = ConstantOf(finder.module_, length)) {
        int64_t sum;
        known = __builtin_add_overflow(known, literal->int_value, &sum) ? kForever : sum;
      } else {
        unknown.insert(ExpressionText(finder.module_, length));
      }
    }
    void AtLeast(const Delay& other) {
      known = std::max(known, other.known);
      unknown.insert(other.unknown.begin(), other.unknown.end());
    }
  };
  Delay DelayOf(ValueId id) {
    auto [known, fresh] = delays_.try_emplace(id.index);
    if (!fresh) return known->second;
    Delay out;
    const Op& op = graph_.ops[id];
    for (ValueId input : OperandsOf(op)) out.AtLeast(DelayOf(input));
    if (const auto* source = std::get_if<Source>(&op); source != nullptr && source->time) {
      out.Add(*this, source->time->delay);
    }
    // Stages that send rows behind the watermark hold it back (semantics.md 52).
    if (const auto* dedup = std::get_if<Dedup>(&op); dedup != nullptr && dedup->keep_last) {
      out.Add(*this, dedup->within);
    }
    const auto* join = std::get_if<ir::Join>(&op);
    if (join != nullptr && join->bound == JoinBound::kWithin && join->kind != JoinKind::kInner) {
      Delay before, after;
      before.Add(*this, join->before);
      after.Add(*this, join->after);
      before.AtLeast(after);
      int64_t sum;
      out.known = __builtin_add_overflow(out.known, before.known, &sum) ? kForever : sum;
      out.unknown.insert(before.unknown.begin(), before.unknown.end());
    }
    delays_[id.index] = out;
    return out;
  }
  // The same as text; empty: none.
  std::string DelayAbove(ValueId id) {
    Delay most;
    for (ValueId input : OperandsOf(graph_.ops[id])) most.AtLeast(DelayOf(input));
    std::set<std::string> texts = most.unknown;
    if (most.known > 0) texts.insert(DurationText(most.known));
    return Joined({texts.begin(), texts.end()});
  }
  size_t TimedSourcesAbove(ValueId id) {
    size_t count = 0;
    std::vector<ValueId> open = {id};
    std::set<uint32_t> seen;
    while (!open.empty()) {
      ValueId next = open.back();
      open.pop_back();
      if (!seen.insert(next.index).second) continue;
      const auto* source = std::get_if<Source>(&graph_.ops[next]);
      count += source != nullptr && source->time ? 1 : 0;
      for (ValueId input : OperandsOf(graph_.ops[next])) open.push_back(input);
    }
    return count;
  }

  // Rows that rest because none before them may come any more.
  void Waiting() {
    if (!graph_.types[OperandsOf(graph_.ops[id_])[0]].has_time) return;
    State state;
    state.bound = Bound::kTime;
    std::string delay = DelayAbove(id_);
    if (!delay.empty())
      state.text = Cat("rows of the newest ", delay, ", which wait for late ones");
    if (TimedSourcesAbove(id_) > 1) {
      Append(state.text, Cat(state.text.empty() ? "rows" : "; and those",
                             " of the input that is ahead in time"));
    }
    if (state.text.empty()) return;
    if (OperandsOf(graph_.ops[id_]).size() == 1) Rows("row", 0, true, &state);
    out_.push_back(std::move(state));
  }

  // How long the rows of one side of a join stay.
  std::string Reach(FnId length) {
    if (!length.valid() || IsZero(length)) return "that the watermark has not passed";
    return Cat("of the last ", Amount(length));
  }
  void Side(size_t port, std::string how) {
    State state;
    const char* side = port == 0 ? "left" : "right";
    state.bound = Bound::kTime;
    state.text = Cat(side, " rows ", how);
    Rows(Cat(side, " row"), port, true, &state);
    out_.push_back(std::move(state));
  }

  // ---- bytes

  static int64_t HeldBytes(const Type& row) { return HeldRow::kHeader + LayoutOf(row).size; }

  void Rows(std::string unit, size_t port, bool held, State* state) {
    Type row = CollectedBy(module_, id_, port).type;
    state->unit = std::move(unit);
    state->bytes = held ? HeldBytes(row) : LayoutOf(row).size;
    AddText(row, "its", state);
  }
  static void AddText(const Type& type, const std::string& whose, State* state) {
    if (HasPointers(type)) state->more.push_back(Cat(whose, " text"));
  }

  const Module& module_;
  const ir::Graph& graph_;
  const Catalog& catalog_;
  ValueId id_;
  std::map<uint32_t, Delay> delays_;  // by op
  std::vector<State> out_;
};

// Sources above that go on by the clock.
void ClockOfTime(const Module& module, ValueId id, std::vector<std::string>* out) {
  std::vector<ValueId> open = OperandsOf(module.graph.ops[id]);
  std::set<uint32_t> seen;
  while (!open.empty()) {
    ValueId next = open.back();
    open.pop_back();
    if (!seen.insert(next.index).second) continue;
    if (const auto* source = std::get_if<Source>(&module.graph.ops[next]);
        source != nullptr && source->time) {
      if (ReadsClock(module, source->time->time)) {
        out->push_back(
            Cat("`time now()` of `", source->name, "`: rows have the time they came at"));
      }
      if (source->time->idle.valid() && !source->bounded) {
        out->push_back(Cat("`idle ", ExpressionText(module, source->time->idle), "` of `",
                           source->name, "`: when it is silent, time goes on by the clock"));
      }
    }
    for (ValueId input : OperandsOf(module.graph.ops[next])) open.push_back(input);
  }
}

}  // namespace

ValueId LocalOf(const ir::Graph& graph, ValueId op) {
  for (;;) {
    if (const auto* merge = std::get_if<AggregateMerge>(&graph.ops[op])) {
      op = merge->input;
    } else if (const auto* exchange = std::get_if<Exchange>(&graph.ops[op])) {
      op = exchange->input;
    } else {
      return op;
    }
  }
}

std::vector<State> StateOf(const Module& module, const Catalog& catalog, ValueId op) {
  return StateFinder(module, catalog, op).Find();
}

std::vector<std::string> ClockOf(const Module& module, ValueId id) {
  const Op& op = module.graph.ops[id];
  std::vector<std::string> out;
  bool now = false;
  bool rowtime = false;
  if (!std::holds_alternative<Source>(op)) {
    ForEach<FnId>(op, [&](const FnId& fn) {
      now |= ReadsClock(module, fn);
      for (const ScalarOp& scalar : module.functions[fn].ops) {
        rowtime |= std::holds_alternative<RowTime>(scalar);
      }
    });
  }
  if (now) out.push_back("`now()` is the clock");
  if (rowtime || WorksInTime(module.graph, op)) ClockOfTime(module, id, &out);
  std::visit(Overloaded{[&](const auto& o) {
                          if constexpr (requires { o.emit.every; }) {
                            if (o.emit.kind != EmitKind::kEvery) return;
                            out.push_back(
                                Cat("`emit every ", ExpressionText(module, o.emit.every),
                                    "`: the clock says when changes are sent, not what is final"));
                          }
                        },
                        [&](const Lookup& o) {
                          if (module.graph.types[o.right].bounded) return;
                          out.push_back("the table does not end: a row sees what has come so far");
                        },
                        [&](const Limit& o) {
                          if (module.graph.types[o.input].ordered) return;
                          out.push_back("the rows have no order: the first to come are kept");
                        }},
             op);
  return out;
}

}  // namespace flow::plan
