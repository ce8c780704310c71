// sum and avg. Integers and decimals accumulate in 128 bits and are checked when the result is sent
// (docs/semantics.md 37); floats are summed exactly and rounded once (38).

#include "runtime/inline/aggregates.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const AggregateOverload kSumOverloads[] = {
    {.signature = "sum(x: int) -> int",
     FLOW_AGGREGATE(flow_agg_sum_int, FlowIntSum),
     .empty_value = true},
    {.signature = "sum(x: float) -> float",
     FLOW_AGGREGATE(flow_agg_sum_float, FlowFloatSum),
     .empty_value = true},
    {.signature = "sum(x: duration) -> duration",
     FLOW_AGGREGATE(flow_agg_sum_int, FlowIntSum),
     .empty_value = true},
};
const AggregateOverload kAvgOverloads[] = {
    {.signature = "avg(x: int) -> float", FLOW_AGGREGATE(flow_agg_avg_int, FlowIntSum)},
    {.signature = "avg(x: float) -> float", FLOW_AGGREGATE(flow_agg_avg_float, FlowFloatSum)},
    {.signature = "avg(x: duration) -> duration",
     FLOW_AGGREGATE(flow_agg_avg_duration, FlowIntSum)},
};

}  // namespace

const AggregateDef kAvg = {"avg", "arithmetic mean", kAvgOverloads};
const AggregateDef kSum = {"sum", "sum; 0 of nothing", kSumOverloads};

}  // namespace flow::stdlib
