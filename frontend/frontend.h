#pragma once
// The front end as its callers see it: a parsed script becomes a typed program, a typed program
// becomes IR.
//
//   ast::File file = Parse(source, diagnostics);
//   std::unique_ptr<TypedProgram> program = Check(file, source, options, diagnostics);
//   if (program && !diagnostics.HasErrors()) ir::Module module = Lower(*program, sources);

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/catalog.h"
#include "base/diagnostic.h"
#include "base/source.h"
#include "base/type.h"

namespace flow::ir {
struct Module;
}

namespace flow::frontend {

namespace ast {
struct File;
}
struct TypedProgram;

// Which data a schema is wanted for: `path` as the script wrote it (empty: standard input), the
// format, and its arguments with values as the command line would write them.
struct SampleRequest {
  std::string path;
  std::string format;
  std::vector<std::pair<std::string, std::string>> format_args;
};
// The row type that was found, or why there is none, as the end of "no schema for `x.csv`: ".
struct SampleResult {
  Type type;
  std::string error;
};

// The text of an imported file, or why it cannot be had.
struct LoadResult {
  std::optional<std::string> text;
  std::string error;
};

struct FrontendOptions {
  const Catalog& catalog;
  // Where imported files are added, so that messages can show them. Never null.
  Sources* sources = nullptr;
  // Reads an imported file; `path` is joined with the importing file's folder already. Empty:
  // imports are refused.
  std::function<LoadResult(const std::string& path)> load;
  // Reads the beginning of a file. Empty: every source needs a written type.
  std::function<SampleResult(const SampleRequest&)> sample;
  // Values of parameters as given on the command line: where a path to be sampled hangs on a
  // parameter.
  std::map<std::string, std::string> param_values;
  // Parameters get their values when the executable runs: what code is generated for must not hang
  // on one.
  bool ahead_of_time = false;

  // For `flowc test`, which opens no connector: those that are not built yet are taken as they are.
  bool for_tests = false;
  // One-liners: rejected rows are dropped and counted unless the text says otherwise.
  bool one_liner = false;
  // Formats of standard input and standard output that are not named in the script: names of the
  // catalog, or empty.
  std::string input_format;
  std::string output_format;
  // Row type of standard input: a type of the language, or empty to sample.
  std::string input_schema;
  // Name of the script in messages and `--help`.
  std::string script_name;
};

// Checks names, types, time and modes; null after errors that leave nothing to lower. `file` must
// outlive the result.
std::unique_ptr<TypedProgram> Check(const ast::File& file, const SourceFile& source,
                                    const FrontendOptions& options, Diagnostics& diagnostics);

// The whole script as one graph. Only for programs checked without errors.
ir::Module Lower(const TypedProgram& program, const Sources& sources);

}  // namespace flow::frontend
