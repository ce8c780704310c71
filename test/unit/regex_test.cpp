// The automaton against RE2, which is the definition of what patterns mean.

#include "regex/automaton.h"

#include <gtest/gtest.h>

#include "regex_support.h"

namespace flow::regex {
namespace {

std::string Found(const std::string& pattern, const std::string& text) {
  RE2 re(pattern, RE2::Quiet);
  if (!re.ok()) return "RE2: " + re.error();
  std::vector<int> groups;
  for (int i = 0; i <= re.NumberOfCapturingGroups(); ++i) groups.push_back(i);
  std::string reason;
  std::optional<Automaton> automaton = Compile(pattern, groups, &reason);
  if (!automaton) return "declined: " + reason;
  std::vector<int> places;
  bool found = regex::Run(*automaton, text, &places);
  return PlacesText(found, places);
}

std::string Declined(const std::string& pattern) {
  std::string reason;
  return Compile(pattern, {0}, &reason) ? "" : reason;
}

size_t States(const std::string& pattern, const std::vector<int>& groups) {
  std::string reason;
  std::optional<Automaton> automaton = Compile(pattern, groups, &reason);
  return automaton ? automaton->states.size() : 0;
}

TEST(Regex, PrefersAsPerlDoes) {
  EXPECT_EQ(Found("a*", "aaa"), "0 3 ");
  EXPECT_EQ(Found("a*?", "aaa"), "0 0 ");
  EXPECT_EQ(Found("a|ab", "ab"), "0 1 ");
  EXPECT_EQ(Found("(a|ab)(c|bcd)", "abcd"), "0 4 0 1 1 4 ");
  EXPECT_EQ(Found("(a+)(b+)?", "xaab"), "1 4 1 3 3 4 ");
  EXPECT_EQ(Found("b", "aaa"), "nothing");
  // What the empty alternatives may do depends on where the first one has been.
  EXPECT_EQ(Found("(b+?b||\\B)+\\Sb[ab]", "bbbbbbb"), "0 7 2 4 ");
}

TEST(Regex, TellsEmptyFromUnset) {
  EXPECT_EQ(Found("(a*)b", "b"), "0 1 0 0 ");
  EXPECT_EQ(Found("(a)?b", "b"), "0 1 -1 -1 ");
  EXPECT_EQ(Found("(?:(a)|b)*", "ab"), "0 2 0 1 ");
  EXPECT_EQ(Found("", ""), "0 0 ");
}

TEST(Regex, Places) {
  EXPECT_EQ(Found("^b", "ab"), "nothing");
  EXPECT_EQ(Found("(?m)^b", "a\nb"), "2 3 ");
  EXPECT_EQ(Found("a$", "a\n"), "nothing");
  EXPECT_EQ(Found("(?m)a$", "a\n"), "0 1 ");
  EXPECT_EQ(Found("\\bfoo\\b", "food foo"), "5 8 ");
  EXPECT_EQ(Found("\\B", "a"), "nothing");
}

TEST(Regex, Prefixes) {
  EXPECT_EQ(Found("aab(c)?", "aaab aabc"), "1 4 -1 -1 ");
  EXPECT_EQ(Found("abab(c)", "ababababc"), "4 9 8 9 ");
  EXPECT_EQ(Found("(?i)éa", "xxÉAéa"), "2 5 ");
  EXPECT_EQ(Found("ab$", "ab ab"), "3 5 ");
  EXPECT_EQ(Found("ab\\b", "abab ab"), "2 4 ");
  EXPECT_EQ(Found("猫+x", "猫猫猫x"), "0 10 ");
}

TEST(Regex, Characters) {
  EXPECT_EQ(Found(".", "猫"), "0 3 ");
  EXPECT_EQ(Found("[^a]+", "a猫é"), "1 6 ");
  EXPECT_EQ(Found("(?i)É", "é"), "0 2 ");
  EXPECT_EQ(Found("(?i)straSSe", "STRASſE"), "0 8 ");
  EXPECT_EQ(Found("\\p{Greek}+", "xαβγ"), "1 7 ");
}

TEST(Regex, DeclinesWithAReason) {
  EXPECT_EQ(Declined("[01]*1[01]{12}"), "more than 600 states");
  EXPECT_EQ(Declined("\\C"), "`\\C`, a byte that may be part of a character");
  EXPECT_EQ(Declined("\\p{Nushu}"), "the class `\\p{Nushu}`");
  EXPECT_EQ(Declined("(?:abcdefghij){900}"), "more than 4000 steps");
  EXPECT_EQ(Declined("a{900}"), "states of many threads");
}

// The size of the generated code depends on these.
TEST(Regex, IsSmall) {
  EXPECT_EQ(States("^[^\"]*\"", {0}), 3u);
  EXPECT_LE(States("^(\\S+) \\S+ (\\S+) \\[([^\\]]+)\\] \"(\\S+) (\\S+) ([^\"]+)\" (\\d{3}) "
                   "(\\d+|-) \"([^\"]*)\" \"([^\"]*)\"$",
                   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}),
            45u);
  EXPECT_LE(States("error", {}), 6u);
}

TEST(Regex, GeneratedPatternsFindWhatRe2Finds) {
  size_t declined = 0;
  constexpr size_t kPatterns = 600;
  for (size_t seed = 0; seed < kPatterns; ++seed) {
    PatternGenerator generator(seed);
    std::string pattern = generator.Pattern();
    RE2 re(pattern, RE2::Quiet);
    if (!re.ok()) continue;
    std::vector<int> groups;
    for (int i = 0; i <= re.NumberOfCapturingGroups(); ++i) groups.push_back(i);
    std::string reason;
    std::optional<Automaton> automaton = Compile(pattern, groups, &reason);
    std::optional<Automaton> search = Compile(pattern, {}, &reason);
    if (!automaton || !search) {
      ++declined;
      continue;
    }
    for (int i = 0; i < 40; ++i) {
      std::string text = generator.Text();
      std::vector<int> expected;
      bool matches = RunRe2(re, text, &expected);
      std::vector<int> found;
      bool matched = regex::Run(*automaton, text, &found);
      ASSERT_EQ(PlacesText(matched, found), PlacesText(matches, expected))
          << "seed " << seed << ", pattern " << pattern << ", text `" << text << "`";
      ASSERT_EQ(regex::Run(*search, text, &found), matches)
          << "seed " << seed << ", pattern " << pattern << ", text `" << text << "`";
    }
  }
  EXPECT_LE(declined, kPatterns / 6);
}

}  // namespace
}  // namespace flow::regex
