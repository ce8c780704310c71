// first, last, sum, avg, min, max of arrays.

#include "runtime/inline/decimal.h"
#include "runtime/inline/float_sum.h"
#include "runtime/value.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;

namespace {

// `out` is an optional of the element: { T, u8 present }.
void TakeElement(const FlowType* optional, void* out, const FlowArray& xs, int64_t index) {
  size_t size = optional->inner->size;
  bool present = index >= 0 && index < xs.count;
  auto* bytes = static_cast<char*>(out);
  if (present) {
    std::memcpy(bytes, static_cast<const char*>(xs.data) + static_cast<size_t>(index) * size, size);
  } else {
    std::memset(bytes, 0, size);
  }
  bytes[size] = static_cast<char>(present);
}

// The index of the first element that is least (sign 1) or greatest (sign -1); -1 of none.
int64_t Extreme(const FlowType* element, const FlowArray& xs, int sign) {
  int64_t best = xs.count == 0 ? -1 : 0;
  const char* data = static_cast<const char*>(xs.data);
  for (int64_t i = 1; i < xs.count; ++i) {
    int32_t order =
        flow_value_compare(element, data + i * element->size, data + best * element->size);
    if (order * sign < 0) best = i;
  }
  return best;
}

struct OptionalFloat {
  double value;
  uint8_t present;
};

}  // namespace

extern "C" {

bool flow_fn_first(FlowTask*, const FlowType* const* types, void* out,
                   const FlowArray* xs) noexcept {
  TakeElement(types[0], out, *xs, 0);
  return true;
}
bool flow_fn_last(FlowTask*, const FlowType* const* types, void* out,
                  const FlowArray* xs) noexcept {
  TakeElement(types[0], out, *xs, xs->count - 1);
  return true;
}
bool flow_fn_min_array(FlowTask*, const FlowType* const* types, void* out,
                       const FlowArray* xs) noexcept {
  TakeElement(types[0], out, *xs, Extreme(types[0]->inner, *xs, 1));
  return true;
}
bool flow_fn_max_array(FlowTask*, const FlowType* const* types, void* out,
                       const FlowArray* xs) noexcept {
  TakeElement(types[0], out, *xs, Extreme(types[0]->inner, *xs, -1));
  return true;
}

bool flow_fn_sum_array_int(FlowTask*, int64_t* out, const FlowArray* xs) noexcept {
  FlowInt128 sum = 0;
  for (int64_t i = 0; i < xs->count; ++i) sum += static_cast<const int64_t*>(xs->data)[i];
  *out = static_cast<int64_t>(sum);
  return *out == sum;
}
bool flow_fn_sum_array_float(FlowTask* task, double* out, const FlowArray* xs) noexcept {
  FlowFloatSum sum;
  flow_float_sum_init(&sum);
  for (int64_t i = 0; i < xs->count; ++i) {
    flow_float_sum_add(task->arena, &sum, static_cast<const double*>(xs->data)[i]);
  }
  *out = flow_float_sum_value(&sum);
  return true;
}
bool flow_fn_avg_array_int(FlowTask*, void* out, const FlowArray* xs) noexcept {
  FlowInt128 sum = 0;
  for (int64_t i = 0; i < xs->count; ++i) sum += static_cast<const int64_t*>(xs->data)[i];
  auto* result = static_cast<OptionalFloat*>(out);
  *result = {0, 0};
  if (xs->count > 0) *result = {static_cast<double>(sum) / static_cast<double>(xs->count), 1};
  return true;
}
bool flow_fn_avg_array_float(FlowTask* task, void* out, const FlowArray* xs) noexcept {
  double sum;
  flow_fn_sum_array_float(task, &sum, xs);
  auto* result = static_cast<OptionalFloat*>(out);
  *result = {0, 0};
  if (xs->count > 0) *result = {sum / static_cast<double>(xs->count), 1};
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kFirstOverloads[] = {
    {.signature = "first(xs: [T]) -> T?", FLOW_KERNEL(flow_fn_first), .generic = true},
};
const FunctionExample kFirstExamples[] = {{"first([3, 1, 2])", "3"}};
const FunctionOverload kLastOverloads[] = {
    {.signature = "last(xs: [T]) -> T?", FLOW_KERNEL(flow_fn_last), .generic = true},
};
const FunctionExample kLastExamples[] = {{R"(last(split("a, b", ", ")))", R"("b")"}};
const FunctionOverload kMinOverloads[] = {
    {.signature = "min(xs: [T]) -> T?", FLOW_KERNEL(flow_fn_min_array), .generic = true},
};
const FunctionExample kMinExamples[] = {{"min([3, 1, 2])", "1"}};
const FunctionOverload kMaxOverloads[] = {
    {.signature = "max(xs: [T]) -> T?", FLOW_KERNEL(flow_fn_max_array), .generic = true},
};
const FunctionExample kMaxExamples[] = {{R"(max(["b", "c", "a"]))", R"("c")"}};
const FunctionOverload kSumOverloads[] = {
    {.signature = "sum(xs: [int]) -> int", FLOW_KERNEL(flow_fn_sum_array_int), .faults = true},
    {.signature = "sum(xs: [float]) -> float", FLOW_KERNEL(flow_fn_sum_array_float)},
    {.signature = "sum(xs: [duration]) -> duration",
     FLOW_KERNEL(flow_fn_sum_array_int),
     .faults = true},
};
const FunctionExample kSumExamples[] = {{"sum([1, 2, 3])", "6"}, {"sum([0.1, 0.2, 0.3])", "0.6"}};
const FunctionOverload kAvgOverloads[] = {
    {.signature = "avg(xs: [int]) -> float?", FLOW_KERNEL(flow_fn_avg_array_int)},
    {.signature = "avg(xs: [float]) -> float?", FLOW_KERNEL(flow_fn_avg_array_float)},
};
const FunctionExample kAvgExamples[] = {{"avg([1, 2])", "1.5"}};

}  // namespace

const FunctionDef kAvgArray = {"avg", "arithmetic mean of an array", kAvgOverloads, kAvgExamples};
const FunctionDef kFirstArray = {"first", "first element of an array", kFirstOverloads,
                                 kFirstExamples};
const FunctionDef kLastArray = {"last", "last element of an array", kLastOverloads, kLastExamples};
const FunctionDef kMaxArray = {"max", "greatest element of an array", kMaxOverloads, kMaxExamples};
const FunctionDef kMinArray = {"min", "least element of an array", kMinOverloads, kMinExamples};
const FunctionDef kSumArray = {"sum", "sum of an array; 0 of nothing", kSumOverloads, kSumExamples};

}  // namespace flow::stdlib
