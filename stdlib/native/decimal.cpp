// decimal(x, p, s): to a decimal of so many digits, rounded half up.

#include "runtime/inline/decimal.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::FailConversion;
using flow::stdlib::View;

// Precision and scale are those of the result type; the constants only make it.
extern "C" {

bool flow_fn_decimal_int(FlowTask*, const FlowType* const* types, FlowInt128* out, const int64_t* x,
                         const int64_t*, const int64_t*) noexcept {
  return flow_decimal_from_int(out, *x, types[0]->precision, types[0]->scale);
}

bool flow_fn_decimal_decimal(FlowTask*, const FlowType* const* types, FlowInt128* out,
                             const FlowInt128* x, const int64_t*, const int64_t*) noexcept {
  return flow_decimal_rescale(out, x, types[1]->scale, types[0]->precision, types[0]->scale);
}

bool flow_fn_decimal_float(FlowTask*, const FlowType* const* types, FlowInt128* out,
                           const double* x, const int64_t*, const int64_t*) noexcept {
  return flow_decimal_from_float(out, *x, types[0]->precision, types[0]->scale);
}

bool flow_fn_decimal_string(FlowTask* task, const FlowType* const* types, FlowInt128* out,
                            const FlowString* text, const int64_t*, const int64_t*) noexcept {
  return flow_decimal_from_text(out, text->data, text->size, types[0]->precision,
                                types[0]->scale) ||
         FailConversion(task, View(*text), "such a decimal");
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kOverloads[] = {
    {.signature = "decimal(x: int, const p: int, const s: int) -> decimal!",
     FLOW_KERNEL(flow_fn_decimal_int),
     .generic = true},
    {.signature = "decimal(x: decimal, const p: int, const s: int) -> decimal!",
     FLOW_KERNEL(flow_fn_decimal_decimal),
     .generic = true},
    {.signature = "decimal(x: float, const p: int, const s: int) -> decimal!",
     FLOW_KERNEL(flow_fn_decimal_float),
     .generic = true},
    {.signature = "decimal(x: string, const p: int, const s: int) -> decimal!",
     FLOW_KERNEL(flow_fn_decimal_string),
     .generic = true},
    {.signature = "decimal(x: json, const p: int, const s: int) -> decimal!",
     FLOW_KERNEL(flow_fn_decimal_string),
     .generic = true},
};
const FunctionExample kExamples[] = {
    {R"(decimal("12.345", 10, 2)!)", "12.35"},
    {R"(decimal("-0.005", 10, 2)!)", "-0.01"},
    {"decimal(3, 4, 1)!", "3.0"},
    {R"(try decimal("1000", 3, 0))", "none"},
};

}  // namespace

const FunctionDef kDecimal = {"decimal",
                              "decimal of p digits, s of them behind the point, rounded half up",
                              kOverloads, kExamples};

}  // namespace flow::stdlib
