#pragma once
// Kernels of the aggregates that run per row over numbers and times: small enough to be inlined
// into the loop. Contract: base/catalog.h, AggregateOverload. The descriptors that name them are in
// stdlib/aggregates/.

#include <stdint.h>

#include "runtime/abi.h"
#include "runtime/inline/float_sum.h"
#include "runtime/inline/helper.h"

// ---- count
struct FlowCount {
  int64_t rows;
};
FLOW_HELPER void flow_agg_count_init(void* state) noexcept {
  static_cast<FlowCount*>(state)->rows = 0;
}
FLOW_HELPER void flow_agg_count_update(FlowArena*, void* state) noexcept {
  ++static_cast<FlowCount*>(state)->rows;
}
FLOW_HELPER void flow_agg_count_merge(FlowArena*, void* into, const void* from) noexcept {
  static_cast<FlowCount*>(into)->rows += static_cast<const FlowCount*>(from)->rows;
}
FLOW_HELPER bool flow_agg_count_final(FlowTask*, int64_t* out, const void* state) noexcept {
  *out = static_cast<const FlowCount*>(state)->rows;
  return true;
}
// count(x): none was skipped before, so it counts what it sees. The argument is not looked at.
FLOW_HELPER void flow_agg_count_values_init(void* state) noexcept {
  static_cast<FlowCount*>(state)->rows = 0;
}
FLOW_HELPER void flow_agg_count_values_update(FlowArena*, void* state, const void*) noexcept {
  ++static_cast<FlowCount*>(state)->rows;
}
FLOW_HELPER void flow_agg_count_values_merge(FlowArena*, void* into, const void* from) noexcept {
  static_cast<FlowCount*>(into)->rows += static_cast<const FlowCount*>(from)->rows;
}
FLOW_HELPER bool flow_agg_count_values_final(FlowTask*, int64_t* out, const void* state) noexcept {
  *out = static_cast<const FlowCount*>(state)->rows;
  return true;
}

// ---- sum and avg of int and duration: 128 bits hold 2^63 terms; the fit is checked when the
// result is sent.
struct FlowIntSum {
  FlowInt128 sum;
  int64_t count;
};
FLOW_HELPER void flow_agg_sum_int_init(void* state) noexcept {
  *static_cast<FlowIntSum*>(state) = {0, 0};
}
FLOW_HELPER void flow_agg_sum_int_update(FlowArena*, void* state, const int64_t* x) noexcept {
  auto* s = static_cast<FlowIntSum*>(state);
  s->sum += *x;
  ++s->count;
}
FLOW_HELPER void flow_agg_sum_int_merge(FlowArena*, void* into, const void* from) noexcept {
  auto* a = static_cast<FlowIntSum*>(into);
  auto* b = static_cast<const FlowIntSum*>(from);
  a->sum += b->sum;
  a->count += b->count;
}
FLOW_HELPER bool flow_agg_sum_int_final(FlowTask*, int64_t* out, const void* state) noexcept {
  FlowInt128 sum = static_cast<const FlowIntSum*>(state)->sum;
  *out = static_cast<int64_t>(sum);
  return *out == sum;
}

