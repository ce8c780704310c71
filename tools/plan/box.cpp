#include "tools/plan/box.h"

#include <algorithm>

#include "base/text.h"
#include "tools/plan/expression.h"

namespace flow::plan {
namespace {

constexpr size_t kCharacters = 46;  // of a line

// Breaks `text` between words.
void Wrap(std::string_view text, LineKind kind, std::vector<Line>* out) {
  std::string line;
  while (!text.empty()) {
    size_t space = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!line.empty() && LengthOf(line) + 1 + LengthOf(word) > kCharacters) {
      out->push_back({kind, std::move(line)});
      line = "  ";
    } else if (!line.empty()) {
      line += ' ';
    }
    line += word;
  }
  if (!line.empty()) out->push_back({kind, std::move(line)});
}

}  // namespace

size_t LengthOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::vector<Line> LinesOf(const Node& node) {
  std::vector<Line> out;
  std::string title = node.name.empty() ? node.verb : Cat(node.verb, " ", node.name);
  out.push_back({LineKind::kTitle, Shortened(title, kCharacters)});
  for (const std::string& what : node.what) {
    // How many fields are decoded is for the text.
    if (!(node.source && what.starts_with("("))) Wrap(what, LineKind::kWhat, &out);
  }
  for (const State& state : node.state) {
    bool open = state.bound == Bound::kEndless || state.bound == Bound::kForever;
    Wrap(state.text, open ? LineKind::kOpen : LineKind::kState, &out);
    if (!state.unit.empty()) Wrap(SizeText(state), LineKind::kSize, &out);
  }
  for (const std::string& reason : node.clock) Wrap(reason, LineKind::kClock, &out);
  return out;
}

std::string EdgeText(const Node& from, const Input& input) {
  if (!input.role.empty()) return input.role;
  if (!from.updating) return "";
  return from.key.empty() ? "updating" : Cat("updating by ", Joined(from.key));
}

bool IsAside(const Input& input) { return input.role == "late" || input.role == "rejected"; }

std::string RowText(const Node& node) {
  std::string out;
  for (const StructField& field : node.row.fields()) {
    Append(out, Cat(out.empty() ? "" : "\n", field.name, ": ", field.type.ToText()));
  }
  return out;
}

}  // namespace flow::plan
