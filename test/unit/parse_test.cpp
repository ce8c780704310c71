// The parser against texts that nobody writes: every kind of nesting beyond its limit, and
// thousands of mutations of the scripts in test/parse, with fixed seeds.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "frontend/parse/parse.h"
#include "test/fuzz/parse_property.h"

namespace flow::test {
namespace {

// xorshift64*: small, and the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  size_t Below(size_t bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<size_t>((state_ * 0x2545F4914F6CDD1Du) >> 33) % bound;
  }

 private:
  uint64_t state_;
};

// The scripts of test/parse and test/errors without their expectations.
std::vector<std::string> Scripts() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"/test/parse", "/test/errors"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(FLOW_SOURCE_DIR) + folder)) {
      if (entry.path().extension() == ".flow") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> scripts;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::string script;
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("# CHECK")) script += line + "\n";
    }
    constexpr size_t kLongest = 3000;  // deep ones have their own test
    if (script.size() < kLongest) scripts.push_back(std::move(script));
  }
  return scripts;
}

std::string Mutated(const std::string& script, const std::string& other, Random& random) {
  static constexpr const char* kPieces[] = {
      "(",  ")",  "[",    "]",     "{",    "}",    "|>",    "\"",       "f\"", "'",   "`",
      "=",  "==", "=>",   ",",     ";",    ":",    "!",     "\n",       "\\",  "--",  "/*",
      "#",  "##", "from", "where", "when", "else", "match", "NULL",     "NOT", "is",  "5mins",
      "@2", "$",  "1h",   "??",    "?.",   "in",   "\xff",  "\xc3\xa9", "}}",  "not", "over"};
  std::string text = script;
  for (size_t edits = 1 + random.Below(4); edits > 0; --edits) {
    size_t at = random.Below(text.size() + 1);
    size_t length = std::min(random.Below(12), text.size() - at);
    switch (random.Below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kPieces[random.Below(std::size(kPieces))]);
        break;
      case 2:
        text.replace(at, length, kPieces[random.Below(std::size(kPieces))]);
        break;
      case 3:
        text.insert(at, text.substr(random.Below(text.size() + 1), random.Below(40)));
        break;
      default:
        text.insert(at, other.substr(random.Below(other.size() + 1), random.Below(60)));
    }
  }
  return text;
}

TEST(Parse, MutatedScriptsEndInATreeOrDiagnostics) {
  std::vector<std::string> scripts = Scripts();
  ASSERT_GT(scripts.size(), 20u);
  constexpr uint64_t kRounds = 40;
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Random random(seed);
    for (const std::string& script : scripts) {
      std::string text = Mutated(script, scripts[random.Below(scripts.size())], random);
      std::string fault = CheckParse(text);
      ASSERT_EQ(fault, "") << "seed " << seed << ", text:\n" << text;
    }
  }
}

TEST(Parse, EveryPrefixOfAScriptIsRead) {
  std::vector<std::string> scripts = Scripts();
  for (size_t i = 0; i < scripts.size(); i += 5) {
    for (size_t length = 0; length < scripts[i].size(); length += 3) {
      ASSERT_EQ(CheckParse(scripts[i].substr(0, length)), "") << scripts[i].substr(0, length);
    }
  }
}

