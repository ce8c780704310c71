// The plan as text: one stage after the other, in the order of the script.

#include "base/text.h"
#include "tools/plan/expression.h"
#include "tools/plan/model.h"

namespace flow::plan {
namespace {

constexpr size_t kPlaceColumn = 72;

void PutLine(std::string& out, std::string_view label, std::string_view text) {
  out.append(5, ' ');
  out.append(label);
  out.append(label.size() < 6 ? 6 - label.size() : 0, ' ');
  Append(out, Cat(" ", text, "\n"));
}

std::string Numbers(const std::vector<uint32_t>& ops) {
  std::string out;
  for (uint32_t op : ops) Append(out, Cat(out.empty() ? "%" : ", %", op));
  return out;
}

void PutNode(std::string& out, const Graph& graph, const Node& node) {
  std::string head = Cat("%", node.op, " ", node.verb);
  if (!node.name.empty()) Append(head, Cat(" `", node.name, "`"));
  for (const std::string& part : node.what) Append(head, Cat(" ", part));
  std::string place;
  if (node.line != 0) place = Cat("line ", node.line);
  if (node.fragment != ir::kNoFragment) {
    Append(place, Cat(place.empty() ? "" : ", ", "fragment ", node.fragment));
  }
  if (!place.empty()) {
    head.append(head.size() < kPlaceColumn ? kPlaceColumn - head.size() : 0, ' ');
    Append(head, Cat("  # ", place));
  }
  Append(out, Cat(head, "\n"));
  std::string from;
  for (const Input& input : node.inputs) {
    Append(from, Cat(from.empty() ? "%" : ", %", graph.nodes[input.node].op,
                     input.role.empty() ? "" : Cat(" (", input.role, ")")));
  }
  if (!from.empty()) PutLine(out, "from", from);
  if (!node.sink) {
    bool same = node.inputs.size() == 1 && graph.nodes[node.inputs[0].node].row == node.row;
    if (!same) PutLine(out, "row", node.row.ToText());
  }
  PutLine(out, "mode", ModeText(node));
  for (const std::string& pattern : node.patterns) PutLine(out, "regex", pattern);
  for (const State& state : node.state) {
    std::string size = SizeText(state);
    PutLine(out, "state", size.empty() ? state.text : Cat(state.text, ": ", size));
  }
  for (const std::string& reason : node.clock) PutLine(out, "clock", reason);
  if (node.clock.empty() && !node.clock_from.empty()) {
    PutLine(out, "clock", Cat("as ", Numbers(node.clock_from)));
  }
}

// What somebody who runs it for long wants to know first.
void PutSummary(std::string& out, const Graph& graph) {
  std::string endless;
  std::string forever;
  bool any = false;
  std::vector<uint32_t> clock;
  for (const Node& node : graph.nodes) {
    for (const State& state : node.state) {
      any = true;
      std::string& list = state.bound == Bound::kForever ? forever : endless;
      bool open = state.bound == Bound::kForever || state.bound == Bound::kEndless;
      if (open) Append(list, Cat(list.empty() ? "%" : ", %", node.op));
    }
    if (!node.clock.empty()) clock.push_back(node.op);
  }
  std::string state = any ? "is bounded" : "nothing is remembered";
  if (!endless.empty()) state = Cat("of ", endless, " grows with each new key");
  if (!forever.empty()) {
    state = Cat(endless.empty() ? "" : Cat(state, "; "), "of ", forever,
                " grows for ever, as the script says");
  }
  Append(out, Cat("\nstate  ", state, "\nclock  "));
  Append(out, clock.empty() ? "nothing depends on it\n"
                            : Cat("what comes out depends on it, by ", Numbers(clock), "\n"));
}

}  // namespace

std::string Text(const Graph& graph) {
  std::string out;
  for (const Node& node : graph.nodes) PutNode(out, graph, node);
  PutSummary(out, graph);
  return out;
}

}  // namespace flow::plan
