#pragma once
// Aggregates the naive way: all values of a group at hand, in row order, then the result.

#include <string>
#include <vector>

#include "interp/value.h"
#include "ir/module.h"

namespace flow::interp {

// The arguments of one row that counts: `where` holds and none of them is none.
struct Sample {
  int64_t event_time = INT64_MIN;
  std::vector<Value> args;
};

// False when the result does not fit its type (semantics.md 37).
bool ComputeAggregate(const ir::AggregateCall& call, const std::vector<Type>& arg_types,
                      const std::vector<Sample>& samples, const std::vector<Value>& consts,
                      Value* out);

}  // namespace flow::interp
