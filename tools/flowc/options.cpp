#include "tools/flowc/options.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>

#include "base/bytes.h"
#include "base/text.h"

namespace flow::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kRest = "arguments";

po::options_description Describe(std::span<const OptionDef> options) {
  po::options_description out;
  for (const OptionDef& option : options) {
    std::string names = option.name;
    if (option.short_name != 0) names += std::string(",") + option.short_name;
    if (option.value.empty()) {
      out.add_options()(names.c_str(), option.help.c_str());
    } else {
      out.add_options()(names.c_str(),
                        po::value<std::vector<std::string>>()->value_name(option.value),
                        option.help.c_str());
    }
  }
  return out;
}

// Abbreviations are not guessed: a new option must not change what an old command line means.
constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

std::vector<std::string> NamesOf(std::span<const OptionDef> options) {
  std::vector<std::string> names;
  for (const OptionDef& option : options) names.push_back("--" + option.name);
  return names;
}

}  // namespace

std::optional<std::string> Arguments::Value(std::string_view name) const {
  auto it = options.find(name);
  if (it == options.end() || it->second.empty()) return std::nullopt;
  return it->second.back();
}

std::string Arguments::ValueOr(std::string_view name, std::string fallback) const {
  auto value = Value(name);
  return value ? *value : std::move(fallback);
}

std::optional<ParseError> ParseArguments(std::span<const std::string> args,
                                         std::span<const OptionDef> options, Arguments* out) {
  // Boost has no notion of where a bare `--` stood, so the tail is cut off first.
  auto dashes = std::find(args.begin(), args.end(), "--");
  std::vector<std::string> head(args.begin(), dashes);
  po::options_description description = Describe(options);
  description.add_options()(kRest, po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add(kRest, -1);
  try {
    po::parsed_options parsed = po::command_line_parser(head)
                                    .options(description)
                                    .positional(positional)
                                    .style(kStyle)
                                    .run();
    for (const po::option& option : parsed.options) {
      if (option.string_key == kRest) {
        out->positional.insert(out->positional.end(), option.value.begin(), option.value.end());
        continue;
      }
      std::vector<std::string>& values = out->options[option.string_key];
      if (option.value.empty()) values.emplace_back();
      for (const std::string& value : option.value) values.push_back(value);
    }
  } catch (const po::unknown_option& error) {
    std::string message = Cat("unknown option `", error.get_option_name(), "`");
    std::string nearest = Nearest(error.get_option_name(), NamesOf(options));
    if (!nearest.empty()) message += Cat("; did you mean `", nearest, "`?");
    return ParseError{std::move(message)};
  } catch (const po::invalid_command_line_syntax& error) {
    if (error.kind() == po::invalid_command_line_syntax::missing_parameter) {
      return ParseError{Cat("option `", error.get_option_name(), "` needs a value")};
    }
    if (error.kind() == po::invalid_command_line_syntax::extra_parameter) {
      return ParseError{Cat("option `", error.get_option_name(), "` takes no value")};
    }
    return ParseError{error.what()};
  } catch (const po::error& error) {
    return ParseError{error.what()};
  }
  if (dashes != args.end()) out->positional.insert(out->positional.end(), dashes + 1, args.end());
  return std::nullopt;
}

std::optional<std::string> FindScript(std::span<const std::string> args,
                                      std::span<const OptionDef> options) {
  for (size_t i = 0; i < args.size(); ++i) {
    std::string_view arg = args[i];
    if (arg == "--") return i + 1 < args.size() ? std::optional(args[i + 1]) : std::nullopt;
    if (arg.size() < 2 || arg[0] != '-') return std::string(arg);
    bool is_long = arg.starts_with("--");
    for (const OptionDef& option : options) {
      bool given =
          is_long ? arg.substr(2) == option.name : arg.size() == 2 && arg[1] == option.short_name;
      if (given && !option.value.empty()) ++i;
    }
  }
  return std::nullopt;
}

std::string OptionsHelp(std::span<const OptionDef> options) {
  std::vector<std::string> lefts;
  size_t width = 0;
  for (const OptionDef& option : options) {
    std::string left = option.short_name != 0
                           ? Cat("  -", std::string(1, option.short_name), ", --", option.name)
                           : Cat("      --", option.name);
    if (!option.value.empty()) left += " " + option.value;
    width = std::max(width, left.size());
    lefts.push_back(std::move(left));
  }
  std::string out;
  for (size_t i = 0; i < options.size(); ++i) {
    out += lefts[i];
    out.append(width - lefts[i].size() + 2, ' ');
    out += options[i].help;
    out += '\n';
  }
  return out;
}

std::string Nearest(std::string_view name, std::span<const std::string> names) {
  std::vector<std::string_view> views(names.begin(), names.end());
  return std::string(flow::Nearest(name, views));
}

std::optional<ParseError> ParseCount(std::string_view option, std::string_view text, int64_t least,
                                     int64_t* out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error != std::errc() || end != text.data() + text.size() || *out < least) {
    return ParseError{Cat("option `--", option, "` takes a whole number of at least ",
                          std::to_string(least), ", not `", text, "`")};
  }
  return std::nullopt;
}

int64_t ReadDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t nanoseconds;
  };
  static constexpr Unit kUnits[] = {
      {"ns", 1},          {"us", 1000},         {"ms", 1000000},       {"s", 1000000000},
      {"m", 60000000000}, {"h", 3600000000000}, {"d", 86400000000000}, {"w", 604800000000000}};
  int64_t total = 0;
  if (text.empty()) return -1;
  while (!text.empty()) {
    size_t digits = 0;
    int64_t number = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
      if (__builtin_mul_overflow(number, 10, &number) ||
          __builtin_add_overflow(number, text[digits] - '0', &number))
        return -1;
      ++digits;
    }
    size_t letters = digits;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    if (digits == 0) return -1;
    int64_t unit = 0;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == text.substr(digits, letters - digits)) unit = candidate.nanoseconds;
    }
    if (unit == 0 || __builtin_mul_overflow(number, unit, &number) ||
        __builtin_add_overflow(total, number, &total))
      return -1;
    text.remove_prefix(letters);
  }
  return total;
}

std::optional<ParseError> ParseBytes(std::string_view option, std::string_view text, int64_t* out) {
  if (ReadBytes(text, out) && *out > 0) return std::nullopt;
  return ParseError{
      Cat("option `--", option, "` takes a size such as 4096, 64KiB or 1GB, not `", text, "`")};
}

}  // namespace flow::cli
