#pragma once
// The brackets of a token list: which encloses what, which are never closed. Found before parsing,
// so that errors can point at an opener and recovery knows where a stage ends.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/diagnostic.h"
#include "frontend/parse/token.h"

namespace flow::frontend::parse {

inline constexpr uint32_t kNoToken = UINT32_MAX;

struct UnclosedBracket {
  uint32_t opener;  // token index
  uint32_t end;     // the token that shows it: a closer of another kind, a declaration, the end
};

struct Structure {
  std::vector<uint32_t> enclosing;  // per token: the opener around it, or kNoToken
  std::vector<UnclosedBracket> unclosed;
  uint32_t too_deep = kNoToken;  // the opener beyond the depth limit, if any
};

Structure FindStructure(const std::vector<Token>& tokens);

// True if a declaration begins with this token: a declaration word that begins a line and is
// followed by what such a declaration goes on with.
bool BeginsDeclaration(const std::vector<Token>& tokens, size_t at);

}  // namespace flow::frontend::parse
