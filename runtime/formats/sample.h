#pragma once
// The row type of data without a written schema, from its first records (semantics.md 72).

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/type.h"

namespace flow::runtime {

inline constexpr int kSampleRecords = 1000;

// Format and arguments, with values as the command line would write them.
struct SampleFormat {
  std::string name;  // "json", "csv"
  std::map<std::string, std::string, std::less<>> args;
};

// What the values of one place had in common so far.
struct Guess;

class SchemaSampler {
 public:
  explicit SchemaSampler(const SampleFormat& format);
  ~SchemaSampler();
  SchemaSampler(const SchemaSampler&) = delete;
  SchemaSampler& operator=(const SchemaSampler&) = delete;

  bool Full() const { return records_ >= kSampleRecords; }
  // Whether anything that should be a record was there.
  bool SawLines() const { return records_ + skipped_ > 0; }
  // Takes the records of the beginning of one input. `whole`: the text is all of it; else a record
  // that is cut off at the end is left out.
  void Add(std::string_view text, bool whole);
  // The row type; kError and *error when there is none: "it has no records".
  // Of CSV that is a header and no more all columns are optional strings.
  Type Finish(std::string* error) const;

 private:
  void AddJson(std::string_view text, bool whole);
  void AddCsv(std::string_view text, bool whole);
  void AddCsvRecord(const std::vector<std::string>& cells, const std::vector<bool>& quoted);

  SampleFormat format_;
  char separator_ = ',';
  bool header_ = true;
  std::string fault_;
  int records_ = 0;
  int skipped_ = 0;                 // lines that are no records
  bool empty_ = true;               // not a byte was there
  bool whole_ = true;               // nothing was left out of any input
  std::vector<std::string> names_;  // CSV
  std::unique_ptr<Guess> row_;
};

// Files in the order given (compressed ones too). Directories and missing files are errors.
Type SampleFiles(const std::vector<std::string>& paths, const SampleFormat& format,
                 std::string* error);

// Standard input, from which nothing is taken: it reads as if nobody had looked. Waits for records
// that are yet to come through a pipe.
Type SampleStandardInput(const SampleFormat& format, std::string* error);

}  // namespace flow::runtime
