// The plan for graphviz, for whoever wants another layout.

#include "base/text.h"
#include "tools/plan/box.h"
#include "tools/plan/model.h"

namespace flow::plan {
namespace {

// In double quotes; a line break is written as `lead` says: \l ends a line that stands left.
std::string DotText(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '\n') {
      out += "\\l";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string Dot(const Graph& graph) {
  std::string out = Cat("digraph ", DotText(graph.script), " {\n",
                        "  node [shape=box, fontname=\"monospace\", fontsize=10]\n",
                        "  edge [fontname=\"monospace\", fontsize=9]\n");
  for (const Node& node : graph.nodes) {
    std::string label;
    for (const Line& line : LinesOf(node)) Append(label, Cat(line.text, "\n"));
    std::string style = node.state.empty() ? "" : ", penwidth=2";
    if (node.depends_on_clock()) style += ", style=dashed";
    Append(out, Cat("  s", node.op, " [label=", DotText(label),
                    ", tooltip=", DotText(RowText(node)), style, "]\n"));
  }
  for (const Node& node : graph.nodes) {
    for (const Input& input : node.inputs) {
      const Node& from = graph.nodes[input.node];
      std::string label = EdgeText(from, input);
      std::string style = label.empty() ? "" : Cat("label=", DotText(label));
      if (from.updating) style += ", style=dashed";
      if (IsAside(input)) style += ", style=dotted";
      Append(out, Cat("  s", from.op, " -> s", node.op, style.empty() ? "" : Cat(" [", style, "]"),
                      "\n"));
    }
  }
  return out + "}\n";
}

}  // namespace flow::plan
