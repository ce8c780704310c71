#pragma once
// The phases of Compile.

#include <optional>
#include <string>

#include "regex/automaton.h"
#include "regex/program.h"

namespace flow::regex {

std::optional<Automaton> Determinize(const Program& program, std::string* reason);

// Makes one move of moves over the bytes of a character beyond ASCII where all of them lead to one
// state that stays for such bytes: in valid UTF-8 nothing else can follow.
void JoinCharacters(Automaton* automaton);

// Leaves out states that are not reached, and makes one of those that do the same.
void Minimize(Automaton* automaton);

}  // namespace flow::regex
