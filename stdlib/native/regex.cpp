// matches, extract, replace_matches: patterns that are values, not constants. RE2, in UTF-8 mode
// (docs/semantics.md 10).

#include <re2/re2.h>

#include <memory>
#include <string>

#include "base/text.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::CopyText;
using flow::stdlib::Fail;
using flow::stdlib::View;

namespace {

constexpr size_t kCachedPatterns = 32;
constexpr int64_t kMaxPatternMemory = 8 << 20;

re2::StringPiece Piece(const FlowString& text) {
  return {text.data, static_cast<size_t>(text.size)};
}

// The patterns one thread has used last: looking one up must not lock, and compiling is dear.
class PatternCache {
 public:
  const re2::RE2* Find(FlowTask* task, const FlowString& pattern) {
    for (const std::unique_ptr<re2::RE2>& entry : entries_) {
      if (entry && entry->pattern() == View(pattern)) return entry.get();
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxPatternMemory);
    auto compiled = std::make_unique<re2::RE2>(Piece(pattern), options);
    if (!compiled->ok()) {
      Fail(task, Cat("bad pattern: ", compiled->error()));
      return nullptr;
    }
    std::unique_ptr<re2::RE2>& slot = entries_[next_++ % kCachedPatterns];
    slot = std::move(compiled);
    return slot.get();
  }

 private:
  std::unique_ptr<re2::RE2> entries_[kCachedPatterns];
  size_t next_ = 0;
};

const re2::RE2* FindPattern(FlowTask* task, const FlowString& pattern) {
  thread_local PatternCache cache;
  return cache.Find(task, pattern);
}

struct OptionalString {
  FlowString value;
  uint8_t present;
};

}  // namespace

extern "C" {

bool flow_fn_matches(FlowTask* task, bool* out, const FlowString* text,
                     const FlowString* pattern) noexcept {
  const re2::RE2* compiled = FindPattern(task, *pattern);
  if (compiled == nullptr) return false;
  *out = re2::RE2::PartialMatch(Piece(*text), *compiled);
  return true;
}

// The first group, or all that was found when there is none; none when nothing was.
bool flow_fn_extract(FlowTask* task, void* out, const FlowString* text,
                     const FlowString* pattern) noexcept {
  auto* result = static_cast<OptionalString*>(out);
  *result = {{nullptr, 0}, 0};
  const re2::RE2* compiled = FindPattern(task, *pattern);
  if (compiled == nullptr) return false;
  re2::StringPiece found[2];
  int groups = compiled->NumberOfCapturingGroups() > 0 ? 2 : 1;
  bool any = compiled->Match(Piece(*text), 0, static_cast<size_t>(text->size), re2::RE2::UNANCHORED,
                             found, groups);
  const re2::StringPiece& part = found[groups - 1];
  if (any && (groups == 1 || part.data() != nullptr)) {
    *result = {{part.data(), static_cast<int64_t>(part.size())}, 1};
  }
  return true;
}

// `\1` to `\9` in `with` are what the groups found, `\0` is all.
bool flow_fn_replace_matches(FlowTask* task, FlowString* out, const FlowString* text,
                             const FlowString* pattern, const FlowString* with) noexcept {
  const re2::RE2* compiled = FindPattern(task, *pattern);
  if (compiled == nullptr) return false;
  std::string error;
  if (!compiled->CheckRewriteString(Piece(*with), &error)) return Fail(task, error);
  std::string result(View(*text));
  re2::RE2::GlobalReplace(&result, *compiled, Piece(*with));
  *out = CopyText(task->arena, result);
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kMatchesOverloads[] = {
    {.signature = "matches(text: string, pattern: string) -> bool",
     FLOW_KERNEL(flow_fn_matches),
     .faults = true},
};
const FunctionExample kMatchesExamples[] = {
    {R"(matches("GET /a", r"^(GET|HEAD) "))", "true"},
    {R"(matches("abc", r"^b"))", "false"},
};
const FunctionOverload kExtractOverloads[] = {
    {.signature = "extract(text: string, pattern: string) -> string?",
     FLOW_KERNEL(flow_fn_extract),
     .faults = true},
};
const FunctionExample kExtractExamples[] = {
    {R"~(extract("id=42; a", r"id=(\d+)"))~", R"("42")"},
    {R"(extract("a1b22", r"\d\d"))", R"("22")"},
    {R"(extract("abc", r"\d") == none)", "true"},
};
const FunctionOverload kReplaceOverloads[] = {
    {.signature = "replace_matches(text: string, pattern: string, with: string) -> string",
     FLOW_KERNEL(flow_fn_replace_matches),
     .faults = true},
};
const FunctionExample kReplaceExamples[] = {
    {R"~(replace_matches("2024-01-31", r"(\d+)-(\d+)-(\d+)", r"\3.\2.\1"))~", R"("31.01.2024")"},
    {R"(replace_matches("a  b   c", r" +", " "))", R"("a b c")"},
};

}  // namespace

const FunctionDef kExtract = {"extract",
                              "what a pattern finds in a string: its first group, or all",
                              kExtractOverloads, kExtractExamples};
const FunctionDef kMatches = {"matches", "whether a pattern is found in a string",
                              kMatchesOverloads, kMatchesExamples};
const FunctionDef kReplaceMatches = {"replace_matches",
                                     "everything a pattern finds, by text in which \\1 is a group",
                                     kReplaceOverloads, kReplaceExamples};

}  // namespace flow::stdlib
