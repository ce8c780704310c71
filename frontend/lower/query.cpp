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
  template <class Node>
  void operator()(const Node& node) {
    out.push_back(node.input);
  }
};

// What reaches a sink; the rest need not run.
std::vector<bool> FindLive(const TypedProgram& program) {
  std::vector<bool> live(program.nodes.size(), false);
  for (size_t i = live.size(); i-- > 0;) {
    const TypedNode& node = program.nodes[NodeId{static_cast<uint32_t>(i)}];
    if (std::holds_alternative<node::Sink>(node.node)) live[i] = true;
    if (!live[i]) continue;
    std::vector<NodeId> inputs;
    std::visit(Inputs{inputs}, node.node);
    for (NodeId input : inputs) live[input.index] = true;
  }
  return live;
}

}  // namespace

// Sources come first, in script order: their order is the order of their rows (semantics.md 26).
// All other ops stand in the order of the stages.
void QueryLowerer::Run() {
  std::vector<bool> live = FindLive(program_);
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
                                      std::string_view part) {
  std::vector<std::string> names;
  std::vector<TypedExprPtr> exprs;
  for (const NamedValue& value : values) {
    names.push_back(value.name);
    exprs.push_back(value.value);
  }
  return LowerStructFunction(names, exprs, RowOf(input), sources_, module_, FunctionName(part));
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
  return ir::Window{ValueOf(window.input), ir::WindowKind::kTumble, size, offset, window.tz};
}

ir::Op QueryLowerer::Lower(const node::Aggregate& aggregate) {
  ir::FnId key = StructFunction(aggregate.keys, aggregate.input, "key");
  std::vector<ir::AggregateCall> calls;
  for (const node::AggregateItem& item : aggregate.items) {
    calls.push_back(LowerAggregate(item.call, item.name, RowOf(aggregate.input), sources_, module_,
                                   FunctionName(item.name)));
  }
  return ir::Aggregate{ValueOf(aggregate.input), key, std::move(calls), aggregate.windowed};
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
