// The parser's actions that are more than one line: literals, limits, small rewrites.

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "frontend/ast/walk.h"
#include "frontend/parse/context.h"
#include "frontend/parse/literals.h"
#include "frontend/parse/parse.h"

namespace flow::frontend::parse {

using namespace flow::frontend::ast;

void ParseContext::Add(Item item, Span span) {
  // A declaration that could not be read is a default-made item, without a place in the result.
  if (const auto* type = std::get_if<TypeDecl>(&item.node); type && !type->type) return;
  item.span = span;
  result_.items.push_back(std::move(item));
}

void ParseContext::Once(Span clause, bool already) {
  if (!already) return;
  size_t first = TokenAt(clause.begin);
  std::string_view word = Kind(first) == Parser::token::T_ON ? "on error" : Text(first);
  diagnostics_.Emit(clause, Diag::RepeatedClause, Cat("`", word, "` is given twice"))
      .Here("the second one")
      .Fix("keep one of the two");
}

// ---------------------------------------------------------------- words

// Where a pipe is used its name stands in the place of a verb, so the words of the language are
// taken.
Word ParseContext::PipeName(Word name) {
  bool quoted = file_.Text(name.span).starts_with('`');
  if (!quoted && KeywordToken(name.text) == 0) return name;
  diagnostics_
      .Emit(name.span, Diag::DuplicateName,
            quoted
                ? std::string("the name of a pipe cannot stand in backquotes")
                : Cat("`", name.text, "` is a word of the language, so no pipe can have its name"))
      .Here(quoted ? "could not be called" : Cat("`|> ", name.text, "(..)` would not call it"))
      .Fix("choose another name, of letters, digits and `_`");
  return name;
}

Word ParseContext::WordAt(Span span) {
  std::string_view text = file_.Text(span);
  if (text.starts_with('`')) {
    text.remove_prefix(1);
    if (text.ends_with('`')) text.remove_suffix(1);
  }
  return {std::string(text), span};
}

Word ParseContext::DollarAt(Span span) { return {std::string(file_.Text(span).substr(1)), span}; }

// What stands between the quotes, and how it is written.
struct StringParts {
  std::string_view body;
  bool raw = false;
  uint32_t body_offset = 0;
};

static StringParts SplitString(std::string_view text) {
  StringParts parts;
  parts.raw = text.starts_with('r');
  parts.body_offset = parts.raw ? 2 : 1;
  parts.body = text.substr(std::min<size_t>(parts.body_offset, text.size()));
  if (!parts.body.empty() && text.back() == text[parts.body_offset - 1])
    parts.body.remove_suffix(1);
  return parts;
}

Word ParseContext::StringAt(Span span) {
  if (BadToken(span)) return {{}, span};
  StringParts parts = SplitString(file_.Text(span));
  if (parts.raw) return {std::string(parts.body), span};
  std::string fault;
  size_t offset = 0, length = 0;
  std::optional<std::string> value = ReadEscapes(parts.body, false, &fault, &offset, &length);
  if (value) return {std::move(*value), span};
  uint32_t begin = span.begin + parts.body_offset + static_cast<uint32_t>(offset);
  Span escape{span.file, begin, begin + static_cast<uint32_t>(length)};
  auto builder = diagnostics_.Emit(escape, Diag::BadLiteral, fault);
  builder.Here("not an escape");
  if (parts.body.find('"') == std::string_view::npos) {
    builder.Fix("write `\\\\` for a backslash, or a raw string for a pattern: r\"..\"",
                Edit{{span.file, span.begin, span.begin}, "r"}, Safety::Unsure);
  } else {
    builder.Fix("write `\\\\` for a backslash, or a raw string for a pattern: r\"..\"");
  }
  return {{}, span};
}

// ---------------------------------------------------------------- literals

ExprPtr ParseContext::BadLiteral(Span span, const std::string& fault) {
  if (!BadToken(span)) {
    diagnostics_.Emit(span, Diag::BadLiteral, Cat("`", file_.Text(span), "` ", fault));
  }
  return Make(span, ErrorExpr{});
}

int64_t ParseContext::IntAt(Span span) {
  std::string fault;
  if (BadToken(span)) return 0;
  std::optional<uint64_t> value = ReadInteger(file_.Text(span), &fault);
  if (value && *value <= INT64_MAX) return static_cast<int64_t>(*value);
  BadLiteral(span, value ? "does not fit an int, which ends at 9223372036854775807" : fault);
  return 0;
}

ExprPtr ParseContext::IntLiteralAt(Span span) {
  std::string fault;
  if (BadToken(span)) return Make(span, ErrorExpr{});
  std::optional<uint64_t> value = ReadInteger(file_.Text(span), &fault);
  if (!value) return BadLiteral(span, fault);
  // 2^63 becomes the smallest int; Negate makes it right and Whole refuses it elsewhere.
  return Make(span, IntLit{static_cast<int64_t>(*value), WithoutUnderscores(file_.Text(span))});
}

ExprPtr ParseContext::FloatAt(Span span) {
  std::string fault, digits = WithoutUnderscores(file_.Text(span));
  std::optional<double> value = ReadFloat(digits, &fault);
  if (!value) return BadLiteral(span, fault);
  return Make(span, FloatLit{*value, std::move(digits)});
}

int64_t ParseContext::NanosecondsAt(Span span) {
  std::string fault;
  if (BadToken(span)) return 0;
  std::optional<int64_t> value = ReadDuration(file_.Text(span), &fault);
  if (value) return *value;
  BadLiteral(span, fault);
  return 0;
}

ExprPtr ParseContext::DurationAt(Span span) { return Make(span, DurationLit{NanosecondsAt(span)}); }

ExprPtr ParseContext::SizeAt(Span span) {
  std::string fault;
  if (BadToken(span)) return Make(span, ErrorExpr{});
  std::optional<int64_t> value = ReadSize(file_.Text(span), &fault);
  if (!value) return BadLiteral(span, fault);
  return Make(span, IntLit{*value, Cat(*value)});
}

int64_t ParseContext::InstantAt(Span span) {
  std::string fault;
  if (BadToken(span)) return 0;
  std::optional<int64_t> value = ReadTimestamp(file_.Text(span), &fault);
  if (value) return *value;
  BadLiteral(span, fault);
  return 0;
}

ExprPtr ParseContext::TimeAt(Span span) { return Make(span, TimeLit{InstantAt(span)}); }

ExprPtr ParseContext::StringLiteralAt(Span span) {
  bool raw = file_.Text(span).starts_with('r');
  return Make(span, StringLit{StringAt(span).text, raw});
}

ExprPtr ParseContext::ParamAt(Span span) { return Make(span, ParamRef{DollarAt(span)}); }

FStringPart ParseContext::TextAt(Span span) {
  std::string fault;
  size_t offset = 0, length = 0;
  std::optional<std::string> value = ReadEscapes(file_.Text(span), true, &fault, &offset, &length);
  if (value) return {std::move(*value), nullptr};
  uint32_t begin = span.begin + static_cast<uint32_t>(offset);
  diagnostics_
      .Emit({span.file, begin, begin + static_cast<uint32_t>(length)}, Diag::BadLiteral, fault)
      .Here("not an escape");
  return {};
}

// ---------------------------------------------------------------- expressions

ExprPtr ParseContext::Make(Span span, decltype(Expr::node) node) {
  auto expr = std::make_unique<Expr>();
  expr->span = span;
  expr->node = std::move(node);
  int height = 0;
  ForEachChild(*expr, [&](const Expr& child) { height = std::max<int>(height, child.height); });
  if (height < kExprHeightMax) {
    expr->height = static_cast<uint16_t>(height + 1);
    return expr;
  }
  expr->node = ErrorExpr{};
  // The tree grows anew from here and may come to the limit again: one report is enough.
  if (std::exchange(too_deep_reported_, true)) return expr;
  diagnostics_
      .Emit(span, Diag::TooDeep,
            Cat("this expression is nested more than ", kExprHeightMax, " levels deep"))
      .Fix("give a part of it a name with `extend .. as name` or `let`");
  return expr;
}

// `null`, `TRUE` and kin are names to the grammar; as columns they need backquotes.
ExprPtr ParseContext::Name(Span span, Word word) {
  struct Habit {
    std::string_view written, meant;
  };
  static constexpr Habit kHabits[] = {
      {"null", "none"}, {"NULL", "none"}, {"Null", "none"},   {"NONE", "none"},   {"None", "none"},
      {"TRUE", "true"}, {"True", "true"}, {"FALSE", "false"}, {"False", "false"},
  };
  bool quoted = file_.Text(span).starts_with('`');
  for (const Habit& habit : kHabits) {
    if (quoted || word.text != habit.written) continue;
    habits_.Emit(span, Diag::SqlHabit, Cat("`", word.text, "` is written `", habit.meant, "`"))
        .Here(Cat("write `", habit.meant, "`"))
        .Fix("", Edit{span, std::string(habit.meant)}, Safety::Safe)
        .Fix(Cat("a column of this name is written in backquotes: `` `", word.text, "` ``"));
    if (habit.meant == "none") return Make(span, NoneLit{});
    return Make(span, BoolLit{habit.meant == "true"});
  }
  return Make(span, NameRef{std::move(word)});
}

ExprPtr ParseContext::Parenthesized(Span span, ExprPtr inner) {
  inner->span = span;
  inner->parenthesized = true;
  return inner;
}

ExprPtr ParseContext::Negate(Span span, Span minus, ExprPtr operand) {
  // A minus in front of a number belongs to it, so that the smallest int can be written.
  bool plain = !operand->parenthesized;
  if (auto* number = std::get_if<IntLit>(&operand->node);
      plain && number && !number->text.starts_with('-')) {
    number->value = static_cast<int64_t>(0 - static_cast<uint64_t>(number->value));
    number->text.insert(0, 1, '-');
    operand->span = span;
    return operand;
  }
  if (auto* number = std::get_if<FloatLit>(&operand->node);
      plain && number && !number->text.starts_with('-')) {
    number->value = -number->value;
    number->text.insert(0, 1, '-');
    operand->span = span;
    return operand;
  }
  return Make(span, Unary{UnaryOp::Negate, minus, Whole(std::move(operand))});
}

ExprPtr ParseContext::Whole(ExprPtr literal) {
  const auto* number = std::get_if<IntLit>(&literal->node);
  bool beyond = number && number->value == INT64_MIN && !number->text.starts_with('-');
  if (!beyond) return literal;
  return BadLiteral(literal->span, "does not fit an int, which ends at 9223372036854775807");
}

// ---------------------------------------------------------------- the rest

TypePtr ParseContext::Type(Span span, decltype(TypeExpr::node) node) {
  auto type = std::make_unique<TypeExpr>();
  type->span = span;
  type->node = std::move(node);
  return type;
}

PipelinePtr ParseContext::Pipe(Span span, Relation from, Stages stages) {
  return std::make_unique<Pipeline>(Pipeline{span, std::move(from), std::move(stages)});
}

Stage ParseContext::Join(Span span, Span verb, ast::Join::Kind kind, ast::Join::Side side,
                         ast::Join tail, Bound bound) {
  tail.kind = kind;
  tail.side = side;
  tail.bound = std::move(bound);
  return Stage{span, verb, std::move(tail)};
}

MatchStep ParseContext::Step(Span span, Word name, MatchCount count, ExprPtr condition) {
  if (count.at_most && *count.at_most < count.at_least) {
    diagnostics_.Emit(span, Diag::BadLiteral,
                      Cat("`", name.text, "` has a smallest count above its largest"));
  }
  return {MatchStep::Link::First, span,          std::move(name),     count.quantified,
          count.at_least,         count.at_most, std::move(condition)};
}

}  // namespace flow::frontend::parse
