#include "frontend/parse/context.h"

#include <algorithm>

namespace flow::frontend::parse {

using Tok = Parser::token;

int ParseContext::Next(Span* place) {
  size_t at = std::min(next_, tokens_.all.size() - 1);
  next_ = at + 1;
  *place = tokens_.all[at].span;
  return tokens_.all[at].kind;
}

// Where skipping starts: at the token that caused the error, but never twice at the same one, so
// that every recovery makes progress.
size_t ParseContext::FirstToSkip() const {
  size_t at = next_ - 1;
  return at == resumed_at_ ? std::min(at + 1, tokens_.all.size() - 1) : at;
}

// The token that caused the error is always the one handed out last: LAC holds back every
// reduction until the parser knows that the token can be shifted.
void ParseContext::SkipToDeclaration() {
  size_t last = tokens_.all.size() - 1;
  size_t at = FirstToSkip();
  while (at < last &&
         !(structure_.enclosing[at] == kNoToken && BeginsDeclaration(tokens_.all, at))) {
    ++at;
  }
  next_ = resumed_at_ = at;
}

// Goes on at the next `|>` of the pipeline that holds the stage, or where the pipeline ends.
bool ParseContext::SkipToStage(Span stage) {
  size_t last = tokens_.all.size() - 1;
  uint32_t around = structure_.enclosing[TokenAt(stage.begin)];
  auto resumes = [&](size_t at) {
    if (structure_.enclosing[at] == kNoToken && BeginsDeclaration(tokens_.all, at)) return true;
    if (structure_.enclosing[at] != around) return false;
    switch (Kind(at)) {
      case Tok::T_PIPE_ARROW:
      case Tok::T_SEMICOLON:
        return true;
      case Tok::T_RPAREN:
        return around != kNoToken && Kind(around) == Tok::T_LPAREN;
      case Tok::T_RBRACE:
        return around != kNoToken && Kind(around) == Tok::T_LBRACE;
      case Tok::T_WHEN:
        return around != kNoToken && Kind(around) == Tok::T_LBRACE;
      case Tok::T_ELSE:
        return around != kNoToken && Kind(around) == Tok::T_LBRACE &&
               Kind(at + 1) == Tok::T_FAT_ARROW;
      default:
        return false;
    }
  };
  size_t at = FirstToSkip();
  while (at < last && !resumes(at)) ++at;
  next_ = resumed_at_ = at;
  return at < last;
}

size_t ParseContext::TokenAt(uint32_t offset) const {
  auto found = std::partition_point(tokens_.all.begin(), tokens_.all.end() - 1,
                                    [&](const Token& token) { return token.span.begin < offset; });
  return static_cast<size_t>(found - tokens_.all.begin());
}

bool ParseContext::BadToken(Span span) const { return tokens_.all[TokenAt(span.begin)].bad; }

void ParseContext::Fail(Span place, const std::string& message) {
  diagnostics_.Emit(place, Diag::UnexpectedToken, message);
}

}  // namespace flow::frontend::parse
