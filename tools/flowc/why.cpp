// flowc why: what became of the rows of a run that gives nothing, or less than was hoped for.

#include "base/text.h"
#include "codegen/codegen.h"
#include "runtime/run.h"
#include "tools/flowc/script.h"

namespace flow::cli {
namespace {

// Long enough to see what comes, short enough to wait for.
constexpr const char* kDefaultFor = "5s";

std::vector<OptionDef> Options() {
  std::vector<OptionDef> options = {
      {"for", 0, "DURATION", Cat("look for this long at most (default: ", kDefaultFor, ")")},
      {"threads", 'j', "N", "worker threads (default: one per core)"},
  };
  for (OptionDef& option : CompileOptions()) options.push_back(std::move(option));
  return options;
}

int Why(const std::vector<std::string>& args) {
  Script script;
  if (auto code = OpenScript(args, {.verb = &kWhyVerb}, &script)) return *code;
  const Arguments& arguments = script.arguments;
  runtime::RunOptions options;
  options.only_account = true;
  options.quiet = true;
  std::string duration = arguments.ValueOr("for", kDefaultFor);
  options.for_nanoseconds = ReadDuration(duration);
  if (options.for_nanoseconds < 0) {
    return UsageError(
        "why", Cat("option `--for` takes a duration such as 10s or 1m30s, not `", duration, "`"));
  }
  int64_t threads = 0;
  if (auto value = arguments.Value("threads")) {
    if (auto error = ParseCount("threads", *value, 1, &threads)) {
      return UsageError("why", error->message);
    }
    if (threads > 1024) return UsageError("why", "option `--threads` takes at most 1024");
  }
  options.threads = static_cast<int>(threads);
  options.color = ColorOn(arguments, 2);
  Compilation& compilation = *script.compilation;
  if (compilation.stopped()) return kDone;
  std::string error;
  if (!compilation.Optimize(&error)) {
    PrintError(error);
    return kUsage;
  }
  if (compilation.stopped()) return kDone;
  options.params = script.params;
  codegen::Options code;
  code.tiered = true;
  codegen::JitProgram program;
  if (!codegen::CompileJit(compilation.module(), compilation.catalog(), code, &program, &error)) {
    PrintError(Cat("flowc: internal error: ", error, "\n"));
    return kInternal;
  }
  std::unique_ptr<runtime::Env> env = runtime::MakeRealEnv();
  runtime::RunResult result = runtime::Run(program.plan, *program.symbols, options, *env);
  if (result.account.stages.empty()) return result.exit_code;
  PrintOut(runtime::AccountText(program.plan, result.account));
  std::vector<bool> told(program.plan.sources.size());
  PrintOut(runtime::StallText(program.plan, result.account, 0, &told));
  return result.exit_code;
}

}  // namespace

const Verb kWhyVerb = {
    "why",
    "Runs a script for a moment, writes nothing, and tells what became of its rows.",
    "flowc why SCRIPT [--PARAMETER VALUE]... [--for DURATION]",
    "  flowc why rates.flow                 where rows are lost, and what windows wait for\n"
    "  flowc why rates.flow --for 1m        looks for a minute at most\n"
    "  flowc run rates.flow --verbose       the same account at the end of a real run\n",
    Options,
    Why,
};

}  // namespace flow::cli
