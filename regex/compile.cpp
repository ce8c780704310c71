#include <algorithm>

#include "base/text.h"
#include "regex/automaton.h"
#include "regex/determinize.h"

namespace flow::regex {
namespace {

std::optional<Automaton> CompileParsed(const Pattern& pattern, const std::vector<int>& groups,
                                       std::string* reason) {
  if (groups.size() > static_cast<size_t>(kMaxGroups)) {
    *reason = Cat("more than ", kMaxGroups, " groups");
    return std::nullopt;
  }
  std::optional<Program> program = MakeProgram(pattern, groups, reason);
  if (!program) return std::nullopt;
  std::optional<Automaton> automaton = Determinize(*program, reason);
  if (!automaton) return std::nullopt;
  JoinCharacters(&*automaton);
  Minimize(&*automaton);
  if (automaton->states.size() <= kMaxStates) return automaton;
  *reason = Cat("more than ", kMaxStates, " states");
  return std::nullopt;
}

}  // namespace

std::optional<Automaton> Compile(std::string_view pattern, const std::vector<int>& groups,
                                 std::string* reason) {
  std::optional<Pattern> parsed = Parse(pattern, reason);
  if (!parsed) return std::nullopt;
  return CompileParsed(*parsed, groups, reason);
}

std::optional<Automaton> CompileNamed(std::string_view pattern, std::string* reason) {
  std::optional<Pattern> parsed = Parse(pattern, reason);
  if (!parsed) return std::nullopt;
  return CompileParsed(*parsed, parsed->named, reason);
}

bool Run(const Automaton& automaton, std::string_view text, std::vector<int>* places) {
  std::vector<int> registers(static_cast<size_t>(automaton.registers), kUnset);
  bool matched = false;
  auto act = [&](int number, int here) {
    const Action& action = automaton.actions[static_cast<size_t>(number)];
    auto value = [&](int source) {
      if (source == kHere) return here;
      return source == kUnset ? kUnset : registers[static_cast<size_t>(source)];
    };
    if (action.matches) {
      matched = true;
      places->clear();
      for (int source : action.found) places->push_back(value(source));
    }
    std::vector<int> after = registers;
    for (const Copy& copy : action.copies) after[static_cast<size_t>(copy.to)] = value(copy.from);
    registers = std::move(after);
  };
  int state = 0;
  for (size_t i = 0; i < text.size() && state != kDead; ++i) {
    if (state == 0 && automaton.prefix.size() >= 2) {
      i = std::min(text.find(automaton.prefix, i), text.size());
      if (i == text.size()) break;
    }
    Move move = automaton.MoveOf(state, static_cast<unsigned char>(text[i]));
    act(move.action, static_cast<int>(i));
    state = move.target;
  }
  if (state != kDead) {
    act(automaton.states[static_cast<size_t>(state)].end_action, static_cast<int>(text.size()));
  }
  return matched;
}

}  // namespace flow::regex
