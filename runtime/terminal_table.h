#pragma once
// Lays out NDJSON rows as an aligned table for people: columns get the width of the first
// screenful, numbers stand to the right, long cells are cut with an ellipsis.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace flow::runtime {

inline constexpr size_t kTableRowsMeasured = 40;

class TerminalTable {
 public:
  // `width`: columns of the terminal.
  TerminalTable(std::vector<std::string> names, int width);

  // Adds rows; returns what is to be printed now.
  std::string Add(std::string_view ndjson);
  // Nothing more comes for now, or ever: whatever waits for the widths to be known.
  std::string Flush();

 private:
  struct Cell {
    std::string text;
    bool number = false;
  };
  using Row = std::vector<Cell>;

  Row Split(std::string_view line) const;
  void Measure();
  void Print(const Row& row, std::string* out) const;

  std::vector<std::string> names_;
  int width_;
  std::vector<Row> waiting_;
  std::vector<int> widths_;
  std::vector<bool> numbers_;
  bool measured_ = false;
};

// Columns that `text` (UTF-8) takes on a terminal; East Asian wide characters take two.
int DisplayWidth(std::string_view text);

}  // namespace flow::runtime
