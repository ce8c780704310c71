// The contract of the IR. Whoever writes a pass may rely on it before, and must keep it after.
//
// Functions
//  - Operands and guards are ops that stand earlier. The last op is the only `return`; its operand
//    has the function's result type, is always evaluated, and is not fallible.
//  - The stored type of an op is the one ir/infer.h gives.
//  - A guard is a bool. An op may use a guarded value only where that guard is known to hold: under
//    a guard that implies it, or as the chosen operand of `select`, the second of `and` (the first
//    holds) or of `or` (the first does not).
//  - T! is looked at by `is_ok` and `value` only.
//  - Function names are unique. Functions call each other (array_op) without cycles.
//
// Graph
//  - Operands stand earlier and are no sinks. The stored stream type is the inferred one.
//  - A function that takes the row takes exactly the row type of the op's input; it may use
//    `rowtime` only where the stream has event time. Endpoints, counts, durations and labels come
//    from functions without arguments.
//  - An op that can fail names a handler.
//  - Stateful ops over a whole stream need bounded input; windowed ones need a window scope, and
//    the window columns where they work by them.
//  - `aggregate_merge` reads an exchange of an `aggregate_local`.

#include "ir/verify.h"

#include <set>

#include "base/text.h"
#include "ir/effects.h"
#include "ir/facts.h"
#include "ir/infer.h"
#include "ir/print.h"
#include "ir/visit.h"

namespace flow::ir {
namespace {

class FunctionVerifier {
 public:
  FunctionVerifier(const Module& module, FnId id, std::vector<VerifyError>* errors)
      : module_(module), id_(id), fn_(module.functions[id]), errors_(errors) {}

  void Run() {
    size_t n = fn_.ops.size();
    if (fn_.types.size() != n || fn_.guards.size() != n || fn_.places.size() != n) {
      return Error({}, "types, guards and places do not stand beside every op");
    }
    if (n == 0) return Error({}, "a function ends in `return`");
    if (fn_.result.is(TypeKind::kFallible)) Error({}, "the result of a function is not fallible");
    for (size_t i = 0; i < n; ++i) CheckOp(ValueId{static_cast<uint32_t>(i)});
    if (CallsItself(id_, 0)) Error({}, "the function calls itself");
  }

 private:
  void CheckOp(ValueId id) {
    op_id_ = id;
    const ScalarOp& op = fn_.ops[id];
    bool defined = true;
    ForEach<ValueId>(op,
                     [&](const ValueId& operand) { defined &= CheckDefined(operand, "operand"); });
    if (fn_.guards[id].valid()) defined &= CheckDefined(fn_.guards[id], "guard");
    ForEach<FnId>(op, [&](const FnId& callee) {
      if (!module_.functions.Has(callee)) defined = false, Error(id, "no such function");
    });
    if (!defined) return;
    bool last = id.index + 1 == fn_.ops.size();
    if (std::holds_alternative<Return>(op) != last)
      Error(id, "`return` is the last op, and only it");
    std::string why;
    Type type = InferScalar(module_, fn_, op, &why);
    if (type.is_error()) return Error(id, why);
    if (type != fn_.types[id]) {
      return Error(id, Cat("the type is ", type.ToText(), ", not ", fn_.types[id].ToText()));
    }
    CheckGuard(id);
    std::visit([&](const auto& o) { CheckUses(o); }, op);
  }

  // Who may look at guarded and at fallible values. The rule by operand is the same for all ops but
  // these.
  void CheckUses(const Select& op) {
    Use(op.condition);
    UseIf(op.condition, true, op.a);
    UseIf(op.condition, false, op.b);
  }
  void CheckUses(const And& op) {
    Use(op.a);
    UseIf(op.a, true, op.b);
  }
  void CheckUses(const Or& op) {
    Use(op.a);
    UseIf(op.a, false, op.b);
  }
  void CheckUses(const IsOk& op) { UseGuarded(op.a, OwnFacts()); }
  void CheckUses(const ValueOf& op) { UseGuarded(op.a, OwnFacts()); }
  void CheckUses(const Return& op) {
    Use(op.value);
    if (fn_.types[op.value] != fn_.result) {
      Error(op_id_, Cat("the function gives ", fn_.result.ToText(), ", not ",
                        fn_.types[op.value].ToText()));
    }
  }
  template <class AnyOp>
  void CheckUses(const AnyOp& op) {
    ForEach<ValueId>(op, [&](const ValueId& operand) { Use(operand); });
  }

