#pragma once
// A module: the scalar functions and the one dataflow graph of a script.

#include <cstdint>
#include <string>
#include <vector>

#include "base/type.h"
#include "ir/ops.h"

namespace flow::ir {

// Where an op stands in the script: byte offsets, and line and column from 1; all zero when made by
// the compiler.
struct Place {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t line = 0;
  uint32_t column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

// A row-level function. Parallel stores hold, for each op, its inferred type, its guard (invalid:
// always evaluated) and its place. `ops` ends in Return.
struct Function {
  std::string name;
  std::vector<Type> args;
  Store<ValueId, ScalarOp> ops;
  Store<ValueId, Type> types;
  Store<ValueId, ValueId> guards;
  Store<ValueId, Place> places;
  Type result;

  ValueId Add(ScalarOp op, Type type, ValueId guard = {}, Place place = {});
  friend bool operator==(const Function&, const Function&) = default;
};

// What a stream is at one point of the graph (inferred by ir/infer.h).
struct StreamType {
  Type row;
  bool has_time = false;
  bool windowed = false;  // in a window scope: window_start and window_end are columns, rows have
                          // time window_end - 1ns after the first stateful stage
  bool window_rows = false;  // has passed such a stage: event time is window_end - 1ns
  bool ordered = true;       // keeps the order of one partition
  bool updating = false;
  bool bounded = true;
  friend bool operator==(const StreamType&, const StreamType&) = default;
};

struct Graph {
  Store<ValueId, Op> ops;
  Store<ValueId, StreamType> types;    // of each op's result
  Store<ValueId, HandlerId> handlers;  // where rows rejected by the op go
  Store<ValueId, Place> places;
  // Set by fuse_rows: ops with the same number form one fragment. 0xffffffff: not fused.
  Store<ValueId, uint32_t> fragments;

  ValueId Add(Op op, StreamType type, HandlerId handler, Place place = {});
  friend bool operator==(const Graph&, const Graph&) = default;
};

struct Param {
  std::string name;
  Type type;
  FnId default_value;  // zero-argument function; invalid: must be given
  std::string doc;
  friend bool operator==(const Param&, const Param&) = default;
};

enum class HandlerKind : uint8_t { kFail, kDrop, kRoute };
struct Handler {
  HandlerKind kind = HandlerKind::kFail;
  std::string name;  // of the stream, for kRoute
  friend bool operator==(const Handler&, const Handler&) = default;
};

struct Module {
  std::string name;  // of the script
  Store<ParamId, Param> params;
  Store<HandlerId, Handler> handlers;
  Store<FnId, Function> functions;
  Graph graph;
  friend bool operator==(const Module&, const Module&) = default;
};

// The type of a rejected row (semantics.md 22).
Type RejectedRowType();

inline constexpr uint32_t kNoFragment = 0xffffffff;

}  // namespace flow::ir
