#pragma once
// The command line of a verb: a table of options, parsed by Boost.Program_options (options.cpp is
// the only file that includes it; its headers cost four seconds). Help, errors and completion
// follow from the table.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flow::cli {

struct OptionDef {
  std::string name;     // long name, without dashes
  char short_name = 0;  // 0: none
  std::string value;    // what stands for the value in help, e.g. "N"; empty: a flag
  std::string help;
};

// What was given. Values keep their order; a flag that was given has one empty value.
struct Arguments {
  std::map<std::string, std::vector<std::string>, std::less<>> options;
  std::vector<std::string> positional;

  bool Has(std::string_view name) const { return options.find(name) != options.end(); }
  std::optional<std::string> Value(std::string_view name) const;  // the last one given
  std::string ValueOr(std::string_view name, std::string fallback) const;
};

struct ParseError {
  std::string message;  // "unknown option `--thread`; did you mean `--threads`?"
};

// Parses `args` strictly by `options`. What follows a bare `--` is positional.
std::optional<ParseError> ParseArguments(std::span<const std::string> args,
                                         std::span<const OptionDef> options, Arguments* out);

// The first argument that is no option and no option's value by `options`, skipping options that
// are not in the table: the script, whose parameters are options too and are known only after it
// was read.
std::optional<std::string> FindScript(std::span<const std::string> args,
                                      std::span<const OptionDef> options);

// The table as help text, one option a line.
std::string OptionsHelp(std::span<const OptionDef> options);

// The nearest of `names` to `name`, or empty when none is near.
std::string Nearest(std::string_view name, std::span<const std::string> names);

// A whole number of at least `least`; otherwise the message.
std::optional<ParseError> ParseCount(std::string_view option, std::string_view text, int64_t least,
                                     int64_t* out);
// `10s`, `1m30s`, `500ms`: nanoseconds, or -1.
int64_t ReadDuration(std::string_view text);
// A size above zero, with or without a unit.
std::optional<ParseError> ParseBytes(std::string_view option, std::string_view text, int64_t* out);

}  // namespace flow::cli
