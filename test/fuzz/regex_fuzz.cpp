// Patterns of any bytes on texts of any characters: what RE2 accepts and regex/ compiles finds what
// RE2 finds. Input is a pattern, a zero byte, a text.

#include <re2/re2.h>

#include <cstdlib>
#include <string>

#include "regex/automaton.h"
#include "runtime/inline/utf8.h"
#include "test/unit/regex_support.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string input(reinterpret_cast<const char*>(data), size);
  size_t cut = input.find('\0');
  if (cut == std::string::npos || cut > 60) return 0;
  std::string pattern = input.substr(0, cut);
  std::string text = input.substr(cut + 1);
  if (flow_utf8_error(text.data(), static_cast<int64_t>(text.size())) >= 0) return 0;
  RE2 re(pattern, RE2::Quiet);
  if (!re.ok() || re.NumberOfCapturingGroups() > 10) return 0;
  std::vector<int> groups;
  for (int i = 0; i <= re.NumberOfCapturingGroups(); ++i) groups.push_back(i);
  std::string reason;
  std::optional<flow::regex::Automaton> automaton = flow::regex::Compile(pattern, groups, &reason);
  if (!automaton) return 0;
  std::vector<int> expected;
  std::vector<int> found;
  bool matches = flow::regex::RunRe2(re, text, &expected);
  bool matched = flow::regex::Run(*automaton, text, &found);
  if (matches != matched || expected != found) std::abort();
  return 0;
}