  void Use(ValueId operand) {
    if (fn_.types[operand].is(TypeKind::kFallible)) {
      Error(op_id_,
            Cat("%", operand.index, " may have failed; only `is_ok` and `value` look at it"));
    }
    UseGuarded(operand, OwnFacts());
  }
  void UseIf(ValueId condition, bool value, ValueId operand) {
    Facts facts = OwnFacts();
    facts.Assume(condition, value);
    UseGuarded(operand, facts);
  }
  void UseGuarded(ValueId operand, const Facts& facts) {
    ValueId guard = fn_.guards[operand];
    if (!guard.valid() || facts.IsTrue(guard)) return;
    Error(op_id_, Cat("%", operand.index, " is evaluated only when %", guard.index,
                      ", which is not known here"));
  }
  Facts OwnFacts() const {
    Facts facts(fn_);
    if (fn_.guards[op_id_].valid()) facts.Assume(fn_.guards[op_id_], true);
    return facts;
  }
  // A guard is looked at wherever the op stands, so it must be evaluated always; `and` builds
  // nested ones.
  void CheckGuard(ValueId id) {
    ValueId guard = fn_.guards[id];
    if (!guard.valid()) return;
    if (!fn_.types[guard].is(TypeKind::kBool)) {
      return Error(id, Cat("the guard %", guard.index, " is no bool"));
    }
    if (fn_.guards[guard].valid()) {
      Error(id, Cat("the guard %", guard.index, " is itself guarded; join them with `and`"));
    }
    if (std::holds_alternative<Return>(fn_.ops[id])) Error(id, "`return` has no guard");
  }
  bool CheckDefined(ValueId operand, std::string_view what) {
    if (operand.index < op_id_.index) return true;
    Error(op_id_, Cat("the ", what, " %", operand.index, " does not stand earlier"));
    return false;
  }
  bool CallsItself(FnId from, size_t depth) {
    if (depth > module_.functions.size() || !module_.functions.Has(from)) return false;
    bool found = false;
    for (const ScalarOp& op : module_.functions[from].ops) {
      ForEach<FnId>(op, [&](const FnId& callee) {
        found = found || callee == id_ || (callee != from && CallsItself(callee, depth + 1));
      });
    }
    return found;
  }
  void Error(ValueId op, std::string message) {
    errors_->push_back({id_, op, std::move(message), op.valid() ? PrintOp(module_, id_, op) : ""});
  }

  const Module& module_;
  FnId id_;
  const Function& fn_;
  std::vector<VerifyError>* errors_;
  ValueId op_id_;
};

class GraphVerifier {
 public:
  GraphVerifier(const Module& module, std::vector<VerifyError>* errors)
      : module_(module), graph_(module.graph), errors_(errors) {}

  void Run() {
    size_t n = graph_.ops.size();
    if (graph_.types.size() != n || graph_.handlers.size() != n || graph_.places.size() != n ||
        graph_.fragments.size() != n) {
      return Error("types, handlers, places and fragments do not stand beside every op");
    }
    for (size_t i = 0; i < n; ++i) CheckOp(ValueId{static_cast<uint32_t>(i)});
  }

