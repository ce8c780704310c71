#pragma once
// One compilation, for every tool: takes a script through the phases, prints what `--print` asks
// for, stops where
// `--stop-after` says. Phases are rows of one table (compilation.cpp); nothing flows backwards.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.h"
#include "base/diagnostic.h"
#include "base/source.h"
#include "frontend/ast/ast.h"
#include "frontend/frontend.h"
#include "frontend/lower/tests.h"
#include "ir/module.h"

namespace flow {

// A phase whose result can be printed.
struct PhaseInfo {
  std::string_view name;  // of --print and --stop-after
  std::string_view summary;
};
std::span<const PhaseInfo> Phases();

struct CompilationOptions {
  std::vector<std::string> print;  // phase names
  std::string stop_after;          // phase name, or empty
  std::vector<std::string> disabled_passes;
  bool print_passes = false;  // IR after each pass that changed it
  bool time_passes = false;
  std::string input_format;
  std::string output_format;
  std::string input_schema;
  // Replace parameters by their values (JIT, interpreter); an executable keeps them.
  bool bind_params = true;
  // The script as its tests see it, with its ends in memory.
  bool for_tests = false;
  // Code for an executable: what it depends on must be known now.
  bool ahead_of_time = false;
  std::function<void(std::string_view)> out;  // what --print gives
};

// A parameter of the script, as the command line shows it.
struct ScriptParam {
  std::string name;
  std::string type;
  std::optional<std::string> default_text;
  std::string doc;
};

class Compilation {
 public:
  explicit Compilation(const Catalog& catalog);
  ~Compilation();

  // Text of the script. False: it cannot be read, and *error says why.
  bool Load(const std::string& path, std::string* error);
  // Text of `-e`: rows come from standard input, rejected ones are dropped and counted, unless it
  // says otherwise.
  void LoadOneLiner(const std::string& text);

  bool Parse();
  // After Parse: whether the script has a `test` block.
  bool HasTests() const;
  // After Parse: the parameters, for options and help.
  std::vector<ScriptParam> Params() const;
  std::string ScriptDoc() const;  // the heading, else the first item's `##`

  // After Parse, before Check: what the command line says.
  void Configure(CompilationOptions options);

  // Names, types, modes. `param_values`: as given on the command line.
  bool Check(const std::map<std::string, std::string>& param_values);
  // AST to optimised IR. False with a diagnostic when a parameter's value does not fit its type.
  bool Optimize(std::string* error);
  // True when --stop-after named a phase that has run.
  bool stopped() const { return stopped_; }

  const ir::Module& module() const { return module_; }
  ir::Module& module() { return module_; }
  const ir::Module& lowered() const {
    return lowered_;
  }  // before the passes, parameters bound: what the interpreter runs
  const std::vector<frontend::TestCase>& tests() const { return tests_; }  // when `for_tests`
  const Sources& sources() const { return sources_; }
  const SourceFile& script() const { return *script_; }
  const Diagnostics& diagnostics() const { return diagnostics_; }
  const Catalog& catalog() const { return catalog_; }
  const CompilationOptions& options() const { return options_; }
  // Prints phases made outside (llvm, asm).
  bool Wants(std::string_view phase) const;
  void Done(std::string_view phase, const std::function<std::string()>& text);

 private:
  const Catalog& catalog_;
  CompilationOptions options_;
  bool one_liner_ = false;
  Sources sources_;
  Diagnostics diagnostics_;
  const SourceFile* script_ = nullptr;
  frontend::ast::File ast_;
  std::unique_ptr<frontend::TypedProgram> program_;
  std::map<std::string, std::string> param_values_;
  std::vector<frontend::TestCase> tests_;
  ir::Module lowered_;
  ir::Module module_;
  bool stopped_ = false;
};

// Reads a whole file; false with the system's words in *error.
bool ReadFile(const std::string& path, std::string* text, std::string* error);

}  // namespace flow
