#pragma once
// Passes and their one runner: it verifies before and after each, prints, times, leaves passes out,
// and writes a reproducer when one crashes. What a pass does is said in its header comment
// (ir/passes/<pass>.cpp).

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::ir {

// What passes may know besides the module.
struct PassOptions {
  const Catalog* catalog = nullptr;       // which calls can fail; null: every call may
  std::map<std::string, Literal> params;  // for bind_params; others keep their default
};

struct Pass {
  std::string_view name;
  std::string_view summary;
  bool (*run)(Module&, const PassOptions&);  // true: it changed the module
};

// Every pass, in the order of passes.def.
const std::vector<Pass>& AllPasses();
const Pass* FindPass(std::string_view name);

// The passes between the front end and code generation, in order. Without `bind` parameters stay
// open (AOT).
std::vector<std::string_view> DefaultPipeline(bool bind);
// What the interpreter needs to see what the script means: parameters bound, and which fields each
// stage reads.
std::vector<std::string_view> InterpreterPipeline();

struct PassHooks {
  PassOptions options;
  std::vector<std::string> disabled;
  bool verify = true;
  std::string* print_after_change =
      nullptr;                    // the IR after each pass that changed it, "(unchanged)" otherwise
  std::string* timing = nullptr;  // one line per pass
  const char* reproducer = nullptr;  // file to write when a pass crashes; null: none
};

// Runs the named passes in order. False on an unknown name or a broken contract; *error is then the
// text to show.
bool RunPasses(Module& module, const std::vector<std::string_view>& names, const PassHooks& hooks,
               std::string* error);

}  // namespace flow::ir
