// Habits from SQL and other languages (E0103): recognised at the token where the grammar stops,
// reported with what to write instead, and repaired in the tokens so that reading can go on.

#include <algorithm>

#include "base/text.h"
#include "frontend/parse/context.h"
#include "frontend/parse/token_sets.h"

namespace flow::frontend::parse {

static std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool ParseContext::IsWord(size_t at, std::string_view lower) const {
  return Kind(at) == Tok::T_ID && Lower(Text(at)) == lower;
}

bool ParseContext::ReportHabit(size_t at, const std::vector<int>& expected) {
  return ReportOperatorHabit(at, expected) || ReportWordHabit(at, expected) ||
         ReportCapitals(at, expected);
}

// ---------------------------------------------------------------- signs

bool ParseContext::ReportOperatorHabit(size_t at, const std::vector<int>& expected) {
  Span place = Place(at);
  // One sign for another: what is wrong, what is right, how sure.
  auto replace = [&](std::string message, std::string_view right, int kind, Safety safety) {
    habits_.Emit(place, Diag::SqlHabit, std::move(message))
        .Here(Cat("write `", right, "`"))
        .Fix("", Edit{place, std::string(right)}, safety);
    RepairTokens(at, at + 1, {kind});
    return true;
  };
  auto name_with_colon = [&](std::string message) {
    habits_.Emit(place, Diag::SqlHabit, std::move(message))
        .Here("write `:`")
        .Fix("", Edit{{place.file, Place(at - 1).end, place.end}, ":"}, Safety::Safe);
    RepairTokens(at, at + 1, {Tok::T_COLON});
    return true;
  };
  switch (Kind(at)) {
    case Tok::T_ASSIGN: {
      bool compares = Has(expected, Tok::T_EQ);
      uint32_t around = structure_.enclosing[at];
      bool in_call = around != kNoToken && Kind(around) == Tok::T_LPAREN && around > 0 &&
                     (Kind(around - 1) == Tok::T_ID || IsSoftWord(Kind(around - 1)));
      bool first_in_call = at >= 2 && (around == at - 2 || Kind(at - 2) == Tok::T_COMMA);
      if (in_call && first_in_call && Has(expected, Tok::T_COLON)) {
        return name_with_colon("an argument gets its name with `:`");
      }
      if (!compares && Has(expected, Tok::T_COLON)) {
        return name_with_colon("a field gets its value with `:`");
      }
      if (!compares) return false;
      return ReportNaming(at) ||
             replace("`=` sets a column; comparing is `==`", "==", Tok::T_EQ, Safety::Safe);
    }
    case Tok::T_EQ:
      if (!Has(expected, Tok::T_ASSIGN)) return false;
      return replace("`==` compares; a value is given with `=`", "=", Tok::T_ASSIGN, Safety::Safe);
    case Tok::T_ARROW:
      if (!Has(expected, Tok::T_FAT_ARROW)) return false;
      return replace("a lambda is written `x => ..`", "=>", Tok::T_FAT_ARROW, Safety::Safe);
    case Tok::T_BANG: {
      if (!Has(expected, Tok::T_NOT)) return false;
      // In C `!x == y` negates x alone, `not x == y` negates the comparison.
      size_t behind = at + 2;
      bool sure = (Kind(at + 1) == Tok::T_ID || IsSoftWord(Kind(at + 1))) &&
                  !IsComparison(Kind(behind)) && Kind(behind) != Tok::T_DOT &&
                  Kind(behind) != Tok::T_LPAREN && Kind(behind) != Tok::T_LBRACKET;
      habits_.Emit(place, Diag::SqlHabit, "`!` in front is written `not`")
          .Here("write `not`")
          .Fix("", Edit{place, "not "}, sure ? Safety::Safe : Safety::Unsure);
      RepairTokens(at, at + 1, {Tok::T_NOT});
      return true;
    }
    case Tok::T_STAR: {
      bool alone = at >= 2 && Kind(at - 1) == Tok::T_LPAREN && Kind(at + 1) == Tok::T_RPAREN &&
                   (Kind(at - 2) == Tok::T_ID || IsSoftWord(Kind(at - 2)));
      if (!alone) return false;
      std::string name(Text(at - 2));
      habits_.Emit(place, Diag::SqlHabit, Cat("`", name, "(*)` is written `", name, "()`"))
          .Here(Cat("write `", name, "()`"))
          .Fix("", Edit{place, ""}, Safety::Safe);
      RepairTokens(at, at + 1, {});
      return true;
    }
    case Tok::T_PIPE_ARROW: {
      if (at == 0 || Kind(at - 1) != Tok::T_SEMICOLON) return false;
      Span semicolon = Place(at - 1);
      habits_.Emit(semicolon, Diag::SqlHabit, "`;` ends the pipeline, but a `|>` goes on with it")
          .Here("leave it out")
          .Fix("", Edit{semicolon, ""}, Safety::Safe);
      RepairTokens(at - 1, at, {});
      return true;
    }
    case Tok::T_BAR:
      if (!Has(expected, Tok::T_PIPE_ARROW) || !IsStageVerb(Kind(at + 1))) return false;
      return replace("stages are joined by `|>`", "|>", Tok::T_PIPE_ARROW, Safety::Safe);
    case Tok::T_COMMA:
      return ReportRoundList(at);
    case Tok::T_QUESTION:
      if (!Has(expected, Tok::T_AND)) return false;
      habits_.Emit(place, Diag::SqlHabit, "there is no `c ? a : b`")
          .Here("write `if c then a else b`");
      return true;
    default:
      return false;
  }
}

// `x in (1, 2)`: a list has square brackets.
bool ParseContext::ReportRoundList(size_t at) {
  uint32_t open = structure_.enclosing[at];
  bool behind_in = open != kNoToken && open > 0 && Kind(open) == Tok::T_LPAREN &&
                   Kind(open - 1) == Tok::T_IN;
  if (!behind_in) return false;
  size_t close = at;
  while (Kind(close) != Tok::T_END_OF_FILE &&
         !(Kind(close) == Tok::T_RPAREN && structure_.enclosing[close - 1] == open)) {
    ++close;
  }
  if (Kind(close) != Tok::T_RPAREN) return false;
  Span whole = flow::Join(Place(open), Place(close));
  std::string_view text = file_.Text(whole);
  std::string list = Cat("[", text.substr(1, text.size() - 2), "]");
  habits_.Emit(Place(open), Diag::SqlHabit, "a list is written in square brackets")
      .Here(list.find('\n') == std::string::npos ? Cat("write `", list, "`") : "write `[ .. ]`")
      .Fix("", Edit{whole, list}, Safety::Safe);
  RepairTokens(open, open + 1, {Tok::T_LBRACKET});
  RepairTokens(close, close + 1, {Tok::T_RBRACKET});
  return true;
}

// `select n = count()`: naming, not comparing.
bool ParseContext::ReportNaming(size_t at) {
  if (at < 2) return false;
  bool word =
      Kind(at - 1) == Tok::T_ID || Kind(at - 1) == Tok::T_QUOTED_ID || IsSoftWord(Kind(at - 1));
  size_t verb = at - 2;
  uint32_t around = structure_.enclosing[at];
  bool item_start = word && (Kind(verb) == Tok::T_COMMA || IsStageVerb(Kind(verb)));
  if (!item_start) return false;
  while (verb > 0 &&
         !(structure_.enclosing[verb] == around && Kind(verb - 1) == Tok::T_PIPE_ARROW)) {
    --verb;
  }
  int kind = Kind(verb);
  if (kind != Tok::T_SELECT && kind != Tok::T_EXTEND && kind != Tok::T_AGGREGATE) return false;
  habits_.Emit(Place(at), Diag::SqlHabit, Cat("`", Text(verb), "` names a column with `as`"))
      .Here(Cat("write `.. as ", Text(at - 1), "`"))
      .Fix(Cat("`expression as ", Text(at - 1), "`; `set ", Text(at - 1),
               " = ..` replaces a column that is there; comparing is `==`"));
  RepairTokens(at, at + 1, {Tok::T_EQ});
  return true;
}

// ---------------------------------------------------------------- words

bool ParseContext::ReportWordHabit(size_t at, const std::vector<int>& expected) {
  Span place = Place(at);
  bool behind_value = Has(expected, Tok::T_EQ);
  auto say = [&](Span where, std::string message) {
    return habits_.Emit(where, Diag::SqlHabit, std::move(message));
  };

  if (behind_value && IsWord(at, "is")) {
    size_t value = at + 1;
    bool negated = Kind(value) == Tok::T_NOT || IsWord(value, "not");
    if (negated) ++value;
    bool null = Kind(value) == Tok::T_NONE || IsWord(value, "null");
    std::string_view sign = negated ? "!=" : "==";
    size_t end = null ? value + 1 : value;
    std::string right = null ? Cat(sign, " none") : std::string(sign);
    Span whole = flow::Join(place, Place(end - 1));
    say(whole, Cat("`", file_.Text(whole), "` is written `", right, "`"))
        .Here(Cat("write `", right, "`"))
        .Fix("", Edit{whole, right}, Safety::Safe);
    std::vector<int> kinds = {negated ? Tok::T_NE : Tok::T_EQ};
    if (null) kinds.push_back(Tok::T_NONE);
    RepairTokens(at, end, std::move(kinds));
    return true;
  }

  bool like = IsWord(at, "like") || IsWord(at, "ilike") || IsWord(at, "rlike") ||
              IsWord(at, "regexp") || IsWord(at, "matches");
  bool behind_not = at > 0 && Kind(at - 1) == Tok::T_NOT && Has(expected, Tok::T_IN);
  if (like && (behind_value || behind_not)) {
    std::string_view sign = behind_not ? "!~" : "=~";
    say(place, Cat("there is no `", Text(at), "`; `", sign, "` matches a regular expression"))
        .Here(Cat("write `", sign, " r\"..\"`"))
        .Fix("`like 'a%'` is `=~ r\"^a\"`, `like '%a%'` is `=~ r\"a\"`");
    RepairTokens(behind_not ? at - 1 : at, at + 1,
                 {behind_not ? Tok::T_NOT_MATCHES : Tok::T_MATCHES});
    return true;
  }

  if (IsWord(at, "between") && (behind_value || behind_not)) {
    say(place, "there is no `between`")
        .Here("write `x >= a and x <= b`")
        .Fix("two comparisons, joined by `and`");
    return true;
  }

  if (IsWord(at, "having") && Has(expected, Tok::T_PIPE_ARROW)) {
    say(place, "groups are kept by `where` behind the `aggregate`")
        .Here("write `|> where`")
        .Fix("", Edit{place, "|> where"}, Safety::Safe);
    RepairTokens(at, at + 1, {Tok::T_PIPE_ARROW, Tok::T_WHERE});
    return true;
  }

  if (at > 0 && IsWord(at - 1, "distinct")) {
    bool counted = at >= 2 && Kind(at - 2) == Tok::T_LPAREN;
    bool stage = at >= 2 && Kind(at - 2) == Tok::T_PIPE_ARROW;
    if (counted) {
      say(Place(at - 1), "`count(distinct x)` is written `count_distinct(x)`")
          .Here("write `count_distinct(..)`");
    } else {
      say(Place(at - 1), "there is no `distinct`; rows that are equal make one group")
          .Here(stage && Kind(at) == Tok::T_ID
                    ? Cat("write `aggregate count() as n group by ", Text(at), "`")
                    : "write `|> aggregate count() as n group by ..`");
    }
    // What follows a stage's name is read as columns; a bare one goes with its arrow.
    bool bare = Kind(at) == Tok::T_PIPE_ARROW || Kind(at) == Tok::T_END_OF_FILE;
    if (stage && bare) {
      RepairTokens(at - 2, at, {});
    } else if (stage) {
      RepairTokens(at - 1, at, {Tok::T_SELECT});
    } else {
      RepairTokens(at - 1, at, {});
    }
    return true;
  }

  if (Kind(at) == Tok::T_WHEN && at > 0 && Kind(at - 1) == Tok::T_CASE) {
    say(place, "`case` takes a value and arms; a chain of conditions is `if`")
        .Here("write `if c then a else if d then b else e`")
        .Fix("by value: `case level { \"error\" | \"fatal\" => 3, else => 0 }`");
    return true;
  }

  bool item = Has(expected, Tok::T_FROM) && Has(expected, Tok::T_TYPE) && Has(expected, Tok::T_FN);
  bool select_first = Kind(at) == Tok::T_SELECT || IsWord(at, "select");
  if (item && select_first && !Has(expected, Tok::T_PIPE_ARROW)) {
    say(place, "a pipeline begins with `from`, and the stages follow in the order they run")
        .Here("SQL's order is turned round")
        .Fix("`from table |> where condition |> select columns`");
    return true;
  }
  return false;
}

// ---------------------------------------------------------------- capitals

bool ParseContext::ReportCapitals(size_t at, const std::vector<int>& expected) {
  auto keyword = [&](size_t token) {
    if (Kind(token) != Tok::T_ID) return 0;
    std::string_view text = Text(token);
    bool capitals = text.size() >= 2 && std::all_of(text.begin(), text.end(),
                                                    [](char c) { return c >= 'A' && c <= 'Z'; });
    return capitals ? KeywordToken(Lower(text)) : 0;
  };
  size_t word = at;
  int kind = keyword(at);
  if (kind == 0 || !Has(expected, kind)) {
    // Read as a name; what follows shows that it was meant as a word of the language.
    if (at == 0) return false;
    word = at - 1;
    kind = keyword(word);
    bool prefix =
        kind == Tok::T_NOT || kind == Tok::T_IF || kind == Tok::T_CASE || kind == Tok::T_TRY;
    bool verb = IsStageVerb(kind) && word > 0 &&
                (Kind(word - 1) == Tok::T_PIPE_ARROW || Kind(word - 1) == Tok::T_FAT_ARROW);
    if (!prefix && !verb) return false;
  }
  std::string lower = Lower(Text(word));
  habits_.Emit(Place(word), Diag::SqlHabit, Cat("keywords are in lower case: `", lower, "`"))
      .Here(Cat("write `", lower, "`"))
      .Fix("", Edit{Place(word), lower}, Safety::Safe);
  RepairTokens(word, word + 1, {kind});
  return true;
}

}  // namespace flow::frontend::parse
