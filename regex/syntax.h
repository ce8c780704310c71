#pragma once
// A pattern as a tree, read from RE2's syntax (Perl's, without look-around and back references).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex/sets.h"

namespace flow::regex {

enum class NodeKind : uint8_t {
  kEmpty,      // matches nothing at all, always
  kSet,        // one character of `set`; an empty set never matches
  kConcat,     // children one after another
  kAlternate,  // the first child that leads to a match
  kRepeat,     // child 0, `min` to `max` times
  kGroup,      // child 0, captured as `group`
  kAssert,     // no character: a place
};

enum class AssertKind : uint8_t {
  kTextBegin,  // \A, ^
  kTextEnd,    // \z, $
  kLineBegin,  // (?m)^
  kLineEnd,    // (?m)$
  kWordEdge,   // \b
  kNoWordEdge  // \B
};

inline constexpr int kUnbounded = -1;

struct Node {
  NodeKind kind = NodeKind::kEmpty;
  RuneSet set = {};
  std::vector<Node> children = {};
  int min = 0;
  int max = 0;  // or kUnbounded
  bool greedy = true;
  int group = 0;
  AssertKind assertion = AssertKind::kTextBegin;
};

struct Pattern {
  Node root;
  int groups = 0;                  // capturing groups, without the whole match
  std::vector<int> named;          // numbers of those with a name, in the order of the pattern
  std::vector<std::string> names;  // theirs
};

// How deep groups may nest in what is compiled here.
inline constexpr int kMaxNesting = 200;

// Null with *reason for what is not compiled here: RE2 may well know it.
std::optional<Pattern> Parse(std::string_view pattern, std::string* reason);

}  // namespace flow::regex