 private:
  void CheckOp(ValueId id) {
    op_id_ = id;
    const Op& op = graph_.ops[id];
    bool defined = true;
    ForEach<ValueId>(op, [&](const ValueId& operand) { defined &= CheckInput(operand); });
    ForEach<FnId>(op, [&](const FnId& fn) {
      if (!module_.functions.Has(fn)) defined = false, Error("no such function");
    });
    ForEach<HandlerId>(op, [&](const HandlerId& handler) {
      if (!module_.handlers.Has(handler)) Error("no such handler");
    });
    if (!defined) return;
    HandlerId handler = graph_.handlers[id];
    if (InfoOf(op).can_fail && !handler.valid()) Error("an op that can fail names a handler");
    if (handler.valid() && !module_.handlers.Has(handler)) Error("no such handler");
    std::string why;
    StreamType type = InferStream(module_, op, &why);
    if (type.row.is_error()) return Error(why);
    // What a sink's own type says is nobody's business: nothing reads it.
    if (!std::holds_alternative<Sink>(op) && type != graph_.types[id]) {
      return Error(Cat("the type is ", PrintStreamType(type)));
    }
    std::visit([&](const auto& o) { Check(o); }, op);
  }

  bool CheckInput(ValueId input) {
    if (input.index >= op_id_.index) {
      Error(Cat("the input %", input.index, " does not stand earlier"));
      return false;
    }
    if (!std::holds_alternative<Sink>(graph_.ops[input])) return true;
    Error(Cat("%", input.index, " is a sink, no stream"));
    return false;
  }

