#include "frontend/parse/structure.h"

#include "frontend/parse/parse.h"
#include "frontend/parse/parser.h"

namespace flow::frontend::parse {

using Tok = Parser::token;

static int CloserOf(int opener) {
  switch (opener) {
    case Tok::T_LPAREN:
      return Tok::T_RPAREN;
    case Tok::T_LBRACKET:
      return Tok::T_RBRACKET;
    case Tok::T_LBRACE:
      return Tok::T_RBRACE;
    case Tok::T_FSTRING_BEGIN:
      return Tok::T_FSTRING_END;
    case Tok::T_FSTRING_OPEN:
      return Tok::T_FSTRING_CLOSE;
    default:
      return 0;
  }
}

static bool IsCloser(int kind) {
  return kind == Tok::T_RPAREN || kind == Tok::T_RBRACKET || kind == Tok::T_RBRACE ||
         kind == Tok::T_FSTRING_END || kind == Tok::T_FSTRING_CLOSE;
}

static bool IsName(int kind) {
  return kind == Tok::T_ID || kind == Tok::T_QUOTED_ID ||
         (kind > Tok::T_WHEN && kind < Tok::T_LAST_WORD);
}

bool BeginsDeclaration(const std::vector<Token>& tokens, size_t at) {
  if (at + 1 >= tokens.size() || !tokens[at].line_start) return false;
  int next = tokens[at + 1].kind;
  switch (tokens[at].kind) {
    case Tok::T_TYPE:
    case Tok::T_SOURCE:
    case Tok::T_SINK:
    case Tok::T_STREAM:
    case Tok::T_PIPE:
    case Tok::T_PARAM:
    case Tok::T_LET:
    case Tok::T_FN:
      return IsName(next);
    case Tok::T_IMPORT:
    case Tok::T_TEST:
      return next == Tok::T_STR;
    case Tok::T_FROM:
      return IsName(next) || next == Tok::T_STR || next == Tok::T_LPAREN;
    default:
      return false;
  }
}

Structure FindStructure(const std::vector<Token>& tokens) {
  Structure structure;
  structure.enclosing.resize(tokens.size(), kNoToken);
  std::vector<uint32_t> open;
  auto give_up = [&](uint32_t at) {
    structure.unclosed.push_back({open.back(), at});
    open.pop_back();
  };
  for (uint32_t at = 0; at < tokens.size(); ++at) {
    int kind = tokens[at].kind;
    // A declaration that begins in the first column stands in no bracket, whatever was left open.
    bool resync =
        kind == Tok::T_END_OF_FILE || (tokens[at].column_one && BeginsDeclaration(tokens, at));
    while (resync && !open.empty()) give_up(at);

    if (IsCloser(kind)) {
      size_t match = open.size();
      while (match > 0 && CloserOf(tokens[open[match - 1]].kind) != kind) --match;
      if (match > 0) {
        while (open.size() > match) give_up(at);
        structure.enclosing[at] = open.back();
        open.pop_back();
        continue;
      }
    }
    if (!open.empty()) structure.enclosing[at] = open.back();
    if (CloserOf(kind) == 0) continue;
    open.push_back(at);
    if (open.size() > static_cast<size_t>(kBracketDepthMax)) {
      structure.too_deep = at;
      break;
    }
  }
  // Brackets that are never closed enclose nothing: recovery looks through them.
  std::vector<bool> is_unclosed(tokens.size());
  for (const UnclosedBracket& bracket : structure.unclosed) is_unclosed[bracket.opener] = true;
  for (uint32_t& opener : structure.enclosing) {
    while (opener != kNoToken && is_unclosed[opener]) opener = structure.enclosing[opener];
  }
  return structure;
}

}  // namespace flow::frontend::parse
