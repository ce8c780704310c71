// lower, upper: simple case mapping of Unicode, code point by code point, without locale
// (docs/semantics.md 9).

#include <span>

#include "runtime/inline/utf8.h"
#include "stdlib/kernel.h"
#include "stdlib/native/case_table.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::CaseRange;

namespace {

uint32_t MapCase(std::span<const CaseRange> ranges, uint32_t c) {
  size_t low = 0;
  size_t high = ranges.size();
  while (low < high) {
    size_t middle = (low + high) / 2;
    const CaseRange& range = ranges[middle];
    if (c > range.last) {
      low = middle + 1;
    } else if (c < range.first) {
      high = middle;
    } else {
      return (c - range.first) % range.step == 0 ? c + static_cast<uint32_t>(range.delta) : c;
    }
  }
  return c;
}

// Flips bit 5 of the letters from `first` to `first` + 25 in eight ASCII bytes.
uint64_t FlipLetters(uint64_t word, char first) {
  uint64_t ones = 0x0101010101010101u;
  uint64_t from = word + ones * (0x80 - static_cast<uint8_t>(first));
  uint64_t past = word + ones * (0x80 - static_cast<uint8_t>(first) - 26);
  return word ^ (((from & ~past) & (ones * 0x80)) >> 2);
}

// `first`: the first of the ASCII letters that change.
bool ChangeCase(FlowTask* task, FlowString* out, const FlowString& text, char first,
                std::span<const CaseRange> ranges) {
  const char* p = text.data;
  const char* end = p + text.size;
  // What is as it should be is not copied.
  auto settled = [first](char c) {
    return static_cast<uint8_t>(c) < 0x80 && static_cast<uint8_t>(c - first) >= 26;
  };
  while (p < end && settled(*p)) ++p;
  *out = text;
  if (p == end) return true;
  // A code point grows by at most half (two bytes to three).
  char* data = Allocate(task->arena, text.size + text.size / 2 + 8);
  char* to = data + (p - text.data);
  if (to > data) std::memcpy(data, text.data, static_cast<size_t>(p - text.data));
  while (p < end) {
    uint64_t word = 0;
    if (end - p >= 8) std::memcpy(&word, p, 8);
    if (end - p >= 8 && (word & 0x8080808080808080u) == 0) {
      word = FlipLetters(word, first);
      std::memcpy(to, &word, 8);
      p += 8;
      to += 8;
    } else if (static_cast<uint8_t>(*p) < 0x80) {
      *to++ = static_cast<char>(settled(*p) ? *p : *p ^ 0x20);
      ++p;
    } else {
      int32_t length;
      uint32_t c = flow_utf8_decode(p, &length);
      p += length;
      to = flow_utf8_encode(to, MapCase(ranges, c));
    }
  }
  *out = {data, to - data};
  return true;
}

}  // namespace

extern "C" {

bool flow_fn_lower(FlowTask* task, FlowString* out, const FlowString* text) noexcept {
  return ChangeCase(task, out, *text, 'A', stdlib::kToLower);
}

bool flow_fn_upper(FlowTask* task, FlowString* out, const FlowString* text) noexcept {
  return ChangeCase(task, out, *text, 'a', stdlib::kToUpper);
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kLowerOverloads[] = {
    {.signature = "lower(text: string) -> string", FLOW_KERNEL(flow_fn_lower)},
};
const FunctionExample kLowerExamples[] = {
    {R"(lower("ÄB 1"))", R"("äb 1")"},
    {R"(lower("ΑΣ"))", R"("ασ")"},  // simple mapping knows no end of a word
};
const FunctionOverload kUpperOverloads[] = {
    {.signature = "upper(text: string) -> string", FLOW_KERNEL(flow_fn_upper)},
};
const FunctionExample kUpperExamples[] = {{R"(upper("straße"))", R"("STRAßE")"}};

}  // namespace

const FunctionDef kLower = {"lower", "in lower case", kLowerOverloads, kLowerExamples};
const FunctionDef kUpper = {"upper", "in upper case", kUpperOverloads, kUpperExamples};

}  // namespace flow::stdlib
