// min and max over numbers and times; other types follow the order of docs/semantics.md 8.

#include "runtime/inline/aggregates.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const AggregateOverload kMinOverloads[] = {
    {.signature = "min(x: int) -> int", FLOW_AGGREGATE(flow_agg_min_int, FlowIntExtreme)},
    {.signature = "min(x: float) -> float", FLOW_AGGREGATE(flow_agg_min_float, FlowFloatExtreme)},
    {.signature = "min(x: timestamp) -> timestamp",
     FLOW_AGGREGATE(flow_agg_min_int, FlowIntExtreme)},
    {.signature = "min(x: duration) -> duration", FLOW_AGGREGATE(flow_agg_min_int, FlowIntExtreme)},
};
const AggregateOverload kMaxOverloads[] = {
    {.signature = "max(x: int) -> int", FLOW_AGGREGATE(flow_agg_max_int, FlowIntExtreme)},
    {.signature = "max(x: float) -> float", FLOW_AGGREGATE(flow_agg_max_float, FlowFloatExtreme)},
    {.signature = "max(x: timestamp) -> timestamp",
     FLOW_AGGREGATE(flow_agg_max_int, FlowIntExtreme)},
    {.signature = "max(x: duration) -> duration", FLOW_AGGREGATE(flow_agg_max_int, FlowIntExtreme)},
};

}  // namespace

const AggregateDef kMax = {"max", "greatest value", kMaxOverloads};
const AggregateDef kMin = {"min", "least value", kMinOverloads};

}  // namespace flow::stdlib
