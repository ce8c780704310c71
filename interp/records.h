#pragma once
// Input: files cut into records, records decoded column by column when a stage asks (semantics.md
// 18 to 20).

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "interp/evaluator.h"
#include "interp/json_text.h"
#include "interp/value.h"
#include "ir/module.h"

namespace flow::interp {

// Why a record cannot be decoded; code and message as generated code has them.
struct DecodeFault {
  std::string code;
  std::string message;
};

class Record {
 public:
  virtual ~Record() = default;
  // The value of a column of the source's row type.
  virtual bool Decode(const StructField& field, Value* value, DecodeFault* fault) = 0;
  // Whether the record as a whole is one of its format.
  virtual bool Check(DecodeFault*) { return true; }

  std::string text;       // as it stands in the file; empty for generators
  int64_t line = 0;       // of its beginning, from 1; 0: not known
  int64_t offset = 0;     // bytes, or the number of an event
  bool rejected = false;  // reported already
};

// What went wrong before any row: exit code and text.
struct InputError {
  int exit_code = 0;
  std::string message;
};

// One partition of a source: gives its records one after another.
class Partition {
 public:
  virtual ~Partition() = default;
  // Null at the end, or with error.exit_code set.
  virtual std::unique_ptr<Record> Next(InputError* error) = 0;

  std::string name;
};

// The constant arguments of an endpoint, by name.
class Arguments {
 public:
  static bool Evaluate(const ir::Module& module, const std::vector<ir::NamedArg>& args,
                       Evaluator& evaluator, Arguments* out, std::string* error);
  bool Has(const std::string& name) const;
  std::string Text(const std::string& name, const std::string& otherwise) const;
  std::vector<std::string> Texts(const std::string& name) const;
  int64_t Whole(const std::string& name, int64_t otherwise) const;

 private:
  struct Argument {
    std::string name;
    Type type;
    Value value;
  };
  const Argument* Find(const std::string& name) const;
  std::vector<Argument> arguments_;
};

// The partitions of a source in row order; each opens its file when first asked.
bool OpenSource(const ir::Module& module, const ir::Source& source, Evaluator& evaluator,
                std::vector<std::unique_ptr<Partition>>* partitions, InputError* error);

// Records of a file's bytes, by format.
std::unique_ptr<Partition> JsonPartition(std::string name, const Arguments& format,
                                         std::function<bool(std::string*, InputError*)> load);
std::unique_ptr<Partition> CsvPartition(std::string name, const ir::Source& source,
                                        const Arguments& format,
                                        std::function<bool(std::string*, InputError*)> load);
std::unique_ptr<Partition> TextPartition(std::string name, const Arguments& format,
                                         std::function<bool(std::string*, InputError*)> load);
std::unique_ptr<Partition> NexmarkPartition(const ir::Source& source, const Arguments& arguments,
                                            InputError* error);

// `time: "ms"` of a format as nanoseconds; 0: timestamps are text.
int64_t TimeUnit(const Arguments& format);

}  // namespace flow::interp
