// flowc plan: what will run: every stage with its row type, mode and fragment.

#include "base/text.h"
#include "codegen/codegen.h"
#include "tools/flowc/listing.h"
#include "tools/flowc/script.h"
#include "tools/plan/model.h"

namespace flow::cli {
namespace {

// Other forms than text.
struct Form {
  const char* option;
  const char* help;
  std::string (*render)(const Compilation&);
};

template <std::string (*kRender)(const plan::Graph&)>
std::string OfGraph(const Compilation& compilation) {
  return kRender(plan::MakeGraph(compilation.module(), compilation.catalog()));
}
std::string Asm(const Compilation& compilation) {
  codegen::Options options;
  options.lines = true;
  return Listing(codegen::AsmText(compilation.module(), compilation.catalog(), options),
                 compilation.script());
}

constexpr Form kForms[] = {
    {"svg", "a picture: one SVG file that needs nothing else", OfGraph<plan::Svg>},
    {"dot", "a graph for graphviz", OfGraph<plan::Dot>},
    {"json", "an object, one stage a line", OfGraph<plan::Json>},
    {"asm", "the machine code, with the lines of the script that it is for", Asm},
};

std::vector<OptionDef> Options() {
  std::vector<OptionDef> out = CompileOptions();
  for (const Form& form : kForms) out.push_back({form.option, 0, "", form.help});
  return out;
}

// A parameter of the script hides the option of its name.
bool Asked(const Script& script, const Form& form) {
  for (const ScriptParam& param : script.compilation->Params()) {
    if (param.name == form.option) return false;
  }
  return script.arguments.Has(form.option);
}

void Show(const Compilation& compilation, const Form* form) {
  PrintOut((form == nullptr ? OfGraph<plan::Text> : form->render)(compilation));
}

int Plan(const std::vector<std::string>& args) {
  Script script;
  if (auto code = OpenScript(args, {.verb = &kPlanVerb, .bind_params = true, .need_values = false},
                             &script))
    return *code;
  Compilation& compilation = *script.compilation;
  const Form* asked = nullptr;
  for (const Form& form : kForms) {
    if (!Asked(script, form)) continue;
    if (asked != nullptr) {
      return UsageError(
          "plan", Cat("a plan has one form: `--", asked->option, "` or `--", form.option, "`"));
    }
    asked = &form;
  }
  if (compilation.stopped()) return kDone;
  std::string error;
  if (!compilation.Optimize(&error)) {
    PrintError(error);
    return kNo;
  }
  if (!compilation.stopped()) Show(compilation, asked);
  return kDone;
}

}  // namespace

const Verb kPlanVerb = {
    "plan",
    "Shows what will run: each stage, its rows, what it remembers, what depends on the clock.",
    "flowc plan SCRIPT [--PARAMETER VALUE]... [OPTION]...",
    "  flowc plan examples/01_quakes.flow\n"
    "  flowc plan examples/01_quakes.flow --svg > quakes.svg\n",
    Options,
    Plan,
};

}  // namespace flow::cli
