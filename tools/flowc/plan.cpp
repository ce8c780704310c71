// flowc plan: what will run: every stage with its row type, mode and fragment.

#include "base/text.h"
#include "tools/flowc/script.h"
#include "tools/plan/model.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() { return CompileOptions(); }

int Plan(const std::vector<std::string>& args) {
  Script script;
  if (auto code = OpenScript(args, {.verb = &kPlanVerb, .bind_params = true, .need_values = false},
                             &script))
    return *code;
  Compilation& compilation = *script.compilation;
  if (compilation.stopped()) return kDone;
  std::string error;
  if (!compilation.Optimize(&error)) {
    PrintError(error);
    return kNo;
  }
  if (!compilation.stopped())
    PrintOut(plan::Text(plan::MakeGraph(compilation.module(), compilation.catalog())));
  return kDone;
}

}  // namespace

const Verb kPlanVerb = {
    "plan",
    "Shows what will run: each stage with its row type, and what runs as one fragment.",
    "flowc plan SCRIPT [OPTION]...",
    "  flowc plan examples/01_quakes.flow\n",
    Options,
    Plan,
};

}  // namespace flow::cli
