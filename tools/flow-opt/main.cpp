// flow-opt: IR text in, passes, IR text out. For tests of passes and for looking at what one pass
// does.

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/text.h"
#include "ir/parse.h"
#include "ir/pass.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "stdlib/stdlib.h"
#include "tools/flow-opt/op_docs.h"

namespace flow {
namespace {

constexpr char kUsage[] =
    "usage: flow-opt [OPTION]... [FILE.ir]     (standard input when no file is given)\n"
    "  --passes=a,b        run these passes; `default` stands for the whole pipeline.\n"
    "                      Without it: those named by a first line `# passes: a,b`\n"
    "  --list-passes       every pass and what it does\n"
    "  --verify            only check the contract; errors name their line\n"
    "  --disable=a,b       leave these passes out\n"
    "  --param=name=value  a value for bind_params: a number, true, false or text\n"
    "  --places            print where each op stands in the script\n"
    "  --print-after-all   the IR after each pass that changed it\n"
    "  --time-passes       how long each pass took, on standard error\n"
    "  --reproducer=FILE   where to write the IR when a pass crashes\n"
    "  --doc-ops           the table of ops of docs/ir.md\n"
    "example: flow-opt --passes=fold_constants,simplify x.ir\n";

struct Options {
  std::vector<std::string> passes;
  std::vector<std::string> disabled;
  std::map<std::string, std::string> params;
  std::string file;
  std::string reproducer;
  bool passes_given = false;
  bool verify_only = false;
  bool places = false;
  bool print_after_all = false;
  bool time_passes = false;
};

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ') || name.ends_with('\r')) name.remove_suffix(1);
    if (!name.empty()) out.emplace_back(name);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

void Write(FILE* file, const std::string& text) { fwrite(text.data(), 1, text.size(), file); }

bool ReadAll(const std::string& file, std::string* text) {
  if (file.empty()) {
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, stdin)) > 0;) text->append(chunk, n);
    return true;
  }
  std::ifstream in(file, std::ios::binary);
  text->assign(std::istreambuf_iterator<char>(in), {});
  return static_cast<bool>(in);
}

void ListPasses() {
  for (const ir::Pass& pass : ir::AllPasses()) {
    Write(stdout, Cat(pass.name, std::string(18 - pass.name.size(), ' '), pass.summary, "\n"));
  }
  Write(stdout, "default pipeline:");
  for (std::string_view name : ir::DefaultPipeline(true)) Write(stdout, Cat(" ", name));
  Write(stdout, "\n");
}

// The value of the parameter as its type has it.
ir::Literal ParamLiteral(const Type& type, const std::string& text) {
  ir::Literal out;
  out.type = type.strip_optional();
  switch (out.type.kind()) {
    case TypeKind::kBool: out.int_value = text == "true"; break;
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration: out.int_value = std::strtoll(text.c_str(), nullptr, 10); break;
    case TypeKind::kFloat: out.float_value = std::strtod(text.c_str(), nullptr); break;
    default: out.text = text;
  }
  return out;
}

// Errors as "file:line: error: message", so that tests can stand beside the bad line.
int ReportErrors(const ir::ParsedModule& parsed, const std::string& file) {
  std::vector<ir::VerifyError> errors = ir::Verify(parsed.module);
  for (const ir::VerifyError& error : errors) {
    uint32_t line = 0;
    if (error.op.valid()) {
      line = error.fn.valid() ? parsed.function_lines[error.fn.index][error.op.index]
                              : parsed.graph_lines[error.op.index];
    }
    Write(stdout, Cat(file, ":", line, ": error: ", error.message, "\n"));
    if (!error.op_text.empty()) Write(stdout, Cat("  ", error.op_text, "\n"));
  }
  return errors.empty() ? 0 : 1;
}

// A reproducer names what was still to run in its first line.
void PassesOfText(std::string_view text, Options* options) {
  constexpr std::string_view kLead = "# passes:";
  if (options->passes_given || !text.starts_with(kLead)) return;
  options->passes = SplitNames(text.substr(kLead.size(), text.find('\n') - kLead.size()));
}

