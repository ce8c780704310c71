#pragma once
// A checked script: its parameters, its handlers of rejected rows, and one graph of typed nodes.
// Nodes stand in program order, operands before their users; lowering turns each into one op of the
// IR.

#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/source.h"
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
  TypedExprPtr size;
  TypedExprPtr offset;  // or null
  std::string tz;       // empty: UTC
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
};

}  // namespace node

// What a stream is behind a node.
struct StreamInfo {
  Type row;  // struct; columns that begin with `$` are hidden from the script
  bool has_time = false;
  bool windowed = false;     // in a window scope
  bool window_rows = false;  // has passed a stage of the scope: event time is window_end - 1ns
  bool ordered = true;       // in the order of one partition, or sorted
  bool updating = false;
  bool bounded = true;
};

struct TypedNode {
  std::variant<node::Source, node::Rejects, node::Filter, node::Map, node::Assert, node::Unnest,
               node::Window, node::Aggregate, node::Top, node::Order, node::Limit, node::Union,
               node::Peek, node::Sink>
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

struct TypedProgram {
  std::string name;
  std::vector<TypedParam> params;
  Store<TypedHandlerId, TypedHandler> handlers;
  Store<NodeId, TypedNode> nodes;
};

}  // namespace flow::frontend
