#include "tools/flowc/script.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "tools/driver/catalog.h"

namespace flow::cli {
namespace {

std::string PhaseNames() {
  std::string out;
  for (const PhaseInfo& phase : Phases()) {
    if (!out.empty()) out += ", ";
    out += phase.name;
  }
  return out;
}

// The script's parameters as options.
std::vector<OptionDef> ParamOptions(const std::vector<ScriptParam>& params) {
  std::vector<OptionDef> out;
  for (const ScriptParam& param : params) {
    std::string help = param.doc;
    if (!help.empty()) help += " ";
    help += param.default_text ? Cat("(", param.type, ", default ", *param.default_text, ")")
                               : Cat("(", param.type, ", must be given)");
    out.push_back({param.name, 0, "VALUE", std::move(help)});
  }
  return out;
}

// Options of the verb that the script's parameters hide: behind the script, a parameter comes
// first.
std::vector<OptionDef> Combined(std::vector<OptionDef> own, const std::vector<OptionDef>& params) {
  std::erase_if(own, [&](const OptionDef& option) {
    return std::any_of(params.begin(), params.end(),
                       [&](const OptionDef& param) { return param.name == option.name; });
  });
  own.insert(own.end(), params.begin(), params.end());
  return own;
}

std::string ScriptHelp(const Verb& verb, const Script& script,
                       const std::vector<OptionDef>& params) {
  std::string out;
  std::string doc = script.compilation->ScriptDoc();
  if (!doc.empty()) out += doc + "\n\n";
  out +=
      Cat("Usage: flowc ", verb.name, " ", script.path, " [--PARAMETER VALUE]... [OPTION]...\n\n");
  out += params.empty() ? std::string("The script has no parameters.\n\n")
                        : Cat("Parameters:\n", OptionsHelp(params), "\n");
  return out + Cat("Options:\n", OptionsHelp(verb.options()));
}

std::optional<ParseError> ReadOptions(const Arguments& arguments, CompilationOptions* options) {
  for (const char* name : {"print", "stop-after"}) {
    auto it = arguments.options.find(name);
    if (it == arguments.options.end()) continue;
    for (const std::string& phase : it->second) {
      bool known = std::any_of(Phases().begin(), Phases().end(),
                               [&](const PhaseInfo& info) { return info.name == phase; });
      if (!known) return ParseError{Cat("no phase `", phase, "`; phases are ", PhaseNames())};
    }
  }
  for (const char* name : {"input-format", "output-format"}) {
    std::string format = arguments.ValueOr(name, "");
    if (format.empty() || FlowCatalog().FindFormat(format) != nullptr) continue;
    std::string formats;
    for (const FormatDef* def : FlowCatalog().formats)
      formats += Cat(formats.empty() ? "`" : ", `", def->name, "`");
    return ParseError{Cat("option `-", std::string(1, name[0]), "` (`--", name,
                          "`): there is no format `", format, "`; formats are ", formats)};
  }
  auto all_of = [&](std::string_view name) {
    auto it = arguments.options.find(name);
    return it == arguments.options.end() ? std::vector<std::string>() : it->second;
  };
  options->input_format = arguments.ValueOr("input-format", "");
  options->output_format = arguments.ValueOr("output-format", "");
  options->input_schema = arguments.ValueOr("schema", "");
  options->stop_after = arguments.ValueOr("stop-after", "");
  options->print_passes = arguments.Has("print-passes");
  options->time_passes = arguments.Has("time-passes");
  options->print = all_of("print");
  options->disabled_passes = all_of("disable-pass");
  return std::nullopt;
}

}  // namespace

bool ColorOn(const Arguments& arguments, int fd) {
  std::string when = arguments.ValueOr("color", "auto");
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != 0) return false;
  const char* term = std::getenv("TERM");
  return isatty(fd) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

std::vector<OptionDef> CompileOptions() {
  return {
      {"expression", 'e', "TEXT", "the script itself, instead of a file"},
      {"input-format", 'i', "FORMAT", "format of standard input: json, csv, text"},
      {"output-format", 'o', "FORMAT", "format of standard output: json, csv, text"},
      {"schema", 0, "TYPE", "row type of standard input; sampled when absent"},
      {"diagnostics", 0, "FORM", "text (default) or json: one object a line"},
      {"color", 0, "WHEN", "auto (default), always or never"},
      {"print", 0, "PHASE", Cat("print the result of a phase: ", PhaseNames())},
      {"stop-after", 0, "PHASE", "stop when the phase is done"},
      {"disable-pass", 0, "NAME", "leave out a pass over the IR"},
      {"print-passes", 0, "", "print the IR after each pass that changed it"},
      {"time-passes", 0, "", "print how long each pass took"},
  };
}

void ShowDiagnostics(const Script& script) {
  const Compilation& compilation = *script.compilation;
  if (compilation.diagnostics().all().empty()) return;
  if (script.arguments.ValueOr("diagnostics", "text") == "json") {
    PrintError(RenderJson(compilation.diagnostics(), compilation.sources()));
  } else {
    PrintError(
        RenderText(compilation.diagnostics(), compilation.sources(), ColorOn(script.arguments, 2)));
  }
}

std::optional<int> OpenScript(const std::vector<std::string>& args, const OpenRequest& request,
                              Script* script) {
  const Verb& verb = *request.verb;
  std::vector<OptionDef> own = verb.options();
  // First round: only to find the script; its parameters are not known yet.
  std::optional<std::string> expression;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--") break;
    if ((args[i] == "-e" || args[i] == "--expression") && i + 1 < args.size())
      expression = args[i + 1];
    if (args[i].starts_with("--expression=")) expression = args[i].substr(13);
  }
  std::optional<std::string> path = expression ? std::nullopt : FindScript(args, own);
  if (!expression && !path) {
    // Nothing to run: whatever else is wrong with the options is said first.
    Arguments ignored;
    if (auto error = ParseArguments(args, own, &ignored))
      return UsageError(verb.name, error->message);
    return UsageError(verb.name, "no script given; name a file, or give the text with -e");
  }

