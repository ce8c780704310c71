#include "tools/flowc/verb.h"

#include <cstdio>

#include "base/text.h"

namespace flow::cli {

std::span<const Verb> Verbs() {
  static const Verb verbs[] = {kRunVerb,  kBuildVerb,  kCheckVerb,     kTestVerb,   kWhyVerb,
                               kPlanVerb, kSchemaVerb, kFunctionsVerb, kExplainVerb};
  return verbs;
}

const Verb* FindVerb(std::string_view name) {
  for (const Verb& verb : Verbs()) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

void PrintOut(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }
void PrintError(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

int UsageError(std::string_view verb, std::string_view message) {
  std::string hint = verb.empty() ? "flowc help" : Cat("flowc help ", verb);
  PrintError(Cat("flowc: ", message, "\n  `", hint, "` shows the usage\n"));
  return kUsage;
}

std::string VerbHelp(const Verb& verb) {
  std::string out =
      Cat(verb.summary, "\n\nUsage: ", verb.usage, "\n\nExamples:\n", verb.examples, "\n");
  std::vector<OptionDef> options = verb.options();
  if (!options.empty()) out += Cat("Options:\n", OptionsHelp(options));
  return out;
}

}  // namespace flow::cli
