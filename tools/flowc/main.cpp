// flowc: dispatch over the table of verbs.

#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"
#include "tools/driver/version.h"
#include "tools/flowc/verb.h"

namespace flow::cli {
namespace {

std::string Help() {
  std::string out =
      "flowc compiles and runs Flow scripts: streams of records in, answers out.\n\n"
      "  flowc run SCRIPT [--PARAMETER VALUE]...     compile in memory and run\n"
      "  flowc -e 'STAGES' [FILE < ]                 one line, rows from standard input\n\n"
      "Verbs (flowc help VERB tells more):\n";
  for (const Verb& verb : Verbs()) {
    std::string name = verb.name;
    name.resize(12, ' ');
    out += Cat("  ", name, verb.summary, "\n");
  }
  out +=
      "  help        this text, or a verb's\n"
      "  version     version of flowc and of LLVM\n\n"
      "Results go to standard output, everything else to standard error.\n"
      "Exit codes: 0 done, 1 the script does not compile, 2 usage, 65 bad data, 69 cannot "
      "connect,\n"
      "70 internal error, 74 input or output failed, 75 try again, 130 interrupted and drained.\n";
  return out;
}

int RunHelp(const std::vector<std::string>& args) {
  if (args.empty()) {
    PrintOut(Help());
    return kDone;
  }
  const Verb* verb = FindVerb(args[0]);
  if (verb == nullptr) return UsageError("", Cat("no verb `", args[0], "`"));
  PrintOut(VerbHelp(*verb));
  return kDone;
}

bool IsScript(const std::string& arg) { return arg.ends_with(".flow"); }

int UnknownVerb(const std::string& word) {
  std::vector<std::string> names = {"help", "version"};
  for (const Verb& verb : Verbs()) names.emplace_back(verb.name);
  std::string message = Cat("unknown verb `", word, "`");
  std::string nearest = Nearest(word, names);
  if (!nearest.empty()) message += Cat("; did you mean `", nearest, "`?");
  return UsageError("", message);
}

int Main(std::vector<std::string> args) {
  if (args.empty()) {
    PrintError(Help());
    return kUsage;
  }
  std::string first = args[0];
  if (first == "--help" || first == "-h") return RunHelp({});
  if (first == "--version" || first == "-V" || first == "version") {
    PrintOut(VersionText());
    return kDone;
  }
  // A script or an option of `run` (-e, -i, ..) stands for `flowc run`.
  if (first.starts_with("-") || IsScript(first)) return kRunVerb.run(args);
  args.erase(args.begin());
  if (first == "help") return RunHelp(args);
  const Verb* verb = FindVerb(first);
  if (verb == nullptr) return UnknownVerb(first);
  for (const std::string& arg : args) {
    if (arg == "--") break;
    if (arg != "--help" && arg != "-h") continue;
    // `flowc run x.flow --help` tells the script's parameters too, so `run` answers itself.
    if (verb->run == kRunVerb.run && args[0] != arg) break;
    PrintOut(VerbHelp(*verb));
    return kDone;
  }
  return verb->run(args);
}

}  // namespace
}  // namespace flow::cli

int main(int argc, char** argv) {
  return flow::cli::Main(std::vector<std::string>(argv + 1, argv + argc));
}