  auto compilation = std::make_unique<Compilation>(FlowCatalog());
  if (expression) {
    compilation->LoadOneLiner(*expression);
  } else {
    script->path = *path;
    std::string error;
    if (!compilation->Load(*path, &error)) {
      PrintError(Cat("flowc: cannot read `", *path, "`: ", error, "\n"));
      return kIo;
    }
  }
  bool readable = compilation->Parse();
  std::vector<OptionDef> params = ParamOptions(compilation->Params());
  script->compilation = std::move(compilation);

  // Second round: strict, with the script's parameters.
  std::vector<OptionDef> all = Combined(own, params);
  all.push_back({"help", 'h', "", "this text"});
  Arguments& arguments = script->arguments;
  if (auto error = ParseArguments(args, all, &arguments)) {
    // What a script that cannot be read declares is not known, so the script's errors come first.
    if (!readable) {
      ShowDiagnostics(*script);
      return kNo;
    }
    return UsageError(verb.name, error->message);
  }
  if (arguments.Has("help")) {
    PrintOut(ScriptHelp(verb, *script, params));
    return kDone;
  }
  if (path) {
    if (arguments.positional.empty() || arguments.positional[0] != *path) {
      return UsageError(verb.name, Cat("parameters stand behind the script: flowc ", verb.name,
                                       " SCRIPT --parameter value"));
    }
    arguments.positional.erase(arguments.positional.begin());
  }
  if (!arguments.positional.empty()) {
    return UsageError(verb.name, Cat("unexpected argument `", arguments.positional[0],
                                     "`; parameters are given as --name value"));
  }
  CompilationOptions options;
  if (auto error = ReadOptions(arguments, &options)) return UsageError(verb.name, error->message);
  options.bind_params = request.bind_params;
  options.ahead_of_time = request.ahead_of_time;
  options.out = [](std::string_view text) { PrintOut(text); };
  if (!readable) {
    ShowDiagnostics(*script);
    return kNo;
  }
  script->compilation->Configure(std::move(options));
  if (script->compilation->stopped()) return kDone;

  std::map<std::string, std::string> values;
  for (const ScriptParam& param : script->compilation->Params()) {
    if (auto value = arguments.Value(param.name)) {
      values[param.name] = *value;
      script->params.emplace_back(param.name, *value);
    } else if (!param.default_text && request.need_values) {
      PrintError(Cat("error[E0801]: parameter `", param.name,
                     "` has no default and was not given\n  = fix: add `--", param.name, " ",
                     param.type == "string" ? "TEXT" : "VALUE", "` (", param.type, ")\n"));
      return kUsage;
    }
  }
  if (!script->compilation->Check(values)) {
    ShowDiagnostics(*script);
    return kNo;
  }
  ShowDiagnostics(*script);  // warnings
  return std::nullopt;
}

}  // namespace flow::cli
