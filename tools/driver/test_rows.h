#pragma once
// Rows that a test expects against rows that came: what equals what, and how a difference is shown.

#include <optional>
#include <string>
#include <vector>

#include "base/type.h"
#include "interp/value.h"

namespace flow {

// A struct and its type; what is expected has some of the columns only.
struct TestValue {
  Type type;
  interp::Value value;
};

// The column by which a row of an updating stream says that it is gone (semantics.md 60).
StructField ChangeField();

// Whether `actual` has what `expected` names: floats within 1e-9 of each other, relatively
// (semantics.md 74), structs by the fields that are named.
bool SameValue(const Type& expected_type, const interp::Value& expected, const Type& actual_type,
               const interp::Value& actual);

// The value as the language writes it; nullopt for types without a literal.
std::optional<std::string> LiteralOf(const Type& type, const interp::Value& value);

// One line of a difference: a row that was expected and did not come (-), one that came and was not
// expected (+), or one that came as expected.
struct DiffLine {
  char mark = ' ';
  std::string text;
  std::string carets;  // below the text of a `+`: what differs from the `-` above it
};

struct RowDiff {
  bool same = true;
  bool only_order = false;  // all rows came, in another order
  size_t missing = 0;
  size_t unexpected = 0;
  std::vector<DiffLine> lines;
};

// `ordered`: as lists, else as multisets.
RowDiff DiffRows(const std::vector<TestValue>& expected, const std::vector<TestValue>& actual,
                 bool ordered);

// The rows as the list of an `expect`, with the columns that `expected` names, or all of them.
// `indent`: columns in front of the step it stands in.
std::string RowsAsExpected(const std::vector<TestValue>& expected,
                           const std::vector<TestValue>& actual, size_t column, size_t indent);

}  // namespace flow