  // One rule per op: what its functions take and give, and where it may stand.
  void Check(const Source& op) {
    CheckEndpoint(op.endpoint);
    for (const std::string& key : op.key) {
      if (op.row.FieldIndex(key) < 0) Error(Cat("the key ", QuoteString(key), " is no column"));
    }
    if (!op.time) return;
    RowFunction("time", op.time->time, graph_.types[op_id_], Type::Timestamp());
    Constant("delay", op.time->delay, Type::Duration());
    if (op.time->jump.valid()) Constant("jump", op.time->jump, Type::Duration());
    if (op.time->idle.valid()) Constant("idle", op.time->idle, Type::Duration());
  }
  void Check(const Rejects& op) {
    if (!op.of.valid()) Error("`of` names the handler whose rows these are");
  }
  void Check(const Filter& op) { RowFunction("predicate", op.predicate, In(op), Type::Bool()); }
  void Check(const Map& op) { RowFunction("row", op.row, In(op), {}); }
  void Check(const Assert& op) {
    RowFunction("condition", op.condition, In(op), Type::Bool());
    if (op.message.valid()) RowFunction("message", op.message, In(op), Type::String());
  }
  void Check(const Unnest& op) {
    RowFunction("array", op.array, In(op), {});
    if (In(op).row.FieldIndex(op.name) >= 0)
      Error(Cat("the row has a column ", QuoteString(op.name)));
  }
  void Check(const Window& op) {
    if (!In(op).has_time) Error("a window needs a stream with event time");
    Constant("size", op.size, Type::Duration());
    if (op.kind != WindowKind::kTumble) Constant("step", op.step, Type::Duration());
    if (op.kind == WindowKind::kTumble && op.step.valid()) Error("a tumbling window has no step");
    if (op.offset.valid()) Constant("offset", op.offset, Type::Duration());
    if (op.tz.valid()) Constant("tz", op.tz, Type::String());
    if (op.late_for.valid()) Constant("late_for", op.late_for, Type::Duration());
    if (op.panes && (op.kind == WindowKind::kTumble || op.tz.valid() || op.late_for.valid()))
      Error("these windows have no panes");
    CheckAppend(In(op));
  }
  void Check(const WindowSession& op) {
    if (!In(op).has_time) Error("a session needs a stream with event time");
    RowFunction("key", op.key, In(op), {});
    Constant("gap", op.gap, Type::Duration());
    if (op.max.valid()) Constant("max", op.max, Type::Duration());
    CheckAppend(In(op));
  }
  void Check(const WindowRows& op) {
    RowFunction("key", op.key, In(op), {});
    Constant("count", op.count, Type::Int());
    if (op.every.valid()) Constant("every", op.every, Type::Int());
    CheckAppend(In(op));
  }
  void Check(const Late& op) {
    const Op& of = graph_.ops[op.of];
    if (std::holds_alternative<Window>(of) || InfoOf(of).timed || RetainsGroups(of)) return;
    Error("no row is late for that op");
  }
  void Check(const Join& op) {
    const StreamType& left = graph_.types[op.left];
    const StreamType& right = graph_.types[op.right];
    CheckSides(op.left_key, op.right_key, op.condition, left, right);
    bool timed = op.bound == JoinBound::kWithin || op.bound == JoinBound::kUntil;
    if (timed && !(left.has_time && right.has_time)) {
      Error("a join bounded in time needs two streams with event time");
    }
    if (op.bound == JoinBound::kWithin) {
      Constant("before", op.before, Type::Duration());
      Constant("after", op.after, Type::Duration());
    }
    if (op.bound == JoinBound::kUntil) RowFunction("until", op.until, left, Type::Timestamp());
    bool once = op.emit.kind == EmitKind::kClose && !op.emit.late.valid();
    if (timed) {
      CheckAppend(left);
      CheckAppend(right);
      if (!once) Error("the rows of a join bounded in time are final");
    }
    if (op.bound == JoinBound::kWindow) {
      CheckScope(left, true, true);
      CheckScope(right, true, true);
    }
  }
  void Check(const AsofJoin& op) {
    const StreamType& left = graph_.types[op.left];
    const StreamType& right = graph_.types[op.right];
    CheckSides(op.left_key, op.right_key, op.condition, left, right);
    if (!(left.has_time && right.has_time)) Error("an asof join needs streams with event time");
    if (op.within.valid()) Constant("within", op.within, Type::Duration());
    CheckAppend(left);
    CheckAppend(right);
  }
  void Check(const Lookup& op) {
    CheckSides(op.left_key, op.right_key, op.condition, graph_.types[op.left],
               graph_.types[op.right]);
    CheckAppend(graph_.types[op.left]);
  }
  void Check(const Dedup& op) {
    RowFunction("key", op.key, In(op), {});
    if (op.within.valid()) Constant("within", op.within, Type::Duration());
    if (op.windowed) CheckScope(In(op), true, true);
    CheckEmit(op.emit);
  }
  void Check(const Over& op) {
    std::set<std::string> names;
    for (const OverCall& over : op.calls) {
      if (In(op).row.FieldIndex(over.call.name) >= 0 || !names.insert(over.call.name).second) {
        Error(Cat("the row has a column ", QuoteString(over.call.name)));
      }
      RowFunction("key", over.key, In(op), {});
      if (over.call.args.valid()) RowFunction("args", over.call.args, In(op), {});
      if (over.call.where.valid()) RowFunction("where", over.call.where, In(op), Type::Bool());
      for (FnId fn : over.call.consts) Constant("const", fn, {});
      if (over.last.valid()) Constant("last", over.last, Type::Duration());
      if (over.rows.valid()) Constant("rows", over.rows, Type::Int());
    }
    CheckAppend(In(op));
  }
  void Check(const Match& op) {
    RowFunction("key", op.key, In(op), {});
    Constant("within", op.within, Type::Duration());
    if (!In(op).has_time) Error("a pattern needs a stream with event time");
    CheckAppend(In(op));
    for (const MatchStep& step : op.steps) {
      Function2("condition", step.condition, RowsOf(graph_, op, step.condition));
    }
  }
  void CheckAppend(const StreamType& input) {
    if (input.updating) Error("the input may not be updating");
  }
  void CheckEmit(const Emit& emit) {
    if (emit.kind == EmitKind::kEvery) Constant("every", emit.every, Type::Duration());
    if (emit.late.valid()) Constant("late", emit.late, Type::Duration());
  }
  void CheckSides(FnId left_key, FnId right_key, FnId condition, const StreamType& left,
                  const StreamType& right) {
    RowFunction("left_key", left_key, left, {});
    RowFunction("right_key", right_key, right, {});
    if (ResultOf(left_key) != ResultOf(right_key)) Error("the keys of both sides have one type");
    if (condition.valid()) Function2("condition", condition, {left.row, right.row});
  }
  // A condition over more than one row.
  void Function2(std::string_view what, FnId id, const std::vector<Type>& args) {
    if (!CheckResult(what, id, Type::Bool())) return;
    if (module_.functions[id].args != args) Error(Cat("`", what, "` takes other rows"));
  }
  void Check(const Aggregate& op) {
    CheckGrouping(In(op), op.key, op.calls, op.windowed, op.emit.kind != EmitKind::kClose);
    CheckEmit(op.emit);
    if (!op.retain.valid()) return;
    Constant("retain", op.retain, Type::Duration());
    if (!In(op).has_time) Error("`retain` needs a stream with event time");
    if (op.windowed) Error("`retain` is for groups without a window");
    CheckAppend(In(op));
  }
  // Whether its input must end is for the merge to say, which knows when results are sent.
  void Check(const AggregateLocal& op) {
    CheckGrouping(In(op), op.key, op.calls, op.windowed, true);
  }
  void Check(const AggregateMerge& op) {
    const auto* exchange = std::get_if<Exchange>(&graph_.ops[op.input]);
    const auto* local =
        exchange == nullptr ? nullptr : std::get_if<AggregateLocal>(&graph_.ops[exchange->input]);
    if (local == nullptr) return Error("the input is no exchange of an `aggregate_local`");
    if (op.emit.kind == EmitKind::kClose) CheckScope(In(*local), local->windowed, false);
    CheckEmit(op.emit);
  }
  void Check(const Exchange& op) {
    if (op.kind == ExchangeKind::kOrdered && !In(op).ordered)
      Error("the input has no order to keep");
  }
  void Check(const Top& op) {
    Constant("count", op.count, Type::Int());
    RowFunction("by", op.by, In(op), {});
    if (ResultOf(op.by).is(TypeKind::kStruct) && ResultOf(op.by).fields().size() != 1) {
      Error("`by` gives a struct of one field");
    }
    if (op.per.valid()) RowFunction("per", op.per, In(op), {});
    if (op.windowed || op.emit.kind == EmitKind::kClose) CheckScope(In(op), op.windowed, true);
    CheckEmit(op.emit);
  }
  void Check(const Order& op) {
    RowFunction("by", op.by, In(op), {});
    if (ResultOf(op.by).is(TypeKind::kStruct) &&
        ResultOf(op.by).fields().size() != op.descending.size()) {
      Error("`descending` has one entry for each field of `by`");
    }
    CheckScope(In(op), op.windowed, true);
  }
  void Check(const Limit& op) { Constant("count", op.count, Type::Int()); }
  void Check(const Union&) {}
  void Check(const Peek& op) {
    Constant("label", op.label, Type::String());
    Constant("count", op.count, Type::Int());
  }
  void Check(const Sink& op) {
    CheckEndpoint(op.endpoint);
    for (const std::string& key : op.key) {
      if (In(op).row.FieldIndex(key) < 0) Error(Cat("the key ", QuoteString(key), " is no column"));
    }
  }

