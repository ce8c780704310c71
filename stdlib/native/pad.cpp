// pad_start, pad_end: strings of at least a width.

#include "runtime/inline/utf8.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::Fail;

namespace {

constexpr int64_t kMaxWidth = 1 << 20;

bool Pad(FlowTask* task, FlowString* out, const FlowString& text, int64_t width,
         const FlowString& fill, bool in_front) {
  *out = text;
  int64_t missing = width - flow_utf8_count(text.data, text.size);
  if (missing <= 0) return true;
  if (width > kMaxWidth) return Fail(task, "the width is more than a million");
  if (flow_utf8_count(fill.data, fill.size) != 1) return Fail(task, "the fill is one character");
  char* data = Allocate(task->arena, text.size + missing * fill.size);
  char* to = data;
  if (!in_front && text.size > 0) std::memcpy(to, text.data, static_cast<size_t>(text.size));
  if (!in_front) to += text.size;
  for (int64_t i = 0; i < missing; ++i, to += fill.size) {
    std::memcpy(to, fill.data, static_cast<size_t>(fill.size));
  }
  if (in_front && text.size > 0) std::memcpy(to, text.data, static_cast<size_t>(text.size));
  *out = {data, text.size + missing * fill.size};
  return true;
}

}  // namespace

extern "C" {

bool flow_fn_pad_start(FlowTask* task, FlowString* out, const FlowString* text,
                       const int64_t* width, const FlowString* fill) noexcept {
  return Pad(task, out, *text, *width, *fill, true);
}
bool flow_fn_pad_end(FlowTask* task, FlowString* out, const FlowString* text, const int64_t* width,
                     const FlowString* fill) noexcept {
  return Pad(task, out, *text, *width, *fill, false);
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kStartOverloads[] = {
    {.signature = "pad_start(text: string, width: int, fill: string) -> string",
     FLOW_KERNEL(flow_fn_pad_start),
     .faults = true},
};
const FunctionExample kStartExamples[] = {{R"(pad_start("7", 3, "0"))", R"("007")"}};
const FunctionOverload kEndOverloads[] = {
    {.signature = "pad_end(text: string, width: int, fill: string) -> string",
     FLOW_KERNEL(flow_fn_pad_end),
     .faults = true},
};
const FunctionExample kEndExamples[] = {{R"(pad_end("é", 3, "."))", R"("é..")"}};

}  // namespace

const FunctionDef kPadEnd = {"pad_end", "a string with a character behind it up to a width",
                             kEndOverloads, kEndExamples};
const FunctionDef kPadStart = {"pad_start", "a string with a character before it up to a width",
                               kStartOverloads, kStartExamples};

}  // namespace flow::stdlib
