// string and json: between values and their text.

#include <cstdlib>

#include "runtime/inline/decimal.h"
#include "runtime/inline/json.h"
#include "runtime/inline/json_write.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::CopyText;
using flow::stdlib::Fail;
using flow::stdlib::FailConversion;
using flow::stdlib::ReadJson;
using flow::stdlib::View;

namespace {

constexpr FlowType kStringType = stdlib::PlainType(TypeKind::kString, 16, 8);
constexpr FlowType kJsonType = stdlib::PlainType(TypeKind::kJson, 16, 8);

}  // namespace

namespace flow::stdlib {

bool ReadJson(FlowTask* task, const FlowType& type, const FlowString& text, void* out) {
  return flow_json_read_value(task, &type, 0, text.data, text.size, out);
}

FlowString JsonText(FlowTask* task, const FlowType* type, const void* value) {
  FlowBuffer buffer = {nullptr, 0, 0};
  flow_json_append_value(&buffer, type, value);
  FlowString text = CopyText(task->arena, {buffer.data, static_cast<size_t>(buffer.size)});
  std::free(buffer.data);
  return text;
}

}  // namespace flow::stdlib

extern "C" {

bool flow_fn_string_string(FlowTask*, FlowString* out, const FlowString* x) noexcept {
  *out = *x;
  return true;
}

bool flow_fn_string_bool(FlowTask*, FlowString* out, const bool* x) noexcept {
  *out = *x ? stdlib::Literal("true") : stdlib::Literal("false");
  return true;
}

bool flow_fn_string_int(FlowTask* task, FlowString* out, const int64_t* x) noexcept {
  char text[kFlowIntRoom];
  char* end = flow_write_int(text, *x);
  *out = CopyText(task->arena, {text, static_cast<size_t>(end - text)});
  return true;
}

bool flow_fn_string_float(FlowTask* task, FlowString* out, const double* x) noexcept {
  char text[kFlowFloatRoom];
  char* end = flow_write_float(text, *x);
  *out = CopyText(task->arena, {text, static_cast<size_t>(end - text)});
  return true;
}

bool flow_fn_string_decimal(FlowTask* task, const FlowType* const* types, FlowString* out,
                            const FlowInt128* x) noexcept {
  char text[kFlowDecimalRoom];
  char* end = flow_write_decimal(text, x, types[1]->scale);
  *out = CopyText(task->arena, {text, static_cast<size_t>(end - text)});
  return true;
}

bool flow_fn_string_timestamp(FlowTask* task, FlowString* out, const int64_t* x) noexcept {
  char text[kFlowTimestampRoom];
  char* end = flow_write_timestamp(text, *x);
  *out = CopyText(task->arena, {text, static_cast<size_t>(end - text)});
  return true;
}

bool flow_fn_string_duration(FlowTask* task, FlowString* out, const int64_t* x) noexcept {
  char text[kFlowDurationRoom];
  char* end = flow_write_duration(text, *x);
  *out = CopyText(task->arena, {text, static_cast<size_t>(end - text)});
  return true;
}

// What a JSON string says; other values as they are written.
bool flow_fn_string_json(FlowTask* task, FlowString* out, const FlowString* x) noexcept {
  *out = *x;
  return x->size == 0 || x->data[0] != '"' || ReadJson(task, kStringType, *x, out);
}

// Sets, structs, arrays, maps: their JSON; of what is a string there, the text.
bool flow_fn_string_value(FlowTask* task, const FlowType* const* types, FlowString* out,
                          const void* x) noexcept {
  if (types[1]->kind == static_cast<uint8_t>(TypeKind::kSet)) {
    *out = types[1]->labels[*static_cast<const uint32_t*>(x)];
    return true;
  }
  FlowString text = stdlib::JsonText(task, types[1], x);
  return flow_fn_string_json(task, out, &text);
}

bool flow_fn_json_string(FlowTask* task, FlowString* out, const FlowString* text) noexcept {
  return ReadJson(task, kJsonType, *text, out) || FailConversion(task, View(*text), "JSON");
}

bool flow_fn_json_value(FlowTask* task, const FlowType* const* types, FlowString* out,
                        const void* x) noexcept {
  *out = stdlib::JsonText(task, types[1], x);
  return true;
}
}

namespace flow::stdlib {

bool FailConversion(FlowTask* task, std::string_view text, std::string_view what) {
  constexpr size_t kShown = 40;
  FlowBuffer buffer = {nullptr, 0, 0};
  size_t size = text.size();
  // Whole code points only.
  if (size > kShown) {
    size = kShown;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  }
  char* at = flow_buffer_reserve(&buffer, flow_json_string_room(static_cast<int64_t>(size)));
  char* end = flow_json_write_string(at, text.data(), static_cast<int64_t>(size));
  buffer.size = end - at;
  if (size < text.size()) flow_buffer_append(&buffer, "…", 3);
  flow_buffer_append(&buffer, " is not ", 8);
  flow_buffer_append(&buffer, what.data(), static_cast<int64_t>(what.size()));
  Fail(task, {buffer.data, static_cast<size_t>(buffer.size)});
  std::free(buffer.data);
  return false;
}

namespace {

const FunctionOverload kStringOverloads[] = {
    {.signature = "string(x: string) -> string", FLOW_KERNEL(flow_fn_string_string)},
    {.signature = "string(x: bool) -> string", FLOW_KERNEL(flow_fn_string_bool)},
    {.signature = "string(x: int) -> string", FLOW_KERNEL(flow_fn_string_int)},
    {.signature = "string(x: float) -> string", FLOW_KERNEL(flow_fn_string_float)},
    {.signature = "string(x: decimal) -> string",
     FLOW_KERNEL(flow_fn_string_decimal),
     .generic = true},
    {.signature = "string(x: timestamp) -> string", FLOW_KERNEL(flow_fn_string_timestamp)},
    {.signature = "string(x: duration) -> string", FLOW_KERNEL(flow_fn_string_duration)},
    {.signature = "string(x: json) -> string", FLOW_KERNEL(flow_fn_string_json)},
    {.signature = "string(x: T) -> string", FLOW_KERNEL(flow_fn_string_value), .generic = true},
};
const FunctionExample kStringExamples[] = {
    {"string(2.0)", R"("2.0")"},
    {"string(-7)", R"("-7")"},
    {"string(5400s)", R"("1h30m")"},
    {"string(@2024-01-31T10:00:00.5Z)", R"("2024-01-31T10:00:00.500Z")"},
    {"string([1, 2])", R"("[1,2]")"},
};
const FunctionOverload kJsonOverloads[] = {
    {.signature = "json(text: string) -> json!", FLOW_KERNEL(flow_fn_json_string)},
    {.signature = "json(x: T) -> json!", FLOW_KERNEL(flow_fn_json_value), .generic = true},
};
const FunctionExample kJsonExamples[] = {
    {R"j(string(json("{\"a\": 1}")!.a ?? json(0)!))j", R"("1")"},
    {R"(try json("{") == none)", "true"},
    {"string(json([1, 2])!)", R"("[1,2]")"},
};

}  // namespace

const FunctionDef kJson = {"json", "JSON from its text, or from any value", kJsonOverloads,
                           kJsonExamples};
const FunctionDef kString = {"string", "the text of any value; it never fails", kStringOverloads,
                             kStringExamples};

}  // namespace flow::stdlib
