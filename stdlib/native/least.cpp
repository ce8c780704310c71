// least, greatest: of two values.

#include "runtime/inline/functions.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::View;

extern "C" {

bool flow_fn_least_string(FlowTask*, FlowString* out, const FlowString* a,
                          const FlowString* b) noexcept {
  *out = View(*b) < View(*a) ? *b : *a;
  return true;
}
bool flow_fn_greatest_string(FlowTask*, FlowString* out, const FlowString* a,
                             const FlowString* b) noexcept {
  *out = View(*a) < View(*b) ? *b : *a;
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kLeastOverloads[] = {
    {.signature = "least(a: int, b: int) -> int", FLOW_KERNEL(flow_fn_least_int)},
    {.signature = "least(a: float, b: float) -> float", FLOW_KERNEL(flow_fn_least_float)},
    {.signature = "least(a: string, b: string) -> string", FLOW_KERNEL(flow_fn_least_string)},
    {.signature = "least(a: timestamp, b: timestamp) -> timestamp", FLOW_KERNEL(flow_fn_least_int)},
    {.signature = "least(a: duration, b: duration) -> duration", FLOW_KERNEL(flow_fn_least_int)},
};
const FunctionExample kLeastExamples[] = {{"least(3, 2)", "2"}, {R"(least("b", "a"))", R"("a")"}};

const FunctionOverload kGreatestOverloads[] = {
    {.signature = "greatest(a: int, b: int) -> int", FLOW_KERNEL(flow_fn_greatest_int)},
    {.signature = "greatest(a: float, b: float) -> float", FLOW_KERNEL(flow_fn_greatest_float)},
    {.signature = "greatest(a: string, b: string) -> string", FLOW_KERNEL(flow_fn_greatest_string)},
    {.signature = "greatest(a: timestamp, b: timestamp) -> timestamp",
     FLOW_KERNEL(flow_fn_greatest_int)},
    {.signature = "greatest(a: duration, b: duration) -> duration",
     FLOW_KERNEL(flow_fn_greatest_int)},
};
const FunctionExample kGreatestExamples[] = {{"greatest(1.5, 2)", "2.0"},
                                             {"greatest(5s, 1m)", "1m"}};

}  // namespace

const FunctionDef kGreatest = {"greatest", "the greater of two values", kGreatestOverloads,
                               kGreatestExamples};
const FunctionDef kLeast = {"least", "the lesser of two values", kLeastOverloads, kLeastExamples};

}  // namespace flow::stdlib
