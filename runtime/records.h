#pragma once
// Where records end in raw text: at newlines, and in CSV only outside quoted cells.

#include <cstdint>
#include <string_view>

namespace flow::runtime {

struct RecordShape {
  bool quotes = false;  // CSV: newlines inside "…" belong to the cell
  char separator = ',';
  bool framed = false;  // output of a partitioned sink (runtime/partition.h)
};

// Fed with consecutive pieces of text, starting at the beginning of a record.
class RecordScanner {
 public:
  explicit RecordScanner(RecordShape shape) : shape_(shape) {}

  // Offset in `piece` just after the last record that ends in it, or -1 when none does.
  int64_t LastEnd(std::string_view piece);
  // Offset just after the first record that ends in `piece`, or -1; used on a fresh scanner.
  int64_t FirstEnd(std::string_view piece);
  void Restart() { state_ = State::kCellStart; }

 private:
  enum class State : uint8_t { kCellStart, kPlain, kQuoted, kQuoteSeen };
  RecordShape shape_;
  State state_ = State::kCellStart;
};

// Beginning of the first record that is longer than `longest` bytes, not counting its line break,
// or -1. `text` is whole records from the beginning of one; only a record that is too long may lack
// its end.
int64_t FindLongRecord(RecordShape shape, std::string_view text, int64_t longest);

int64_t CountNewlines(const char* data, int64_t size);

}  // namespace flow::runtime
