// variance, stddev of the sample: from the exact sums of the values and of their squares, rounded
// once (docs/semantics.md 36, 38).

#include "stdlib/aggregates/exact_moments.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::ExactMoments;

namespace {

struct OptionalFloat {
  double value;
  uint8_t present;
};

bool Finish(const ExactMoments& moments, bool root, OptionalFloat* out) {
  *out = {0, 0};
  if (moments.sum.count < 2) return true;
  double variance = Variance(moments);
  *out = {root ? __builtin_elementwise_sqrt(variance) : variance, 1};
  return true;
}

}  // namespace

#define FLOW_DEFINE_VARIANCE(name, root)                                                         \
  void flow_agg_##name##_init(void* state) noexcept { Init(static_cast<ExactMoments*>(state)); } \
  void flow_agg_##name##_update(FlowArena* arena, void* state, const double* x) noexcept {       \
    Add(arena, static_cast<ExactMoments*>(state), *x);                                           \
  }                                                                                              \
  void flow_agg_##name##_merge(FlowArena* arena, void* into, const void* from) noexcept {        \
    Merge(arena, static_cast<ExactMoments*>(into), *static_cast<const ExactMoments*>(from));     \
  }                                                                                              \
  bool flow_agg_##name##_final(FlowTask*, OptionalFloat* out, const void* state) noexcept {      \
    return Finish(*static_cast<const ExactMoments*>(state), root, out);                          \
  }

extern "C" {
FLOW_DEFINE_VARIANCE(variance, false)
FLOW_DEFINE_VARIANCE(stddev, true)
}

namespace flow::stdlib {
namespace {

const AggregateOverload kVarianceOverloads[] = {
    {.signature = "variance(x: float) -> float?",
     FLOW_AGGREGATE(flow_agg_variance, ExactMoments),
     .empty_value = true},
};
const AggregateOverload kStddevOverloads[] = {
    {.signature = "stddev(x: float) -> float?",
     FLOW_AGGREGATE(flow_agg_stddev, ExactMoments),
     .empty_value = true},
};

}  // namespace

const AggregateDef kStddev = {"stddev", "standard deviation of the sample; none below two values",
                              kStddevOverloads};
const AggregateDef kVariance = {"variance", "variance of the sample; none below two values",
                                kVarianceOverloads};

}  // namespace flow::stdlib