FLOW_HELPER void flow_agg_avg_int_init(void* state) noexcept { flow_agg_sum_int_init(state); }
FLOW_HELPER void flow_agg_avg_int_update(FlowArena* arena, void* state, const int64_t* x) noexcept {
  flow_agg_sum_int_update(arena, state, x);
}
FLOW_HELPER void flow_agg_avg_int_merge(FlowArena* arena, void* into, const void* from) noexcept {
  flow_agg_sum_int_merge(arena, into, from);
}
// The nearest float64. By hand: the compiler's helper is no symbol of every executable.
FLOW_HELPER double flow_wide_to_float(const FlowInt128* value) noexcept {
  int64_t narrow = static_cast<int64_t>(*value);
  if (FLOW_LIKELY(narrow == *value)) return static_cast<double>(narrow);
  bool negative = *value < 0;
  auto magnitude = static_cast<unsigned __int128>(*value);
  if (negative) magnitude = 0 - magnitude;
  // 64 bits with the last one sticky round as all of them would.
  int shift = 64 - __builtin_clzll(static_cast<uint64_t>(magnitude >> 64) | 1);
  uint64_t top = static_cast<uint64_t>(magnitude >> shift);
  if (static_cast<unsigned __int128>(top) << shift != magnitude) top |= 1;
  double scale = __builtin_bit_cast(double, static_cast<uint64_t>(1023 + shift) << 52);
  double out = static_cast<double>(top) * scale;
  return negative ? -out : out;
}
// The exact quotient, rounded once when the sum fits a float64 exactly, and by at most two
// roundings else.
FLOW_HELPER bool flow_agg_avg_int_final(FlowTask*, double* out, const void* state) noexcept {
  auto* s = static_cast<const FlowIntSum*>(state);
  *out = flow_wide_to_float(&s->sum) / static_cast<double>(s->count);
  return true;
}
// avg(duration) is a duration, rounded half away from zero.
FLOW_HELPER void flow_agg_avg_duration_init(void* state) noexcept { flow_agg_sum_int_init(state); }
FLOW_HELPER void flow_agg_avg_duration_update(FlowArena* arena, void* state,
                                              const int64_t* x) noexcept {
  flow_agg_sum_int_update(arena, state, x);
}
FLOW_HELPER void flow_agg_avg_duration_merge(FlowArena* arena, void* into,
                                             const void* from) noexcept {
  flow_agg_sum_int_merge(arena, into, from);
}
FLOW_HELPER bool flow_agg_avg_duration_final(FlowTask*, int64_t* out, const void* state) noexcept {
  auto* s = static_cast<const FlowIntSum*>(state);
  if (s->count == 0) {
    *out = 0;
    return true;
  }
  FlowInt128 quotient = s->sum / s->count;
  FlowInt128 rest = s->sum % s->count;
  FlowInt128 twice = rest < 0 ? -2 * rest : 2 * rest;
  if (twice >= s->count) quotient += s->sum < 0 ? -1 : 1;
  *out = static_cast<int64_t>(quotient);
  return true;
}

// ---- sum and avg of float: exact, rounded once
FLOW_HELPER void flow_agg_sum_float_init(void* state) noexcept {
  flow_float_sum_init(static_cast<FlowFloatSum*>(state));
}
FLOW_HELPER void flow_agg_sum_float_update(FlowArena* arena, void* state,
                                           const double* x) noexcept {
  flow_float_sum_add(arena, static_cast<FlowFloatSum*>(state), *x);
}
FLOW_HELPER void flow_agg_sum_float_merge(FlowArena* arena, void* into, const void* from) noexcept {
  flow_float_sum_merge(arena, static_cast<FlowFloatSum*>(into),
                       static_cast<const FlowFloatSum*>(from));
}
FLOW_HELPER bool flow_agg_sum_float_final(FlowTask*, double* out, const void* state) noexcept {
  *out = flow_float_sum_value(static_cast<const FlowFloatSum*>(state));
  return true;
}
FLOW_HELPER void flow_agg_avg_float_init(void* state) noexcept {
  flow_float_sum_init(static_cast<FlowFloatSum*>(state));
}
FLOW_HELPER void flow_agg_avg_float_update(FlowArena* arena, void* state,
                                           const double* x) noexcept {
  flow_float_sum_add(arena, static_cast<FlowFloatSum*>(state), *x);
}
FLOW_HELPER void flow_agg_avg_float_merge(FlowArena* arena, void* into, const void* from) noexcept {
  flow_float_sum_merge(arena, static_cast<FlowFloatSum*>(into),
                       static_cast<const FlowFloatSum*>(from));
}
FLOW_HELPER bool flow_agg_avg_float_final(FlowTask*, double* out, const void* state) noexcept {
  auto* s = static_cast<const FlowFloatSum*>(state);
  *out = flow_float_sum_value(s) / static_cast<double>(s->count);
  return true;
}

