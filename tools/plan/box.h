#pragma once
// What stands in the box of a stage, line by line: shared by the pictures.

#include <string>
#include <vector>

#include "tools/plan/model.h"

namespace flow::plan {

enum class LineKind : uint8_t { kTitle, kWhat, kState, kOpen, kSize, kClock };

// kOpen: state without bound. Lines that go on begin with two spaces.
struct Line {
  LineKind kind;
  std::string text;
};

std::vector<Line> LinesOf(const Node& node);

// What the edge between two stages says; empty: nothing to add.
std::string EdgeText(const Node& from, const Input& input);

// Rows that leave the way of the others: late, rejected.
bool IsAside(const Input& input);

// Columns and types, one a line.
std::string RowText(const Node& node);

// Characters, not bytes.
size_t LengthOf(std::string_view text);

}  // namespace flow::plan
