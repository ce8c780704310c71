#pragma once
// Output: rows as text, collected per sink; files are published when the run ends well.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "interp/records.h"
#include "ir/module.h"

namespace flow::interp {

class SinkWriter {
 public:
  // False with *error when the sink's arguments or place are bad.
  static bool Open(const ir::Module& module, const ir::Sink& sink, const Type& row,
                   Evaluator& evaluator, std::unique_ptr<SinkWriter>* out, InputError* error);

  void Write(const Value& row);
  // Standard output shows what came before a failure too; files only what is complete.
  bool Finish(bool complete, InputError* error);

  int64_t rows() const { return rows_; }

 private:
  SinkWriter(const ir::Sink& sink, const Type& row) : sink_(sink), row_(row) {}
  std::string CsvCell(const Type& type, const Value& value) const;
  std::string RowText(const Type& type, const Value& row) const;
  void WritePartitioned(const Value& row);
  bool FinishFolders() const;

  const ir::Sink& sink_;
  Type row_;
  std::string format_;
  std::string path_;
  std::vector<std::string> parts_;              // columns that name folders
  std::map<std::string, std::string> folders_;  // text by folder, of a sink with partitions
  std::string header_;
  char separator_ = ',';
  std::string bytes_;
  int64_t rows_ = 0;
};

}  // namespace flow::interp
