#pragma once
// The tests of a script for whoever runs them: the script as one graph whose ends lie in memory,
// and what is sent and expected as functions without arguments.

#include <string>
#include <vector>

#include "base/source.h"
#include "base/type.h"
#include "frontend/frontend.h"
#include "ir/module.h"

namespace flow::frontend {

// Connector of the sources a test sends to and of the sinks it looks at; others have `kUntested`:
// they have ended before anything begins, and what goes into them is forgotten.
inline constexpr const char* kTested = "tested";
inline constexpr const char* kUntested = "untested";

// The script with JSON at all its ends, a sink of its own for each stream that a test looks at.
ir::Module LowerForTests(const TypedProgram& program, const Sources& sources);

// A row: a struct, from a function without arguments.
struct TestRow {
  ir::FnId value;
  Type type;
};
struct TestStep {
  bool send = false;  // else expect
  int64_t at = 0;     // nanoseconds since the epoch; kTestEnd: at the end
  std::string name;   // of the source or sink of the graph
  Type row;           // its whole row; what is sent has its names in files
  bool ordered = false;
  bool updating = false;
  std::vector<std::string> key;  // of an updating stream; empty: its rows have none
  std::vector<TestRow> rows;
  Span span;
  Span name_span;
  Span value_span;
};
struct TestParam {
  std::string name;
  Type type;
  ir::FnId value;
};
struct TestCase {
  std::string name;
  Span span;
  ir::Module values;  // the functions; its parameters are the script's
  std::vector<TestParam> with;
  std::vector<TestStep> steps;
};
std::vector<TestCase> LowerTests(const TypedProgram& program, const Sources& sources);

}  // namespace flow::frontend
