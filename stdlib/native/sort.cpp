// sort, distinct, reverse, range. Elements are copied as they are: what they point to stays.

#include <algorithm>
#include <vector>

#include "runtime/value.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::Fail;

namespace {

constexpr int64_t kMaxRange = 10000000;

const char* ElementAt(const FlowArray& xs, uint32_t size, int64_t index) {
  return static_cast<const char*>(xs.data) + index * size;
}

// The elements of `xs` at `order`.
FlowArray Take(FlowTask* task, const FlowType* element, const FlowArray& xs,
               const std::vector<int64_t>& order) {
  auto count = static_cast<int64_t>(order.size());
  char* data = Allocate(task->arena, count * element->size, element->align);
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(data + i * element->size,
                ElementAt(xs, element->size, order[static_cast<size_t>(i)]), element->size);
  }
  return {data, count};
}

// Indexes of the elements in ascending order, equal ones in the order they stand.
std::vector<int64_t> SortedOrder(const FlowType* element, const FlowArray& xs) {
  std::vector<int64_t> order(static_cast<size_t>(xs.count));
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    int32_t difference = flow_value_compare(element, ElementAt(xs, element->size, a),
                                            ElementAt(xs, element->size, b));
    return difference != 0 ? difference < 0 : a < b;
  });
  return order;
}

}  // namespace

extern "C" {

bool flow_fn_sort(FlowTask* task, const FlowType* const* types, FlowArray* out,
                  const FlowArray* xs) noexcept {
  const FlowType* element = types[0]->inner;
  *out = Take(task, element, *xs, SortedOrder(element, *xs));
  return true;
}

// The first of equal elements stays, in its place.
bool flow_fn_distinct(FlowTask* task, const FlowType* const* types, FlowArray* out,
                      const FlowArray* xs) noexcept {
  const FlowType* element = types[0]->inner;
  std::vector<int64_t> order = SortedOrder(element, *xs);
  auto equal = [&](int64_t a, int64_t b) {
    return flow_value_equal(element, ElementAt(*xs, element->size, a),
                            ElementAt(*xs, element->size, b));
  };
  order.erase(std::unique(order.begin(), order.end(), equal), order.end());
  std::sort(order.begin(), order.end());
  *out = Take(task, element, *xs, order);
  return true;
}

bool flow_fn_reverse_array(FlowTask* task, const FlowType* const* types, FlowArray* out,
                           const FlowArray* xs) noexcept {
  std::vector<int64_t> order;
  for (int64_t i = xs->count; i > 0; --i) order.push_back(i - 1);
  *out = Take(task, types[0]->inner, *xs, order);
  return true;
}

bool flow_fn_range(FlowTask* task, FlowArray* out, const int64_t* from,
                   const int64_t* to) noexcept {
  int64_t count = 0;
  if (*to > *from && (__builtin_sub_overflow(*to, *from, &count) || count > kMaxRange)) {
    return Fail(task, "a range has at most ten million numbers");
  }
  auto* numbers = reinterpret_cast<int64_t*>(Allocate(task->arena, count * 8, 8));
  for (int64_t i = 0; i < count; ++i) numbers[i] = *from + i;
  *out = {numbers, count};
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kSortOverloads[] = {
    {.signature = "sort(xs: [T]) -> [T]", FLOW_KERNEL(flow_fn_sort), .generic = true},
};
const FunctionExample kSortExamples[] = {
    {"sort([3, 1, 2])", "[1, 2, 3]"},
    {R"(sort(["b", "a"]))", R"(["a", "b"])"},
};
const FunctionOverload kDistinctOverloads[] = {
    {.signature = "distinct(xs: [T]) -> [T]", FLOW_KERNEL(flow_fn_distinct), .generic = true},
};
const FunctionExample kDistinctExamples[] = {{"distinct([3, 1, 3, 2, 1])", "[3, 1, 2]"}};
const FunctionOverload kReverseOverloads[] = {
    {.signature = "reverse(xs: [T]) -> [T]", FLOW_KERNEL(flow_fn_reverse_array), .generic = true},
};
const FunctionExample kReverseExamples[] = {{"reverse([1, 2, 3])", "[3, 2, 1]"}};
const FunctionOverload kRangeOverloads[] = {
    {.signature = "range(from: int, to: int) -> [int]", FLOW_KERNEL(flow_fn_range), .faults = true},
};
const FunctionExample kRangeExamples[] = {
    {"range(2, 5)", "[2, 3, 4]"},
    {"len(range(5, 2))", "0"},
};

}  // namespace

const FunctionDef kDistinct = {"distinct", "different elements of an array, in their order",
                               kDistinctOverloads, kDistinctExamples};
const FunctionDef kRange = {"range", "whole numbers from one up to, not including, another",
                            kRangeOverloads, kRangeExamples};
const FunctionDef kReverse = {"reverse", "elements of an array, last first", kReverseOverloads,
                              kReverseExamples};
const FunctionDef kSort = {"sort", "elements of an array in ascending order", kSortOverloads,
                           kSortExamples};

}  // namespace flow::stdlib