  void CheckGrouping(const StreamType& input, FnId key, const std::vector<AggregateCall>& calls,
                     bool windowed, bool sends_changes = false) {
    RowFunction("key", key, input, {});
    if (windowed || !sends_changes) CheckScope(input, windowed, false);
    if (windowed) CheckWindowKey(ResultOf(key));
    std::set<std::string> names;
    for (const AggregateCall& call : calls) {
      if (!names.insert(call.name).second) Error(Cat("two results ", QuoteString(call.name)));
      if (call.args.valid()) {
        RowFunction("args", call.args, input, {});
        if (!ResultOf(call.args).is(TypeKind::kStruct)) Error("`args` gives a struct");
      }
      if (call.where.valid()) RowFunction("where", call.where, input, Type::Bool());
      for (FnId fn : call.consts) Constant("const", fn, {});
    }
  }
  void CheckWindowKey(const Type& key) {
    bool leads = key.is(TypeKind::kStruct) && key.fields().size() >= 2 &&
                 key.fields()[0].name == "window_start" && key.fields()[1].name == "window_end";
    if (!leads) Error("in a window scope the key begins with window_start and window_end");
  }
  void CheckScope(const StreamType& input, bool windowed, bool needs_column) {
    if (!windowed && !input.bounded) Error("over a whole stream the input must be bounded");
    if (!windowed) return;
    if (!input.windowed) return Error("the input is in no window scope");
    const StructField* end = input.row.FindField("window_end");
    if (needs_column && (end == nullptr || !end->type.is(TypeKind::kTimestamp))) {
      Error("the row has no column window_end");
    }
  }

