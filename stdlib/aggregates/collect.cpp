// collect: all values of a group as an array, in row order.

#include <algorithm>
#include <vector>

#include "runtime/value.h"
#include "stdlib/aggregates/held_value.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::Plain;

namespace {

// Values and their event times in two arrays that double together.
struct Collected {
  char* values;
  int64_t* times;
  int64_t count;
  int64_t capacity;
  bool in_order;
};

void Append(FlowArena* arena, const FlowType* type, Collected* state, int64_t time,
            const void* value) {
  if (state->count == state->capacity) {
    int64_t capacity = state->capacity == 0 ? 4 : state->capacity * 2;
    char* values = Allocate(arena, capacity * type->size, type->align);
    auto* times = reinterpret_cast<int64_t*>(Allocate(arena, capacity * 8, 8));
    if (state->count > 0) {
      std::memcpy(values, state->values, static_cast<size_t>(state->count) * type->size);
      std::memcpy(times, state->times, static_cast<size_t>(state->count) * 8);
    }
    state->values = values;
    state->times = times;
    state->capacity = capacity;
  }
  if (state->count > 0 && time < state->times[state->count - 1]) state->in_order = false;
  flow_value_copy(arena, type, state->values + state->count * type->size, value);
  state->times[state->count++] = time;
}

}  // namespace

extern "C" {

void flow_agg_collect_init(void* state) noexcept {
  *static_cast<Collected*>(state) = {nullptr, nullptr, 0, 0, true};
}
void flow_agg_collect_update(FlowArena* arena, const FlowType* const* types, void* state,
                             const int64_t* time, const void* x) noexcept {
  Append(arena, Plain(types[1]), static_cast<Collected*>(state), *time, x);
}
void flow_agg_collect_merge(FlowArena* arena, const FlowType* const* types, void* into,
                            const void* from) noexcept {
  const FlowType* type = Plain(types[1]);
  const auto* s = static_cast<const Collected*>(from);
  for (int64_t i = 0; i < s->count; ++i) {
    Append(arena, type, static_cast<Collected*>(into), s->times[i], s->values + i * type->size);
  }
}
bool flow_agg_collect_final(FlowTask* task, const FlowType* const* types, FlowArray* out,
                            const void* state) noexcept {
  const FlowType* type = Plain(types[1]);
  const auto* s = static_cast<const Collected*>(state);
  std::vector<int64_t> order(static_cast<size_t>(s->count));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  if (!s->in_order) {
    std::sort(order.begin(), order.end(), [s](int64_t a, int64_t b) {
      return s->times[a] != s->times[b] ? s->times[a] < s->times[b] : a < b;
    });
  }
  char* values = Allocate(task->arena, s->count * type->size, type->align);
  for (size_t i = 0; i < order.size(); ++i) {
    flow_value_copy(task->arena, type, values + i * type->size, s->values + order[i] * type->size);
  }
  *out = {values, s->count};
  return true;
}
}

namespace flow::stdlib {
namespace {

const AggregateOverload kOverloads[] = {
    {.signature = "collect(x: T) -> [T]",
     FLOW_AGGREGATE(flow_agg_collect, Collected),
     .generic = true,
     .ordered = true,
     .empty_value = true},
};

}  // namespace

const AggregateDef kCollect = {"collect", "all values as an array, in row order", kOverloads,
                               "all values"};

}  // namespace flow::stdlib
