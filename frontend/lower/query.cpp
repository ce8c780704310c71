#include "frontend/lower/query.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "frontend/lower/expr.h"
#include "ir/infer.h"

namespace flow::frontend {
namespace {

// Inputs of a node, for liveness.
struct Inputs {
  std::vector<NodeId>& out;
  void operator()(const node::Source&) {}
  void operator()(const node::Rejects&) {}
  void operator()(const node::Union& node) {
    out.insert(out.end(), node.inputs.begin(), node.inputs.end());
  }
  void operator()(const node::Late& node) { out.push_back(node.of); }
  template <class Node>
  void operator()(const Node& node) {
    if constexpr (requires { node.left; }) {
      out.push_back(node.left);
      out.push_back(node.right);
    } else {
      out.push_back(node.input);
    }
  }
};

}  // namespace

// What reaches a sink; the rest need not run.
std::vector<bool> QueryLowerer::FindLive() const {
  std::vector<bool> live(program_.nodes.size(), false);
  for (size_t i = live.size(); i-- > 0;) {
    const TypedNode& node = program_.nodes[NodeId{static_cast<uint32_t>(i)}];
    const auto* sink = std::get_if<node::Sink>(&node.node);
    if (sink != nullptr && (for_tests_ || !sink->only_in_tests)) live[i] = true;
    if (!live[i]) continue;
    std::vector<NodeId> inputs;
    std::visit(Inputs{inputs}, node.node);
    for (NodeId input : inputs) live[input.index] = true;
  }
  return live;
}

// Sources come first, in script order: their order is the order of their rows (semantics.md 26).
// All other ops stand in the order of the stages.
void QueryLowerer::Run() {
  std::vector<bool> live = FindLive();
  for (const TypedTest& test : program_.tests) {
    for (const TypedTestStep& step : test.steps) {
      const auto* send = std::get_if<TypedSend>(&step.step);
      tested_.insert(send != nullptr ? send->source.index
                                     : std::get<TypedExpect>(step.step).sink.index);
    }
  }
  values_.resize(program_.nodes.size());
  std::vector<NodeId> sources;
  std::vector<NodeId> others;
  for (size_t i = 0; i < program_.nodes.size(); ++i) {
    if (!live[i]) continue;
    NodeId id{static_cast<uint32_t>(i)};
    bool source = std::holds_alternative<node::Source>(program_.nodes[id].node);
    (source ? sources : others).push_back(id);
  }
  auto place = [&](NodeId id) {
    const Span& span = program_.nodes[id].span;
    return std::tuple(span.file, span.begin, id.index);
  };
  std::sort(sources.begin(), sources.end(),
            [&](NodeId a, NodeId b) { return place(a) < place(b); });
  for (NodeId id : sources) Add(id);
  for (NodeId id : others) Add(id);
}

void QueryLowerer::Add(NodeId id) {
  node_ = &program_.nodes[id];
  node_id_ = id;
  ir::Op op = std::visit([&](const auto& node) { return Lower(node); }, node_->node);
  values_[id.index] =
      ir::AddOp(module_, std::move(op), HandlerOf(node_->handler), PlaceOf(node_->span, sources_));
  const Type& row = module_.graph.types[values_[id.index]].row;
  FLOW_CHECK(row == node_->stream.row, "sema and the IR agree on the row of a stage");
}

std::string QueryLowerer::FunctionName(std::string_view part) {
  std::string name = node_->verb;
  std::replace(name.begin(), name.end(), ' ', '_');
  uint32_t line = PlaceOf(node_->span, sources_).line;
  if (line != 0) name += Cat("_", line);
  if (!part.empty()) name += Cat("_", part);
  int count = ++names_[name];
  return count == 1 ? name : Cat(name, "_", count);
}

ir::FnId QueryLowerer::RowFunction(const TypedExpr& body, NodeId input, std::string_view part) {
  return LowerFunction(body, RowOf(input), sources_, module_, FunctionName(part));
}

ir::FnId QueryLowerer::StructFunction(const std::vector<NamedValue>& values, NodeId input,
                                      std::string_view part, bool second) {
  std::vector<std::string> names;
  std::vector<TypedExprPtr> exprs;
  for (const NamedValue& value : values) {
    names.push_back(value.name);
    exprs.push_back(value.value);
  }
  return LowerStructFunction(names, exprs, RowOf(input), sources_, module_, FunctionName(part),
                             second);
}

ir::FnId QueryLowerer::Value(const TypedExprPtr& value, std::string_view part) {
  if (value == nullptr) return {};
  return LowerFunction(*value, {}, sources_, module_, FunctionName(part));
}

ir::Op QueryLowerer::Lower(const node::Rejects& rejects) {
  return ir::Rejects{HandlerOf(rejects.of)};
}

ir::Op QueryLowerer::Lower(const node::Filter& filter) {
  return ir::Filter{ValueOf(filter.input), RowFunction(*filter.predicate, filter.input)};
}

ir::Op QueryLowerer::Lower(const node::Map& map) {
  return ir::Map{ValueOf(map.input), StructFunction(map.columns, map.input)};
}

ir::Op QueryLowerer::Lower(const node::Assert& assert) {
  ir::FnId condition = RowFunction(*assert.condition, assert.input);
  ir::FnId message;
  if (assert.message) message = RowFunction(*assert.message, assert.input, "message");
  return ir::Assert{ValueOf(assert.input), condition, message};
}

ir::Op QueryLowerer::Lower(const node::Unnest& unnest) {
  return ir::Unnest{ValueOf(unnest.input), RowFunction(*unnest.array, unnest.input), unnest.name,
                    unnest.keep_empty};
}

ir::Op QueryLowerer::Lower(const node::Window& window) {
  ir::FnId size = Value(window.size, "size");
  ir::FnId offset = Value(window.offset, "offset");
  ir::Window op;
  op.input = ValueOf(window.input);
  op.kind = window.kind;
  op.size = size;
  op.step = Value(window.step, "step");
  op.offset = offset;
  op.tz = Value(window.tz, "zone");
  op.late_for = Value(window.late_for, "late");
  return op;
}

ir::FnId QueryLowerer::KeyFunction(const std::vector<TypedExprPtr>& keys, NodeId input,
                                   std::string_view part, bool second) {
  std::vector<NamedValue> named;
  for (size_t i = 0; i < keys.size(); ++i) named.push_back({Cat("k", i), keys[i]});
  return StructFunction(named, input, part, second);
}

ir::FnId QueryLowerer::BothFunction(const TypedExprPtr& body, NodeId left, NodeId right) {
  if (body == nullptr) return {};
  std::vector<Type> rows = {program_.nodes[left].stream.row, program_.nodes[right].stream.row};
  return LowerFunction(*body, rows, sources_, module_, FunctionName("condition"));
}

ir::Emit QueryLowerer::LowerEmit(const node::Emit& emit) {
  return {emit.kind, Value(emit.every, "every"), emit.final, Value(emit.late, "late")};
}

ir::Op QueryLowerer::Lower(const node::WindowSession& window) {
  ir::FnId key = StructFunction(window.keys, window.input, "key");
  return ir::WindowSession{ValueOf(window.input), key, Value(window.gap, "gap"),
                           Value(window.max, "max")};
}

ir::Op QueryLowerer::Lower(const node::WindowRows& window) {
  ir::FnId key = StructFunction(window.keys, window.input, "key");
  return ir::WindowRows{ValueOf(window.input), key, Value(window.count, "count"),
                        Value(window.every, "every")};
}

ir::Op QueryLowerer::Lower(const node::Late& late) { return ir::Late{ValueOf(late.of)}; }

ir::Op QueryLowerer::Lower(const node::Join& join) {
  ir::Join op;
  op.left = ValueOf(join.left);
  op.right = ValueOf(join.right);
  op.kind = join.kind;
  op.bound = join.bound;
  op.name = join.name;
  op.left_key = KeyFunction(join.left_key, join.left, "left");
  op.right_key = KeyFunction(join.right_key, join.right, "right", true);
  op.condition = BothFunction(join.condition, join.left, join.right);
  op.before = Value(join.before, "before");
  op.after = Value(join.after, "after");
  if (join.until) op.until = RowFunction(*join.until, join.left, "until");
  op.emit = LowerEmit(join.emit);
  op.bag = join.bag;
  return op;
}

ir::Op QueryLowerer::Lower(const node::AsofJoin& join) {
  ir::AsofJoin op;
  op.left = ValueOf(join.left);
  op.right = ValueOf(join.right);
  op.keep_left = join.keep_left;
  op.name = join.name;
  op.left_key = KeyFunction(join.left_key, join.left, "left");
  op.right_key = KeyFunction(join.right_key, join.right, "right", true);
  op.condition = BothFunction(join.condition, join.left, join.right);
  op.within = Value(join.within, "within");
  return op;
}

ir::Op QueryLowerer::Lower(const node::Lookup& lookup) {
  ir::Lookup op;
  op.left = ValueOf(lookup.left);
  op.right = ValueOf(lookup.right);
  op.keep_left = lookup.keep_left;
  op.name = lookup.name;
  op.left_key = KeyFunction(lookup.left_key, lookup.left, "left");
  op.right_key = KeyFunction(lookup.right_key, lookup.right, "right", true);
  op.condition = BothFunction(lookup.condition, lookup.left, lookup.right);
  return op;
}

ir::Op QueryLowerer::Lower(const node::Dedup& dedup) {
  ir::Dedup op;
  op.input = ValueOf(dedup.input);
  op.key = KeyFunction(dedup.keys, dedup.input, "key");
  op.within = Value(dedup.within, "within");
  op.keep_last = dedup.keep_last;
  op.windowed = dedup.windowed;
  op.emit = LowerEmit(dedup.emit);
  return op;
}

ir::Op QueryLowerer::Lower(const node::Over& over) {
  ir::Over op;
  op.input = ValueOf(over.input);
  for (const node::OverItem& item : over.items) {
    ir::OverCall call;
    call.call = LowerAggregate(item.call, item.name, RowOf(over.input), sources_, module_,
                               FunctionName(item.name));
    call.key = KeyFunction(item.keys, over.input, "key");
    call.last = Value(item.last, "last");
    call.rows = Value(item.rows, "rows");
    op.calls.push_back(std::move(call));
  }
  return op;
}

ir::Op QueryLowerer::Lower(const node::Match& match) {
  ir::Match op;
  op.input = ValueOf(match.input);
  op.key = StructFunction(match.keys, match.input, "key");
  op.within = Value(match.within, "within");
  op.overlapping = match.overlapping;
  const Type& row = program_.nodes[match.input].stream.row;
  std::vector<StructField> earlier;
  for (const node::MatchStep& step : match.steps) {
    ir::MatchStep lowered{step.name, step.link, step.least, step.most, {}};
    lowered.condition = LowerFunction(*step.condition, {row, Type::Struct(earlier)}, sources_,
                                      module_, FunctionName(step.name));
    if (step.link != ir::MatchLink::kWithout) {
      earlier.push_back({step.name, ir::MatchStepType(lowered, row), {}});
    }
    op.steps.push_back(std::move(lowered));
  }
  return op;
}

ir::Op QueryLowerer::Lower(const node::Aggregate& aggregate) {
  ir::FnId key = StructFunction(aggregate.keys, aggregate.input, "key");
  std::vector<ir::AggregateCall> calls;
  for (const node::AggregateItem& item : aggregate.items) {
    calls.push_back(LowerAggregate(item.call, item.name, RowOf(aggregate.input), sources_, module_,
                                   FunctionName(item.name)));
  }
  ir::Aggregate op;
  op.input = ValueOf(aggregate.input);
  op.key = key;
  op.calls = std::move(calls);
  op.windowed = aggregate.windowed;
  op.emit = LowerEmit(aggregate.emit);
  op.retain = Value(aggregate.retain, "retain");
  return op;
}

ir::Op QueryLowerer::Lower(const node::Top& top) {
  ir::Top op;
  op.input = ValueOf(top.input);
  op.count = Value(top.count, "count");
  op.by = StructFunction({{"by", top.by}}, top.input, "by");
  op.ascending = top.ascending;
  if (!top.per.empty()) {
    std::vector<NamedValue> per;
    for (size_t i = 0; i < top.per.size(); ++i) per.push_back({Cat("k", i), top.per[i]});
    op.per = StructFunction(per, top.input, "per");
  }
  op.ties = top.ties;
  op.rank = top.rank;
  op.windowed = top.windowed;
  op.emit = LowerEmit(top.emit);
  op.key = top.key;
  return op;
}

ir::Op QueryLowerer::Lower(const node::Order& order) {
  std::vector<NamedValue> by;
  std::vector<bool> descending;
  for (size_t i = 0; i < order.keys.size(); ++i) {
    by.push_back({Cat("k", i), order.keys[i].value});
    descending.push_back(order.keys[i].descending);
  }
  ir::FnId fn = StructFunction(by, order.input, "by");
  return ir::Order{ValueOf(order.input), fn, std::move(descending), order.windowed};
}

ir::Op QueryLowerer::Lower(const node::Limit& limit) {
  return ir::Limit{ValueOf(limit.input), Value(limit.count, "count")};
}

ir::Op QueryLowerer::Lower(const node::Union& many) {
  ir::Union op;
  for (NodeId input : many.inputs) op.inputs.push_back(ValueOf(input));
  return op;
}

ir::Op QueryLowerer::Lower(const node::Peek& peek) {
  ir::FnId label = Value(peek.label, "label");
  ir::FnId count = Value(peek.count, "count");
  return ir::Peek{ValueOf(peek.input), label, count};
}

}  // namespace flow::frontend
