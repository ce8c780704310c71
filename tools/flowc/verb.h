#pragma once
// A verb of the command line: one row of the table that dispatch, `flowc help` and the
// documentation are made from.

#include <span>
#include <string>
#include <vector>

#include "tools/flowc/options.h"

namespace flow::cli {

// Exit codes of flowc (docs/architecture.md).
enum ExitCode : int {
  kDone = 0,
  kNo = 1,  // the answer is no: the script does not compile, a check differs
  kUsage = 2,
  kBadData = 65,
  kUnavailable = 69,
  kInternal = 70,
  kIo = 74,
  kTryAgain = 75,
};

struct Verb {
  const char* name;
  const char* summary;
  const char* usage;     // "flowc run SCRIPT [--PARAMETER VALUE]... [OPTION]..."
  const char* examples;  // lines, each with its comment
  std::vector<OptionDef> (*options)();
  int (*run)(const std::vector<std::string>& args);
};

// Every verb, in the order of help.
std::span<const Verb> Verbs();
const Verb* FindVerb(std::string_view name);

extern const Verb kBuildVerb;
extern const Verb kCheckVerb;
extern const Verb kExplainVerb;
extern const Verb kFunctionsVerb;
extern const Verb kPlanVerb;
extern const Verb kRunVerb;
extern const Verb kSchemaVerb;
extern const Verb kTestVerb;
extern const Verb kWhyVerb;

// Prints "flowc: message" and the hint to the verb's help; gives kUsage.
int UsageError(std::string_view verb, std::string_view message);
// `flowc help VERB`.
std::string VerbHelp(const Verb& verb);

void PrintOut(std::string_view text);
void PrintError(std::string_view text);

}  // namespace flow::cli
