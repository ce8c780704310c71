#pragma once
// Kinds of tokens, for error messages. Derived from the order of the tokens in parser.yy where one
// exists.

#include <algorithm>
#include <string_view>
#include <vector>

#include "frontend/parse/parser.h"

namespace flow::frontend::parse {

using Tok = Parser::token;

inline bool Has(const std::vector<int>& kinds, int kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}
inline bool IsHardWord(int kind) { return kind > Tok::T_FIRST_WORD && kind <= Tok::T_WHEN; }
inline bool IsSoftWord(int kind) { return kind > Tok::T_WHEN && kind < Tok::T_LAST_WORD; }
inline bool IsWordToken(int kind) { return IsHardWord(kind) || IsSoftWord(kind); }

bool IsComparison(int kind);
bool IsOperator(int kind);
bool IsStageVerb(int kind);
bool BeginsExpression(int kind);  // names aside
bool BeginsItem(int kind);        // declaration words and `from`

// The unit that a spelt-out one means ("minutes" is "m"), or empty.
std::string_view DurationUnitFor(std::string_view written);

}  // namespace flow::frontend::parse
