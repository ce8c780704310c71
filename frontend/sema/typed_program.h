#pragma once
// A checked script: its parameters, its handlers of rejected rows, and one graph of typed nodes.
// Nodes stand in program order, operands before their users; lowering turns each into one op of the
// IR.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/source.h"
#include "base/stages.h"
#include "base/type.h"
#include "frontend/sema/expr.h"
#include "frontend/sema/typed_expr.h"

namespace flow::frontend {

using NodeId = Id<struct NodeTag>;
using TypedHandlerId = Id<struct TypedHandlerTag>;

// An argument, a column of a row being made, a key.
struct NamedValue {
  std::string name;
  TypedExprPtr value;
};

struct TypedEndpoint {
  std::string connector;
  std::vector<NamedValue> args;
  std::string format;  // empty: the connector has none
  std::vector<NamedValue> format_args;
};

struct TypedTime {
  TypedExprPtr time;   // over the source's row
  TypedExprPtr delay;  // row-free, as are the next two
  TypedExprPtr jump;   // or null
  TypedExprPtr idle;   // or null
};

namespace node {

struct Source {
  std::string name;
  TypedEndpoint endpoint;
  Type row;  // whole schema, with the names used in files
  std::optional<TypedTime> time;
  std::vector<std::string> key;
};
struct Rejects {
  TypedHandlerId of;
};
struct Filter {
  NodeId input;
  TypedExprPtr predicate;
};
struct Map {
  NodeId input;
  std::vector<NamedValue> columns;
};
struct Assert {
  NodeId input;
  TypedExprPtr condition;
  TypedExprPtr message;  // or null
};
struct Unnest {
  NodeId input;
  TypedExprPtr array;
  std::string name;
  bool keep_empty = false;
};
struct Window {
  NodeId input;
  WindowKind kind = WindowKind::kTumble;
  TypedExprPtr size;
  TypedExprPtr step;      // hop, cumulate; else null
  TypedExprPtr offset;    // or null
  TypedExprPtr tz;        // a string, or null: UTC
  TypedExprPtr late_for;  // of `on late update for D`, or null
};
struct WindowSession {
  NodeId input;
  std::vector<NamedValue> keys;
  TypedExprPtr gap;
  TypedExprPtr max;  // or null
};
struct WindowRows {
  NodeId input;
  std::vector<NamedValue> keys;
  TypedExprPtr count;
  TypedExprPtr every;  // or null
};
// Rows too late for the stage `of`, as they were before it.
struct Late {
  NodeId of;
};
// When a stage of groups sends (semantics.md 46 to 48).
struct Emit {
  EmitKind kind = EmitKind::kClose;
  TypedExprPtr every;  // kEvery
  bool final = false;  // adds the hidden column `$final`
  TypedExprPtr late;   // of `on late update for D`, or null
};
struct AggregateItem {
  std::string name;
  TypedAggregate call;
};
struct Aggregate {
  NodeId input;
  std::vector<NamedValue> keys;  // window_start and window_end first when windowed
  std::vector<AggregateItem> items;
  bool windowed = false;
  Emit emit;
  TypedExprPtr retain;  // or null
};
struct Top {
  NodeId input;
  TypedExprPtr count;
  TypedExprPtr by;
  bool ascending = false;
  std::vector<TypedExprPtr> per;
  bool ties = false;
  bool rank = false;  // adds the hidden column `$rank`
  bool windowed = false;
  Emit emit;
  std::vector<std::string> key;  // the input's, where rows go by it (ir::Top)
};
struct OrderKey {
  TypedExprPtr value;
  bool descending = false;
};
struct Order {
  NodeId input;
  std::vector<OrderKey> keys;
  bool windowed = false;
};
struct Limit {
  NodeId input;
  TypedExprPtr count;
};
struct Join {
  NodeId left;
  NodeId right;
  JoinKind kind = JoinKind::kInner;
  JoinBound bound = JoinBound::kNone;
  std::string name;                     // of the struct of right columns
  std::vector<TypedExprPtr> left_key;   // over the left row
  std::vector<TypedExprPtr> right_key;  // over the right row (row 1), of the same types
  TypedExprPtr condition;               // over both (rows 0 and 1), or null
  TypedExprPtr before;                  // kWithin
  TypedExprPtr after;
  TypedExprPtr until;  // kUntil, over the left row
  Emit emit;           // kNone, kWindow
  bool bag = false;    // no key (ir::Join)
};
struct AsofJoin {
  NodeId left;
  NodeId right;
  bool keep_left = false;
  std::string name;
  std::vector<TypedExprPtr> left_key;
  std::vector<TypedExprPtr> right_key;
  TypedExprPtr condition;  // or null
  TypedExprPtr within;     // or null
};
struct Lookup {
  NodeId left;
  NodeId right;
  bool keep_left = false;
  std::string name;
  std::vector<TypedExprPtr> left_key;
  std::vector<TypedExprPtr> right_key;  // the key of the table
  TypedExprPtr condition;               // or null
};
struct Dedup {
  NodeId input;
  std::vector<TypedExprPtr> keys;
  TypedExprPtr within;  // or null
  bool keep_last = false;
  bool windowed = false;
  Emit emit;
};
struct OverItem {
  std::string name;  // of the column it makes
  TypedAggregate call;
  std::vector<TypedExprPtr> keys;
  TypedExprPtr last;  // a duration, or null
  TypedExprPtr rows;  // an int, or null
};
struct Over {
  NodeId input;
  std::vector<OverItem> items;
};
struct MatchStep {
  std::string name;
  MatchLink link = MatchLink::kFirst;
  int64_t least = 1;
  int64_t most = 1;        // -1: no end
  TypedExprPtr condition;  // over the row (0) and the struct of earlier steps (row 1)
};
struct Match {
  NodeId input;
  std::vector<NamedValue> keys;
  TypedExprPtr within;
  std::vector<MatchStep> steps;
  bool overlapping = false;
};
struct Union {
  std::vector<NodeId> inputs;
};
struct Peek {
  NodeId input;
  TypedExprPtr label;
  TypedExprPtr count;
};
struct Sink {
  NodeId input;
  std::string name;
  TypedEndpoint endpoint;
  std::vector<std::string> key;
  bool only_in_tests = false;  // where a test looks at a stream
};

}  // namespace node

// What a stream is behind a node.
struct StreamInfo {
  Type row;  // struct; columns that begin with `$` are hidden from the script
  bool has_time = false;
  bool windowed = false;     // in a window scope
  bool window_rows = false;  // has passed a stage of the scope: event time is window_end - 1ns
  bool resting = false;      // of a session or count window: they come when it is complete
  bool ordered = true;       // in the order of one partition, or sorted
  bool updating = false;
  bool bounded = true;
  // Of an updating stream: the columns by which a row replaces another (semantics.md 58); none when
  // one of them, `key_lost`, went.
  std::optional<std::vector<std::string>> key;
  std::string key_lost;
};

struct TypedNode {
  std::variant<node::Source, node::Rejects, node::Filter, node::Map, node::Assert, node::Unnest,
               node::Window, node::WindowSession, node::WindowRows, node::Late, node::Aggregate,
               node::Top, node::Order, node::Limit, node::Join, node::AsofJoin, node::Lookup,
               node::Dedup, node::Over, node::Match, node::Union, node::Peek, node::Sink>
      node;
  StreamInfo stream;
  TypedHandlerId handler;
  Span span;
  std::string verb;  // names its functions: "where" gives @where_3
};

enum class TypedHandlerKind : uint8_t { kFail, kDrop, kRoute };
struct TypedHandler {
  TypedHandlerKind kind = TypedHandlerKind::kFail;
  std::string name;  // of the stream or sink, for kRoute
};

struct TypedParam {
  std::string name;
  Type type;
  TypedExprPtr default_value;  // null: must be given
  std::string doc;
};

// Rows of a source, sent by a test: structs of its whole row.
struct TypedSend {
  NodeId source;
  std::vector<TypedExprPtr> rows;  // row-free
};
// Rows a test expects of a sink, since it last looked: structs of the columns that are named.
struct TypedExpect {
  NodeId sink;
  std::vector<TypedExprPtr> rows;  // row-free
};
// The moment behind all others: the end of the input.
inline constexpr int64_t kTestEnd = INT64_MAX;
struct TypedTestStep {
  int64_t at = 0;  // nanoseconds since the epoch, where a test's clock starts
  std::variant<TypedSend, TypedExpect> step;
  std::string name;  // of the source, stream or sink
  Span span;
  Span name_span;
  Span value_span;
};
struct TypedTest {
  std::string name;
  Span span;
  std::vector<NamedValue> with;  // values of parameters
  std::vector<TypedTestStep> steps;
};

struct TypedProgram {
  std::string name;
  std::vector<TypedParam> params;
  Store<TypedHandlerId, TypedHandler> handlers;
  Store<NodeId, TypedNode> nodes;
  std::vector<TypedTest> tests;
};

}  // namespace flow::frontend
