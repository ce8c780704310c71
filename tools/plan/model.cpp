#include "tools/plan/model.h"

#include <algorithm>

#include "base/text.h"
#include "ir/effects.h"
#include "ir/visit.h"
#include "tools/plan/describe.h"
#include "tools/plan/expression.h"
#include "tools/plan/patterns.h"
#include "tools/plan/state.h"

namespace flow::plan {
namespace {

using ir::ValueId;

constexpr size_t kNoNode = static_cast<size_t>(-1);

class Builder {
 public:
  Builder(const ir::Module& module, const Catalog& catalog)
      : module_(module), graph_(module.graph), catalog_(catalog) {}

  Graph Build() {
    out_.script = module_.name.substr(module_.name.rfind('/') + 1);
    node_of_.assign(graph_.ops.size(), kNoNode);
    for (size_t i = 0; i < graph_.ops.size(); ++i) Add(graph_.ops.IdAt(i));
    return std::move(out_);
  }

 private:
  void Add(ValueId id) {
    const ir::Op& op = graph_.ops[id];
    // Where workers meet, and the half of an aggregate that each does alone: no stages of the
    // script.
    if (const auto* exchange = std::get_if<ir::Exchange>(&op)) {
      node_of_[id.index] = node_of_[exchange->input.index];
      return;
    }
    if (std::holds_alternative<ir::AggregateLocal>(op)) return;
    if (IsMadeByCompiler(module_, id)) {
      node_of_[id.index] = node_of_[std::get<ir::Map>(op).input.index];
      return;
    }

    Node node;
    node.op = id.index;
    node.verb = VerbOf(module_, id);
    node.what = WhatOf(module_, id);
    node.source = std::holds_alternative<ir::Source>(op);
    node.sink = std::holds_alternative<ir::Sink>(op);
    if (const auto* source = std::get_if<ir::Source>(&op)) node.name = source->name;
    if (const auto* sink = std::get_if<ir::Sink>(&op)) node.name = sink->name;
    if (const auto* rejects = std::get_if<ir::Rejects>(&op)) {
      node.name = module_.handlers[rejects->of].name;
    }
    Inputs(id, &node);
    const ir::StreamType& type = graph_.types[id];
    node.row = VisibleRow(type.row);
    node.updating = type.updating;
    if (node.updating) node.key = KeyOf(id, node);
    node.event_time = type.has_time;
    node.window_time = type.has_time && type.window_rows;
    node.ordered = type.ordered;
    node.bounded = type.bounded;
    node.state = StateOf(module_, catalog_, id);
    node.clock = ClockOf(module_, id);
    Inherit(&node);
    node.patterns = PatternsOf(module_, id);
    node.fragment = graph_.fragments[id];
    node.line = graph_.places[id].line;
    node_of_[id.index] = out_.nodes.size();
    out_.nodes.push_back(std::move(node));
  }

  void Inputs(ValueId id, Node* node) {
    const ir::Op& op = graph_.ops[id];
    if (const auto* rejects = std::get_if<ir::Rejects>(&op)) {
      for (uint32_t i = 0; i < id.index; ++i) {
        if (Rejects({i}, rejects->of)) node->inputs.push_back({node_of_[i], "rejected"});
      }
      return;
    }
    if (const auto* late = std::get_if<ir::Late>(&op)) {
      node->inputs.push_back({node_of_[late->of.index], "late"});
      return;
    }
    ValueId from = id;
    if (std::holds_alternative<ir::AggregateMerge>(op)) from = LocalOf(graph_, id);
    std::vector<ValueId> inputs = ir::OperandsOf(graph_.ops[from]);
    bool sides = inputs.size() == 2 && !std::holds_alternative<ir::Union>(op);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const char* role = !sides ? "" : i == 0 ? "left" : "right";
      node->inputs.push_back({node_of_[inputs[i].index], role});
    }
  }

