// flowc run: compile in memory and run.

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/text.h"
#include "codegen/codegen.h"
#include "interp/interp.h"
#include "runtime/profile.h"
#include "runtime/run.h"
#include "tools/flowc/script.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() {
  std::vector<OptionDef> options = {
      {"threads", 'j', "N", "worker threads (default: one per core)"},
      {"limit", 0, "N", "end after N result rows of each sink"},
      {"for", 0, "DURATION",
       "take no more input after this long, e.g. 10s; what was read is finished"},
      {"interpret", 0, "", "run the reference interpreter instead of native code (slow)"},
      {"opt", 'O', "LEVEL", "0: compile fast, 2: run fast (default: 0, then 2 once it is ready)"},
      {"no-cache", 0, "", "compile anew, and keep no machine code for the next run"},
      {"batch", 0, "N", "rows an operator hands on at a time"},
      {"unit", 0, "SIZE", "input a worker takes at a time, e.g. 256KiB"},
      {"memory", 0, "SIZE", "budget of kept state, e.g. 500MB; beyond it the run ends with 75"},
      {"verbose", 'v', "", "at the end, what became of the rows of each stage"},
      {"profile", 0, "", "at the end, where the time went, stage by stage"},
      {"debug-lines", 'g', "", "for gdb: which line of the script code is for; implies -O2"},
      {"quiet", 'q', "", "no summary and no status line"},
      {"no-status", 0, "", "no status line"},
  };
  for (OptionDef& option : CompileOptions()) options.push_back(std::move(option));
  return options;
}

std::optional<ParseError> ReadRunOptions(const Arguments& arguments, runtime::RunOptions* run) {
  auto count = [&](const char* name, int64_t least, int64_t* out) -> std::optional<ParseError> {
    if (auto value = arguments.Value(name)) return ParseCount(name, *value, least, out);
    return std::nullopt;
  };
  int64_t threads = 0;
  if (auto error = count("threads", 1, &threads)) return error;
  if (threads > 1024) return ParseError{"option `--threads` takes at most 1024"};
  run->threads = static_cast<int>(threads);
  if (auto error = count("limit", 0, &run->limit)) return error;
  if (auto error = count("batch", 1, &run->batch_rows)) return error;
  if (auto value = arguments.Value("unit")) {
    if (auto error = ParseBytes("unit", *value, &run->unit_bytes)) return error;
  }
  if (auto value = arguments.Value("memory")) {
    if (auto error = ParseBytes("memory", *value, &run->memory_bytes)) return error;
  }
  if (auto value = arguments.Value("for")) {
    run->for_nanoseconds = ReadDuration(*value);
    if (run->for_nanoseconds < 0)
      return ParseError{
          Cat("option `--for` takes a duration such as 10s or 1m30s, not `", *value, "`")};
  }
  run->quiet = arguments.Has("quiet");
  run->verbose = arguments.Has("verbose");
  run->profile = arguments.Has("profile");
  run->stdout_is_terminal = isatty(1) == 1 && !arguments.Value("output-format");
  run->status_line = isatty(2) == 1 && !run->quiet && !arguments.Has("no-status");
  run->color = isatty(2) == 1;
  return std::nullopt;
}

// Where machine code is kept: flowc's part of the user's cache (XDG Base Directory Specification,
// by which a path that is not absolute does not count). Empty where there is none.
std::string CacheFolder() {
  auto absolute = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? value : "";
  };
  if (std::string cache = absolute("XDG_CACHE_HOME"); !cache.empty()) return cache + "/flowc";
  std::string home = absolute("HOME");
  return home.empty() ? "" : home + "/.cache/flowc";
}

int Run(const std::vector<std::string>& args) {
  Script script;
  if (auto code = OpenScript(args, {.verb = &kRunVerb}, &script)) return *code;
  const Arguments& arguments = script.arguments;
  runtime::RunOptions options;
  if (auto error = ReadRunOptions(arguments, &options)) return UsageError("run", error->message);
  int64_t level = 2;
  if (auto value = arguments.Value("opt")) {
    if (auto error = ParseCount("opt", *value, 0, &level)) return UsageError("run", error->message);
  }
  Compilation& compilation = *script.compilation;
  if (compilation.stopped()) return kDone;
  std::string error;
  if (!compilation.Optimize(&error)) {
    ShowDiagnostics(script);
    PrintError(error);
    return kUsage;
  }
  if (compilation.stopped()) return kDone;
  if (arguments.Has("interpret") && options.profile) {
    return UsageError("run", "`--profile` is for native code: leave out `--interpret`");
  }
  if (arguments.Has("interpret")) {
    signal(SIGPIPE, SIG_IGN);  // who stops reading ends that output, not the run
    interp::Options interpreter;
    interpreter.limit = options.limit;
    interpreter.quiet = options.quiet;
    return interp::Run(compilation.lowered(), compilation.catalog(), interpreter).exit_code;
  }
  codegen::Options code;
  code.opt_level = static_cast<int>(level);
  code.lines = arguments.Has("debug-lines");
  code.tiered = !arguments.Value("opt") && !code.lines;  // debuggers know code by its address
  code.profile = options.profile;
  if (!arguments.Has("no-cache")) code.cache_folder = CacheFolder();
  if (code.profile) code.second_tier_begins = runtime::StayAtCompiling;
  compilation.Done(
      "llvm", [&] { return codegen::LlvmText(compilation.module(), compilation.catalog(), code); });
  compilation.Done(
      "asm", [&] { return codegen::AsmText(compilation.module(), compilation.catalog(), code); });
  if (compilation.stopped()) return kDone;
  // Most are constants by now; the rest the program reads itself.
  options.params = script.params;
  codegen::JitProgram program;
  if (!codegen::CompileJit(compilation.module(), compilation.catalog(), code, &program, &error)) {
    PrintError(Cat("flowc: internal error: ", error, "\n"));
    return kInternal;
  }
  std::unique_ptr<runtime::Env> env = runtime::MakeRealEnv();
  int exit_code = runtime::Run(program.plan, *program.symbols, options, *env).exit_code;
  // The process ends here: giving back code and tables piece by piece would only cost time.
  std::fflush(stdout);
  std::_Exit(exit_code);
}

}  // namespace

const Verb kRunVerb = {
    "run",
    "Compiles a script in memory and runs it.",
    "flowc run SCRIPT [--PARAMETER VALUE]... [OPTION]...",
    "  flowc run examples/01_quakes.flow --least 2.5      a script and one of its parameters\n"
    "  flowc -e 'where status >= 500 |> limit 5' < a.jsonl  one line over standard input\n"
    "  flowc run x.flow --for 10s                         a live stream for ten seconds\n"
    "  flowc run x.flow --help                            the script's parameters\n",
    Options,
    Run,
};

}  // namespace flow::cli
