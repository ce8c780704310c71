#include "ir/effects.h"

#include <algorithm>

#include "ir/infer.h"
#include "ir/visit.h"

namespace flow::ir {
namespace {

bool ArithMayFault(ArithKind kind, const Type& a, const Type& b) {
  if (a.is(TypeKind::kFloat)) return false;
  bool divides = kind == ArithKind::kDiv;
  bool whole = a.is(TypeKind::kInt) || a.is(TypeKind::kDuration);
  // int / int and duration / duration are floats.
  return !(divides && whole && a == b);
}

bool IsRow(const Function& fn, ValueId id) {
  const auto* arg = std::get_if<Arg>(&fn.ops[id]);
  return arg != nullptr && arg->index == 0;
}

// The struct that a function returns, when it builds one for that alone; else null.
const MakeStruct* ResultStruct(const Function& fn) {
  if (fn.ops.empty()) return nullptr;
  const auto* end = std::get_if<Return>(&fn.ops[fn.ops.IdAt(fn.ops.size() - 1)]);
  return end == nullptr ? nullptr : std::get_if<MakeStruct>(&fn.ops[end->value]);
}

}  // namespace

bool CallMayFail(const Catalog* catalog, const Call& call) {
  const FunctionDef* def = catalog == nullptr ? nullptr : catalog->FindFunction(call.function);
  if (def == nullptr || call.overload >= def->overloads.size()) return true;
  const FunctionOverload& overload = def->overloads[call.overload];
  return overload.faults || std::string_view(overload.signature).ends_with('!');
}

bool CanReject(const Module& module, const Catalog* catalog, const Function& fn, ValueId id) {
  const ScalarOp& op = fn.ops[id];
  if (const auto* call = std::get_if<Call>(&op)) {
    return call->on_fail == OnFail::kReject && CallMayFail(catalog, *call);
  }
  if (const auto* arith = std::get_if<Arith>(&op)) {
    return arith->on_fail == OnFail::kReject &&
           ArithMayFault(arith->kind, fn.types[arith->a], fn.types[arith->b]);
  }
  if (const auto* neg = std::get_if<Neg>(&op)) {
    const Type& type = fn.types[neg->a];
    return neg->on_fail == OnFail::kReject &&
           (type.is(TypeKind::kInt) || type.is(TypeKind::kDuration));
  }
  if (const auto* capture = std::get_if<RegexCapture>(&op)) {
    return capture->on_fail == OnFail::kReject;
  }
  if (const auto* array = std::get_if<ArrayOp>(&op)) {
    return array->on_fail == OnFail::kReject && CanReject(module, catalog, array->fn);
  }
  return false;
}

bool CanReject(const Module& module, const Catalog* catalog, FnId id) {
  const Function& fn = module.functions[id];
  for (size_t i = 0; i < fn.ops.size(); ++i) {
    if (CanReject(module, catalog, fn, ValueId{static_cast<uint32_t>(i)})) return true;
  }
  return false;
}

bool IsRowPath(const Function& fn, ValueId id) {
  const auto* field = std::get_if<Field>(&fn.ops[id]);
  return field != nullptr && (IsRow(fn, field->value) || IsRowPath(fn, field->value));
}

FieldsRead FieldsReadBy(const Function& fn, bool makes_row) {
  const MakeStruct* result = makes_row ? ResultStruct(fn) : nullptr;
  FieldsRead out;
  std::vector<bool> used(fn.ops.size());    // by something that reads it
  std::vector<bool> passed(fn.ops.size());  // by the result struct of a map
  for (size_t i = 0; i < fn.ops.size(); ++i) {
    ValueId id = fn.ops.IdAt(i);
    const ScalarOp& op = fn.ops[id];
    bool is_result = result != nullptr && std::get_if<MakeStruct>(&op) == result;
    bool is_field = std::holds_alternative<Field>(op);
    ForEach<ValueId>(op, [&](const ValueId& operand) {
      out.all |= !is_field && IsRow(fn, operand);
      if (is_result)
        passed[operand.index] = true;
      else
        used[operand.index] = true;
    });
    if (fn.guards[id].valid()) used[fn.guards[id].index] = true;
  }
  for (size_t i = 0; i < fn.ops.size(); ++i) {
    const auto* field = std::get_if<Field>(&fn.ops[fn.ops.IdAt(i)]);
    if (field == nullptr || !IsRow(fn, field->value) || (passed[i] && !used[i])) continue;
    if (std::find(out.names.begin(), out.names.end(), field->name) == out.names.end()) {
      out.names.push_back(field->name);
    }
  }
  return out;
}

std::vector<std::string> PassedColumns(const Function& fn) {
  const MakeStruct* result = ResultStruct(fn);
  std::vector<std::string> out(fn.result.fields().size());
  for (size_t i = 0; result != nullptr && i < out.size(); ++i) {
    const auto* field = std::get_if<Field>(&fn.ops[result->values[i]]);
    if (field != nullptr && IsRow(fn, field->value)) out[i] = field->name;
  }
  return out;
}

bool RetainsGroups(const Op& op) {
  const auto* aggregate = std::get_if<Aggregate>(&op);
  return aggregate != nullptr && aggregate->retain.valid();
}

bool AsksForOldRows(const Module& module, const Catalog* catalog, ValueId id) {
  const Graph& graph = module.graph;
  for (uint32_t i = id.index + 1; i < graph.ops.size(); ++i) {
    const Op& op = graph.ops[{i}];
    std::vector<ValueId> inputs = OperandsOf(op);
    if (std::find(inputs.begin(), inputs.end(), id) == inputs.end()) continue;
    if (std::holds_alternative<Sink>(op)) continue;
    const auto* map = std::get_if<Map>(&op);
    bool each = std::holds_alternative<Peek>(op) ||
                (map != nullptr && !CanReject(module, catalog, map->row));
    if (!each || AsksForOldRows(module, catalog, {i})) return true;
  }
  return false;
}

bool WorksInTime(const Graph& graph, const Op& op) {
  if (const auto* join = std::get_if<Join>(&op)) return join->bound != JoinBound::kNone;
  if (RetainsGroups(op)) return true;
  // The last row of a key is that of the greatest time.
  if (const auto* lookup = std::get_if<Lookup>(&op)) return graph.types[lookup->right].has_time;
  return std::holds_alternative<Window>(op) || InfoOf(op).timed || TiesGoByTime(graph, op);
}

bool JoinsTables(const Graph& graph, ValueId id) {
  const auto* join = std::get_if<Join>(&graph.ops[id]);
  if (join == nullptr) return false;
  return graph.types[id].updating || graph.types[join->left].updating ||
         graph.types[join->right].updating;
}

bool TiesGoByTime(const Graph& graph, const Op& op) {
  const auto* top = std::get_if<Top>(&op);
  const auto* order = std::get_if<Order>(&op);
  if (top == nullptr && order == nullptr) return false;
  const StreamType& rows = graph.types[top != nullptr ? top->input : order->input];
  return rows.has_time && !rows.window_rows;
}

static std::vector<Type> RowsOf(const Graph& graph, const Join& op, FnId fn) {
  const Type& left = graph.types[op.left].row;
  const Type& right = graph.types[op.right].row;
  if (fn == op.condition) return {left, right};
  return {fn == op.right_key ? right : left};
}
static std::vector<Type> RowsOf(const Graph& graph, const AsofJoin& op, FnId fn) {
  const Type& left = graph.types[op.left].row;
  const Type& right = graph.types[op.right].row;
  if (fn == op.condition) return {left, right};
  return {fn == op.right_key ? right : left};
}
static std::vector<Type> RowsOf(const Graph& graph, const Lookup& op, FnId fn) {
  const Type& left = graph.types[op.left].row;
  const Type& right = graph.types[op.right].row;
  if (fn == op.condition) return {left, right};
  return {fn == op.right_key ? right : left};
}
static std::vector<Type> RowsOf(const Graph& graph, const Match& op, FnId fn) {
  const Type& row = graph.types[op.input].row;
  std::vector<StructField> steps;
  for (const MatchStep& step : op.steps) {
    if (step.condition == fn) return {row, Type::Struct(std::move(steps))};
    if (step.link == MatchLink::kWithout) continue;
    steps.push_back({step.name, MatchStepType(step, row), {}});
  }
  return {row};
}
template <class OpT>
static std::vector<Type> RowsOf(const Graph& graph, const OpT& op, FnId) {
  return {graph.types[OperandsOf(op)[0]].row};
}

std::vector<Type> RowsOf(const Graph& graph, const Op& op, FnId fn) {
  return std::visit([&](const auto& o) { return RowsOf(graph, o, fn); }, op);
}

bool PublishesByTime(const Sink& sink) {
  return std::any_of(sink.endpoint.args.begin(), sink.endpoint.args.end(),
                     [](const NamedArg& arg) { return arg.name == "every"; });
}

bool LateRowsWanted(const Graph& graph, ValueId id) {
  return std::any_of(graph.ops.begin(), graph.ops.end(), [&](const Op& op) {
    const auto* late = std::get_if<Late>(&op);
    return late != nullptr && late->of == id;
  });
}

// An aggregate whose result depends on row order, which event time leads (semantics.md 26).
static bool FoldsInOrder(const Catalog* catalog, const Op& op) {
  const auto* aggregate = std::get_if<Aggregate>(&op);
  if (aggregate == nullptr || catalog == nullptr) return false;
  return std::any_of(aggregate->calls.begin(), aggregate->calls.end(),
                     [&](const AggregateCall& call) {
                       const AggregateDef* def = catalog->FindAggregate(call.function);
                       return def != nullptr && call.overload < def->overloads.size() &&
                              def->overloads[call.overload].ordered;
                     });
}

std::vector<bool> UsesOfTime(const Module& module, const Catalog* catalog) {
  const Graph& graph = module.graph;
  std::vector<bool> below(graph.ops.size());
  for (size_t i = below.size(); i-- > 0;) {
    const Op& op = graph.ops[graph.ops.IdAt(i)];
    bool uses = below[i] || WorksInTime(graph, op) || FoldsInOrder(catalog, op);
    if (const auto* sink = std::get_if<Sink>(&op)) uses = uses || PublishesByTime(*sink);
    ForEach<FnId>(op, [&](const FnId& fn) {
      for (const ScalarOp& scalar : module.functions[fn].ops) {
        uses = uses || std::holds_alternative<RowTime>(scalar);
      }
    });
    if (!uses) continue;
    for (ValueId input : OperandsOf(op)) below[input.index] = true;
  }
  return below;
}

}  // namespace flow::ir
