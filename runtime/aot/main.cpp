// main() of a script built ahead of time: its plan and code are linked in as `flow_program`.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "runtime/aot/symbols.h"
#include "runtime/inline/time.h"
#include "runtime/plan_text.h"
#include "runtime/run.h"
#include "runtime/status.h"

extern "C" const FlowProgram flow_program;

namespace flow::runtime {
namespace {

struct Option {
  const char* name;
  const char* value;  // null: takes none
  const char* help;
};

constexpr Option kOptions[] = {
    {"threads", "N", "worker threads (default: one per core)"},
    {"limit", "N", "end after N result rows of each sink"},
    {"for", "DURATION", "take no more input after this long, e.g. 10s"},
    {"batch", "N", "rows an operator hands on at a time"},
    {"unit", "SIZE", "input a worker takes at a time, e.g. 256KiB"},
    {"memory", "SIZE", "budget of kept state, e.g. 500MB; beyond it the run ends with 75"},
    {"verbose", nullptr, "at the end, what became of the rows of each stage"},
    {"quiet", nullptr, "no summary and no status line"},
    {"help", nullptr, "show this"},
    {"version", nullptr, "show the version of the runtime"},
};

void Say(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = write(fd, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

void Help(const Plan& plan) {
  struct Line {
    std::string left;
    std::string right;
  };
  std::vector<Line> params;
  std::vector<Line> options;
  size_t width = 0;
  for (const ParamPlan& param : plan.params) {
    std::string right = param.doc;
    if (!right.empty()) right += ' ';
    Append(right, param.has_default ? Cat("(default: ", param.default_text, ")")
                                    : std::string("(required)"));
    params.push_back({Cat("--", param.name, " ", param.type_text), right});
    width = std::max(width, params.back().left.size());
  }
  for (const Option& option : kOptions) {
    std::string left = Cat("--", option.name);
    if (option.value != nullptr) Append(left, Cat(" ", option.value));
    options.push_back({left, option.help});
    width = std::max(width, left.size());
  }
  std::string out = Cat("Runs ", flow_program.name, ", built by flowc.\n");
  if (!params.empty()) Append(out, "\nParameters:\n");
  for (const Line& line : params)
    Append(out, Cat("  ", Padded(line.left, width), line.right, "\n"));
  Append(out, "\nOptions:\n");
  for (const Line& line : options) {
    Append(out, Cat("  ", Padded(line.left, width), line.right, "\n"));
  }
  Append(out, "\nResults go to standard output, everything else to standard error.\n");
  Say(1, out);
}

bool ReadCount(std::string_view text, int64_t* out) {
  if (text.empty() || text.size() > 18) return false;
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  *out = value;
  return true;
}

bool Set(std::string_view name, std::string_view value, RunOptions* options) {
  int64_t threads = 0;
  if (name == "limit") return ReadCount(value, &options->limit);
  if (name == "batch") return ReadCount(value, &options->batch_rows) && options->batch_rows > 0;
  if (name == "unit") return ReadBytes(value, &options->unit_bytes) && options->unit_bytes > 0;
  if (name == "memory") return ReadBytes(value, &options->memory_bytes);
  if (name == "for") {
    return flow_parse_duration(value.data(), static_cast<int64_t>(value.size()),
                               &options->for_nanoseconds) &&
           options->for_nanoseconds >= 0;
  }
  if (!ReadCount(value, &threads) || threads < 1 || threads > 1024) return false;
  options->threads = static_cast<int>(threads);
  return true;
}

int Usage(const std::string& message) {
  Say(2, Cat("error: ", message, "; see --help\n"));
  return kExitUsage;
}

bool IsParameter(const Plan& plan, std::string_view name) {
  return std::any_of(plan.params.begin(), plan.params.end(),
                     [&](const ParamPlan& param) { return param.name == name; });
}

int UnknownOption(const Plan& plan, std::string_view name) {
  std::vector<std::string_view> names;
  for (const ParamPlan& param : plan.params) names.push_back(param.name);
  for (const Option& option : kOptions) names.push_back(option.name);
  std::string_view nearest = Nearest(name, names);
  std::string hint = nearest.empty() ? "" : Cat(", did you mean `--", nearest, "`?");
  return Usage(Cat("unknown option `--", name, "`", hint));
}

// -1 when the program is to run, else its exit code.
int ReadArguments(int count, char** arguments, const Plan& plan, RunOptions* options) {
  for (int i = 1; i < count; ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with("--")) return Usage(Cat("unexpected argument `", argument, "`"));
    argument.remove_prefix(2);
    size_t equals = argument.find('=');
    std::string_view name = argument.substr(0, equals);
    const Option* option = nullptr;
    for (const Option& each : kOptions) {
      if (name == each.name) option = &each;
    }
    // A parameter of the script goes before an option of the same name.
    if (IsParameter(plan, name)) option = nullptr;
    if (option != nullptr && option->value == nullptr) {
      if (equals != std::string_view::npos) return Usage(Cat("`--", name, "` takes no value"));
      if (name == "quiet") options->quiet = true;
      if (name == "verbose") options->verbose = true;
      if (name == "help") return Help(plan), 0;
      if (name == "version") return Say(1, Cat(flow_program.name, ", flow " FLOW_VERSION "\n")), 0;
      continue;
    }
    if (option == nullptr && !IsParameter(plan, name)) return UnknownOption(plan, name);
    std::string_view value;
    if (equals != std::string_view::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < count) {
      value = arguments[++i];
    } else {
      return Usage(Cat("`--", name, "` needs a value"));
    }
    if (option == nullptr) {
      options->params.emplace_back(name, value);
    } else if (!Set(name, value, options)) {
      return Usage(Cat("bad value of `--", name, "`: ", Quoted(value)));
    }
  }
  return -1;
}

int Main(int count, char** arguments) {
  Plan plan;
  std::string_view text(flow_program.plan, static_cast<size_t>(flow_program.plan_size));
  if (!ReadPlan(text, &plan)) {
    Say(2, "error: the program's plan is damaged\n");
    return kExitInternal;
  }
  RunOptions options;
  if (int code = ReadArguments(count, arguments, plan, &options); code >= 0) return code;
  bool colors = getenv("NO_COLOR") == nullptr || *getenv("NO_COLOR") == '\0';
  options.stdout_is_terminal = isatty(1) == 1;
  options.status_line = isatty(2) == 1 && !options.quiet;
  options.color = isatty(2) == 1 && colors;
  ProgramSymbols symbols(flow_program);
  std::unique_ptr<Env> env = MakeRealEnv();
  return Run(plan, symbols, options, *env).exit_code;
}

}  // namespace
}  // namespace flow::runtime

int main(int count, char** arguments) { return flow::runtime::Main(count, arguments); }
