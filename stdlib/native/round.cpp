// floor, ceil, round, trunc: to whole numbers, or to a number of fraction digits.

#include "runtime/inline/functions.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Fail;

namespace {

enum class Direction { kDown, kUp, kZero, kNearest };

// `x`, of a scale that the result keeps, rounded to a whole number; ceil of 9.5 has no place in
// decimal(2, 1).
bool RoundDecimal(FlowInt128* out, const FlowType* const* types, const FlowInt128* x,
                  Direction direction) {
  auto unit = static_cast<FlowInt128>(kFlowWidePow10[types[1]->scale]);
  FlowInt128 whole = *x / unit;
  FlowInt128 rest = *x % unit;
  if (direction == Direction::kDown && rest < 0) --whole;
  if (direction == Direction::kUp && rest > 0) ++whole;
  if (direction == Direction::kNearest && rest >= unit - rest) ++whole;
  if (direction == Direction::kNearest && -rest >= unit + rest) --whole;
  return flow_decimal_rescale(out, &whole, 0, types[0]->precision, types[0]->scale);
}

}  // namespace

extern "C" {

bool flow_fn_floor_decimal(FlowTask*, const FlowType* const* types, FlowInt128* out,
                           const FlowInt128* x) noexcept {
  return RoundDecimal(out, types, x, Direction::kDown);
}
bool flow_fn_ceil_decimal(FlowTask*, const FlowType* const* types, FlowInt128* out,
                          const FlowInt128* x) noexcept {
  return RoundDecimal(out, types, x, Direction::kUp);
}
bool flow_fn_trunc_decimal(FlowTask*, const FlowType* const* types, FlowInt128* out,
                           const FlowInt128* x) noexcept {
  return RoundDecimal(out, types, x, Direction::kZero);
}
bool flow_fn_round_decimal(FlowTask*, const FlowType* const* types, FlowInt128* out,
                           const FlowInt128* x) noexcept {
  return RoundDecimal(out, types, x, Direction::kNearest);
}

// The float nearest to x rounded, half away from zero, to `digits` fraction digits. Exact: x goes
// through a decimal where it has one, and has no such digits where it has none.
bool flow_fn_round_digits(FlowTask* task, double* out, const double* x,
                          const int64_t* digits) noexcept {
  if (*digits < 0 || *digits > 30) return Fail(task, "the number of digits must be 0 to 30");
  auto scale = static_cast<int32_t>(*digits);
  FlowInt128 exact;
  if (!flow_decimal_from_float(&exact, *x, 38, scale)) {
    *out = *x;
    return true;
  }
  *out = __builtin_copysign(flow_decimal_to_float(&exact, scale), *x);
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kFloorOverloads[] = {
    {.signature = "floor(x: int) -> int", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "floor(x: float) -> float", FLOW_KERNEL(flow_fn_floor_float)},
    {.signature = "floor(x: decimal) -> decimal",
     FLOW_KERNEL(flow_fn_floor_decimal),
     .generic = true,
     .faults = true},
};
const FunctionExample kFloorExamples[] = {{"floor(2.7)", "2.0"}, {"floor(-2.1)", "-3.0"}};

const FunctionOverload kCeilOverloads[] = {
    {.signature = "ceil(x: int) -> int", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "ceil(x: float) -> float", FLOW_KERNEL(flow_fn_ceil_float)},
    {.signature = "ceil(x: decimal) -> decimal",
     FLOW_KERNEL(flow_fn_ceil_decimal),
     .generic = true,
     .faults = true},
};
const FunctionExample kCeilExamples[] = {{"ceil(2.1)", "3.0"}, {"ceil(-2.7)", "-2.0"}};

const FunctionOverload kRoundOverloads[] = {
    {.signature = "round(x: int) -> int", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "round(x: float) -> float", FLOW_KERNEL(flow_fn_round_float)},
    {.signature = "round(x: decimal) -> decimal",
     FLOW_KERNEL(flow_fn_round_decimal),
     .generic = true,
     .faults = true},
    {.signature = "round(x: float, digits: int) -> float",
     FLOW_KERNEL(flow_fn_round_digits),
     .faults = true},
};
const FunctionExample kRoundExamples[] = {
    {"round(2.5)", "3.0"},
    {"round(-2.5)", "-3.0"},
    {"round(2.675, 2)", "2.67"},  // 2.675 is a float a little below
    {"round(1234.5678, 1)", "1234.6"},
};

const FunctionOverload kTruncOverloads[] = {
    {.signature = "trunc(x: int) -> int", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "trunc(x: float) -> float", FLOW_KERNEL(flow_fn_trunc_float)},
    {.signature = "trunc(x: decimal) -> decimal",
     FLOW_KERNEL(flow_fn_trunc_decimal),
     .generic = true,
     .faults = true},
};
const FunctionExample kTruncExamples[] = {{"trunc(-2.7)", "-2.0"}};

}  // namespace

const FunctionDef kCeil = {"ceil", "the least whole number not below", kCeilOverloads,
                           kCeilExamples};
const FunctionDef kFloor = {"floor", "the greatest whole number not above", kFloorOverloads,
                            kFloorExamples};
const FunctionDef kRound = {
    "round", "the nearest whole number, or number of so many fraction digits; half away from zero",
    kRoundOverloads, kRoundExamples};
const FunctionDef kTrunc = {"trunc", "without its fraction", kTruncOverloads, kTruncExamples};

}  // namespace flow::stdlib
