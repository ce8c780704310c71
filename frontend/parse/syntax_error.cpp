// From "this token cannot stand here" to what a person needs to read: a bracket never closed, an
// unknown verb, a chain of comparisons, or what could have stood there. Habits of other languages
// are in habits.cpp. Every Report.. returns false when it is not its case.

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "frontend/parse/context.h"
#include "frontend/parse/parse.h"
#include "frontend/parse/token_sets.h"

namespace flow::frontend::parse {

void ParseContext::SyntaxError(const std::vector<int>& expected) {
  size_t at = next_ - 1;
  if (Quiet(at)) return;
  if (ReportHabit(at, expected)) return;
  if (ReportChain(at, expected)) return;
  if (ReportUnitApart(at)) return;
  if (ReportUnclosed(at)) return;
  if (ReportVerb(at, expected)) return;
  if (ReportMissingArrow(at, expected)) return;
  ReportUnexpected(at, expected);
}

bool ParseContext::Quiet(size_t at) const {
  // A bad token has been reported by the lexer, or by a repair.
  if (at == resumed_at_ || tokens_.all[at].bad) return true;
  uint32_t here = Place(at).begin;
  for (uint32_t swallowed : tokens_.swallowed) {
    if (swallowed > here) continue;
    size_t between = TokenAt(swallowed) + 1;
    while (between <= at && !BeginsDeclaration(tokens_.all, between)) ++between;
    if (between > at) return true;
  }
  return false;
}

bool ParseContext::ReportUnclosed(size_t at) {
  // The innermost bracket whose missing end this may be; those around it go quiet with it.
  size_t innermost = SIZE_MAX;
  for (size_t i = 0; i < structure_.unclosed.size(); ++i) {
    const UnclosedBracket& bracket = structure_.unclosed[i];
    if (unclosed_reported_[i] || at <= bracket.opener || at > bracket.end) continue;
    unclosed_reported_[i] = 1;
    bool inner = innermost == SIZE_MAX || bracket.opener > structure_.unclosed[innermost].opener;
    if (inner) innermost = i;
  }
  if (innermost == SIZE_MAX) return false;
  uint32_t opener = structure_.unclosed[innermost].opener;
  auto builder = diagnostics_.Emit(Place(opener), Diag::Unclosed,
                                   Cat("this `", Text(opener), "` is never closed"));
  builder.Here("opened here");
  if (Kind(at) == Tok::T_END_OF_FILE) {
    builder.Note("the script ends inside it");
  } else {
    builder.Label(Place(at), "cannot stand inside it");
  }
  return true;
}

// ---------------------------------------------------------------- chains, units

bool ParseContext::ReportChain(size_t at, const std::vector<int>& expected) {
  bool chain = IsComparison(Kind(at)) && Has(expected, Tok::T_AND) && !Has(expected, Tok::T_EQ);
  if (!chain) return false;
  uint32_t around = structure_.enclosing[at];
  size_t first = at - 1;
  while (first > 0 && !(structure_.enclosing[first] == around && IsComparison(Kind(first)))) {
    --first;
  }
  auto builder = diagnostics_.Emit(Place(at), Diag::ChainedComparison, "comparisons do not chain");
  if (first == 0 || first + 1 >= at) return true;
  Span middle{Place(at).file, Place(first + 1).begin, Place(at - 1).end};
  std::string_view text = file_.Text(middle);
  builder.Here("a second comparison").Label(Place(first), "the first one");
  bool equals = Kind(first) == Tok::T_EQ || Kind(first) == Tok::T_NE;
  if (equals && Kind(at) != Kind(first)) {
    builder.Fix("compare a comparison with parentheses: `(a < b) == c`");
    return true;
  }
  uint32_t begin = Place(at).begin;
  builder.Fix(Cat("`.. ", Text(first), " ", text, " and ", text, " ", Text(at), " ..`"),
              Edit{{Place(at).file, begin, begin}, Cat("and ", text, " ")}, Safety::Unsure);
  return true;
}

bool ParseContext::ReportUnitApart(size_t at) {
  if (at == 0 || Kind(at - 1) != Tok::T_INT || Kind(at) == Tok::T_QUOTED_ID) return false;
  static constexpr std::array<std::string_view, 8> kUnits = {"ns", "us", "ms", "s",
                                                             "m",  "h",  "d",  "w"};
  std::string_view word = Text(at);
  std::string_view unit = DurationUnitFor(word);
  if (unit.empty() && std::find(kUnits.begin(), kUnits.end(), word) != kUnits.end()) unit = word;
  if (unit.empty()) return false;
  Span whole = flow::Join(Place(at - 1), Place(at));
  std::string meant = Cat(Text(at - 1), unit);
  habits_.Emit(whole, Diag::BadLiteral, "a duration is one word")
      .Here(Cat("write `", meant, "`"))
      .Fix("", Edit{whole, meant}, Safety::Safe);
  RepairTokens(at - 1, at + 1, {Tok::T_DURATION});
  return true;
}

// ---------------------------------------------------------------- verbs

static bool StageExpected(const std::vector<int>& expected) {
  return Has(expected, Tok::T_WHERE) && Has(expected, Tok::T_AGGREGATE) &&
         !Has(expected, Tok::T_TYPE);
}

// A call of a pipe whose name cannot be one, which is said where the pipe is declared.
bool ParseContext::NamesPipe(size_t word) const {
  for (size_t at = 0; at + 2 < tokens_.all.size(); ++at) {
    bool declares = Kind(at) == Tok::T_PIPE && Kind(at + 2) == Tok::T_LPAREN;
    if (declares && Kind(word) != Tok::T_ID && Text(at + 1) == Text(word)) return true;
  }
  return false;
}

bool ParseContext::ReportVerb(size_t at, const std::vector<int>& expected) {
  bool call = expected.size() == 1 && expected[0] == Tok::T_LPAREN;
  size_t verb = SIZE_MAX;
  if (call && at >= 2 && Kind(at - 1) == Tok::T_ID) verb = at - 1;
  if (StageExpected(expected) && IsWordToken(Kind(at))) verb = at;
  if (verb == SIZE_MAX) return false;
  if (NamesPipe(verb)) return true;
  auto builder =
      diagnostics_.Emit(Place(verb), Diag::UnknownVerb, Cat("there is no verb `", Text(verb), "`"));
  std::string suggestion = SuggestVerb(Text(verb));
  std::string_view nearest = Nearest(Text(verb), StageVerbs());
  if (suggestion.empty()) {
    builder.Here("not a verb, and a `pipe` is called with parentheses");
  } else if (!nearest.empty() && suggestion.starts_with("did you mean")) {
    builder.Here(suggestion).Fix("", Edit{Place(verb), std::string(nearest)}, Safety::Unsure);
  } else {
    builder.Here("not a verb").Fix(suggestion);
  }
  return true;
}

bool ParseContext::ReportMissingArrow(size_t at, const std::vector<int>& expected) {
  if (!Has(expected, Tok::T_PIPE_ARROW) || !IsStageVerb(Kind(at)) || Kind(at) == Tok::T_AS ||
      Kind(at) == Tok::T_ON) {
    return false;
  }
  uint32_t begin = Place(at).begin;
  habits_
      .Emit(Place(at), Diag::UnexpectedToken,
            Cat("`", Text(at), "` begins a stage, and `|>` comes before a stage"))
      .Here(Cat("write `|> ", Text(at), "`"))
      .Fix("", Edit{{file_.id(), begin, begin}, "|> "}, Safety::Safe);
  RepairTokens(at, at + 1, {Tok::T_PIPE_ARROW, Kind(at)});
  return true;
}

// ---------------------------------------------------------------- what was expected

static bool Closes(int kind) {
  return kind == Tok::T_PIPE_ARROW || kind == Tok::T_RPAREN || kind == Tok::T_RBRACKET ||
         kind == Tok::T_RBRACE || kind == Tok::T_FSTRING_CLOSE || kind == Tok::T_COMMA;
}

// "`,`, `)` or an operator": groups of tokens first, then single ones, four at most.
static std::string Continuations(std::vector<int> expected) {
  std::vector<std::string> parts;
  auto take = [&](bool present, std::string_view phrase, auto&& belongs) {
    if (!present) return;
    parts.emplace_back(phrase);
    std::erase_if(expected, belongs);
  };
  auto has = [&](int kind) { return Has(expected, kind); };
  auto is_name = [](int kind) {
    return kind == Tok::T_ID || kind == Tok::T_QUOTED_ID || IsSoftWord(kind);
  };
  bool declaration = has(Tok::T_TYPE) && has(Tok::T_FN) && has(Tok::T_FROM) && !has(Tok::T_WHEN);
  bool operators = has(Tok::T_PLUS) && has(Tok::T_STAR) && has(Tok::T_DOT) && has(Tok::T_SLASH);
  bool expression = has(Tok::T_INT) && has(Tok::T_TRUE) && has(Tok::T_LBRACKET) && !operators;
  bool stage = StageExpected(expected);
  bool type = has(Tok::T_ID) && has(Tok::T_LBRACE) && has(Tok::T_STR) && !has(Tok::T_TRUE);
  bool name = has(Tok::T_ID) && has(Tok::T_TYPE) && !expression;
  take(expression, "an expression",
       [&](int kind) { return is_name(kind) || BeginsExpression(kind); });
  take(stage, "a stage such as `where`",
       [&](int kind) { return IsStageVerb(kind) || kind == Tok::T_ID; });
  take(type, "a type", [&](int kind) {
    return kind == Tok::T_ID || kind == Tok::T_LBRACE || kind == Tok::T_LBRACKET ||
           kind == Tok::T_STR;
  });
  take(name && !declaration, "a name", [&](int kind) { return is_name(kind) || IsHardWord(kind); });
  take(declaration, "a declaration", [&](int kind) { return BeginsItem(kind); });
  if (operators) std::erase_if(expected, IsOperator);

  // What ends or goes on with the surroundings first, then the order of the grammar.
  std::sort(expected.begin(), expected.end(),
            [](int a, int b) { return std::pair(!Closes(a), a) < std::pair(!Closes(b), b); });
  for (int kind : expected) {
    if (kind == Tok::T_END_OF_FILE || kind == Tok::T_SEMICOLON) continue;
    std::string_view text = Parser::symbol_name(static_cast<Parser::symbol_kind_type>(kind));
    bool quoted = IsWordToken(kind) || !((text[0] >= 'a' && text[0] <= 'z') || text[0] == '{');
    if (kind == Tok::T_LBRACE || kind == Tok::T_RBRACE) quoted = true;
    if (kind == Tok::T_FSTRING_CLOSE) text = "}", quoted = true;
    parts.push_back(quoted ? Cat("`", text, "`") : Cat(text == "integer" ? "an " : "a ", text));
  }
  if (operators) parts.emplace_back("an operator");
  constexpr size_t kShownMax = 4;
  if (parts.empty()) return "nothing more can stand here";
  if (parts.size() > kShownMax) {
    if (operators) std::swap(parts[kShownMax - 1], parts.back());
    parts.resize(kShownMax);
  }
  std::string out = "expected ";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " or " : ", ";
    out += parts[i];
  }
  return out;
}

