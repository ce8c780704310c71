// split, join, words: between strings and arrays of strings. Parts are views into the original
// text.

#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::View;

namespace {

// Letters, digits, `_`, and everything beyond ASCII belong to words; an apostrophe does inside one
// ("don't").
bool IsWordByte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c >= 0x80;
}

FlowString* NewStrings(FlowTask* task, int64_t count) {
  return reinterpret_cast<FlowString*>(
      Allocate(task->arena, count * static_cast<int64_t>(sizeof(FlowString)), alignof(FlowString)));
}

// Calls `take(begin, size)` for each word of `text`.
template <class Take>
void EachWord(const FlowString& text, Take take) {
  int64_t i = 0;
  while (i < text.size) {
    if (!IsWordByte(static_cast<unsigned char>(text.data[i]))) {
      ++i;
      continue;
    }
    int64_t begin = i;
    auto inside = [&](int64_t at) {
      unsigned char c = static_cast<unsigned char>(text.data[at]);
      return IsWordByte(c) || (c == '\'' && at + 1 < text.size &&
                               IsWordByte(static_cast<unsigned char>(text.data[at + 1])));
    };
    while (i < text.size && inside(i)) ++i;
    take(begin, i - begin);
  }
}

}  // namespace

extern "C" {

// An empty separator splits into code points; an empty text gives one empty part.
bool flow_fn_split(FlowTask* task, FlowArray* out, const FlowString* text,
                   const FlowString* separator) noexcept {
  std::string_view rest = View(*text);
  std::string_view by = View(*separator);
  if (by.empty()) {
    int64_t count = 0;
    for (char c : rest) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    FlowString* parts = NewStrings(task, count);
    int64_t n = 0;
    for (size_t i = 0; i < rest.size();) {
      size_t end = i + 1;
      while (end < rest.size() && (static_cast<unsigned char>(rest[end]) & 0xc0) == 0x80) ++end;
      parts[n++] = {rest.data() + i, static_cast<int64_t>(end - i)};
      i = end;
    }
    *out = {parts, n};
    return true;
  }
  int64_t count = 1;
  for (size_t at = rest.find(by); at != std::string_view::npos; at = rest.find(by, at + by.size()))
    ++count;
  FlowString* parts = NewStrings(task, count);
  for (int64_t i = 0; i < count; ++i) {
    size_t at = rest.find(by);
    std::string_view part = rest.substr(0, at);
    parts[i] = {part.data(), static_cast<int64_t>(part.size())};
    if (at != std::string_view::npos) rest.remove_prefix(at + by.size());
  }
  *out = {parts, count};
  return true;
}

bool flow_fn_join(FlowTask* task, FlowString* out, const FlowArray* parts,
                  const FlowString* separator) noexcept {
  const auto* strings = static_cast<const FlowString*>(parts->data);
  int64_t size = parts->count > 0 ? separator->size * (parts->count - 1) : 0;
  for (int64_t i = 0; i < parts->count; ++i) size += strings[i].size;
  char* data = Allocate(task->arena, size);
  char* at = data;
  for (int64_t i = 0; i < parts->count; ++i) {
    if (i > 0 && separator->size > 0) {
      std::memcpy(at, separator->data, static_cast<size_t>(separator->size));
      at += separator->size;
    }
    if (strings[i].size > 0) std::memcpy(at, strings[i].data, static_cast<size_t>(strings[i].size));
    at += strings[i].size;
  }
  *out = {data, size};
  return true;
}

bool flow_fn_words(FlowTask* task, FlowArray* out, const FlowString* text) noexcept {
  int64_t count = 0;
  EachWord(*text, [&](int64_t, int64_t) { ++count; });
  FlowString* parts = NewStrings(task, count);
  int64_t n = 0;
  EachWord(*text, [&](int64_t begin, int64_t size) { parts[n++] = {text->data + begin, size}; });
  *out = {parts, count};
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kSplitOverloads[] = {
    {.signature = "split(text: string, separator: string) -> [string]",
     FLOW_KERNEL(flow_fn_split)}};
const FunctionExample kSplitExamples[] = {
    {R"(split("/blog/p1", "/"))", R"(["", "blog", "p1"])"},
    {R"(split("äb", ""))", R"(["ä", "b"])"},
};
const FunctionOverload kJoinOverloads[] = {
    {.signature = "join(parts: [string], separator: string) -> string", FLOW_KERNEL(flow_fn_join)}};
const FunctionExample kJoinExamples[] = {{R"(join(["a", "b"], "-"))", R"("a-b")"}};
const FunctionOverload kWordsOverloads[] = {
    {.signature = "words(text: string) -> [string]", FLOW_KERNEL(flow_fn_words)}};
const FunctionExample kWordsExamples[] = {
    {R"(words("It's 2 late, Käthe!"))", R"(["It's", "2", "late", "Käthe"])"}};

}  // namespace

const FunctionDef kJoin = {"join", "one string from parts and a separator", kJoinOverloads,
                           kJoinExamples};
const FunctionDef kSplit = {
    "split", "parts of a string between separators; an empty separator gives code points",
    kSplitOverloads, kSplitExamples};
const FunctionDef kWords = {
    "words", "words of a text: runs of letters, digits and `_`, with inner apostrophes",
    kWordsOverloads, kWordsExamples};

}  // namespace flow::stdlib
