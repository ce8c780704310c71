#pragma once
// The dataflow operators. An operator is defined here, once: its struct, its name and its place in
// `Op`; everything generic (text both ways, equality, remapping) follows by reflection, and the
// build fails until infer, verify, interpreter and code generation have an overload for it.
//
// A pipeline is a flat list of ops in program order: the order in which the script's stages stand.
// Program order rules which field of a source is judged first and which error comes first
// (semantics.md 17, 18), so passes keep it.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/scalar_ops.h"

namespace flow::ir {

// A named argument of a connector or format: `fn` has no arguments and gives the value, from
// constants and parameters.
struct NamedArg {
  std::string name;
  FnId fn;
  friend bool operator==(const NamedArg&, const NamedArg&) = default;
};

// Connector and format of a source or sink.
struct Endpoint {
  std::string connector;
  std::vector<NamedArg> args;
  std::string format;  // empty when the connector has none
  std::vector<NamedArg> format_args;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// Event time of a source: a function of the row giving a timestamp, and zero-argument functions for
// the durations.
struct TimeSpec {
  FnId time;
  FnId delay;  // always there: `0s` by default
  FnId jump;   // may be invalid
  FnId idle;   // may be invalid
  friend bool operator==(const TimeSpec&, const TimeSpec&) = default;
};

// Rows of a connector. `row` is the whole schema; `used` the columns that anything reads, in schema
// order (all of them until prune_columns has run), and the result's type.
struct Source {
  static constexpr OpInfo kInfo = {
      .name = "source", .summary = "rows of a connector", .can_fail = true};
  std::string name;
  Endpoint endpoint;
  Type row;
  std::vector<std::string> used;
  std::optional<TimeSpec> time;
  std::vector<std::string> key;  // keyed table
  bool bounded = true;
  friend bool operator==(const Source&, const Source&) = default;
};
// Rejected rows of a handler (semantics.md 22), as a stream.
struct Rejects {
  static constexpr OpInfo kInfo = {.name = "rejects", .summary = "rows rejected under a handler"};
  HandlerId of;
  friend bool operator==(const Rejects&, const Rejects&) = default;
};
// Keeps rows for which `predicate` is true.
struct Filter {
  static constexpr OpInfo kInfo = {
      .name = "filter", .summary = "keeps rows that fit", .can_fail = true};
  ValueId input;
  FnId predicate;
  friend bool operator==(const Filter&, const Filter&) = default;
};
// A new row from each row: select, extend, set, drop, rename.
struct Map {
  static constexpr OpInfo kInfo = {
      .name = "map", .summary = "a new row from each row", .can_fail = true};
  ValueId input;
  FnId row;
  friend bool operator==(const Map&, const Map&) = default;
};
// Rejects rows for which `condition` is false; `message` gives a string.
struct Assert {
  static constexpr OpInfo kInfo = {
      .name = "assert", .summary = "rejects rows that do not fit", .can_fail = true};
  ValueId input;
  FnId condition;
  FnId message;  // may be invalid
  friend bool operator==(const Assert&, const Assert&) = default;
};
// One row per element of an array, the element added as the last column; `keep_empty`: `left
// unnest`, the column is optional.
struct Unnest {
  static constexpr OpInfo kInfo = {
      .name = "unnest", .summary = "one row per element of an array", .can_fail = true};
  ValueId input;
  FnId array;
  std::string name;
  bool keep_empty = false;
  friend bool operator==(const Unnest&, const Unnest&) = default;
};
enum class WindowKind : uint8_t { kTumble };
// Puts `window_start, window_end` before the columns (replacing columns of these names) and opens a
// window scope. Rows late for their window go no further.
struct Window {
  static constexpr OpInfo kInfo = {
      .name = "window", .summary = "assigns rows to event-time windows", .can_fail = true};
  ValueId input;
  WindowKind kind = WindowKind::kTumble;
  FnId size;
  FnId offset;     // may be invalid
  std::string tz;  // empty: UTC
  friend bool operator==(const Window&, const Window&) = default;
};
// One aggregate of an aggregate op: `args` gives a struct { a0, a1, .. } of its row arguments,
// `where` a bool or is invalid, `consts` are zero-argument functions for `const` parameters; `type`
// is the result.
struct AggregateCall {
  std::string name;
  std::string function;
  uint32_t overload = 0;
  FnId args;   // invalid for count()
  FnId where;  // may be invalid
  std::vector<FnId> consts;
  Type type;
  friend bool operator==(const AggregateCall&, const AggregateCall&) = default;
};
// Groups rows by `key` (a struct; empty struct when not grouped; window_start, window_end lead it
// in a window scope) and folds them. Result: key columns, then aggregates.
struct Aggregate {
  static constexpr OpInfo kInfo = {
      .name = "aggregate", .summary = "groups and folds rows", .can_fail = true, .stateful = true};
  ValueId input;
  FnId key;
  std::vector<AggregateCall> calls;
  bool windowed = false;
  friend bool operator==(const Aggregate&, const Aggregate&) = default;
};
// First half of a split aggregate: partial states per worker or unit of input.
struct AggregateLocal {
  static constexpr OpInfo kInfo = {.name = "aggregate_local",
                                   .summary = "partial states per worker",
                                   .can_fail = true,
                                   .stateful = true};
  ValueId input;
  FnId key;
  std::vector<AggregateCall> calls;
  bool windowed = false;
  friend bool operator==(const AggregateLocal&, const AggregateLocal&) = default;
};
// Second half: merges the partial states of `input` (an exchange of an aggregate_local) and sends
// results.
struct AggregateMerge {
  static constexpr OpInfo kInfo = {.name = "aggregate_merge",
                                   .summary = "merges partial states",
                                   .can_fail = true,
                                   .stateful = true};
  ValueId input;
  friend bool operator==(const AggregateMerge&, const AggregateMerge&) = default;
};
enum class ExchangeKind : uint8_t { kGather, kOrdered };
// Where rows or partial states of parallel workers meet: `ordered` keeps the order of the input,
// `gather` does not.
struct Exchange {
  static constexpr OpInfo kInfo = {
      .name = "exchange", .summary = "parallel workers meet", .stateful = true};
  ValueId input;
  ExchangeKind kind = ExchangeKind::kGather;
  friend bool operator==(const Exchange&, const Exchange&) = default;
};
// The N rows greatest by `by` (a one-field struct { by }), per group of `per` (a struct) if valid,
// per window in a scope. `rank` adds a last int column `$rank`.
struct Top {
  static constexpr OpInfo kInfo = {
      .name = "top", .summary = "the N greatest rows", .can_fail = true, .stateful = true};
  ValueId input;
  FnId count;
  FnId by;
  bool ascending = false;
  FnId per;  // may be invalid
  bool ties = false;
  bool rank = false;
  bool windowed = false;
  friend bool operator==(const Top&, const Top&) = default;
};
// Stable sort by the fields of `by` (a struct), `descending[i]` each; per window in a scope.
struct Order {
  static constexpr OpInfo kInfo = {
      .name = "order", .summary = "sorts rows", .can_fail = true, .stateful = true};
  ValueId input;
  FnId by;
  std::vector<bool> descending;
  bool windowed = false;
  friend bool operator==(const Order&, const Order&) = default;
};
struct Limit {
  static constexpr OpInfo kInfo = {
      .name = "limit", .summary = "the first N rows", .stateful = true};
  ValueId input;
  FnId count;
  friend bool operator==(const Limit&, const Limit&) = default;
};
// All rows of all inputs; types are equal.
struct Union {
  static constexpr OpInfo kInfo = {.name = "union", .summary = "all rows of all inputs"};
  std::vector<ValueId> inputs;
  friend bool operator==(const Union&, const Union&) = default;
};
// Shows the first rows on standard error; the stream goes on unchanged.
struct Peek {
  static constexpr OpInfo kInfo = {
      .name = "peek", .summary = "shows rows on standard error", .stateful = true};
  ValueId input;
  FnId label;
  FnId count;
  friend bool operator==(const Peek&, const Peek&) = default;
};
// Ends a stream in a connector.
struct Sink {
  static constexpr OpInfo kInfo = {
      .name = "sink", .summary = "rows into a connector", .can_fail = true};
  ValueId input;
  std::string name;
  Endpoint endpoint;
  std::vector<std::string> key;
  friend bool operator==(const Sink&, const Sink&) = default;
};

// The list of operators, alphabetically.
using Op = std::variant<Aggregate, AggregateLocal, AggregateMerge, Assert, Exchange, Filter, Limit,
                        Map, Order, Peek, Rejects, Sink, Source, Top, Union, Unnest, Window>;

}  // namespace flow::ir
