#pragma once
// What `flowc test` says: for people, as JSON lines, as JUnit XML.

#include <memory>
#include <string>
#include <vector>

#include "tools/driver/test_run.h"

namespace flow::cli {

// A script whose tests were asked for.
struct TestedScript {
  std::string path;
  std::unique_ptr<Compilation> compilation;  // places of outcomes lie in its sources
  std::string broken;  // why it does not compile, as shown; empty when it does
  std::vector<TestOutcome> outcomes;
  double milliseconds = 0;
};

struct TestCounts {
  size_t passed = 0;
  size_t failed = 0;
  size_t broken = 0;  // scripts
};
TestCounts CountTests(const std::vector<TestedScript>& scripts);

// One script: a line, and everything about tests that failed. `each`: a line per test, too.
std::string TestText(const TestedScript& script, bool each, bool color);
// "37 tests passed in 0.12 s".
std::string TestSummary(const std::vector<TestedScript>& scripts, double seconds);
// One object per test and line.
std::string TestJson(const TestedScript& script);
std::string TestJunit(const std::vector<TestedScript>& scripts);

}  // namespace flow::cli
