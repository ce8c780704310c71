#pragma once
// A pattern as a deterministic automaton with registers (a tagged DFA): reads a text once, from
// left to right, and knows at every match where the wanted groups were. Registers hold places in
// the text.
//
// A move looks at one byte, or the end of the text, and happens *before* the byte: what it notes is
// the place of the byte. So a place that depends on what follows (where `\S+` ends) is noted once,
// and the loop over what stands before it has nothing to do.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regex/sets.h"

namespace flow::regex {

inline constexpr int kUnset = -1;  // the group took no part
inline constexpr int kHere = -2;   // the place at hand
// Others are numbers of registers.

struct Copy {
  int to;
  int from;  // a register, or kHere
  friend auto operator<=>(const Copy&, const Copy&) = default;
};

// What a move does: first notes a match (which a later one replaces), then sets registers, all at
// once.
struct Action {
  bool matches = false;
  std::vector<int> found;  // by tag: kUnset, kHere or a register
  std::vector<Copy> copies;
  friend auto operator<=>(const Action&, const Action&) = default;
};

inline constexpr int kDead = -1;  // nothing more can be found

struct Move {
  int target = kDead;
  int action = 0;  // in Automaton::actions
  friend auto operator<=>(const Move&, const Move&) = default;
};

struct State {
  std::vector<Move> moves;  // by class of bytes
  int end_action = 0;       // at the end of the text
};

struct Automaton {
  std::array<uint8_t, 256> class_of;
  int classes = 0;
  std::vector<State> states;    // state 0 is the start
  std::vector<Action> actions;  // action 0 does nothing
  int registers = 0;
  int tags = 0;
  // All that stands before the first occurrence of these bytes can be passed over in the start
  // state.
  std::string prefix;
  bool search_only = false;  // no groups are wanted: the first match ends the search

  const Move& MoveOf(int state, uint32_t byte) const {
    return states[static_cast<size_t>(state)].moves[class_of[byte]];
  }
};

inline constexpr size_t kMaxStates = 300;
// While the automaton is made, before states that do the same are made one.
inline constexpr size_t kMaxStatesMade = 600;
// Threads of all states together.
inline constexpr size_t kMaxThreadsMade = 5'000;
inline constexpr int kMaxGroups = 32;

// The automaton that searches for `pattern` and notes where `groups` were (0 is the whole match).
// Null with *reason when it is not made, and RE2 has to do it. Texts are valid UTF-8.
std::optional<Automaton> Compile(std::string_view pattern, const std::vector<int>& groups,
                                 std::string* reason);
// The same for the groups with names, in the order of the pattern.
std::optional<Automaton> CompileNamed(std::string_view pattern, std::string* reason);
// Runs it, for tests. Two places per group, or kUnset.
bool Run(const Automaton& automaton, std::string_view text, std::vector<int>* places);

}  // namespace flow::regex
