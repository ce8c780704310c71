// trim, trim_start, trim_end, replace, slice, repeat: strings from strings.

#include <algorithm>

#include "runtime/inline/utf8.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::Fail;
using flow::stdlib::Literal;
using flow::stdlib::View;

namespace {

constexpr int64_t kMaxText = int64_t{1} << 30;

// White space of Unicode 15 at the start of `text`: its length in bytes, or 0.
size_t SpaceLength(std::string_view text) {
  unsigned char c = static_cast<unsigned char>(text[0]);
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  for (std::string_view space : {"\u0085", "\u00a0"}) {
    if (text.starts_with(space)) return 2;
  }
  for (std::string_view space :
       {"\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
        "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"}) {
    if (text.starts_with(space)) return 3;
  }
  return 0;
}

std::string_view TrimStart(std::string_view text) {
  while (!text.empty()) {
    size_t length = SpaceLength(text);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  return text;
}

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
    if (SpaceLength(text.substr(at)) == 0) break;
    text = text.substr(0, at);
  }
  return text;
}

// The byte where code point `index` begins; the end when there are fewer.
int64_t ByteOf(const FlowString& text, int64_t index) {
  int64_t at = 0;
  for (; at < text.size; ++at) {
    if ((static_cast<unsigned char>(text.data[at]) & 0xc0) == 0x80) continue;
    if (index-- == 0) return at;
  }
  return at;
}

}  // namespace

