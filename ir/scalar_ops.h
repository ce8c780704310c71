#pragma once
// Row-level ops: what happens inside one row. A scalar function is a flat list of them in
// definition order (SSA); operands come earlier.
//
// Laziness without regions: every op may carry a *guard*, a bool value defined earlier (`when %7`).
// A guarded op is evaluated only if its guard is true; otherwise its result is an unspecified value
// of its type that nobody may look at except through `select`, `and`, `or` on the same condition.
// `and or if case ??` lower to guarded arms and a `select`, so what is not evaluated cannot fail
// (semantics.md 15). Ops without failure and with little cost need no guard.
//
// Failure: an op that can fault (overflow, zero divisor) or fail (`T!` functions) has `on_fail`.
// `reject` gives the plain result and rejects the row at the op's site; `yield` gives T!, which
// `is_ok` and `value` take apart (inside `try`).

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/type.h"
#include "ir/ids.h"

namespace flow::ir {

struct OpInfo {
  const char* name;       // mnemonic in IR text
  const char* summary;    // one line for docs/ir.md
  bool can_fail = false;  // has `on_fail`
  bool stateful = false;  // dataflow: keeps state between rows
  bool rests = false;     // dataflow: rows come to rest in it, what it sends begins a fragment
  bool timed = false;     // dataflow: works in event time when its rows have one
};

enum class OnFail : uint8_t { kReject, kYield };
enum class ArithKind : uint8_t { kAdd, kSub, kMul, kDiv, kIntDiv, kMod };
enum class CompareKind : uint8_t { kEq, kNe, kLt, kLe, kGt, kGe };

// A literal value of a simple type. `int_value` holds bool, int, timestamp and duration (ns), and
// the label index of a set; `decimal_text` is the exact decimal ("-12.50"), its scale given by the
// type; `text` string, bytes and json.
struct Literal {
  Type type;
  int64_t int_value = 0;
  double float_value = 0;
  std::string text;
  friend bool operator==(const Literal& a, const Literal& b);
};

// A constant.
struct Const {
  static constexpr OpInfo kInfo = {.name = "const", .summary = "a constant"};
  Literal value;
  friend bool operator==(const Const&, const Const&) = default;
};
// `none` of type `T?`.
struct NoneOf {
  static constexpr OpInfo kInfo = {.name = "none", .summary = "none of an optional type"};
  Type type;
  friend bool operator==(const NoneOf&, const NoneOf&) = default;
};
// Argument number `index` of the function: a row, or a lambda's element and captures.
struct Arg {
  static constexpr OpInfo kInfo = {.name = "arg", .summary = "an argument of the function"};
  uint32_t index = 0;
  friend bool operator==(const Arg&, const Arg&) = default;
};
// A parameter of the script.
struct ParamRef {
  static constexpr OpInfo kInfo = {.name = "param", .summary = "a parameter of the script"};
  ParamId param;
  friend bool operator==(const ParamRef&, const ParamRef&) = default;
};
// Event time of the row; of a stream with event time only.
struct RowTime {
  static constexpr OpInfo kInfo = {.name = "rowtime", .summary = "event time of the row"};
  friend bool operator==(const RowTime&, const RowTime&) = default;
};
// The clock, once per row.
struct Now {
  static constexpr OpInfo kInfo = {.name = "now", .summary = "the clock, once per row"};
  friend bool operator==(const Now&, const Now&) = default;
};
// A field of a struct value.
struct Field {
  static constexpr OpInfo kInfo = {.name = "field", .summary = "a field of a struct"};
  ValueId value;
  std::string name;
  friend bool operator==(const Field&, const Field&) = default;
};
// Builds a struct; names and values in order.
struct MakeStruct {
  static constexpr OpInfo kInfo = {.name = "struct", .summary = "builds a struct"};
  std::vector<std::string> names;
  std::vector<ValueId> values;
  friend bool operator==(const MakeStruct&, const MakeStruct&) = default;
};
// Builds an array; all values have the type `element`.
struct MakeArray {
  static constexpr OpInfo kInfo = {.name = "array", .summary = "builds an array"};
  Type element;
  std::vector<ValueId> values;
  friend bool operator==(const MakeArray&, const MakeArray&) = default;
};
// Arithmetic on equal types: int, float, decimal (result by semantics.md 4; operands may differ in
// precision and scale), timestamp and duration combinations of semantics.md 2. Faults: int and
// duration overflow, zero divisors of // % and of decimal /, decimals that do not fit.
struct Arith {
  static constexpr OpInfo kInfo = {
      .name = "arith", .summary = "arithmetic of two numbers or times", .can_fail = true};
  ArithKind kind = ArithKind::kAdd;
  ValueId a;
  ValueId b;
  OnFail on_fail = OnFail::kReject;
  friend bool operator==(const Arith&, const Arith&) = default;
};
struct Neg {
  static constexpr OpInfo kInfo = {.name = "neg", .summary = "minus", .can_fail = true};
  ValueId a;
  OnFail on_fail = OnFail::kReject;
  friend bool operator==(const Neg&, const Neg&) = default;
};
// Comparison by semantics.md 6 to 8 and 13: equal types, or int with float (exact), or T with T?
// for eq and ne.
struct Compare {
  static constexpr OpInfo kInfo = {.name = "cmp", .summary = "comparison of two values"};
  CompareKind kind = CompareKind::kEq;
  ValueId a;
  ValueId b;
  friend bool operator==(const Compare&, const Compare&) = default;
};
struct Not {
  static constexpr OpInfo kInfo = {.name = "not", .summary = "logical negation"};
  ValueId a;
  friend bool operator==(const Not&, const Not&) = default;
};
// false when a is false, whatever b is (b may be unspecified then).
struct And {
  static constexpr OpInfo kInfo = {.name = "and", .summary = "logical and; b counts only if a"};
  ValueId a;
  ValueId b;
  friend bool operator==(const And&, const And&) = default;
};
// true when a is true, whatever b is.
struct Or {
  static constexpr OpInfo kInfo = {.name = "or", .summary = "logical or; b counts only if not a"};
  ValueId a;
  ValueId b;
  friend bool operator==(const Or&, const Or&) = default;
};
// `a` if `condition`, else `b`; the other one may be unspecified. Types are equal.
struct Select {
  static constexpr OpInfo kInfo = {.name = "select", .summary = "one of two values"};
  ValueId condition;
  ValueId a;
  ValueId b;
  friend bool operator==(const Select&, const Select&) = default;
};
// T to T?.
struct Some {
  static constexpr OpInfo kInfo = {.name = "some", .summary = "makes an optional that has a value"};
  ValueId a;
  friend bool operator==(const Some&, const Some&) = default;
};
struct IsNone {
  static constexpr OpInfo kInfo = {.name = "is_none", .summary = "whether an optional is none"};
  ValueId a;
  friend bool operator==(const IsNone&, const IsNone&) = default;
};
// T? to T where the value is known to be there (narrowing); unspecified otherwise.
struct Unwrap {
  static constexpr OpInfo kInfo = {.name = "unwrap",
                                   .summary = "the value of an optional known to have one"};
  ValueId a;
  friend bool operator==(const Unwrap&, const Unwrap&) = default;
};
// Whether a T! succeeded.
struct IsOk {
  static constexpr OpInfo kInfo = {.name = "is_ok",
                                   .summary = "whether a fallible value succeeded"};
  ValueId a;
  friend bool operator==(const IsOk&, const IsOk&) = default;
};
// T of a T! that succeeded; unspecified otherwise.
struct ValueOf {
  static constexpr OpInfo kInfo = {.name = "value",
                                   .summary = "the value of a fallible that succeeded"};
  ValueId a;
  friend bool operator==(const ValueOf&, const ValueOf&) = default;
};
// Implicit, total conversions: int to float, int to decimal, decimal to wider decimal, set to
// string, T to json is not one.
struct Convert {
  static constexpr OpInfo kInfo = {.name = "convert", .summary = "implicit widening"};
  ValueId a;
  Type to;
  friend bool operator==(const Convert&, const Convert&) = default;
};
// A native function of the catalog; `overload` indexes FunctionDef::overloads, `type` is its result
// for these arguments (without !). With kYield, or when the overload can fail, see OnFail; total
// overloads have kReject and never do.
struct Call {
  static constexpr OpInfo kInfo = {
      .name = "call", .summary = "calls a native function", .can_fail = true};
  std::string function;
  uint32_t overload = 0;
  std::vector<ValueId> args;
  Type type;
  OnFail on_fail = OnFail::kReject;
  friend bool operator==(const Call&, const Call&) = default;
};
// `s =~ pattern` for a constant pattern: RE2 search, unanchored.
struct RegexMatch {
  static constexpr OpInfo kInfo = {.name = "regex_match",
                                   .summary = "whether a constant pattern is found in a string"};
  ValueId text;
  std::string pattern;
  friend bool operator==(const RegexMatch&, const RegexMatch&) = default;
};
// capture(): the named groups of a constant pattern as a struct of string (or string? for groups
// that need not take part); fails when the pattern is not found.
struct RegexCapture {
  static constexpr OpInfo kInfo = {
      .name = "regex_capture", .summary = "named groups of a constant pattern", .can_fail = true};
  ValueId text;
  std::string pattern;
  Type type;  // struct
  OnFail on_fail = OnFail::kReject;
  friend bool operator==(const RegexCapture&, const RegexCapture&) = default;
};
// Joins strings (f-strings, +).
struct Concat {
  static constexpr OpInfo kInfo = {.name = "concat", .summary = "joins strings"};
  std::vector<ValueId> parts;
  friend bool operator==(const Concat&, const Concat&) = default;
};
// Element of an array, T?; none outside.
struct Index {
  static constexpr OpInfo kInfo = {.name = "index", .summary = "element of an array, none outside"};
  ValueId array;
  ValueId index;
  friend bool operator==(const Index&, const Index&) = default;
};
// Value of a map for a key, V?; the first entry with the key counts.
struct MapGet {
  static constexpr OpInfo kInfo = {.name = "map_get",
                                   .summary = "value of a map for a key, or none"};
  ValueId map;
  ValueId key;
  friend bool operator==(const MapGet&, const MapGet&) = default;
};
// Member of a JSON value, json?; none when it is no object or has no such member. JSON null is
// none.
struct JsonGet {
  static constexpr OpInfo kInfo = {.name = "json_get",
                                   .summary = "member of a json value, or none"};
  ValueId value;
  std::string name;
  friend bool operator==(const JsonGet&, const JsonGet&) = default;
};
// `value in array`; types equal.
struct In {
  static constexpr OpInfo kInfo = {.name = "in", .summary = "whether an array holds a value"};
  ValueId value;
  ValueId array;
  friend bool operator==(const In&, const In&) = default;
};
enum class ArrayKind : uint8_t { kMap, kFilter, kAny, kAll };
// map, filter, any, all over an array: `fn` takes the element, then the captures. A failure inside
// is the caller's: on_fail says how it leaves.
struct ArrayOp {
  static constexpr OpInfo kInfo = {
      .name = "array_op", .summary = "map, filter, any, all over an array", .can_fail = true};
  ArrayKind kind = ArrayKind::kMap;
  ValueId array;
  FnId fn;
  std::vector<ValueId> captures;
  OnFail on_fail = OnFail::kReject;
  friend bool operator==(const ArrayOp&, const ArrayOp&) = default;
};
// Ends the function with its result. Always the last op.
struct Return {
  static constexpr OpInfo kInfo = {.name = "return", .summary = "the result of the function"};
  ValueId value;
  friend bool operator==(const Return&, const Return&) = default;
};

// Every row-level op, alphabetically.
using ScalarOp = std::variant<And, Arg, Arith, ArrayOp, Call, Compare, Concat, Const, Convert,
                              Field, In, Index, IsNone, IsOk, JsonGet, MakeArray, MakeStruct,
                              MapGet, Neg, NoneOf, Not, Now, Or, ParamRef, RegexCapture, RegexMatch,
                              Return, RowTime, Select, Some, Unwrap, ValueOf>;

inline bool operator==(const Literal& a, const Literal& b) {
  // Bits of floats, so that NaN equals itself and -0.0 differs from 0.0: constants are compared as
  // constants.
  return a.type == b.type && a.int_value == b.int_value && a.text == b.text &&
         __builtin_bit_cast(uint64_t, a.float_value) == __builtin_bit_cast(uint64_t, b.float_value);
}

}  // namespace flow::ir
