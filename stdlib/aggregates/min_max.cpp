// min and max. Numbers and times are inlined (runtime/inline/aggregates.h); other types follow the
// order of docs/semantics.md 8 and are copied only when they win.

#include "runtime/inline/aggregates.h"
#include "runtime/inline/compare.h"
#include "runtime/value.h"
#include "stdlib/aggregates/held_value.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::CopyHeld;
using flow::stdlib::HeldValue;
using flow::stdlib::Hold;
using flow::stdlib::Plain;

namespace {

void UpdateExtreme(FlowArena* arena, const FlowType* type, HeldValue* held, const void* value,
                   int sign) {
  if (held->block != nullptr && flow_value_compare(type, value, held->value()) * sign >= 0) return;
  Hold(arena, type, held, value);
}

}  // namespace

#define FLOW_DEFINE_HELD_EXTREME(name, sign)                                                   \
  void flow_agg_##name##_init(void* state) noexcept { *static_cast<HeldValue*>(state) = {}; }  \
  void flow_agg_##name##_update(FlowArena* arena, const FlowType* const* types, void* state,   \
                                const void* x) noexcept {                                      \
    UpdateExtreme(arena, Plain(types[1]), static_cast<HeldValue*>(state), x, sign);            \
  }                                                                                            \
  void flow_agg_##name##_merge(FlowArena* arena, const FlowType* const* types, void* into,     \
                               const void* from) noexcept {                                    \
    const auto* held = static_cast<const HeldValue*>(from);                                    \
    if (held->block == nullptr) return;                                                        \
    UpdateExtreme(arena, Plain(types[1]), static_cast<HeldValue*>(into), held->value(), sign); \
  }                                                                                            \
  bool flow_agg_##name##_final(FlowTask* task, const FlowType* const* types, void* out,        \
                               const void* state) noexcept {                                   \
    const auto* held = static_cast<const HeldValue*>(state);                                   \
    if (held->block == nullptr) return false;                                                  \
    CopyHeld(task->arena, Plain(types[1]), *held, out);                                        \
    return true;                                                                               \
  }

extern "C" {
FLOW_DEFINE_HELD_EXTREME(min_value, 1)
FLOW_DEFINE_HELD_EXTREME(max_value, -1)
}

namespace flow::stdlib {
namespace {

const AggregateOverload kMinOverloads[] = {
    {.signature = "min(x: int) -> int", FLOW_AGGREGATE(flow_agg_min_int, FlowIntExtreme)},
    {.signature = "min(x: float) -> float", FLOW_AGGREGATE(flow_agg_min_float, FlowFloatExtreme)},
    {.signature = "min(x: timestamp) -> timestamp",
     FLOW_AGGREGATE(flow_agg_min_int, FlowIntExtreme)},
    {.signature = "min(x: duration) -> duration", FLOW_AGGREGATE(flow_agg_min_int, FlowIntExtreme)},
    {.signature = "min(x: T) -> T", FLOW_AGGREGATE(flow_agg_min_value, HeldValue), .generic = true},
};
const AggregateOverload kMaxOverloads[] = {
    {.signature = "max(x: int) -> int", FLOW_AGGREGATE(flow_agg_max_int, FlowIntExtreme)},
    {.signature = "max(x: float) -> float", FLOW_AGGREGATE(flow_agg_max_float, FlowFloatExtreme)},
    {.signature = "max(x: timestamp) -> timestamp",
     FLOW_AGGREGATE(flow_agg_max_int, FlowIntExtreme)},
    {.signature = "max(x: duration) -> duration", FLOW_AGGREGATE(flow_agg_max_int, FlowIntExtreme)},
    {.signature = "max(x: T) -> T", FLOW_AGGREGATE(flow_agg_max_value, HeldValue), .generic = true},
};

}  // namespace

const AggregateDef kMax = {"max", "greatest value", kMaxOverloads};
const AggregateDef kMin = {"min", "least value", kMinOverloads};

}  // namespace flow::stdlib