extern "C" {

bool flow_fn_trim(FlowTask*, FlowString* out, const FlowString* text) noexcept {
  *out = Literal(TrimEnd(TrimStart(View(*text))));
  return true;
}
bool flow_fn_trim_start(FlowTask*, FlowString* out, const FlowString* text) noexcept {
  *out = Literal(TrimStart(View(*text)));
  return true;
}
bool flow_fn_trim_end(FlowTask*, FlowString* out, const FlowString* text) noexcept {
  *out = Literal(TrimEnd(View(*text)));
  return true;
}

bool flow_fn_replace(FlowTask* task, FlowString* out, const FlowString* text,
                     const FlowString* part, const FlowString* with) noexcept {
  std::string_view rest = View(*text);
  std::string_view by = View(*part);
  *out = *text;
  if (by.empty()) return true;
  int64_t count = 0;
  for (size_t at = rest.find(by); at != std::string_view::npos;
       at = rest.find(by, at + by.size())) {
    ++count;
  }
  if (count == 0) return true;
  if (with->size > 0 && count > kMaxText / with->size) return Fail(task, "the result is too long");
  int64_t size = text->size + count * (with->size - part->size);
  char* data = Allocate(task->arena, size);
  char* to = data;
  for (size_t at = rest.find(by); at != std::string_view::npos; at = rest.find(by)) {
    if (at > 0) std::memcpy(to, rest.data(), at);
    to += at;
    if (with->size > 0) std::memcpy(to, with->data, static_cast<size_t>(with->size));
    to += with->size;
    rest.remove_prefix(at + by.size());
  }
  if (!rest.empty()) std::memcpy(to, rest.data(), rest.size());
  *out = {data, size};
  return true;
}

// Code points [from, to); outside the text there are none.
bool flow_fn_slice(FlowTask*, FlowString* out, const FlowString* text, const int64_t* from,
                   const int64_t* to) noexcept {
  int64_t first = *from < 0 ? 0 : *from;
  *out = {text->data, 0};
  if (*to <= first) return true;
  int64_t begin = ByteOf(*text, first);
  FlowString tail = {text->data + begin, text->size - begin};
  *out = {tail.data, ByteOf(tail, *to - first)};
  return true;
}
bool flow_fn_slice_from(FlowTask*, FlowString* out, const FlowString* text,
                        const int64_t* from) noexcept {
  int64_t begin = ByteOf(*text, *from < 0 ? 0 : *from);
  *out = {text->data + begin, text->size - begin};
  return true;
}

// A view: the elements stay where they are.
bool flow_fn_slice_array(FlowTask*, const FlowType* const* types, FlowArray* out,
                         const FlowArray* xs, const int64_t* from, const int64_t* to) noexcept {
  int64_t first = std::clamp<int64_t>(*from, 0, xs->count);
  int64_t end = std::clamp<int64_t>(*to, first, xs->count);
  *out = {static_cast<char*>(xs->data) + first * types[0]->inner->size, end - first};
  return true;
}

bool flow_fn_repeat(FlowTask* task, FlowString* out, const FlowString* text,
                    const int64_t* count) noexcept {
  *out = {text->data, 0};
  if (*count <= 0 || text->size == 0) return true;
  if (*count > kMaxText / text->size) return Fail(task, "the result is too long");
  char* data = Allocate(task->arena, text->size * *count);
  for (int64_t i = 0; i < *count; ++i) {
    std::memcpy(data + i * text->size, text->data, static_cast<size_t>(text->size));
  }
  *out = {data, text->size * *count};
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kTrimOverloads[] = {
    {.signature = "trim(text: string) -> string", FLOW_KERNEL(flow_fn_trim)},
};
const FunctionExample kTrimExamples[] = {{R"(trim("  a b\t"))", R"("a b")"}};
const FunctionOverload kTrimStartOverloads[] = {
    {.signature = "trim_start(text: string) -> string", FLOW_KERNEL(flow_fn_trim_start)},
};
const FunctionExample kTrimStartExamples[] = {{R"(trim_start("  a "))", R"("a ")"}};
const FunctionOverload kTrimEndOverloads[] = {
    {.signature = "trim_end(text: string) -> string", FLOW_KERNEL(flow_fn_trim_end)},
};
const FunctionExample kTrimEndExamples[] = {{R"(trim_end(" a  "))", R"(" a")"}};
const FunctionOverload kReplaceOverloads[] = {
    {.signature = "replace(text: string, part: string, with: string) -> string",
     FLOW_KERNEL(flow_fn_replace),
     .faults = true},
};
const FunctionExample kReplaceExamples[] = {
    {R"(replace("a-b-c", "-", "::"))", R"("a::b::c")"},
    {R"(replace("aaa", "aa", ""))", R"("a")"},
};
const FunctionOverload kSliceOverloads[] = {
    {.signature = "slice(text: string, from: int, to: int) -> string", FLOW_KERNEL(flow_fn_slice)},
    {.signature = "slice(text: string, from: int) -> string", FLOW_KERNEL(flow_fn_slice_from)},
    {.signature = "slice(xs: [T], from: int, to: int) -> [T]",
     FLOW_KERNEL(flow_fn_slice_array),
     .generic = true},
};
const FunctionExample kSliceExamples[] = {
    {R"(slice("Käse", 1, 3))", R"("äs")"},
    {R"(slice("Käse", 2))", R"("se")"},
    {R"(slice("ab", 5, 9))", R"("")"},
    {"slice([1, 2, 3], 1, 9)", "[2, 3]"},
};
const FunctionOverload kRepeatOverloads[] = {
    {.signature = "repeat(text: string, count: int) -> string",
     FLOW_KERNEL(flow_fn_repeat),
     .faults = true},
};
const FunctionExample kRepeatExamples[] = {{R"(repeat("ab", 3))", R"("ababab")"}};

}  // namespace

const FunctionDef kRepeat = {"repeat", "a string so many times", kRepeatOverloads, kRepeatExamples};
const FunctionDef kReplace = {"replace", "every occurrence of one string by another",
                              kReplaceOverloads, kReplaceExamples};
const FunctionDef kSlice = {"slice",
                            "code points or elements from one index up to, not including, another",
                            kSliceOverloads, kSliceExamples};
const FunctionDef kTrim = {"trim", "without white space at both ends", kTrimOverloads,
                           kTrimExamples};
const FunctionDef kTrimEnd = {"trim_end", "without white space at the end", kTrimEndOverloads,
                              kTrimEndExamples};
const FunctionDef kTrimStart = {"trim_start", "without white space at the start",
                                kTrimStartOverloads, kTrimStartExamples};

}  // namespace flow::stdlib
