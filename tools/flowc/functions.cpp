// flowc functions: what a script may call.

#include "base/text.h"
#include "tools/driver/catalog.h"
#include "tools/flowc/verb.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() { return {}; }

std::string Describe(const FunctionDef& def) {
  std::string out = Cat(def.name, ": ", def.summary, "\n");
  for (const FunctionOverload& overload : def.overloads) out += Cat("  ", overload.signature, "\n");
  for (const FunctionExample& example : def.examples)
    out += Cat("  example: ", example.expression, " is ", example.result, "\n");
  return out;
}

std::string Describe(const AggregateDef& def) {
  std::string out = Cat(def.name, " (aggregate): ", def.summary, "\n");
  for (const AggregateOverload& overload : def.overloads)
    out += Cat("  ", overload.signature, "\n");
  return out;
}

int Functions(const std::vector<std::string>& args) {
  Arguments arguments;
  if (auto error = ParseArguments(args, Options(), &arguments))
    return UsageError("functions", error->message);
  const Catalog& catalog = FlowCatalog();
  if (arguments.positional.empty()) {
    for (const FunctionDef* def : catalog.functions)
      PrintOut(Cat(def->name, ": ", def->summary, "\n"));
    for (const AggregateDef* def : catalog.aggregates)
      PrintOut(Cat(def->name, " (aggregate): ", def->summary, "\n"));
    return kDone;
  }
  for (const std::string& name : arguments.positional) {
    const FunctionDef* function = catalog.FindFunction(name);
    const AggregateDef* aggregate = catalog.FindAggregate(name);
    if (function == nullptr && aggregate == nullptr) {
      std::vector<std::string> names;
      for (const FunctionDef* def : catalog.functions) names.emplace_back(def->name);
      for (const AggregateDef* def : catalog.aggregates) names.emplace_back(def->name);
      std::string nearest = Nearest(name, names);
      std::string hint = nearest.empty() ? "" : Cat("; did you mean `", nearest, "`?");
      PrintError(Cat("flowc: no function `", name, "`", hint, "\n"));
      return kNo;
    }
    if (function != nullptr) PrintOut(Describe(*function));
    if (aggregate != nullptr) PrintOut(Describe(*aggregate));
  }
  return kDone;
}

}  // namespace

const Verb kFunctionsVerb = {
    "functions",
    "Lists the functions and aggregates, or tells about some of them.",
    "flowc functions [NAME]...",
    "  flowc functions\n"
    "  flowc functions split quantile\n",
    Options,
    Functions,
};

}  // namespace flow::cli
