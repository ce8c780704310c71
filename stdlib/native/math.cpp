// Elementary functions (elementary.h) for the language.

#include "stdlib/kernel.h"
#include "stdlib/native/elementary.h"
#include "stdlib/stdlib.h"

using namespace flow;

#define FLOW_DEFINE_MATH(name, Function)                                             \
  extern "C" bool flow_fn_##name(FlowTask*, double* out, const double* x) noexcept { \
    *out = stdlib::Function(*x);                                                     \
    return true;                                                                     \
  }
FLOW_DEFINE_MATH(acos, Acos)
FLOW_DEFINE_MATH(asin, Asin)
FLOW_DEFINE_MATH(atan, Atan)
FLOW_DEFINE_MATH(cos, Cos)
FLOW_DEFINE_MATH(exp, Exp)
FLOW_DEFINE_MATH(ln, Log)
FLOW_DEFINE_MATH(log10, Log10)
FLOW_DEFINE_MATH(log2, Log2)
FLOW_DEFINE_MATH(sin, Sin)
FLOW_DEFINE_MATH(tan, Tan)
#undef FLOW_DEFINE_MATH

extern "C" {

bool flow_fn_pow(FlowTask*, double* out, const double* x, const double* y) noexcept {
  *out = stdlib::Pow(*x, *y);
  return true;
}

bool flow_fn_atan2(FlowTask*, double* out, const double* y, const double* x) noexcept {
  *out = stdlib::Atan2(*y, *x);
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kAcosOverloads[] = {
    {.signature = "acos(x: float) -> float", FLOW_KERNEL(flow_fn_acos)},
};
const FunctionExample kAcosExamples[] = {{"acos(1.0)", "0.0"}};
const FunctionOverload kAsinOverloads[] = {
    {.signature = "asin(x: float) -> float", FLOW_KERNEL(flow_fn_asin)},
};
const FunctionExample kAsinExamples[] = {{"asin(0.0)", "0.0"}};
const FunctionOverload kAtanOverloads[] = {
    {.signature = "atan(x: float) -> float", FLOW_KERNEL(flow_fn_atan)},
};
const FunctionExample kAtanExamples[] = {{"atan(1.0)", "0.7853981633974483"}};
const FunctionOverload kCosOverloads[] = {
    {.signature = "cos(x: float) -> float", FLOW_KERNEL(flow_fn_cos)},
};
const FunctionExample kCosExamples[] = {{"cos(0.0)", "1.0"}};
const FunctionOverload kExpOverloads[] = {
    {.signature = "exp(x: float) -> float", FLOW_KERNEL(flow_fn_exp)},
};
const FunctionExample kExpExamples[] = {{"exp(1.0)", "2.718281828459045"}};
const FunctionOverload kLnOverloads[] = {
    {.signature = "ln(x: float) -> float", FLOW_KERNEL(flow_fn_ln)},
};
const FunctionExample kLnExamples[] = {{"ln(10.0)", "2.302585092994046"}};
const FunctionOverload kLog10Overloads[] = {
    {.signature = "log10(x: float) -> float", FLOW_KERNEL(flow_fn_log10)},
};
const FunctionExample kLog10Examples[] = {{"log10(1000.0)", "3.0"}};
const FunctionOverload kLog2Overloads[] = {
    {.signature = "log2(x: float) -> float", FLOW_KERNEL(flow_fn_log2)},
};
const FunctionExample kLog2Examples[] = {{"log2(8.0)", "3.0"}};
const FunctionOverload kSinOverloads[] = {
    {.signature = "sin(x: float) -> float", FLOW_KERNEL(flow_fn_sin)},
};
const FunctionExample kSinExamples[] = {{"sin(1.0)", "0.8414709848078965"}};
const FunctionOverload kTanOverloads[] = {
    {.signature = "tan(x: float) -> float", FLOW_KERNEL(flow_fn_tan)},
};
const FunctionExample kTanExamples[] = {{"tan(1.0)", "1.5574077246549023"}};
const FunctionOverload kAtan2Overloads[] = {
    {.signature = "atan2(y: float, x: float) -> float", FLOW_KERNEL(flow_fn_atan2)},
};
const FunctionExample kAtan2Examples[] = {{"atan2(1.0, -1.0)", "2.356194490192345"}};
const FunctionOverload kPowOverloads[] = {
    {.signature = "pow(x: float, y: float) -> float", FLOW_KERNEL(flow_fn_pow)},
};
const FunctionExample kPowExamples[] = {
    {"pow(2, 10)", "1024.0"},
    {"pow(2.0, 0.5)", "1.4142135623730951"},
};

}  // namespace

const FunctionDef kAcos = {"acos", "angle in radians whose cosine is x", kAcosOverloads,
                           kAcosExamples};
const FunctionDef kAsin = {"asin", "angle in radians whose sine is x", kAsinOverloads,
                           kAsinExamples};
const FunctionDef kAtan = {"atan", "angle in radians whose tangent is x", kAtanOverloads,
                           kAtanExamples};
const FunctionDef kAtan2 = {"atan2", "angle in radians of the point (x, y)", kAtan2Overloads,
                            kAtan2Examples};
const FunctionDef kCos = {"cos", "cosine of an angle in radians", kCosOverloads, kCosExamples};
const FunctionDef kExp = {"exp", "e to the power of x", kExpOverloads, kExpExamples};
const FunctionDef kLn = {"ln", "natural logarithm", kLnOverloads, kLnExamples};
const FunctionDef kLog10 = {"log10", "logarithm to base 10", kLog10Overloads, kLog10Examples};
const FunctionDef kLog2 = {"log2", "logarithm to base 2", kLog2Overloads, kLog2Examples};
const FunctionDef kPow = {"pow", "x to the power of y", kPowOverloads, kPowExamples};
const FunctionDef kSin = {"sin", "sine of an angle in radians", kSinOverloads, kSinExamples};
const FunctionDef kTan = {"tan", "tangent of an angle in radians", kTanOverloads, kTanExamples};

}  // namespace flow::stdlib
