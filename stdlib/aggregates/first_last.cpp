// first, last, arg_min, arg_max: the value of one row of the group, chosen in row order.

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

struct FirstState {
  int64_t time;
  HeldValue value;
};

struct ArgState {
  int64_t time;
  HeldValue value;
  HeldValue by;
};

// Whether a later row of the group takes the place of the one held.
void UpdateFirst(FlowArena* arena, const FlowType* type, FirstState* state, int64_t time,
                 const void* value, bool last) {
  bool taken = last ? time >= state->time : time < state->time;
  if (state->value.block != nullptr && !taken) return;
  state->time = time;
  Hold(arena, type, &state->value, value);
}

// `sign` 1 for the least, -1 for the greatest; the first in row order of several.
void UpdateArg(FlowArena* arena, const FlowType* const* types, ArgState* state, int64_t time,
               const void* value, const void* by, int sign) {
  const FlowType* by_type = Plain(types[2]);
  if (state->by.block != nullptr) {
    int order = flow_value_compare(by_type, by, state->by.value()) * sign;
    if (order > 0 || (order == 0 && time >= state->time)) return;
  }
  state->time = time;
  Hold(arena, Plain(types[1]), &state->value, value);
  Hold(arena, by_type, &state->by, by);
}

}  // namespace

#define FLOW_DEFINE_FIRST(name, last)                                                              \
  void flow_agg_##name##_init(void* state) noexcept { *static_cast<FirstState*>(state) = {}; }     \
  void flow_agg_##name##_update(FlowArena* arena, const FlowType* const* types, void* state,       \
                                const int64_t* time, const void* x) noexcept {                     \
    UpdateFirst(arena, Plain(types[1]), static_cast<FirstState*>(state), *time, x, last);          \
  }                                                                                                \
  void flow_agg_##name##_merge(FlowArena* arena, const FlowType* const* types, void* into,         \
                               const void* from) noexcept {                                        \
    const auto* s = static_cast<const FirstState*>(from);                                          \
    if (s->value.block == nullptr) return;                                                         \
    UpdateFirst(arena, Plain(types[1]), static_cast<FirstState*>(into), s->time, s->value.value(), \
                last);                                                                             \
  }                                                                                                \
  bool flow_agg_##name##_final(FlowTask* task, const FlowType* const* types, void* out,            \
                               const void* state) noexcept {                                       \
    const auto* s = static_cast<const FirstState*>(state);                                         \
    if (s->value.block == nullptr) return false;                                                   \
    CopyHeld(task->arena, Plain(types[1]), s->value, out);                                         \
    return true;                                                                                   \
  }

#define FLOW_DEFINE_ARG(name, sign)                                                            \
  void flow_agg_##name##_init(void* state) noexcept { *static_cast<ArgState*>(state) = {}; }   \
  void flow_agg_##name##_update(FlowArena* arena, const FlowType* const* types, void* state,   \
                                const int64_t* time, const void* x, const void* by) noexcept { \
    UpdateArg(arena, types, static_cast<ArgState*>(state), *time, x, by, sign);                \
  }                                                                                            \
  void flow_agg_##name##_merge(FlowArena* arena, const FlowType* const* types, void* into,     \
                               const void* from) noexcept {                                    \
    const auto* s = static_cast<const ArgState*>(from);                                        \
    if (s->by.block == nullptr) return;                                                        \
    UpdateArg(arena, types, static_cast<ArgState*>(into), s->time, s->value.value(),           \
              s->by.value(), sign);                                                            \
  }                                                                                            \
  bool flow_agg_##name##_final(FlowTask* task, const FlowType* const* types, void* out,        \
                               const void* state) noexcept {                                   \
    const auto* s = static_cast<const ArgState*>(state);                                       \
    if (s->by.block == nullptr) return false;                                                  \
    CopyHeld(task->arena, Plain(types[1]), s->value, out);                                     \
    return true;                                                                               \
  }

extern "C" {
FLOW_DEFINE_FIRST(first, false)
FLOW_DEFINE_FIRST(last, true)
FLOW_DEFINE_ARG(arg_min, 1)
FLOW_DEFINE_ARG(arg_max, -1)
}

namespace flow::stdlib {
namespace {

const AggregateOverload kFirstOverloads[] = {
    {.signature = "first(x: T) -> T",
     FLOW_AGGREGATE(flow_agg_first, FirstState),
     .generic = true,
     .ordered = true},
};
const AggregateOverload kLastOverloads[] = {
    {.signature = "last(x: T) -> T",
     FLOW_AGGREGATE(flow_agg_last, FirstState),
     .generic = true,
     .ordered = true},
};
const AggregateOverload kArgMinOverloads[] = {
    {.signature = "arg_min(x: T, by: U) -> T",
     FLOW_AGGREGATE(flow_agg_arg_min, ArgState),
     .generic = true,
     .ordered = true},
};
const AggregateOverload kArgMaxOverloads[] = {
    {.signature = "arg_max(x: T, by: U) -> T",
     FLOW_AGGREGATE(flow_agg_arg_max, ArgState),
     .generic = true,
     .ordered = true},
};

}  // namespace

const AggregateDef kArgMax = {"arg_max", "x of the row whose `by` is greatest", kArgMaxOverloads};
const AggregateDef kArgMin = {"arg_min", "x of the row whose `by` is least", kArgMinOverloads};
const AggregateDef kFirst = {"first", "value of the first row, in row order", kFirstOverloads};
const AggregateDef kLast = {"last", "value of the last row, in row order", kLastOverloads};

}  // namespace flow::stdlib
