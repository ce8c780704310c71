// count() counts rows, count(x) values that are not none.

#include "runtime/inline/aggregates.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const AggregateOverload kOverloads[] = {
    {.signature = "count() -> int", FLOW_AGGREGATE(flow_agg_count, FlowCount), .empty_value = true},
    {.signature = "count(x: T) -> int",
     FLOW_AGGREGATE(flow_agg_count_values, FlowCount),
     .empty_value = true},
};

}  // namespace

const AggregateDef kCount = {"count", "number of rows, or of values that are not none", kOverloads};

}  // namespace flow::stdlib
