// abs, sign, sqrt: one value in, one out.

#include "runtime/inline/functions.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const FunctionOverload kAbsOverloads[] = {
    {.signature = "abs(x: int) -> int", FLOW_KERNEL(flow_fn_abs_int), .faults = true},
    {.signature = "abs(x: float) -> float", FLOW_KERNEL(flow_fn_abs_float)},
    {.signature = "abs(x: decimal) -> decimal", FLOW_KERNEL(flow_fn_abs_decimal)},
    {.signature = "abs(x: duration) -> duration", FLOW_KERNEL(flow_fn_abs_int), .faults = true},
};
const FunctionExample kAbsExamples[] = {
    {"abs(-3)", "3"},
    {"abs(-2.5)", "2.5"},
    {"abs(-5s)", "5s"},
};
const FunctionOverload kSignOverloads[] = {
    {.signature = "sign(x: int) -> int", FLOW_KERNEL(flow_fn_sign_int)},
    {.signature = "sign(x: float) -> int", FLOW_KERNEL(flow_fn_sign_float)},
    {.signature = "sign(x: decimal) -> int", FLOW_KERNEL(flow_fn_sign_decimal)},
    {.signature = "sign(x: duration) -> int", FLOW_KERNEL(flow_fn_sign_int)},
};
const FunctionExample kSignExamples[] = {
    {"sign(-3)", "-1"},
    {"sign(0.0)", "0"},
};
const FunctionOverload kSqrtOverloads[] = {
    {.signature = "sqrt(x: float) -> float", FLOW_KERNEL(flow_fn_sqrt)},
};
const FunctionExample kSqrtExamples[] = {{"sqrt(2.25)", "1.5"}};

}  // namespace

const FunctionDef kAbs = {"abs", "value without its sign", kAbsOverloads, kAbsExamples};
const FunctionDef kSign = {"sign", "-1, 0 or 1", kSignOverloads, kSignExamples};
const FunctionDef kSqrt = {"sqrt", "square root", kSqrtOverloads, kSqrtExamples};

}  // namespace flow::stdlib
