// quantile, median: exact, linear between the ranks at (n - 1) * q (docs/semantics.md 39). The
// values are kept in chunks that double, so that nothing is copied as they grow.

#include <algorithm>
#include <vector>

#include "runtime/inline/aggregates.h"
#include "runtime/inline/decimal.h"
#include "stdlib/aggregates/held_value.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Fail;
using flow::stdlib::Plain;

namespace {

std::vector<double> AllValues(const FlowSample& sample) {
  std::vector<double> values;
  values.reserve(static_cast<size_t>(sample.count));
  for (const FlowSampleChunk* chunk = sample.last; chunk != nullptr; chunk = chunk->before) {
    values.insert(values.end(), chunk->values(), chunk->values() + chunk->used);
  }
  return values;
}

bool Quantile(FlowTask* task, const FlowSample& sample, double q, double* out) {
  if (!(q >= 0.0 && q <= 1.0)) return Fail(task, "a quantile is between 0 and 1");
  if (sample.count == 0) return false;
  std::vector<double> values = AllValues(sample);
  double rank = static_cast<double>(sample.count - 1) * q;
  auto below = static_cast<int64_t>(rank);
  double part = rank - static_cast<double>(below);
  auto at = values.begin() + below;
  std::nth_element(values.begin(), at, values.end(), flow_float_less);
  // Of two equal zeros neither stands first: the result is the plain one (semantics.md 6).
  *out = *at + 0.0;
  if (part == 0.0) return true;
  double next = *std::min_element(at + 1, values.end(), flow_float_less);
  if (next != *at) *out = *at + (next - *at) * part;
  return true;
}

}  // namespace

extern "C" {

bool flow_agg_quantile_final(FlowTask* task, double* out, const void* state,
                             const double* q) noexcept {
  return Quantile(task, *static_cast<const FlowSample*>(state), *q, out);
}

// A duration, to the nearest nanosecond.
bool flow_agg_quantile_duration_final(FlowTask* task, int64_t* out, const void* state,
                                      const double* q) noexcept {
  double value;
  if (!Quantile(task, *static_cast<const FlowSample*>(state), *q, &value)) return false;
  // 2^63 is what the greatest durations round to.
  if (value >= 9223372036854775808.0) {
    *out = INT64_MAX;
    return true;
  }
  *out = static_cast<int64_t>(value + (value < 0 ? -0.5 : 0.5));
  return true;
}

void flow_agg_quantile_decimal_init(void* state) noexcept {
  *static_cast<FlowSample*>(state) = {nullptr, 0};
}
void flow_agg_quantile_decimal_update(FlowArena* arena, const FlowType* const* types, void* state,
                                      const FlowInt128* x) noexcept {
  flow_sample_add(arena, static_cast<FlowSample*>(state),
                  flow_decimal_to_float(x, Plain(types[1])->scale));
}
void flow_agg_quantile_decimal_merge(FlowArena* arena, const FlowType* const*, void* into,
                                     const void* from) noexcept {
  flow_sample_merge(arena, static_cast<FlowSample*>(into), static_cast<const FlowSample*>(from));
}
bool flow_agg_quantile_decimal_final(FlowTask* task, const FlowType* const*, double* out,
                                     const void* state, const double* q) noexcept {
  return Quantile(task, *static_cast<const FlowSample*>(state), *q, out);
}

bool flow_agg_median_final(FlowTask* task, double* out, const void* state) noexcept {
  return Quantile(task, *static_cast<const FlowSample*>(state), 0.5, out);
}
}

namespace flow::stdlib {
namespace {

const AggregateOverload kQuantileOverloads[] = {
    {.signature = "quantile(x: float, const q: float) -> float",
     FLOW_AGGREGATE(flow_agg_quantile, FlowSample)},
    {.signature = "quantile(x: duration, const q: float) -> duration",
     FLOW_AGGREGATE(flow_agg_quantile_duration, FlowSample)},
    {.signature = "quantile(x: decimal, const q: float) -> float",
     FLOW_AGGREGATE(flow_agg_quantile_decimal, FlowSample),
     .generic = true},
};
const AggregateOverload kMedianOverloads[] = {
    {.signature = "median(x: float) -> float", FLOW_AGGREGATE(flow_agg_median, FlowSample)},
};

}  // namespace

const AggregateDef kMedian = {"median", "the value in the middle: quantile 0.5", kMedianOverloads,
                              "all values"};
const AggregateDef kQuantile = {"quantile",
                                "the value below which a share q of the values lies, exact",
                                kQuantileOverloads, "all values"};

}  // namespace flow::stdlib
