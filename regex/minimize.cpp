#include <map>
#include <set>

#include "regex/determinize.h"

namespace flow::regex {
namespace {

// The bytes of characters beyond ASCII. All after the second are from 0x80 to 0xBF.
struct Character {
  uint32_t lead_lo, lead_hi;
  uint32_t second_lo, second_hi;
  int length;
};

constexpr Character kCharacters[] = {{0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                     {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
                                     {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
                                     {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};

class CharacterJoiner {
 public:
  explicit CharacterJoiner(Automaton* automaton) : automaton_(*automaton) {}

  void Join() {
    // Classes must not mix bytes of characters beyond ASCII with others.
    for (uint32_t byte = 0; byte < 0x80; ++byte) {
      for (uint32_t high = 0x80; high < 256; ++high) {
        if (automaton_.class_of[byte] == automaton_.class_of[high]) {
          SplitClass(automaton_.class_of[byte]);
        }
      }
    }
    for (const Character& row : kCharacters) {
      leads_.push_back(Samples(row.lead_lo, row.lead_hi));
      seconds_.push_back(Samples(row.second_lo, row.second_hi));
    }
    continuations_ = Samples(0x80, 0xBF);
    size_t count = automaton_.states.size();
    memo_.assign(count * 2, kNotKnown);
    std::vector<std::optional<Move>> after(count);
    std::vector<bool> stays(count, false);
    for (size_t i = 0; i < count; ++i) {
      after[i] = AfterCharacter(static_cast<int>(i));
      stays[i] = after[i] && after[i]->target == static_cast<int>(i) && Harmless(i, *after[i]);
    }
    FindInside();
    for (size_t i = 0; i < count; ++i) {
      if (!after[i] || !stays[static_cast<size_t>(after[i]->target)]) continue;
      if (!inside_[i] || SameInside(i, *after[i])) SetHighMoves(i, *after[i]);
    }
  }

 private:
  static constexpr int kNotKnown = -2;
  static constexpr int kNoState = -3;

  void SplitClass(uint8_t old) {
    auto fresh = static_cast<uint8_t>(automaton_.classes++);
    for (uint32_t byte = 0x80; byte < 256; ++byte) {
      if (automaton_.class_of[byte] == old) automaton_.class_of[byte] = fresh;
    }
    for (State& state : automaton_.states) {
      Move move = state.moves[old];
      state.moves.push_back(move);
    }
  }

  // Which states can be reached in the middle of a character.
  void FindInside() {
    constexpr size_t kBetween = 0;  // else: bytes that the character still has
    inside_.assign(automaton_.states.size(), false);
    std::set<std::pair<int, size_t>> reached;
    std::vector<std::pair<int, size_t>> open;
    auto reach = [&](const Move& move, size_t left) {
      if (move.target == kDead || !reached.emplace(move.target, left).second) return;
      if (left != kBetween) inside_[static_cast<size_t>(move.target)] = true;
      open.emplace_back(move.target, left);
    };
    std::vector<uint32_t> ascii = Samples(0, 0x7F);
    reach({0, 0}, kBetween);
    while (!open.empty()) {
      auto [state, left] = open.back();
      open.pop_back();
      if (left != kBetween) {
        for (uint32_t byte : continuations_) reach(automaton_.MoveOf(state, byte), left - 1);
        continue;
      }
      for (uint32_t byte : ascii) reach(automaton_.MoveOf(state, byte), kBetween);
      for (size_t row = 0; row < std::size(kCharacters); ++row) {
        auto rest = static_cast<size_t>(kCharacters[row].length) - 1;
        for (uint32_t lead : leads_[row]) reach(automaton_.MoveOf(state, lead), rest);
      }
    }
  }

  // In the middle of a character, the state does what it would do as `move`.
  bool SameInside(size_t state, const Move& move) const {
    for (uint32_t byte : continuations_) {
      if (automaton_.MoveOf(static_cast<int>(state), byte) != move) return false;
    }
    return true;
  }

  // In the middle of a character it notes at most a match, which every next move replaces.
  bool Harmless(size_t state, const Move& move) const {
    const Action& done = automaton_.actions[static_cast<size_t>(move.action)];
    if (!done.copies.empty()) return false;
    if (!done.matches) return true;
    for (const Move& other : automaton_.states[state].moves) {
      if (!automaton_.actions[static_cast<size_t>(other.action)].matches) return false;
    }
    int end = automaton_.states[state].end_action;
    return automaton_.actions[static_cast<size_t>(end)].matches;
  }

  // The state after any character beyond ASCII, when it is one and all is done at the first byte.
  std::optional<Move> AfterCharacter(int state) {
    std::optional<Move> out;
    for (size_t row = 0; row < std::size(kCharacters); ++row) {
      for (uint32_t lead : leads_[row]) {
        Move first = automaton_.MoveOf(state, lead);
        if (first.target == kDead) return std::nullopt;
        for (uint32_t second : seconds_[row]) {
          const Move& move = automaton_.MoveOf(first.target, second);
          if (move.action != 0 || move.target == kDead) return std::nullopt;
          int end = AfterContinuations(move.target, kCharacters[row].length - 2);
          if (end < 0) return std::nullopt;
          Move whole{end, first.action};
          if (!out) out = whole;
          if (*out != whole) return std::nullopt;
        }
      }
    }
    return out;
  }

  // The state after any `count` further bytes of a character, or kNoState.
  int AfterContinuations(int state, int count) {
    if (count == 0) return state;
    size_t key = static_cast<size_t>(state) * 2 + static_cast<size_t>(count) - 1;
    if (memo_[key] != kNotKnown) return memo_[key];
    int out = kNotKnown;
    for (uint32_t byte : continuations_) {
      const Move& move = automaton_.MoveOf(state, byte);
      int end = move.action != 0 || move.target == kDead
                    ? kNoState
                    : AfterContinuations(move.target, count - 1);
      if (out == kNotKnown) out = end;
      if (out != end) out = kNoState;
      if (out == kNoState) break;
    }
    memo_[key] = out;
    return out;
  }

  // One byte of each class that [lo, hi] has.
  std::vector<uint32_t> Samples(uint32_t lo, uint32_t hi) const {
    std::vector<uint32_t> out;
    std::bitset<256> seen;
    for (uint32_t byte = lo; byte <= hi; ++byte) {
      if (seen[automaton_.class_of[byte]]) continue;
      seen.set(automaton_.class_of[byte]);
      out.push_back(byte);
    }
    return out;
  }

  void SetHighMoves(size_t state, const Move& move) {
    for (uint32_t byte = 0x80; byte < 256; ++byte) {
      automaton_.states[state].moves[automaton_.class_of[byte]] = move;
    }
  }

  Automaton& automaton_;
  std::vector<std::vector<uint32_t>> leads_;  // by row of kCharacters
  std::vector<std::vector<uint32_t>> seconds_;
  std::vector<uint32_t> continuations_;
  std::vector<int> memo_;
  std::vector<bool> inside_;
};

}  // namespace

void JoinCharacters(Automaton* automaton) { CharacterJoiner(automaton).Join(); }

void Minimize(Automaton* automaton) {
  std::vector<State>& states = automaton->states;
  // Reached states, in the order of reaching.
  std::vector<int> order = {0};
  std::vector<int> place(states.size(), -1);
  place[0] = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    for (const Move& move : states[static_cast<size_t>(order[i])].moves) {
      if (move.target == kDead || place[static_cast<size_t>(move.target)] >= 0) continue;
      place[static_cast<size_t>(move.target)] = static_cast<int>(order.size());
      order.push_back(move.target);
    }
  }
  // Blocks of states that do the same as far as is known, refined until nothing is told apart.
  // Where nothing can match any more is as good as dead: block kDead.
  auto matches = [&](int action) {
    return automaton->actions[static_cast<size_t>(action)].matches;
  };
  std::vector<bool> alive(states.size(), false);
  for (bool more = true; more;) {
    more = false;
    for (int i : order) {
      const State& state = states[static_cast<size_t>(i)];
      bool lives = matches(state.end_action);
      for (const Move& move : state.moves) {
        lives |= matches(move.action) ||
                 (move.target != kDead && alive[static_cast<size_t>(move.target)]);
      }
      if (!lives || alive[static_cast<size_t>(i)]) continue;
      alive[static_cast<size_t>(i)] = true;
      more = true;
    }
  }
  std::vector<int> block(states.size(), 0);
  size_t blocks = 1;
  for (;;) {
    std::map<std::pair<int, std::vector<Move>>, int> numbers;
    std::vector<int> next(states.size(), kDead);
    for (int i : order) {
      auto at = static_cast<size_t>(i);
      if (!alive[at] && i != 0) continue;
      std::vector<Move> moves = {{block[at], states[at].end_action}};
      for (Move move : states[at].moves) {
        if (move.target != kDead) {
          auto target = static_cast<size_t>(move.target);
          move.target = alive[target] ? block[target] : kDead;
        }
        moves.push_back(move);
      }
      next[at] = numbers.emplace(std::pair(0, std::move(moves)), static_cast<int>(numbers.size()))
                     .first->second;
    }
    bool same = numbers.size() == blocks;
    block = std::move(next);
    blocks = numbers.size();
    if (same) break;
  }
  std::vector<State> out(blocks);
  for (int i : order) {
    auto at = static_cast<size_t>(i);
    if (block[at] == kDead) continue;
    State state = states[at];
    for (Move& move : state.moves) {
      if (move.target == kDead) continue;
      move.target =
          alive[static_cast<size_t>(move.target)] ? block[static_cast<size_t>(move.target)] : kDead;
      // Nothing is found any more: what the registers hold does not matter.
      if (move.target == kDead && !matches(move.action)) move.action = 0;
    }
    out[static_cast<size_t>(block[at])] = std::move(state);
  }
  states = std::move(out);
}

}  // namespace flow::regex
