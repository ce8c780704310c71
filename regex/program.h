#pragma once
// A pattern as a nondeterministic automaton over the bytes of UTF-8. Of two ways to go on the first
// is preferred, as in RE2 and Perl; tags note where groups begin and end.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regex/syntax.h"

namespace flow::regex {

struct Inst {
  enum class Op : uint8_t {
    kBytes,   // one byte; the arm that has it says where to go on
    kSplit,   // `out`, or else `out1`
    kTag,     // notes the place as tag `arg`, then `out`
    kAssert,  // `out` if `assertion` holds here
    kMatch,
    kFail,
  };
  struct Arm {
    ByteSet bytes;  // those of different arms have nothing in common
    uint32_t out;
  };
  Op op = Op::kFail;
  AssertKind assertion = AssertKind::kTextBegin;
  uint32_t out = 0;
  uint32_t out1 = 0;
  int arg = 0;
  std::vector<Arm> arms = {};
};

struct Program {
  std::vector<Inst> insts;
  uint32_t start = 0;  // searches: skips bytes where the pattern does not begin
  std::string prefix;  // bytes with which every match begins
  int tags = 0;        // twice the wanted groups; 2 * i is where wanted group i begins
};

inline constexpr size_t kMaxInsts = 4000;

// `groups` are the numbers of those whose places are wanted; 0 is the whole match. Null with
// *reason when the pattern is too large.
std::optional<Program> MakeProgram(const Pattern& pattern, const std::vector<int>& groups,
                                   std::string* reason);

}  // namespace flow::regex
