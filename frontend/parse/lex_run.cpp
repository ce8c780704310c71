#include "frontend/parse/lex_run.h"

#include <array>

#include "base/text.h"
#include "frontend/parse/parser.h"
#include "frontend/parse/token_sets.h"

namespace flow::frontend::parse {

using Kind = Parser::symbol_kind;

KeywordMap MakeKeywordMap() {
  KeywordMap map;
  for (int kind = Kind::S_FIRST_WORD + 1; kind < Kind::S_LAST_WORD; ++kind) {
    map.emplace(Parser::symbol_name(static_cast<Kind::symbol_kind_type>(kind)), kind);
  }
  return map;
}

int KeywordToken(std::string_view word) {
  for (int kind = Kind::S_FIRST_WORD + 1; kind < Kind::S_LAST_WORD; ++kind) {
    if (word == Parser::symbol_name(static_cast<Kind::symbol_kind_type>(kind))) return kind;
  }
  return 0;
}

void LexRun::Emit(int kind, bool bad) {
  bool column_one = begin_ == 0 || file_.text()[begin_ - 1] == '\n';
  tokens_.all.push_back({kind, Here(), line_start_, bad, column_one});
  line_start_ = false;
}

Tokens LexRun::Finish() {
  // The end lies behind the last token, so that "unexpected end" points at text.
  uint32_t end = tokens_.all.empty() ? end_ : tokens_.all.back().span.end;
  tokens_.all.push_back({Tok::T_END_OF_FILE, {file_.id(), end, end}, true, false, true});
  return std::move(tokens_);
}

void LexRun::Word(const char* text, int length) {
  auto found = keywords_.find(std::string_view(text, static_cast<size_t>(length)));
  int kind = found == keywords_.end() ? static_cast<int>(Tok::T_ID) : found->second;
  bool column_one = begin_ > 0 && file_.text()[begin_ - 1] == '\n';
  if (InFString() && column_one && BeginsItem(kind)) UnclosedExpressions();
  Emit(kind);
}

// Read on as the name that was meant.
void LexRun::ForeignWord() {
  std::string_view word = file_.Text(Here());
  diagnostics_
      .Emit(Here(), Diag::UnexpectedToken,
            Cat("`", word, "` has letters beyond a to z, so it is written in backquotes"))
      .Here(Cat("write `` `", word, "` ``"))
      .Fix("", Edit{Here(), Cat("`", word, "`")}, Safety::Safe);
  Emit(Tok::T_QUOTED_ID);
}

void LexRun::Doc(const char* text, int length) {
  std::string_view doc(text + 2, static_cast<size_t>(length) - 2);
  while (!doc.empty() && doc.front() == ' ') doc.remove_prefix(1);
  while (!doc.empty() && (doc.back() == ' ' || doc.back() == '\r')) doc.remove_suffix(1);
  tokens_.docs.push_back({Here(), std::string(doc), line_start_});
}

void LexRun::OpenBrace() {
  if (InFString()) ++levels_.back().braces;
}

bool LexRun::CloseBrace() {
  if (!InFString()) return true;
  if (levels_.back().braces == 0) {
    levels_.pop_back();
    return false;
  }
  --levels_.back().braces;
  return true;
}

void LexRun::OpenFString() {
  fstring_openers_.push_back(Here());
  Emit(Tok::T_FSTRING_BEGIN);
}

void LexRun::CloseFString() {
  fstring_openers_.pop_back();
  Emit(Tok::T_FSTRING_END);
}

void LexRun::OpenExpression() {
  levels_.push_back({fstring_openers_.back(), Here(), 0});
  Emit(Tok::T_FSTRING_OPEN);
}

void LexRun::UnclosedFString(int newline_length) {
  // The newline is read again, as a newline.
  end_ -= static_cast<uint32_t>(newline_length);
  Span opener = fstring_openers_.back();
  fstring_openers_.pop_back();
  diagnostics_.Emit(opener, Diag::Unclosed, "this f-string is never closed")
      .Here("a closing `\"` is missing on this line");
  Swallowed();
  begin_ = end_;
  Emit(Tok::T_FSTRING_END);
}

void LexRun::UnclosedExpressions() {
  if (!InFString()) return;
  const Level& level = levels_.back();
  diagnostics_.Emit(level.expression, Diag::Unclosed, "this brace of an f-string is never closed")
      .Here("a `}` is missing")
      .Label(level.opener, "the f-string begins here")
      .Fix("close it with `}`; a brace that is meant as text is doubled");
  // What was read inside is no expression: errors from here on are followers.
  tokens_.swallowed.push_back(level.expression.begin);
  // Virtual tokens of no width, in front of what ended the expression.
  Span read = Here();
  end_ = begin_;
  while (InFString()) {
    levels_.pop_back();
    fstring_openers_.pop_back();
    Emit(Tok::T_FSTRING_CLOSE);
    Emit(Tok::T_FSTRING_END);
  }
  end_ = read.end;
}

void LexRun::AtEnd(bool in_fstring_text) {
  begin_ = end_;
  if (in_fstring_text) UnclosedFString(0);
  UnclosedExpressions();
}

// In SQL it joins text, in C it is the logical or.
void LexRun::Bars() {
  diagnostics_.Emit(Here(), Diag::SqlHabit, "there is no `||`")
      .Here("write `or` between conditions, `+` between texts")
      .Fix("`a or b` when one of two conditions is enough")
      .Fix("`a + b`, or `f\"{a} {b}\"`, to join text");
  Emit(Tok::T_OR);
}

void LexRun::Habit(int kind, std::string message, std::string_view replacement) {
  // `a&&b` needs blanks around the word; the operator signs need none.
  std::string edit(replacement);
  std::string_view text = file_.text();
  auto is_blank = [&](uint32_t at) {
    return at >= text.size() || text[at] == ' ' || text[at] == '\n' || text[at] == '\t';
  };
  bool word = replacement.front() >= 'a';
  if (word && begin_ > 0 && !is_blank(begin_ - 1)) edit.insert(0, 1, ' ');
  if (word && !is_blank(end_)) edit += ' ';
  diagnostics_.Emit(Here(), Diag::SqlHabit, std::move(message))
      .Here(Cat("write `", replacement, "`"))
      .Fix("", Edit{Here(), std::move(edit)}, Safety::Safe);
  Emit(kind);
}

void LexRun::SqlComment(int length) {
  // `a --b` is twice minus; a blank behind the dashes, or nothing before them, makes a comment.
  if (length == 2 && !line_start_) {
    uint32_t end = end_;
    end_ = begin_ + 1;
    Emit(Tok::T_MINUS);
    begin_ = end_;
    end_ = end;
    Emit(Tok::T_MINUS);
    return;
  }
  Span dashes{file_.id(), begin_, begin_ + 2};
  diagnostics_.Emit(dashes, Diag::SqlHabit, "`--` begins no comment; `#` does")
      .Here("write `#`")
      .Fix("", Edit{dashes, "#"}, Safety::Safe);
}

void LexRun::BlockComment(const char* text, int length) {
  diagnostics_
      .Emit({file_.id(), begin_, begin_ + 2}, Diag::SqlHabit,
            "`/* .. */` is no comment; `#` begins one, up to the end of its line")
      .Here("write `#` before each line");
  for (int i = 0; i < length; ++i) {
    if (text[i] == '\n') NewLine();
  }
}

namespace {

struct UnitName {
  std::string_view written;
  std::string_view unit;
};
constexpr std::array<UnitName, 31> kUnitNames = {{
    {"nanos", "ns"},
    {"nanosecond", "ns"},
    {"nanoseconds", "ns"},
    {"micros", "us"},
    {"usec", "us"},
    {"microseconds", "us"},
    {"millis", "ms"},
    {"msec", "ms"},
    {"msecs", "ms"},
    {"millisecond", "ms"},
    {"milliseconds", "ms"},
    {"sec", "s"},
    {"secs", "s"},
    {"second", "s"},
    {"seconds", "s"},
    {"S", "s"},
    {"min", "m"},
    {"mins", "m"},
    {"minute", "m"},
    {"minutes", "m"},
    {"hr", "h"},
    {"hrs", "h"},
    {"hour", "h"},
    {"hours", "h"},
    {"H", "h"},
    {"D", "d"},
    {"day", "d"},
    {"days", "d"},
    {"week", "w"},
    {"weeks", "w"},
    {"W", "w"},
}};
constexpr std::array<UnitName, 14> kSizeNames = {{
    {"K", "KiB"},
    {"k", "kB"},
    {"kb", "kB"},
    {"Kb", "kB"},
    {"kib", "KiB"},
    {"M", "MiB"},
    {"mb", "MB"},
    {"Mb", "MB"},
    {"mib", "MiB"},
    {"G", "GiB"},
    {"gb", "GB"},
    {"Gb", "GB"},
    {"gib", "GiB"},
    {"T", "TiB"},
}};

template <size_t count>
std::string_view Translate(const std::array<UnitName, count>& names, std::string_view written) {
  for (const UnitName& name : names) {
    if (name.written == written) return name.unit;
  }
  return {};
}

}  // namespace

std::string_view DurationUnitFor(std::string_view written) {
  return Translate(kUnitNames, written);
}

void LexRun::BadNumber(const char* text, int length) {
  std::string_view literal(text, static_cast<size_t>(length));
  size_t digits = literal.find_first_not_of("0123456789_.");
  std::string_view number = literal.substr(0, digits), unit = literal.substr(digits);
  Span unit_span{file_.id(), begin_ + static_cast<uint32_t>(digits), end_};
  auto builder = [&](std::string message) {
    return diagnostics_.Emit(Here(), Diag::BadLiteral, std::move(message));
  };

  std::string_view duration = DurationUnitFor(unit), size = Translate(kSizeNames, unit);
  bool fraction = number.find('.') != std::string_view::npos;
  if (unit == "month" || unit == "months" || unit == "y" || unit == "year" || unit == "years") {
    builder(Cat("`", literal, "`: months and years differ in length, so they are no durations"))
        .Fix("durations end in ns, us, ms, s, m, h, d or w: `30d`, `1h30m`");
  } else if (!duration.empty() && !fraction) {
    builder(Cat("`", unit, "` is no unit of time"))
        .Here(Cat("write `", number, duration, "`"))
        .Fix("", Edit{unit_span, std::string(duration)}, Safety::Safe);
    return Emit(Tok::T_DURATION, true);
  } else if (!size.empty()) {
    builder(Cat("`", unit, "` is no unit of size"))
        .Here(Cat("did you mean `", number, size, "`?"))
        .Fix("sizes end in B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (of 1024)");
    return Emit(Tok::T_SIZE, true);
  } else if (fraction) {
    builder(Cat("`", literal, "` is no duration; they are whole: `1500ms`, `1h30m`"));
    return Emit(Tok::T_DURATION, true);
  } else if (number == "0" && (unit[0] == 'b' || unit[0] == 'o' || unit[0] == 'x')) {
    builder(Cat("`", literal, "` is no number; numbers are decimal or `0x` and hex digits"));
  } else {
    builder(Cat("`", literal, "` is neither a number nor a name"))
        .Note("durations end in ns, us, ms, s, m, h, d or w; sizes in B, kB, MB, KiB, MiB ..")
        .Fix(Cat("a column of this name is written in backquotes: `` `", literal, "` ``"));
  }
  Emit(Tok::T_INT, true);
}

void LexRun::BadTime() {
  diagnostics_.Emit(Here(), Diag::BadLiteral, "a time is written `@2024-01-31T10:00:00Z`")
      .Here("no date behind this `@`")
      .Fix("write `@` and a date, or date, `T` and time: `@2024-01-31`, `@2024-01-31T10:00:00.5Z`");
  Emit(Tok::T_TIME_LIT, true);
}

void LexRun::UnclosedString() {
  // In an f-string the quote was meant to end that one.
  if (InFString()) return UnclosedExpressions();
  char quote = file_.text()[begin_];
  uint32_t opener_length = 1;
  if (quote == 'r') {
    quote = file_.text()[begin_ + 1];
    opener_length = 2;
  }
  diagnostics_
      .Emit({file_.id(), begin_, begin_ + opener_length}, Diag::Unclosed,
            "this string is never closed")
      .Here(Cat("a closing `", quote, "` is missing on this line"));
  Swallowed();
  Emit(Tok::T_STR, true);
}

void LexRun::UnclosedName() {
  diagnostics_
      .Emit({file_.id(), begin_, begin_ + 1}, Diag::Unclosed, "this quoted name is never closed")
      .Here("a closing backquote is missing on this line");
  Swallowed();
  Emit(Tok::T_QUOTED_ID, true);
}

void LexRun::SingleQuotedFString() {
  std::string_view text = file_.Text(Here());
  auto builder = diagnostics_.Emit({file_.id(), begin_, begin_ + 2}, Diag::BadLiteral,
                                   "f-strings take double quotes");
  builder.Here("write `f\"..\"`");
  if (text.size() > 2 && text.back() == '\'' && text.find('"') == std::string_view::npos) {
    std::string_view body = text.substr(2, text.size() - 3);
    builder.Fix("", Edit{Here(), Cat("f\"", body, "\"")}, Safety::Safe);
  }
  Emit(Tok::T_STR, true);
}

void LexRun::Unknown(const char* text, int length) {
  std::string_view character(text, static_cast<size_t>(length));
  bool double_quote = character == "\u201C" || character == "\u201D" || character == "\u201E";
  bool single_quote = character == "\u2018" || character == "\u2019";
  auto builder = diagnostics_.Emit(Here(), Diag::UnexpectedToken,
                                   Cat("`", character, "` has no meaning in a script"));
  if (double_quote || single_quote) {
    std::string plain = double_quote ? "\"" : "'";
    builder.Here("a typographic quote")
        .Fix("strings take plain quotes: \"..\" or '..'", Edit{Here(), plain}, Safety::Unsure);
  } else if (character == "\u00A0") {
    builder.Here("a no-break space").Fix("", Edit{Here(), " "}, Safety::Safe);
    return;  // as good as a blank
  } else if (character == "$") {
    builder.Here("`$` is followed by the name of a parameter");
  }
  Emit(Tok::T_UNKNOWN, true);
}

Tokens Lex(const SourceFile& file, Diagnostics& diagnostics) {
  LexRun run(file, diagnostics);
  std::string_view text = file.text();
  if (text.starts_with("\xEF\xBB\xBF")) {
    run.SkipBytes(3);
    text.remove_prefix(3);
  }
  run.Run(text);
  return run.Finish();
}

}  // namespace flow::frontend::parse
