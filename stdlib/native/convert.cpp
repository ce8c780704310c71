// int, float, bool: conversions that may fail, whatever they convert (docs/semantics.md 5).

#include "runtime/inline/functions.h"
#include "runtime/inline/json.h"
#include "runtime/inline/number.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::FailConversion;
using flow::stdlib::ReadJson;
using flow::stdlib::View;

namespace {

// A number as people write it, in the form of JSON: without `+` and without zeros in front. The
// sign stays apart.
std::string_view JsonNumber(std::string_view text, bool* negative) {
  *negative = text.starts_with('-');
  if (*negative || text.starts_with('+')) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && FlowIsDigit(text[1])) text.remove_prefix(1);
  return text;
}

constexpr FlowType kIntType = stdlib::PlainType(TypeKind::kInt, 8, 8);
constexpr FlowType kFloatType = stdlib::PlainType(TypeKind::kFloat, 8, 8);
constexpr FlowType kBoolType = stdlib::PlainType(TypeKind::kBool, 1, 1);

}  // namespace

extern "C" {

bool flow_fn_int_string(FlowTask* task, int64_t* out, const FlowString* text) noexcept {
  bool negative;
  std::string_view digits = JsonNumber(View(*text), &negative);
  int64_t value;
  if (!digits.empty() && digits[0] != '-' &&
      flow_parse_int(digits.data(), static_cast<int64_t>(digits.size()), &value)) {
    *out = negative ? -value : value;
    return true;
  }
  // -9223372036854775808 has no positive counterpart.
  if (negative && View(*text) == "-9223372036854775808") {
    *out = INT64_MIN;
    return true;
  }
  return FailConversion(task, View(*text), "an int");
}

bool flow_fn_int_decimal(FlowTask*, const FlowType* const* types, int64_t* out,
                         const FlowInt128* x) noexcept {
  return flow_decimal_to_int(out, x, types[1]->scale);
}

bool flow_fn_int_json(FlowTask* task, int64_t* out, const FlowString* json) noexcept {
  return ReadJson(task, kIntType, *json, out) || FailConversion(task, View(*json), "an int");
}

bool flow_fn_float_string(FlowTask* task, double* out, const FlowString* text) noexcept {
  bool negative;
  std::string_view number = JsonNumber(View(*text), &negative);
  double value;
  if (number == "Infinity") {
    value = __builtin_inf();
  } else if (number == "NaN") {
    value = __builtin_nan("");
  } else if (number.empty() || number[0] == '-' ||
             !flow_parse_float(number.data(), static_cast<int64_t>(number.size()), &value)) {
    return FailConversion(task, View(*text), "a float");
  }
  *out = negative ? -value : value;
  return true;
}

bool flow_fn_float_decimal(FlowTask*, const FlowType* const* types, double* out,
                           const FlowInt128* x) noexcept {
  *out = flow_decimal_to_float(x, types[1]->scale);
  return true;
}

bool flow_fn_float_json(FlowTask* task, double* out, const FlowString* json) noexcept {
  return ReadJson(task, kFloatType, *json, out) || FailConversion(task, View(*json), "a float");
}

bool flow_fn_bool_string(FlowTask* task, bool* out, const FlowString* text) noexcept {
  *out = View(*text) == "true";
  return *out || View(*text) == "false" || FailConversion(task, View(*text), "a bool");
}

bool flow_fn_bool_json(FlowTask* task, bool* out, const FlowString* json) noexcept {
  return ReadJson(task, kBoolType, *json, out) || FailConversion(task, View(*json), "a bool");
}

bool flow_fn_bool_bool(FlowTask*, bool* out, const bool* x) noexcept {
  *out = *x;
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kIntOverloads[] = {
    {.signature = "int(x: int) -> int!", FLOW_KERNEL(flow_fn_identity_int)},
    {.signature = "int(x: string) -> int!",
     FLOW_KERNEL(flow_fn_int_string),
     .quick = "flow_quick_int"},
    {.signature = "int(x: float) -> int!", FLOW_KERNEL(flow_fn_int_float)},
    {.signature = "int(x: decimal) -> int!", FLOW_KERNEL(flow_fn_int_decimal), .generic = true},
    {.signature = "int(x: bool) -> int!", FLOW_KERNEL(flow_fn_int_bool)},
    {.signature = "int(x: json) -> int!", FLOW_KERNEL(flow_fn_int_json)},
};
const FunctionExample kIntExamples[] = {
    {R"(int("-42")!)", "-42"},
    {R"(int("007")!)", "7"},
    {R"(int("1e3")!)", "1000"},
    {R"(try int("n/a"))", "none"},
    {R"(int("-9223372036854775808")! + 1)", "-9223372036854775807"},
    {"int(-2.9)!", "-2"},
    {"try int(1e19)", "none"},
};
const FunctionOverload kFloatOverloads[] = {
    {.signature = "float(x: float) -> float!", FLOW_KERNEL(flow_fn_float_float)},
    {.signature = "float(x: int) -> float!", FLOW_KERNEL(flow_fn_float_int)},
    {.signature = "float(x: string) -> float!", FLOW_KERNEL(flow_fn_float_string)},
    {.signature = "float(x: decimal) -> float!",
     FLOW_KERNEL(flow_fn_float_decimal),
     .generic = true},
    {.signature = "float(x: json) -> float!", FLOW_KERNEL(flow_fn_float_json)},
};
const FunctionExample kFloatExamples[] = {
    {R"(float("2.50")!)", "2.5"},
    {R"(float("-1e-3")!)", "-0.001"},
    {R"(try float("1,5"))", "none"},
    {"float(3)!", "3.0"},
};
const FunctionOverload kBoolOverloads[] = {
    {.signature = "bool(x: bool) -> bool!", FLOW_KERNEL(flow_fn_bool_bool)},
    {.signature = "bool(x: string) -> bool!", FLOW_KERNEL(flow_fn_bool_string)},
    {.signature = "bool(x: json) -> bool!", FLOW_KERNEL(flow_fn_bool_json)},
};
const FunctionExample kBoolExamples[] = {
    {R"(bool("true")!)", "true"},
    {R"(try bool("yes"))", "none"},
};

}  // namespace

const FunctionDef kBool = {"bool", "bool from `true` or `false`", kBoolOverloads, kBoolExamples};
const FunctionDef kFloat = {"float", "float from a number or text", kFloatOverloads,
                            kFloatExamples};
const FunctionDef kInt = {"int", "int from a number or text; a fraction is cut off", kIntOverloads,
                          kIntExamples};

}  // namespace flow::stdlib
