#pragma once
// Runs the tests of a script: compiled once, each test on a clock of its own
// (runtime/simulation.h).

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codegen/codegen.h"
#include "frontend/lower/tests.h"
#include "runtime/simulation.h"
#include "tools/driver/compilation.h"
#include "tools/driver/test_rows.h"

namespace flow {

// What went wrong at one place of a test.
struct TestFailure {
  Span span;            // of the name in the step; of the test when it could not run
  std::string message;  // "at 66s: 1 of 2 expected rows did not come, 1 other came"
  std::string here;     // shown under the place
  std::vector<DiffLine> diff;
  std::vector<std::string> notes;
  // What --update writes in place of `value`.
  Span value;
  std::optional<std::string> rows;
};

struct TestOutcome {
  std::string name;
  Span span;
  std::vector<TestFailure> failures;
  std::string said;  // by `peek`, and warnings
  double milliseconds = 0;

  bool passed() const { return failures.empty(); }
};

class TestRunner {
 public:
  // Of a compilation `for_tests` that has been optimised, and outlives this.
  explicit TestRunner(const Compilation& compilation);
  ~TestRunner();

  // Makes the code. Failing is a defect of flowc.
  bool Compile(int opt_level, std::string* error);
  TestOutcome Run(const frontend::TestCase& test);

 private:
  class Symbols;
  class Case;

  const Compilation& compilation_;
  codegen::JitProgram program_;
  std::unique_ptr<Symbols> symbols_;
};

// The failure as people read it, a line end last.
std::string FailureText(const TestFailure& failure, const Sources& sources, bool color);

// The script with the rows that came in place of those expected.
std::string WithUpdates(const SourceFile& script, const std::vector<TestOutcome>& outcomes);

}  // namespace flow
