#pragma once
// A file's bytes, cut into lines.

#include "interp/records.h"

namespace flow::interp {

// Gives the whole content of a file; false on an error.
using Loader = std::function<bool(std::string*, InputError*)>;

struct Line {
  std::string_view text;  // without its end
  int64_t number = 0;     // from 1
  int64_t offset = 0;
  bool too_long = false;
};

// Stands for a record that is longer than its source allows: never decoded.
class LongRecord final : public Record {
 public:
  LongRecord(std::string_view record_text, int64_t record_line, int64_t record_offset);
  bool Check(DecodeFault* fault) override;
  bool Decode(const StructField&, Value*, DecodeFault* fault) override { return Check(fault); }
};

class Lines {
 public:
  Lines(Loader load, const Arguments& format);
  // False at the end, or with error->exit_code set.
  bool Next(Line* line, InputError* error);
  // Loads the file when that has not been done; then all of it is in bytes().
  bool Load(InputError* error);
  const std::string& bytes() const { return bytes_; }
  // Whether `record`, with or without its line break, is longer than a record may be.
  bool TooLong(std::string_view record) const;
  int64_t max_line() const { return max_line_; }

 private:
  Loader load_;
  bool loaded_ = false;
  std::string bytes_;
  size_t at_ = 0;
  int64_t number_ = 0;
  int64_t max_line_;
};

}  // namespace flow::interp
