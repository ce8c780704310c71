// contains, starts_with, ends_with, find: looking for one string in another, byte by byte.

#include "runtime/inline/functions.h"
#include "runtime/inline/utf8.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::View;

extern "C" {

bool flow_fn_contains(FlowTask*, bool* out, const FlowString* text,
                      const FlowString* part) noexcept {
  *out = View(*text).find(View(*part)) != std::string_view::npos;
  return true;
}

struct FlowOptionalInt {
  int64_t value;
  uint8_t present;
};

bool flow_fn_find(FlowTask*, FlowOptionalInt* out, const FlowString* text,
                  const FlowString* part) noexcept {
  size_t at = View(*text).find(View(*part));
  *out = {0, 0};
  if (at == std::string_view::npos) return true;
  *out = {flow_utf8_count(text->data, static_cast<int64_t>(at)), 1};
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kContainsOverloads[] = {
    {.signature = "contains(text: string, part: string) -> bool", FLOW_KERNEL(flow_fn_contains)},
};
const FunctionExample kContainsExamples[] = {
    {R"(contains("/health/live", "health"))", "true"},
    {R"(contains("a", ""))", "true"},
};
const FunctionOverload kStartsOverloads[] = {
    {.signature = "starts_with(text: string, part: string) -> bool",
     FLOW_KERNEL(flow_fn_starts_with)},
};
const FunctionExample kStartsExamples[] = {
    {R"(starts_with("/api/v1", "/api"))", "true"},
    {R"(starts_with("/a", "/api"))", "false"},
};
const FunctionOverload kEndsOverloads[] = {
    {.signature = "ends_with(text: string, part: string) -> bool", FLOW_KERNEL(flow_fn_ends_with)},
};
const FunctionExample kEndsExamples[] = {{R"(ends_with("a.json", ".json"))", "true"}};
const FunctionOverload kFindOverloads[] = {
    {.signature = "find(text: string, part: string) -> int?", FLOW_KERNEL(flow_fn_find)},
};
const FunctionExample kFindExamples[] = {
    {R"(find("Käse", "se"))", "2"},
    {R"(find("Käse", "x"))", "none"},
};

}  // namespace

const FunctionDef kContains = {"contains", "whether a string holds another", kContainsOverloads,
                               kContainsExamples};
const FunctionDef kEndsWith = {"ends_with", "whether a string ends with another", kEndsOverloads,
                               kEndsExamples};
const FunctionDef kFind = {"find", "where another string first stands in a string, in code points",
                           kFindOverloads, kFindExamples};
const FunctionDef kStartsWith = {"starts_with", "whether a string starts with another",
                                 kStartsOverloads, kStartsExamples};

}  // namespace flow::stdlib