  bool Rejects(ValueId id, ir::HandlerId handler) {
    if (graph_.handlers[id] != handler || node_of_[id.index] == kNoNode) return false;
    const ir::Op& op = graph_.ops[id];
    bool can = std::holds_alternative<ir::Source>(op) || std::holds_alternative<ir::Assert>(op);
    if (std::holds_alternative<ir::Exchange>(op)) return false;
    ir::ForEach<ir::FnId>(
        op, [&](const ir::FnId& fn) { can = can || ir::CanReject(module_, &catalog_, fn); });
    return can;
  }

  // Names of the columns that make up the key of a stream that is rewritten.
  std::vector<std::string> KeyOf(ValueId id, const Node& node) {
    ir::FnId key;
    ValueId groups = LocalOf(graph_, id);
    if (const auto* whole = std::get_if<ir::Aggregate>(&graph_.ops[groups])) key = whole->key;
    if (const auto* local = std::get_if<ir::AggregateLocal>(&graph_.ops[groups])) key = local->key;
    std::vector<std::string> out;
    if (const auto* join = std::get_if<ir::Join>(&graph_.ops[id])) {
      if (join->bag) return {};
      out = out_.nodes[node.inputs[0].node].key;
      if (node.row.FieldIndex(join->name) < 0) return out;
      for (const std::string& name : out_.nodes[node.inputs[1].node].key) {
        bool bound = name == "window_start" || name == "window_end";
        if (!bound || join->bound != JoinBound::kWindow) out.push_back(Cat(join->name, ".", name));
      }
      return out;
    }
    if (key.valid()) {
      for (const StructField& field : module_.functions[key].result.fields()) {
        if (!field.name.starts_with("$")) out.push_back(field.name);
      }
      return out;
    }
    bool passes = node.inputs.size() == 1;
    if (passes) out = out_.nodes[node.inputs[0].node].key;
    for (const std::string& name : out) {
      if (node.row.FieldIndex(name) < 0) return {};
    }
    return out;
  }

  void Inherit(Node* node) {
    for (const Input& input : node->inputs) {
      const Node& above = out_.nodes[input.node];
      std::vector<uint32_t>& from = node->clock_from;
      from.insert(from.end(), above.clock_from.begin(), above.clock_from.end());
      if (!above.clock.empty()) from.push_back(above.op);
    }
    std::sort(node->clock_from.begin(), node->clock_from.end());
    node->clock_from.erase(std::unique(node->clock_from.begin(), node->clock_from.end()),
                           node->clock_from.end());
  }

  const ir::Module& module_;
  const ir::Graph& graph_;
  const Catalog& catalog_;
  std::vector<size_t> node_of_;  // by op
  Graph out_;
};

}  // namespace

Graph MakeGraph(const ir::Module& module, const Catalog& catalog) {
  return Builder(module, catalog).Build();
}

const char* NameOf(Bound bound) {
  switch (bound) {
    case Bound::kFixed:
      return "fixed";
    case Bound::kTime:
      return "time";
    case Bound::kKeys:
      return "keys";
    case Bound::kInput:
      return "input";
    case Bound::kEndless:
      return "endless";
    case Bound::kForever:
      return "forever";
  }
  return "";
}

std::string SizeText(const State& state) {
  if (state.unit.empty()) return "";
  std::string out = Cat(state.bytes, " bytes a ", state.unit);
  if (!state.more.empty()) Append(out, Cat("; on top ", Joined(state.more)));
  return out;
}

std::string ModeText(const Node& node) {
  std::string out = node.updating ? "updating" : "append";
  if (!node.key.empty()) Append(out, Cat(" by ", Joined(node.key)));
  if (node.event_time) {
    out += node.window_time ? ", event time window_end - 1ns" : ", event time";
  }
  if (node.ordered) out += ", ordered";
  if (!node.bounded) out += ", without end";
  return out;
}

}  // namespace flow::plan
