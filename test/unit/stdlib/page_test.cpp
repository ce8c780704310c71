// docs/functions.md is what the descriptors say, and test/run/function_examples runs their examples
// in every way flowc can. To write both anew:
//
//   FLOW_UPDATE=1 build/dev/unit-stdlib_page

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/text.h"
#include "stdlib/stdlib.h"

namespace flow {
namespace {

const char kHead[] = R"(# Functions

Every function that a script may call; `flowc functions NAME` shows one. This page is written by a
test from the descriptors in `stdlib/`; [adding a function](adding_a_function.md) says how.

A result `T!` may fail: the caller writes `f(x)!` to reject the row, or `try f(x)` for `none`. A
function marked *faults* rejects the row by itself when it has no result. `T` and `U` stand for any
type, `[T]` for an array, `const` for an argument that is a constant.

## Known to the compiler

| function | result |
|---|---|
| `map(xs, x => e)` `filter(xs, x => c)` | array of the elements, changed or chosen |
| `any(xs, x => c)` `all(xs, x => c)` | whether some or all elements fit |
| `capture(text, pattern)` | struct of a constant pattern's named groups; fails when not found |
| `now()` | the clock, once per row |
| `rowtime()` | event time of the row |
| `rank()` | number of a row of the `top` before it |

## Functions

)";

const char kAggregatesHead[] = R"(
## Aggregates

They stand in `aggregate`, skip `none`, and take `where: condition`. *Row order*: the result depends
on the order of rows (semantics, 26).

)";

const char kPreludeHead[] = R"(
## Written in the language

In `stdlib/flow/prelude.flow`.

)";

std::string Code(std::string_view text) { return Cat("`", text, "`"); }

std::string FunctionsText() {
  std::string out;
  for (const FunctionDef* def : stdlib::Functions()) {
    out += Cat("### ", def->name, "\n", def->summary, "\n\n");
    for (const FunctionOverload& overload : def->overloads) {
      out += Cat("- ", Code(overload.signature), overload.faults ? " *faults*" : "", "\n");
    }
    out += "\n";
    for (const FunctionExample& example : def->examples) {
      out += Cat(Code(example.expression), " is ", Code(example.result), "  \n");
    }
    out += "\n";
  }
  return out;
}

std::string AggregatesText() {
  std::string out;
  for (const AggregateDef* def : stdlib::Aggregates()) {
    out += Cat("### ", def->name, "\n", def->summary, "\n\n");
    for (const AggregateOverload& overload : def->overloads) {
      out += Cat("- ", Code(overload.signature), overload.ordered ? " *row order*" : "", "\n");
    }
    out += "\n";
  }
  return out;
}

// "## text" and the "fn name(...) -> type" behind it.
std::string PreludeText() {
  std::string out;
  std::istringstream lines{std::string(stdlib::Prelude())};
  std::string doc;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) doc = line.substr(3);
    if (!line.starts_with("fn ")) continue;
    out += Cat("- ", Code(line.substr(3, line.find(" =") - 3)), "  \n  ", doc, "\n");
  }
  return out;
}

std::string Page() {
  std::string page = Cat(kHead, FunctionsText(), kAggregatesHead + 1, AggregatesText(),
                         kPreludeHead + 1, PreludeText());
  // Lines of markdown that end in two blanks break; the house takes a backslash.
  for (size_t at; (at = page.find("  \n")) != std::string::npos;) page.replace(at, 2, "\\");
  for (size_t at; (at = page.find("\\\n\n")) != std::string::npos;) page.erase(at, 1);
  return page;
}

constexpr char kExamplesHead[] = R"(# RUN: %run_modes %s
# The examples of every function, written by unit-stdlib_page: each column says whether one holds.
source rows: { id: int } = stdin() format json
from rows
|> select id,
)";

struct Examples {
  std::string script = kExamplesHead;
  std::string expected = "{\"id\":1";
};

Examples AllExamples() {
  Examples out;
  for (const FunctionDef* def : stdlib::Functions()) {
    int number = 0;
    for (const FunctionExample& example : def->examples) {
      std::string name = Cat(def->name, "_", ++number);
      out.script += Cat("     (", example.expression, ") == ", example.result, " as ", name, ",\n");
      out.expected += Cat(",\"", name, "\":true");
    }
  }
  out.script.replace(out.script.size() - 2, 1, "");
  out.expected += "}\n";
  return out;
}

// Whether the file holds `text`; writes it when that is what was asked for.
bool Holds(const std::string& path, const std::string& text) {
  if (std::getenv("FLOW_UPDATE") != nullptr) std::ofstream(path) << text;
  std::stringstream stored;
  stored << std::ifstream(path).rdbuf();
  return stored.str() == text;
}

constexpr char kHint[] = "run FLOW_UPDATE=1 build/dev/unit-stdlib_page";

TEST(FunctionsPage, SaysWhatTheDescriptorsSay) {
  EXPECT_TRUE(Holds(FLOW_SOURCE_DIR "/docs/functions.md", Page())) << kHint;
}

TEST(FunctionsPage, ExamplesAreRun) {
  Examples examples = AllExamples();
  std::string base = FLOW_SOURCE_DIR "/test/run/function_examples";
  EXPECT_TRUE(Holds(base + ".flow", examples.script)) << kHint;
  EXPECT_TRUE(Holds(base + ".in", "{\"id\":1}\n")) << kHint;
  EXPECT_TRUE(Holds(base + ".out", examples.expected)) << kHint;
}

TEST(FunctionsPage, NamesStandInOrderAndOnce) {
  for (size_t i = 1; i < stdlib::Aggregates().size(); ++i) {
    EXPECT_LT(std::string_view(stdlib::Aggregates()[i - 1]->name), stdlib::Aggregates()[i]->name);
  }
  for (const FunctionDef* def : stdlib::Functions()) {
    size_t same = 0;
    for (const FunctionDef* other : stdlib::Functions()) {
      same += std::string_view(def->name) == other->name;
    }
    EXPECT_EQ(same, 1u) << def->name;
    EXPECT_FALSE(def->examples.empty()) << def->name;
    for (const FunctionOverload& overload : def->overloads) {
      EXPECT_TRUE(std::string_view(overload.signature).starts_with(Cat(def->name, "(")));
    }
  }
}

}  // namespace
}  // namespace flow