// ---- min and max of int, timestamp, duration (signed 64 bits) and float (NaN greatest, -0.0 equal
// to 0.0)
struct FlowIntExtreme {
  int64_t value;
  bool seen;
};
struct FlowFloatExtreme {
  double value;
  bool seen;
};

// a < b in the total order of docs/semantics.md 6.
FLOW_HELPER bool flow_float_less(double a, double b) noexcept {
  return a < b || (b != b && a == a);
}

#define FLOW_DEFINE_EXTREME(name, Value, State, first_wins)                                     \
  FLOW_HELPER void flow_agg_##name##_init(void* state) noexcept {                               \
    *static_cast<State*>(state) = {0, false};                                                   \
  }                                                                                             \
  FLOW_HELPER void flow_agg_##name##_update(FlowArena*, void* state, const Value* x) noexcept { \
    auto* s = static_cast<State*>(state);                                                       \
    Value a = *x;                                                                               \
    Value b = s->value;                                                                         \
    if (!s->seen || (first_wins)) s->value = a;                                                 \
    s->seen = true;                                                                             \
  }                                                                                             \
  FLOW_HELPER void flow_agg_##name##_merge(FlowArena* arena, void* into,                        \
                                           const void* from) noexcept {                         \
    auto* s = static_cast<const State*>(from);                                                  \
    if (s->seen) flow_agg_##name##_update(arena, into, &s->value);                              \
  }                                                                                             \
  FLOW_HELPER bool flow_agg_##name##_final(FlowTask*, Value* out, const void* state) noexcept { \
    *out = static_cast<const State*>(state)->value;                                             \
    return true;                                                                                \
  }
FLOW_DEFINE_EXTREME(min_int, int64_t, FlowIntExtreme, a < b)
FLOW_DEFINE_EXTREME(max_int, int64_t, FlowIntExtreme, b < a)
FLOW_DEFINE_EXTREME(min_float, double, FlowFloatExtreme, flow_float_less(a, b))
FLOW_DEFINE_EXTREME(max_float, double, FlowFloatExtreme, flow_float_less(b, a))
#undef FLOW_DEFINE_EXTREME

// ---- quantile and median: all values, in chunks that double
struct FlowSampleChunk {
  FlowSampleChunk* before;
  int64_t capacity;
  int64_t used;

  double* values() { return reinterpret_cast<double*>(this + 1); }
  const double* values() const { return reinterpret_cast<const double*>(this + 1); }
};
struct FlowSample {
  FlowSampleChunk* last;
  int64_t count;
};
extern "C" {  // runtime/aggregates.cpp
void* flow_sample_grow(FlowArena* arena, FlowSample* sample) noexcept;
void flow_sample_merge(FlowArena* arena, FlowSample* into, const FlowSample* from) noexcept;
}

FLOW_HELPER void flow_sample_add(FlowArena* arena, FlowSample* sample, double value) noexcept {
  FlowSampleChunk* chunk = sample->last;
  if (FLOW_UNLIKELY(chunk == nullptr || chunk->used == chunk->capacity)) {
    chunk = static_cast<FlowSampleChunk*>(flow_sample_grow(arena, sample));
  }
  chunk->values()[chunk->used++] = value;
  ++sample->count;
}
#define FLOW_DEFINE_SAMPLE(name, Value)                                               \
  FLOW_HELPER void flow_agg_##name##_init(void* state) noexcept {                     \
    *static_cast<FlowSample*>(state) = {nullptr, 0};                                  \
  }                                                                                   \
  FLOW_HELPER void flow_agg_##name##_update(FlowArena* arena, void* state,            \
                                            const Value* x) noexcept {                \
    flow_sample_add(arena, static_cast<FlowSample*>(state), static_cast<double>(*x)); \
  }                                                                                   \
  FLOW_HELPER void flow_agg_##name##_merge(FlowArena* arena, void* into,              \
                                           const void* from) noexcept {               \
    flow_sample_merge(arena, static_cast<FlowSample*>(into),                          \
                      static_cast<const FlowSample*>(from));                          \
  }
