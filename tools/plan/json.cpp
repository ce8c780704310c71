// The plan as JSON, one stage a line: for programs, and for whoever compares two plans.

#include "base/json_text.h"
#include "base/text.h"
#include "tools/plan/model.h"

namespace flow::plan {
namespace {

// `"name":`, with a comma before all but the first member.
void PutName(std::string& out, std::string_view name) {
  if (!out.ends_with('{')) out += ',';
  AppendJson(out, name);
  out += ':';
}
void Put(std::string& out, std::string_view name, std::string_view text) {
  PutName(out, name);
  AppendJson(out, text);
}
void PutFlag(std::string& out, std::string_view name, bool value) {
  PutName(out, name);
  out += value ? "true" : "false";
}
void PutNumber(std::string& out, std::string_view name, int64_t value) {
  PutName(out, name);
  Append(out, value);
}
template <class List, class F>
void PutList(std::string& out, std::string_view name, const List& list, F put) {
  PutName(out, name);
  out += '[';
  bool first = true;
  for (const auto& element : list) {
    if (!first) out += ',';
    first = false;
    put(element);
  }
  out += ']';
}
void PutTexts(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  PutList(out, name, texts, [&](const std::string& text) { AppendJson(out, text); });
}

void PutNode(std::string& out, const Graph& graph, const Node& node) {
  out += '{';
  PutNumber(out, "op", node.op);
  Put(out, "verb", node.verb);
  if (!node.name.empty()) Put(out, "name", node.name);
  PutTexts(out, "what", node.what);
  PutList(out, "inputs", node.inputs, [&](const Input& input) {
    out += '{';
    PutNumber(out, "op", graph.nodes[input.node].op);
    if (!input.role.empty()) Put(out, "role", input.role);
    out += '}';
  });
  PutList(out, "row", node.row.fields(), [&](const StructField& field) {
    out += '{';
    Put(out, "name", field.name);
    Put(out, "type", field.type.ToText());
    out += '}';
  });
  Put(out, "mode", node.updating ? "updating" : "append");
  if (node.updating) PutTexts(out, "key", node.key);
  if (node.event_time) Put(out, "event_time", node.window_time ? "window_end" : "row");
  PutFlag(out, "ordered", node.ordered);
  PutFlag(out, "bounded", node.bounded);
  PutList(out, "state", node.state, [&](const State& state) {
    out += '{';
    Put(out, "bound", NameOf(state.bound));
    Put(out, "text", state.text);
    if (!state.unit.empty()) {
      Put(out, "unit", state.unit);
      PutNumber(out, "bytes", state.bytes);
      PutTexts(out, "on_top", state.more);
    }
    out += '}';
  });
  PutFlag(out, "depends_on_clock", node.depends_on_clock());
  PutTexts(out, "clock", node.clock);
  PutList(out, "clock_from", node.clock_from, [&](uint32_t op) { Append(out, op); });
  if (!node.patterns.empty()) PutTexts(out, "patterns", node.patterns);
  if (node.fragment != ir::kNoFragment) PutNumber(out, "fragment", node.fragment);
  if (node.line != 0) PutNumber(out, "line", node.line);
  out += '}';
}

}  // namespace

std::string Json(const Graph& graph) {
  std::string out = "{";
  Put(out, "script", graph.script);
  PutName(out, "stages");
  out += "[";
  for (const Node& node : graph.nodes) {
    out += &node == graph.nodes.data() ? "\n" : ",\n";
    PutNode(out, graph, node);
  }
  return out + "\n]}\n";
}

}  // namespace flow::plan
