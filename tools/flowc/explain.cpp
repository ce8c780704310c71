// flowc explain: what a code means, from docs/errors.md.

#include <algorithm>
#include <cctype>

#include "base/diagnostic.h"
#include "base/text.h"
#include "tools/driver/error_pages.h"
#include "tools/flowc/verb.h"

namespace flow::cli {
namespace {

std::vector<OptionDef> Options() { return {}; }

int Explain(const std::vector<std::string>& args) {
  Arguments arguments;
  if (auto error = ParseArguments(args, Options(), &arguments))
    return UsageError("explain", error->message);
  if (arguments.positional.empty()) {
    size_t count = 0;
    const DiagInfo* all = AllDiagnostics(&count);
    for (size_t i = 0; i < count; ++i) PrintOut(Cat(all[i].code, "  ", all[i].title, "\n"));
    return kDone;
  }
  for (std::string code : arguments.positional) {
    std::transform(code.begin(), code.end(), code.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    std::string_view page = ErrorPage(code);
    if (page.empty()) {
      PrintError(Cat("flowc: no code `", code, "`; `flowc explain` lists them\n"));
      return kNo;
    }
    PrintOut(page);
  }
  return kDone;
}

}  // namespace

const Verb kExplainVerb = {
    "explain",
    "Tells what an error code means, with an example and the fix.",
    "flowc explain [CODE]...",
    "  flowc explain E0302\n"
    "  flowc explain                        every code\n",
    Options,
    Explain,
};

}  // namespace flow::cli
