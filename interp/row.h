#pragma once
// A row on its way through the graph.

#include "interp/records.h"
#include "interp/value.h"

namespace flow::interp {

inline constexpr int64_t kNoTime = INT64_MIN;

// Where rows come from, while one of its records is at hand.
struct Origin {
  const ir::Source* source = nullptr;
  ir::ValueId source_id;
  const Partition* partition = nullptr;
  Record* record = nullptr;
};

struct Row {
  Value value;  // a struct; columns not decoded yet are unset
  // For each column the source's column that it is as it stands, or null.
  std::vector<const StructField*> undecoded;
  int64_t event_time = kNoTime;
  // P just before the row (semantics.md 28); none: rows of operators, which are never late.
  int64_t watermark = kNoTime;
  int64_t now = 0;
  int port = 0;                    // which input of the op at hand it came by
  const Origin* origin = nullptr;  // null: made by an operator
};

}  // namespace flow::interp
