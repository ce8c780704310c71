#pragma once
// What run, build, check and plan share: finding the script on the command line, its parameters as
// options, and taking it through the front end with diagnostics rendered.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/driver/compilation.h"
#include "tools/flowc/options.h"
#include "tools/flowc/verb.h"

namespace flow::cli {

// Options of every verb that compiles.
std::vector<OptionDef> CompileOptions();

// Whether to write in colour to `fd`: --color, or a terminal that takes it.
bool ColorOn(const Arguments& arguments, int fd);

// A script named on the command line, parsed and checked.
struct Script {
  std::unique_ptr<Compilation> compilation;
  Arguments arguments;                                      // the verb's own options
  std::vector<std::pair<std::string, std::string>> params;  // given values, by parameter
  std::string path;                                         // empty for -e
};

// Finds, parses and checks the script of `args`. On failure everything has been said and the exit
// code is given. `need_values`: every parameter without a default must be given.
struct OpenRequest {
  const Verb* verb = nullptr;
  bool bind_params = true;
  bool need_values = true;
  bool ahead_of_time = false;
};
std::optional<int> OpenScript(const std::vector<std::string>& args, const OpenRequest& request,
                              Script* script);

// Renders the diagnostics to standard error (text, or JSON by --diagnostics json).
void ShowDiagnostics(const Script& script);

}  // namespace flow::cli
