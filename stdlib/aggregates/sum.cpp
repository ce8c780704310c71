// sum and avg. Integers and decimals accumulate wide and are checked when the result is sent
// (docs/semantics.md 37); floats are summed exactly and rounded once (38).

#include "runtime/inline/aggregates.h"
#include "stdlib/aggregates/held_value.h"
#include "stdlib/aggregates/sum_decimal.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::DecimalSum;

extern "C" {

void flow_agg_sum_decimal_init(void* state) noexcept {
  *static_cast<DecimalSum*>(state) = {0, 0, 0};
}
void flow_agg_sum_decimal_update(FlowArena*, const FlowType* const*, void* state,
                                 const FlowInt128* x) noexcept {
  AddTerm(static_cast<DecimalSum*>(state), *x);
}
void flow_agg_sum_decimal_merge(FlowArena*, const FlowType* const*, void* into,
                                const void* from) noexcept {
  const auto* other = static_cast<const DecimalSum*>(from);
  auto* sum = static_cast<DecimalSum*>(into);
  AddTo(sum, other->low, other->high);
  sum->count += other->count;
}
bool flow_agg_sum_decimal_final(FlowTask*, const FlowType* const* types, FlowInt128* out,
                                const void* state) noexcept {
  const FlowType* result = stdlib::Plain(types[0]);
  return Narrow(*static_cast<const DecimalSum*>(state), out) &&
         flow_decimal_fits(out, result->precision);
}

void flow_agg_avg_decimal_init(void* state) noexcept { flow_agg_sum_decimal_init(state); }
void flow_agg_avg_decimal_update(FlowArena* arena, const FlowType* const* types, void* state,
                                 const FlowInt128* x) noexcept {
  flow_agg_sum_decimal_update(arena, types, state, x);
}
void flow_agg_avg_decimal_merge(FlowArena* arena, const FlowType* const* types, void* into,
                                const void* from) noexcept {
  flow_agg_sum_decimal_merge(arena, types, into, from);
}
bool flow_agg_avg_decimal_final(FlowTask*, const FlowType* const* types, FlowInt128* out,
                                const void* state) noexcept {
  const auto* sum = static_cast<const DecimalSum*>(state);
  const FlowType* result = stdlib::Plain(types[0]);
  FlowInt128 total;
  FlowInt128 count = sum->count;
  return Narrow(*sum, &total) && flow_decimal_div(out, &total, stdlib::Plain(types[1])->scale,
                                                  &count, 0, result->precision, result->scale);
}
}

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
    {.signature = "sum(x: decimal) -> decimal",
     FLOW_AGGREGATE(flow_agg_sum_decimal, DecimalSum),
     .generic = true,
     .empty_value = true},
};
const AggregateOverload kAvgOverloads[] = {
    {.signature = "avg(x: int) -> float", FLOW_AGGREGATE(flow_agg_avg_int, FlowIntSum)},
    {.signature = "avg(x: float) -> float", FLOW_AGGREGATE(flow_agg_avg_float, FlowFloatSum)},
    {.signature = "avg(x: duration) -> duration",
     FLOW_AGGREGATE(flow_agg_avg_duration, FlowIntSum)},
    {.signature = "avg(x: decimal) -> decimal",
     FLOW_AGGREGATE(flow_agg_avg_decimal, DecimalSum),
     .generic = true},
};

}  // namespace

const AggregateDef kAvg = {"avg", "arithmetic mean", kAvgOverloads};
const AggregateDef kSum = {"sum", "sum; 0 of nothing", kSumOverloads};

}  // namespace flow::stdlib
