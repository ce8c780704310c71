// Patterns, by RE2. The only file that needs the library: a script without patterns does not name
// its functions, and is built without it.

#include <re2/re2.h>

#include <map>
#include <vector>

#include "runtime/abi.h"
#include "runtime/regex.h"

namespace {

struct CompiledRegex {
  explicit CompiledRegex(re2::StringPiece pattern, const re2::RE2::Options& options)
      : re(pattern, options) {}
  re2::RE2 re;
  std::vector<int> groups;  // of the named captures, in the order of the pattern
};

re2::StringPiece Piece(const char* data, int64_t size) { return {data, static_cast<size_t>(size)}; }

}  // namespace

void* flow_regex_compile(const char* pattern, int64_t size) noexcept {
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto* regex = new CompiledRegex(Piece(pattern, size), options);
  if (!regex->re.ok()) {
    delete regex;
    return nullptr;
  }
  for (const auto& [group, name] : regex->re.CapturingGroupNames()) {
    regex->groups.push_back(group);
  }
  return regex;
}

void flow_regex_delete(void* regex) noexcept { delete static_cast<CompiledRegex*>(regex); }

bool flow_regex_match(const void* regex, const char* data, int64_t size) noexcept {
  const re2::RE2& re = static_cast<const CompiledRegex*>(regex)->re;
  return re.Match(Piece(data, size), 0, static_cast<size_t>(size), re2::RE2::UNANCHORED, nullptr,
                  0);
}

bool flow_regex_capture(const void* regex, const char* data, int64_t size, FlowString* groups,
                        int32_t count) noexcept {
  const auto* compiled = static_cast<const CompiledRegex*>(regex);
  constexpr int kOnStack = 16;
  re2::StringPiece few[kOnStack];
  std::vector<re2::StringPiece> many;
  int wanted = compiled->groups.empty() ? 1 : compiled->groups.back() + 1;
  re2::StringPiece* found = few;
  if (wanted > kOnStack) {
    many.resize(static_cast<size_t>(wanted));
    found = many.data();
  }
  bool matched = compiled->re.Match(Piece(data, size), 0, static_cast<size_t>(size),
                                    re2::RE2::UNANCHORED, found, wanted);
  if (!matched) return false;
  for (int32_t i = 0; i < count && i < static_cast<int32_t>(compiled->groups.size()); ++i) {
    const re2::StringPiece& piece = found[compiled->groups[static_cast<size_t>(i)]];
    groups[i] = {piece.data(), static_cast<int64_t>(piece.size())};
  }
  return true;
}
