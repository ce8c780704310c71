// flowc check: errors and warnings, and the safe fixes.

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/text.h"
#include "tools/driver/catalog.h"
#include "tools/flowc/script.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() {
  std::vector<OptionDef> options = {
      {"fix", 0, "", "apply the fixes that are safe, to the script itself"},
  };
  for (OptionDef& option : CompileOptions()) options.push_back(std::move(option));
  return options;
}

// Fixes can make room for others; a script that still changes after this many rounds is left as it
// is.
constexpr int kFixRoundsMax = 10;

// Applies safe fixes until there are none; gives the number of rounds that changed something, or -1
// on I/O errors.
int FixScript(const std::string& path) {
  int rounds = 0;
  for (; rounds < kFixRoundsMax; ++rounds) {
    Compilation compilation(FlowCatalog());
    std::string error;
    if (!compilation.Load(path, &error)) return rounds;
    if (compilation.Parse()) compilation.Check({});
    std::string fixed = ApplySafeFixes(compilation.diagnostics(), compilation.script());
    if (fixed == compilation.script().text()) return rounds;
    // Written aside and renamed: a full disk must not cost the script.
    std::string aside = path + ".fixed";
    std::ofstream out(aside, std::ios::binary);
    out << fixed;
    out.close();
    if (!out || std::rename(aside.c_str(), path.c_str()) != 0) {
      std::remove(aside.c_str());
      return -1;
    }
  }
  return rounds;
}

int Check(const std::vector<std::string>& args) {
  bool fix = std::find(args.begin(), args.end(), "--fix") != args.end();
  if (fix) {
    if (auto path = FindScript(args, Options())) {
      int rounds = FixScript(*path);
      if (rounds < 0) {
        PrintError(Cat("flowc: cannot write `", *path, "`\n"));
        return kIo;
      }
      if (rounds > 0) PrintError(Cat("fixed ", *path, "\n"));
    }
  }
  Script script;
  if (auto code = OpenScript(
          args, {.verb = &kCheckVerb, .bind_params = false, .need_values = false}, &script))
    return *code;
  Compilation& compilation = *script.compilation;
  if (compilation.stopped()) return kDone;
  // The passes run too: what only they can see must not wait for the first run.
  std::string error;
  if (!compilation.Optimize(&error)) {
    PrintError(error);
    return kNo;
  }
  return kDone;
}

}  // namespace

const Verb kCheckVerb = {
    "check",
    "Says what is wrong with a script, without running it.",
    "flowc check SCRIPT [--fix] [OPTION]...",
    "  flowc check x.flow\n"
    "  flowc check --fix x.flow             repairs SQL habits and misspellings\n"
    "  flowc check x.flow --diagnostics json\n",
    Options,
    Check,
};

}  // namespace flow::cli