  void CheckEndpoint(const Endpoint& endpoint) {
    if (endpoint.connector.empty()) Error("the endpoint names no connector");
    for (const NamedArg& arg : endpoint.args) Constant(arg.name, arg.fn, {});
    for (const NamedArg& arg : endpoint.format_args) Constant(arg.name, arg.fn, {});
  }
  // `result` error: any.
  void RowFunction(std::string_view what, FnId id, const StreamType& input, const Type& result) {
    if (!CheckResult(what, id, result)) return;
    const Function& fn = module_.functions[id];
    if (fn.args.size() != 1 || fn.args[0] != input.row) {
      return Error(Cat("`", what, "` takes the row, ", input.row.ToText()));
    }
    for (const ScalarOp& op : fn.ops) {
      if (std::holds_alternative<RowTime>(op) && !input.has_time) {
        return Error(Cat("`", what, "` uses the event time of a stream that has none"));
      }
    }
  }
  void Constant(std::string_view what, FnId id, const Type& result) {
    if (!CheckResult(what, id, result)) return;
    if (!module_.functions[id].args.empty()) Error(Cat("`", what, "` takes no arguments"));
  }
  bool CheckResult(std::string_view what, FnId id, const Type& result) {
    if (!id.valid()) return Error(Cat("`", what, "` is missing")), false;
    if (result.is_error() || ResultOf(id) == result) return true;
    Error(Cat("`", what, "` gives ", result.ToText(), ", not ", ResultOf(id).ToText()));
    return false;
  }

  template <class OpT>
  const StreamType& In(const OpT& op) {
    return graph_.types[op.input];
  }
  const Type& ResultOf(FnId fn) { return module_.functions[fn].result; }
  void Error(std::string message) {
    errors_->push_back(
        {{}, op_id_, std::move(message), op_id_.valid() ? PrintOp(module_, op_id_) : ""});
  }

  const Module& module_;
  const Graph& graph_;
  std::vector<VerifyError>* errors_;
  ValueId op_id_;
};

void VerifyModuleItems(const Module& module, std::vector<VerifyError>* errors) {
  std::set<std::string> names;
  for (size_t i = 0; i < module.functions.size(); ++i) {
    FnId id{static_cast<uint32_t>(i)};
    if (names.insert(module.functions[id].name).second) continue;
    errors->push_back({id, {}, "a function of this name stands above", ""});
  }
  for (const Param& param : module.params) {
    if (!param.default_value.valid()) continue;
    if (!module.functions.Has(param.default_value)) {
      errors->push_back({{}, {}, Cat("no default function for $", param.name), ""});
      continue;
    }
    const Function& fn = module.functions[param.default_value];
    if (fn.args.empty() && fn.result == param.type) continue;
    errors->push_back({{}, {}, Cat("the default of $", param.name, " does not fit its type"), ""});
  }
}

}  // namespace

std::vector<VerifyError> Verify(const Module& module) {
  std::vector<VerifyError> errors;
  VerifyModuleItems(module, &errors);
  for (size_t i = 0; i < module.functions.size(); ++i) {
    FunctionVerifier(module, FnId{static_cast<uint32_t>(i)}, &errors).Run();
  }
  GraphVerifier(module, &errors).Run();
  return errors;
}

std::string VerifyErrorsText(const Module& module, const std::vector<VerifyError>& errors) {
  std::string out;
  for (const VerifyError& error : errors) {
    if (error.fn.valid()) Append(out, Cat("@", module.functions[error.fn].name, ": "));
    if (!error.op_text.empty()) Append(out, Cat(error.op_text, ": "));
    Append(out, Cat(error.message, "\n"));
  }
  return out;
}

}  // namespace flow::ir