FLOW_DEFINE_SAMPLE(quantile, double)
FLOW_DEFINE_SAMPLE(quantile_duration, int64_t)
FLOW_DEFINE_SAMPLE(median, double)
#undef FLOW_DEFINE_SAMPLE
extern "C" {
bool flow_agg_quantile_final(FlowTask* task, double* out, const void* state,
                             const double* q) noexcept;
bool flow_agg_quantile_duration_final(FlowTask* task, int64_t* out, const void* state,
                                      const double* q) noexcept;
bool flow_agg_median_final(FlowTask* task, double* out, const void* state) noexcept;
}

// ---- count_distinct of 64-bit values: open addressing, zero kept apart since it marks free slots
struct FlowNumberSet {
  int64_t* slots;
  uint64_t mask;
  int64_t count;
  bool has_zero;
};
extern "C" {  // runtime/aggregates.cpp
void flow_number_set_grow(FlowArena* arena, FlowNumberSet* set) noexcept;
void flow_number_set_merge(FlowArena* arena, FlowNumberSet* into,
                           const FlowNumberSet* from) noexcept;
}

FLOW_HELPER uint64_t flow_number_hash(int64_t value) noexcept {
  auto bits = static_cast<uint64_t>(value);
  bits *= 0x9e3779b97f4a7c15u;
  return bits ^ bits >> 32;
}
FLOW_HELPER void flow_number_set_add(FlowArena* arena, FlowNumberSet* set, int64_t value) noexcept {
  if (value == 0) {
    set->count += !set->has_zero;
    set->has_zero = true;
    return;
  }
  if (set->slots == nullptr || static_cast<uint64_t>(set->count) * 4 >= (set->mask + 1) * 3) {
    flow_number_set_grow(arena, set);
  }
  uint64_t at = flow_number_hash(value) & set->mask;
  for (; set->slots[at] != 0; at = (at + 1) & set->mask) {
    if (set->slots[at] == value) return;
  }
  set->slots[at] = value;
  ++set->count;
}
// Equal floats have equal bits: one NaN, one zero.
FLOW_HELPER int64_t flow_float_key(double value) noexcept {
  if (value != value) return 0x7ff8000000000000;
  return value == 0 ? 0 : __builtin_bit_cast(int64_t, value);
}
#define FLOW_DEFINE_DISTINCT(name, Value, key)                                                    \
  FLOW_HELPER void flow_agg_##name##_init(void* state) noexcept {                                 \
    *static_cast<FlowNumberSet*>(state) = {nullptr, 0, 0, false};                                 \
  }                                                                                               \
  FLOW_HELPER void flow_agg_##name##_update(FlowArena* arena, void* state,                        \
                                            const Value* x) noexcept {                            \
    flow_number_set_add(arena, static_cast<FlowNumberSet*>(state), key);                          \
  }                                                                                               \
  FLOW_HELPER void flow_agg_##name##_merge(FlowArena* arena, void* into,                          \
                                           const void* from) noexcept {                           \
    flow_number_set_merge(arena, static_cast<FlowNumberSet*>(into),                               \
                          static_cast<const FlowNumberSet*>(from));                               \
  }                                                                                               \
  FLOW_HELPER bool flow_agg_##name##_final(FlowTask*, int64_t* out, const void* state) noexcept { \
    *out = static_cast<const FlowNumberSet*>(state)->count;                                       \
    return true;                                                                                  \
  }
FLOW_DEFINE_DISTINCT(distinct_int, int64_t, *x)
FLOW_DEFINE_DISTINCT(distinct_float, double, flow_float_key(*x))
#undef FLOW_DEFINE_DISTINCT
