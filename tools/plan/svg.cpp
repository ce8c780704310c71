// The plan as a picture that needs nothing else: no fonts, styles or scripts from outside. It
// follows the reader's light or dark colours.

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "tools/plan/box.h"
#include "tools/plan/layout.h"
#include "tools/plan/model.h"

namespace flow::plan {
namespace {

// Of the font: all characters are 0.6 em wide, in every monospaced face near enough.
constexpr double kCharacter = 7.2;  // at 12px
constexpr double kSmall = 6.6;      // at 11px
constexpr double kLine = 16;
constexpr double kPad = 10;

// Plain rules, since not every viewer knows variables.
constexpr const char* kStyle = R"(<style>
text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: #1f2328; }
.title { font-weight: bold; }
.size, .label { font-size: 11px; fill: #59636e; }
.clock { fill: #bc4c00; }
.open { fill: #cf222e; }
rect { fill: #f6f8fa; stroke: #d1d9e0; }
.back, .under { fill: #ffffff; stroke: none; }
.source { fill: #ddf4ff; stroke: #54aeff; }
.sink { fill: #dafbe1; stroke: #4ac26b; }
.state { fill: #fff8c5; stroke: #d4a72c; }
path { fill: none; stroke: #59636e; stroke-width: 1.4; }
.head { fill: #59636e; stroke: none; }
.updating { stroke-dasharray: 6 3; }
.aside { stroke-dasharray: 2 3; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.size, .label { fill: #9198a1; }
.clock { fill: #ffa657; }
.open { fill: #ff7b72; }
rect { fill: #151b23; stroke: #3d444d; }
.back, .under { fill: #0d1117; }
.source { fill: #0c2d6b; stroke: #388bfd; }
.sink { fill: #033a16; stroke: #2ea043; }
.state { fill: #341a00; stroke: #bb8009; }
path { stroke: #9198a1; }
.head { fill: #9198a1; }
}
</style>
)";

std::string Escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML has no other control characters.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? '?' : c;
    }
  }
  return out;
}

// To a tenth: enough for the eye, and the same on every machine.
std::string Number(double value) {
  auto tenths = static_cast<int64_t>(std::llround(value * 10));
  std::string out = tenths < 0 ? "-" : "";
  tenths = std::llabs(tenths);
  Append(out, tenths / 10);
  if (tenths % 10 != 0) Append(out, Cat(".", tenths % 10));
  return out;
}

const char* ClassOf(LineKind kind) {
  switch (kind) {
    case LineKind::kTitle:
      return " class=\"title\"";
    case LineKind::kSize:
      return " class=\"size\"";
    case LineKind::kOpen:
      return " class=\"open\"";
    case LineKind::kClock:
      return " class=\"clock\"";
    case LineKind::kWhat:
    case LineKind::kState:
      return "";
  }
  return "";
}

const char* ClassOf(const Node& node) {
  if (node.source) return " class=\"source\"";
  if (node.sink) return " class=\"sink\"";
  return node.state.empty() ? "" : " class=\"state\"";
}

bool Follows(LineKind kind, LineKind before) {
  return kind == before || kind == LineKind::kTitle || before == LineKind::kTitle ||
         kind == LineKind::kSize;
}

// The baseline of each line, from the top of the box; a gap parts what it does from what it keeps.
std::vector<double> Baselines(const std::vector<Line>& lines, double* height) {
  std::vector<double> out;
  double y = kPad;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0 && !Follows(lines[i].kind, lines[i - 1].kind)) y += 6;
    y += kLine;
    out.push_back(y - 4);
  }
  *height = y + kPad - 2;
  return out;
}

void PutBox(std::string& out, const Node& node, const Box& box, const std::vector<Line>& lines) {
  Append(out,
         Cat("<g><title>", Escaped(ModeText(node)), "\n", Escaped(RowText(node)), "</title>\n<rect",
             ClassOf(node), " x=\"", Number(box.x), "\" y=\"", Number(box.y), "\" width=\"",
             Number(box.width), "\" height=\"", Number(box.height), "\" rx=\"6\"/>\n"));
  double height = 0;
  std::vector<double> baselines = Baselines(lines, &height);
  for (size_t i = 0; i < lines.size(); ++i) {
    size_t indent = lines[i].text.find_first_not_of(' ');
    double x = box.x + kPad + kCharacter * static_cast<double>(indent);
    Append(out, Cat("<text", ClassOf(lines[i].kind), " x=\"", Number(x), "\" y=\"",
                    Number(box.y + baselines[i]), "\">", Escaped(lines[i].text.substr(indent)),
                    "</text>\n"));
  }
  out += "</g>\n";
}

void PutEdge(std::string& out, const Edge& edge, const Node& from, const Input& input) {
  const std::vector<Point>& points = edge.points;
  const char* style = IsAside(input)  ? " class=\"aside\""
                      : from.updating ? " class=\"updating\""
                                      : "";
  std::string path = Cat("M", Number(points[0].x), " ", Number(points[0].y));
  for (size_t i = 1; i < points.size(); ++i) {
    Point a = points[i - 1];
    Point b = points[i];
    if (i + 1 == points.size()) b.y -= 6;  // where the arrow's head begins
    if (std::abs(a.x - b.x) < 0.05) {
      Append(path, Cat(" V", Number(b.y)));
      continue;
    }
    double middle = (a.y + b.y) / 2;
    Append(path, Cat(" C", Number(a.x), " ", Number(middle), " ", Number(b.x), " ", Number(middle),
                     " ", Number(b.x), " ", Number(b.y)));
  }
  Point tip = points.back();
  Append(out, Cat("<path", style, " d=\"", path, "\"/>\n<path class=\"head\" d=\"M",
                  Number(tip.x - 4), " ", Number(tip.y - 8), " L", Number(tip.x), " ",
                  Number(tip.y), " L", Number(tip.x + 4), " ", Number(tip.y - 8), " Z\"/>\n"));
}

// Beside the tip of the arrow.
struct Label {
  std::string text;
  double x = 0;
  double y = 0;
  double width = 0;
};

Label LabelOf(const Edge& edge, const Node& from, const Input& input, bool left) {
  Label out;
  out.text = EdgeText(from, input);
  out.width = kSmall * static_cast<double>(LengthOf(out.text));
  Point tip = edge.points.back();
  out.x = left ? tip.x - 8 - out.width : tip.x + 8;
  out.y = tip.y - 12;
  return out;
}

void PutLabel(std::string& out, const Label& label) {
  Append(out, Cat("<rect class=\"under\" x=\"", Number(label.x - 2), "\" y=\"",
                  Number(label.y - 11), "\" width=\"", Number(label.width + 4),
                  "\" height=\"14\"/>\n<text class=\"label\" x=\"", Number(label.x), "\" y=\"",
                  Number(label.y), "\">", Escaped(label.text), "</text>\n"));
}

}  // namespace

std::string Svg(const Graph& graph) {
  std::vector<Box> boxes;
  std::vector<Edge> edges;
  std::vector<std::vector<Line>> lines;
  for (const Node& node : graph.nodes) {
    lines.push_back(LinesOf(node));
    size_t longest = 0;
    for (const Line& line : lines.back()) longest = std::max(longest, LengthOf(line.text));
    Box box;
    box.width = kCharacter * static_cast<double>(std::max<size_t>(longest, 12)) + 2 * kPad;
    Baselines(lines.back(), &box.height);
    for (const Input& input : node.inputs) edges.push_back({input.node, boxes.size(), {}});
    boxes.push_back(box);
  }
  Point size;
  LayOut({}, &boxes, &edges, &size);
  size_t number = 0;
  std::string labels;
  std::string paths;
  for (const Node& node : graph.nodes) {
    std::vector<Label> own;
    size_t first = number;
    for (const Input& input : node.inputs) {
      const Edge& edge = edges[number++];
      PutEdge(paths, edge, graph.nodes[input.node], input);
      // Both sides of a join are named between their lines.
      bool sides = input.role == "left" || input.role == "right";
      bool left = false;
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        left |= sides && edges[first + k].points.back().x < edge.points.back().x;
      }
      Label label = LabelOf(edge, graph.nodes[input.node], input, left);
      if (label.text.empty()) continue;
      // Lines that say the same say it once, at the last.
      bool same = !own.empty() && own.back().text == label.text;
      if (same && own.back().x >= label.x) continue;
      if (same) own.pop_back();
      own.push_back(std::move(label));
    }
    for (const Label& label : own) {
      PutLabel(labels, label);
      size.x = std::max(size.x, label.x + label.width + 8);
    }
  }
  std::string width = Number(std::ceil(size.x));
  std::string height = Number(std::ceil(size.y));
  std::string out =
      Cat("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width, "\" height=\"", height,
          "\" viewBox=\"0 0 ", width, " ", height, "\" role=\"img\">\n<title>Plan of ",
          Escaped(graph.script), "</title>\n", kStyle, "<rect class=\"back\" width=\"", width,
          "\" height=\"", height, "\"/>\n", paths, labels);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    PutBox(out, graph.nodes[i], boxes[i], lines[i]);
  }
  return out + "</svg>\n";
}

}  // namespace flow::plan