int RunPasses(Options& options) {
  std::string text;
  std::string name = options.file.empty() ? "<stdin>" : options.file;
  if (!ReadAll(options.file, &text)) {
    Write(stderr, Cat("flow-opt: cannot read `", name, "`: ", std::strerror(errno), "\n"));
    return 74;
  }
  ir::ParsedModule parsed;
  ir::TextError text_error;
  if (!ir::ParseModule(text, &parsed, &text_error)) {
    Write(stdout, Cat(name, ":", text_error.line, ":", text_error.column, ": error: ",
                      text_error.message, "\n"));
    return 1;
  }
  if (options.verify_only) return ReportErrors(parsed, name);
  PassesOfText(text, &options);
  const Catalog catalog = {.functions = stdlib::Functions(),
                           .aggregates = stdlib::Aggregates(),
                           .connectors = {},
                           .formats = {},
                           .prelude = {}};
  ir::PassHooks hooks;
  hooks.options.catalog = &catalog;
  hooks.disabled = options.disabled;
  std::string printed;
  std::string timing;
  if (options.print_after_all) hooks.print_after_change = &printed;
  if (options.time_passes) hooks.timing = &timing;
  if (!options.reproducer.empty()) hooks.reproducer = options.reproducer.c_str();
  for (const ir::Param& param : parsed.module.params) {
    auto given = options.params.find(param.name);
    if (given == options.params.end()) continue;
    hooks.options.params[param.name] = ParamLiteral(param.type, given->second);
  }
  std::vector<std::string_view> names;
  for (const std::string& pass : options.passes) {
    if (pass != "default") {
      names.push_back(pass);
      continue;
    }
    for (std::string_view each : ir::DefaultPipeline(true)) names.push_back(each);
  }
  std::string error;
  bool fine = ir::RunPasses(parsed.module, names, hooks, &error);
  Write(stderr, timing);
  Write(stdout, printed);
  if (!fine) {
    Write(stderr, Cat("flow-opt: ", error, "\n"));
    return 1;
  }
  if (!options.print_after_all) {
    Write(stdout, ir::Print(parsed.module, {.places = options.places}));
  }
  return 0;
}

// Takes `--name=value`; null when `argument` is another option.
const char* ValueOf(const char* argument, const char* name) {
  size_t size = std::strlen(name);
  return std::strncmp(argument, name, size) == 0 && argument[size] == '=' ? argument + size + 1
                                                                         : nullptr;
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (argument == "--help") return Write(stdout, kUsage), 0;
    if (argument == "--list-passes") return ListPasses(), 0;
    if (argument == "--doc-ops") return Write(stdout, OpDocs()), 0;
    if (argument == "--verify") {
      options.verify_only = true;
    } else if (argument == "--places") {
      options.places = true;
    } else if (argument == "--print-after-all") {
      options.print_after_all = true;
    } else if (argument == "--time-passes") {
      options.time_passes = true;
    } else if (const char* passes = ValueOf(argv[i], "--passes")) {
      options.passes = SplitNames(passes);
      options.passes_given = true;
    } else if (const char* disabled = ValueOf(argv[i], "--disable")) {
      options.disabled = SplitNames(disabled);
    } else if (const char* reproducer = ValueOf(argv[i], "--reproducer")) {
      options.reproducer = reproducer;
    } else if (const char* param = ValueOf(argv[i], "--param")) {
      const char* equals = std::strchr(param, '=');
      if (equals == nullptr) return Write(stderr, "flow-opt: --param takes name=value\n"), 2;
      options.params[std::string(param, equals)] = equals + 1;
    } else if (argument.starts_with("--")) {
      Write(stderr, Cat("flow-opt: no option `", argument, "`\n", kUsage));
      return 2;
    } else {
      options.file = argument;
    }
  }
  return RunPasses(options);
}

}  // namespace
}  // namespace flow

int main(int argc, char** argv) { return flow::Main(argc, argv); }
