// flowc build: one executable that needs nothing where it runs.

#include "base/text.h"
#include "codegen/codegen.h"
#include "codegen/link.h"
#include "runtime/aot/runtime_object.h"
#include "tools/flowc/script.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() {
  std::vector<OptionDef> options = {
      {"output", 0, "FILE", "the executable (default: the script's name without .flow)"},
      {"cpu", 0, "NAME", "processor to compile for: x86-64-v2 (default), x86-64-v3, native"},
      {"opt", 'O', "LEVEL", "0: compile fast, 2: run fast (default)"},
      {"debug-lines", 'g', "", "for perf and gdb: which line of the script code is for"},
  };
  for (OptionDef& option : CompileOptions()) {
    if (option.short_name == 'o') option.short_name = 0;
    options.push_back(std::move(option));
  }
  options[0].short_name = 'o';
  return options;
}

// The script's name without folder and ending.
std::string DefaultOutput(const std::string& script) {
  size_t slash = script.rfind('/');
  std::string name = slash == std::string::npos ? script : script.substr(slash + 1);
  return name.ends_with(".flow") && name.size() > 5 ? name.substr(0, name.size() - 5)
                                                    : name + ".out";
}

int Build(const std::vector<std::string>& args) {
  Script script;
  // Values given here only tell which file to sample: the executable takes its own.
  if (auto code = OpenScript(
          args,
          {.verb = &kBuildVerb, .bind_params = false, .need_values = false, .ahead_of_time = true},
          &script))
    return *code;
  Compilation& compilation = *script.compilation;
  if (compilation.stopped()) return kDone;
  std::string error;
  if (!compilation.Optimize(&error)) {
    ShowDiagnostics(script);
    PrintError(error);
    return kNo;
  }
  codegen::Options code;
  code.cpu = script.arguments.ValueOr("cpu", "x86-64-v2");
  int64_t level = 2;
  if (auto value = script.arguments.Value("opt")) {
    if (auto bad = ParseCount("opt", *value, 0, &level)) return UsageError("build", bad->message);
  }
  code.opt_level = static_cast<int>(level);
  code.lines = script.arguments.Has("debug-lines");
  compilation.Done(
      "llvm", [&] { return codegen::LlvmText(compilation.module(), compilation.catalog(), code); });
  compilation.Done(
      "asm", [&] { return codegen::AsmText(compilation.module(), compilation.catalog(), code); });
  if (compilation.stopped()) return kDone;
  codegen::ObjectProgram program;
  if (!codegen::CompileObject(compilation.module(), compilation.catalog(), code, &program,
                              &error)) {
    PrintError(Cat("flowc: internal error: ", error, "\n"));
    return kInternal;
  }
  std::string output = script.arguments.ValueOr(
      "output", script.path.empty() ? "flow.out" : DefaultOutput(script.path));
  if (!codegen::LinkExecutable(std::as_bytes(std::span(program.object)), runtime::RuntimeObject(),
                               output, &error)) {
    PrintError(Cat("flowc: cannot write `", output, "`: ", error, "\n"));
    return kIo;
  }
  return kDone;
}

}  // namespace

const Verb kBuildVerb = {
    "build",
    "Compiles a script into one executable that needs nothing where it runs.",
    "flowc build SCRIPT [-o FILE] [OPTION]...",
    "  flowc build examples/05_wordcount.flow -o wordcount\n"
    "  ./wordcount --path book.txt                        its parameters are its options\n",
    Options,
    Build,
};

}  // namespace flow::cli