// "in `where`", "in `source logs`": the stage or declaration that the token stands in.
std::string ParseContext::WhatWasRead(size_t at) const {
  for (size_t j = at; j-- > 0;) {
    if (Kind(j) == Tok::T_PIPE_ARROW) {
      return j + 1 == at ? " where a stage begins" : Cat(" in `", Text(j + 1), "`");
    }
    bool arm = Kind(j) == Tok::T_FAT_ARROW && IsStageVerb(Kind(j + 1)) && j + 1 < at;
    if (arm) return Cat(" in `", Text(j + 1), "`");
    bool word = IsWordToken(Kind(j)) && BeginsItem(Kind(j));
    if (!word) continue;
    if (!BeginsDeclaration(tokens_.all, j) && j != 0 && !(j + 1 == at)) continue;
    if (j + 1 == at) return Cat(" behind `", Text(j), "`");
    if (Kind(j) == Tok::T_FROM) return " in a pipeline";
    return Cat(" in `", Text(j), " ", Text(j + 1), "`");
  }
  return {};
}

void ParseContext::ReportUnexpected(size_t at, const std::vector<int>& expected) {
  constexpr size_t kShownMax = 40;
  std::string what;
  if (Kind(at) == Tok::T_END_OF_FILE) {
    what = "the script ends too early";
  } else {
    std::string_view text = Text(at);
    bool shorten = text.size() > kShownMax;
    if (Kind(at) == Tok::T_FSTRING_TEXT) text = "text of the f-string";
    what = shorten ? "unexpected token" : Cat("unexpected `", text, "`");
  }
  auto builder = diagnostics_.Emit(Place(at), Diag::UnexpectedToken, what + WhatWasRead(at));
  builder.Here(Continuations(expected));
  if (IsHardWord(Kind(at)) && Has(expected, Tok::T_ID)) {
    builder.Fix(Cat("`", Text(at), "` is reserved; a column of this name is written `.", Text(at),
                    "` or in backquotes"));
  }
}

}  // namespace flow::frontend::parse
