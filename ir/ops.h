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

#include "base/stages.h"
#include "ir/scalar_ops.h"

namespace flow::ir {

using flow::EmitKind;
using flow::JoinBound;
using flow::JoinKind;
using flow::kWindowNumber;
using flow::MatchLink;
using flow::WindowKind;

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
// Puts `window_start, window_end` before the columns (replacing columns of these names) and opens a
// window scope; hop and cumulate send one copy of the row per window. A row late for all its
// windows goes to the op's `late`, a row late for some enters the others. `late_for` delays the
// end of a window for that judgement (`on late update for D`). With `panes` (pass share_panes) the
// row goes on once: `window_start` is where its pane begins and `window_end` where the first window
// ends that it enters.
struct Window {
  static constexpr OpInfo kInfo = {
      .name = "window", .summary = "assigns rows to event-time windows", .can_fail = true};
  ValueId input;
  WindowKind kind = WindowKind::kTumble;
  FnId size;
  FnId step;      // hop, cumulate; else invalid
  FnId offset;    // may be invalid
  FnId tz;        // gives a string; invalid: UTC
  FnId late_for;  // may be invalid
  bool panes = false;
  friend bool operator==(const Window&, const Window&) = default;
};
// Windows of a key's rows less than `gap` apart, at most `max` long (semantics.md 45). Rows rest
// until their window is complete, then go on together with `window_start, window_end` before their
// columns.
struct WindowSession {
  static constexpr OpInfo kInfo = {.name = "window_session",
                                   .summary = "assigns rows to sessions of their key",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId input;
  FnId key;  // a struct
  FnId gap;
  FnId max;  // may be invalid
  friend bool operator==(const WindowSession&, const WindowSession&) = default;
};
// Windows of `count` rows of a key in row order, a new one every `every` rows (semantics.md 45).
// Behind the bounds stands the number of the window among those of its key, which may have windows
// with equal bounds.
struct WindowRows {
  static constexpr OpInfo kInfo = {.name = "window_rows",
                                   .summary = "assigns rows to windows of so many rows",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId input;
  FnId key;  // a struct; empty: one list of rows
  FnId count;
  FnId every;  // may be invalid: `count`
  friend bool operator==(const WindowRows&, const WindowRows&) = default;
};
// Rows that come too late for the time-bounded op `of` (semantics.md 28, 48), with the columns they
// had before it.
struct Late {
  static constexpr OpInfo kInfo = {.name = "late", .summary = "rows too late for an op"};
  ValueId of;
  friend bool operator==(const Late&, const Late&) = default;
};
// When a stage of groups sends (semantics.md 46 to 48).
struct Emit {
  EmitKind kind = EmitKind::kClose;
  FnId every;          // a duration, for kEvery
  bool final = false;  // adds a last bool column `$final`: no later row replaces this one
  FnId late;           // a duration: rows up to so late are folded in and sent again
  friend bool operator==(const Emit&, const Emit&) = default;
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
  static constexpr OpInfo kInfo = {.name = "aggregate",
                                   .summary = "groups and folds rows",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true};
  ValueId input;
  FnId key;
  std::vector<AggregateCall> calls;
  bool windowed = false;
  Emit emit;
  FnId retain;  // may be invalid: a group silent for so long starts anew (semantics.md 40)
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
                                   .stateful = true,
                                   .rests = true};
  ValueId input;
  Emit emit;
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
// per window in a scope. `rank` adds a last int column `$rank`. `key`: the columns by which rows of
// the input replace one another, where it is the key of the result, too.
struct Top {
  static constexpr OpInfo kInfo = {.name = "top",
                                   .summary = "the N greatest rows",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true};
  ValueId input;
  FnId count;
  FnId by;
  bool ascending = false;
  FnId per;  // may be invalid
  bool ties = false;
  bool rank = false;
  bool windowed = false;
  Emit emit;
  std::vector<std::string> key;
  friend bool operator==(const Top&, const Top&) = default;
};
// Stable sort by the fields of `by` (a struct), `descending[i]` each; per window in a scope.
struct Order {
  static constexpr OpInfo kInfo = {
      .name = "order", .summary = "sorts rows", .can_fail = true, .stateful = true, .rests = true};
  ValueId input;
  FnId by;
  std::vector<bool> descending;
  bool windowed = false;
  friend bool operator==(const Order&, const Order&) = default;
};
struct Limit {
  static constexpr OpInfo kInfo = {
      .name = "limit", .summary = "the first N rows", .stateful = true, .rests = true};
  ValueId input;
  FnId count;
  friend bool operator==(const Limit&, const Limit&) = default;
};
// Rows of `left` with the rows of `right` of an equal key for which `condition` holds. Right
// columns are one struct `name` behind the left columns, optional after a left join; after a full
// join left columns are optional, too; semi and anti keep the left columns alone (semantics.md 49
// to 55). kWindow: both sides carry window bounds, which stand once, among the left columns.
// kUntil: the result begins with the bounds of the row's span, `window_start`, which numbers the
// left rows, and `window_end`, just behind `until`; stages that work per window work per span.
// Rows that are rewritten are joined without bound in time or in a window (semantics.md 57).
struct Join {
  static constexpr OpInfo kInfo = {.name = "join",
                                   .summary = "rows of two streams that match",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId left;
  ValueId right;
  JoinKind kind = JoinKind::kInner;
  JoinBound bound = JoinBound::kNone;
  std::string name;
  FnId left_key;   // a struct, of the left row
  FnId right_key;  // a struct of the same types, of the right row
  FnId condition;  // bool, of left and right row; may be invalid
  FnId before;     // kWithin: durations
  FnId after;
  FnId until;        // kUntil: a timestamp, of the left row
  Emit emit;         // kNone, kWindow
  bool bag = false;  // its changes go by no key: a row comes or goes, none replaces another
  friend bool operator==(const Join&, const Join&) = default;
};
// The newest right row of an equal key that is not after the left one, nor older than `within`.
struct AsofJoin {
  static constexpr OpInfo kInfo = {.name = "asof_join",
                                   .summary = "the newest matching row of another stream",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId left;
  ValueId right;
  bool keep_left = false;  // rows without a match are kept, with none
  std::string name;
  FnId left_key;
  FnId right_key;
  FnId condition;  // may be invalid
  FnId within;     // may be invalid
  friend bool operator==(const AsofJoin&, const AsofJoin&) = default;
};
// The current row of a keyed table (semantics.md 56): `right` has a key, the last row of each key
// in row order holds.
struct Lookup {
  static constexpr OpInfo kInfo = {.name = "lookup",
                                   .summary = "the current row of a keyed table",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true};
  ValueId left;
  ValueId right;
  bool keep_left = false;
  std::string name;
  FnId left_key;
  FnId right_key;  // the key of the table: what makes its rows one entry
  FnId condition;  // may be invalid
  friend bool operator==(const Lookup&, const Lookup&) = default;
};
// One row per key and span of time `within` from its first row (semantics.md 63); without it one
// per key. Per window in a scope.
struct Dedup {
  static constexpr OpInfo kInfo = {.name = "dedup",
                                   .summary = "one row per key and span of time",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId input;
  FnId key;     // a struct
  FnId within;  // may be invalid
  bool keep_last = false;
  bool windowed = false;
  Emit emit;
  friend bool operator==(const Dedup&, const Dedup&) = default;
};
// One function over the trailing rows of each row's key: an aggregate, or `lag` (semantics.md 65).
// Rows of the last `last` (a duration), or the last `rows` (an int), or all before; this row is one
// of them.
struct OverCall {
  AggregateCall call;
  FnId key;   // a struct; empty when not `by` anything
  FnId last;  // may be invalid
  FnId rows;  // may be invalid
  friend bool operator==(const OverCall&, const OverCall&) = default;
};
// Adds a column per call, called as the call is, behind the columns of the row.
struct Over {
  static constexpr OpInfo kInfo = {.name = "over",
                                   .summary = "functions over the trailing rows of each row",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId input;
  std::vector<OverCall> calls;
  friend bool operator==(const Over&, const Over&) = default;
};
// A step of a pattern: between `least` and `most` rows (-1: no end) for which `condition` holds.
struct MatchStep {
  std::string name;
  MatchLink link = MatchLink::kFirst;
  int64_t least = 1;
  int64_t most = 1;
  FnId condition;  // bool, of the row and of a struct with the earlier steps
  friend bool operator==(const MatchStep&, const MatchStep&) = default;
};
// Event patterns in the rows of each key (semantics.md 66). Gives the key columns, then a column
// per step that is no `without`: the row, an array of rows, or an optional row, by the step's
// numbers.
struct Match {
  static constexpr OpInfo kInfo = {.name = "match",
                                   .summary = "event patterns in the rows of each key",
                                   .can_fail = true,
                                   .stateful = true,
                                   .rests = true,
                                   .timed = true};
  ValueId input;
  FnId key;
  FnId within;
  std::vector<MatchStep> steps;
  bool overlapping = false;
  friend bool operator==(const Match&, const Match&) = default;
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
using Op =
    std::variant<Aggregate, AggregateLocal, AggregateMerge, AsofJoin, Assert, Dedup, Exchange,
                 Filter, Join, Late, Limit, Lookup, Map, Match, Order, Over, Peek, Rejects, Sink,
                 Source, Top, Union, Unnest, Window, WindowRows, WindowSession>;

}  // namespace flow::ir