std::string Repeated(const std::string& text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

class DeepTest : public testing::TestWithParam<const char*> {};

// A nest of 50,000 is refused with one diagnostic; no stack overflows on the way.
TEST_P(DeepTest, IsRefusedOnce) {
  constexpr size_t kDepth = 50'000;
  Sources sources;
  const SourceFile& file = sources.Add("x.flow", "let x = " + Repeated(GetParam(), kDepth) + "1");
  Diagnostics diagnostics;
  frontend::Parse(file, diagnostics);
  ASSERT_EQ(diagnostics.error_count(), 1u) << RenderText(diagnostics, sources, false);
  Diag diag = diagnostics.all()[0].diag;
  EXPECT_TRUE(diag == Diag::TooDeep || diag == Diag::Unclosed);
}

INSTANTIATE_TEST_SUITE_P(Parse, DeepTest,
                         testing::Values("(", "[", "{ a: ", "f(", "f\"{", "not ", "- ", "try ",
                                         "a ?? ", "a + ", "a or ", "if a then b else ",
                                         "case a { else => ", "x[", "a.f("));

TEST(Parse, LongListsAreNoDepth) {
  Sources sources;
  const SourceFile& file = sources.Add("x.flow", "let x = [" + Repeated("1, ", 100'000) + "1]\n" +
                                                     "from a " + Repeated("|> where x ", 5'000));
  Diagnostics diagnostics;
  frontend::ast::File tree = frontend::Parse(file, diagnostics);
  EXPECT_FALSE(diagnostics.HasErrors());
  EXPECT_EQ(tree.items.size(), 2u);
}

TEST(Parse, LineEndsAndByteOrderMarkMakeNoDifference) {
  std::string script = "# head\nfrom a\n|> where x == \"y\" # tail\n|> limit 5\n",
              dos = "\xEF\xBB\xBF";
  for (char c : script) dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
  Sources sources;
  Diagnostics diagnostics;
  std::string plain = Print(frontend::Parse(sources.Add("a", script), diagnostics));
  EXPECT_EQ(Print(frontend::Parse(sources.Add("b", dos), diagnostics)), plain);
  EXPECT_FALSE(diagnostics.HasErrors());
}

TEST(Parse, EmptyScriptsAreScripts) {
  for (const char* text : {"", "\n", "# only a comment", ";;", "\xEF\xBB\xBF", "\r\n"}) {
    Sources sources;
    Diagnostics diagnostics;
    EXPECT_TRUE(frontend::Parse(sources.Add("a", text), diagnostics).items.empty());
    EXPECT_FALSE(diagnostics.HasErrors()) << text;
  }
}

std::string Fixed(const std::string& text) {
  Sources sources;
  const SourceFile& file = sources.Add("x.flow", text);
  Diagnostics diagnostics;
  frontend::Parse(file, diagnostics);
  return ApplySafeFixes(diagnostics, file);
}

TEST(Parse, SafeFixesTurnSqlIntoFlow) {
  EXPECT_EQ(Fixed("from a |> WHERE x = 1 AND y IS NOT NULL && !z && w <> 2"),
            "from a |> where x == 1 and y != none and not z and w != 2");
  EXPECT_EQ(Fixed("from a |> aggregate count(*) as n GROUP BY k HAVING n > 2;\n|> limit 5"),
            "from a |> aggregate count() as n group by k |> where n > 2\n|> limit 5");
  EXPECT_EQ(Fixed("-- hello\nfrom f(x = 1) where a"), "# hello\nfrom f(x: 1) |> where a");
  // `||` joins texts in SQL and is `or` in C: nobody can tell for sure.
  EXPECT_EQ(Fixed("from f |> where a||b"), "from f |> where a||b");
  EXPECT_EQ(Fixed("from a |> window tumble 5mins |> limit 3"),
            "from a |> window tumble 5m |> limit 3");
}

TEST(Parse, OneLinersBeginWithAStage) {
  using frontend::CompleteOneLiner;
  EXPECT_EQ(CompleteOneLiner("where a"), "from stdin |> where a");
  EXPECT_EQ(CompleteOneLiner("|> where a"), "from stdin |> where a");
  EXPECT_EQ(CompleteOneLiner("from \"x\" |> where a"), "from \"x\" |> where a");
  EXPECT_EQ(CompleteOneLiner("let x = 1 from a"), "let x = 1 from a");
  EXPECT_EQ(CompleteOneLiner("slect a"), "from stdin |> slect a");
  EXPECT_EQ(CompleteOneLiner(""), "");
}

}  // namespace
}  // namespace flow::test
