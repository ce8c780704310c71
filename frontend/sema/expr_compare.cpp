// Comparisons, `in` and `=~` (semantics.md 6 to 8, 10, 13).

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"
#include "frontend/sema/regex.h"

namespace flow::frontend {

using ast::BinaryOp;
using typed::CompareOp;

static CompareOp CompareOpOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::NotEqual:
      return CompareOp::NotEqual;
    case BinaryOp::Less:
      return CompareOp::Less;
    case BinaryOp::LessEqual:
      return CompareOp::LessEqual;
    case BinaryOp::Greater:
      return CompareOp::Greater;
    case BinaryOp::GreaterEqual:
      return CompareOp::GreaterEqual;
    default:
      return CompareOp::Equal;
  }
}

bool ExprChecker::ReportNotInSet(const ast::Expr& expr, const TypedExprPtr& value,
                                 const Type& set) {
  const auto* constant = std::get_if<typed::Constant>(&value->node);
  bool text = constant != nullptr && constant->literal && value->type.is(TypeKind::kString);
  if (!text || !set.is(TypeKind::kSet)) return false;
  std::vector<std::string_view> labels(set.labels().begin(), set.labels().end());
  if (std::find(labels.begin(), labels.end(), constant->value.text) != labels.end()) return false;
  std::string_view near = Nearest(constant->value.text, labels);
  auto report = Report(expr.span, Diag::NotInSet,
                       Cat(QuoteString(constant->value.text), " is not one of the set's strings"));
  report.Here("not in the set").Note(Cat("the set is ", TypeText(set)));
  if (!near.empty()) {
    std::string quoted = QuoteString(near);
    report.Fix(Cat("did you mean ", quoted, "?"), Edit{expr.span, quoted}, Safety::Unsure);
  } else {
    report.Fix("use one of them, or add it to the type");
  }
  return true;
}

TypedExprPtr ExprChecker::CompareWithNone(const ast::Expr& expr, const ast::Binary& binary,
                                          const ast::Expr& other, const TypedExprPtr& value) {
  const char* op = ast::OperatorText(binary.op);
  bool equal = binary.op == BinaryOp::Equal;
  if (!equal && binary.op != BinaryOp::NotEqual) {
    Report(binary.op_span, Diag::TypeMismatch, Cat("nothing is ordered by `", op, "` with none"))
        .Here("none is neither less nor greater")
        .Fix("compare with `== none` or `!= none`");
    return PoisonAt(expr.span);
  }
  if (value->type.is(TypeKind::kNone)) return MakeConstant(Type::Bool(), expr.span, equal ? 1 : 0);
  TypedExprPtr operand = value;
  if (!value->type.is_optional()) {
    Report(
        expr.span, Diag::NeedlessFallible,
        Cat("`", ExprText(other), "` is never none, so this is always ", equal ? "false" : "true"))
        .Here(Cat("the value is ", TypeText(value->type)))
        .Fix("remove the test");
    operand = MakeNode(Type::Optional(value->type), value->span, typed::Widen{value});
  }
  return MakeNode(Type::Bool(), expr.span, typed::IsNone{operand, !equal});
}

static bool IsNumberPair(const Type& a, const Type& b, TypeKind x, TypeKind y) {
  return (a.is(x) && b.is(y)) || (a.is(y) && b.is(x));
}

// An int literal beside a float is a float, unless that would round it.
static void LiteralBecomesFloat(TypedExprPtr* a, const Type& other) {
  constexpr int64_t kExact = int64_t{1} << 53;
  const auto* constant = std::get_if<typed::Constant>(&(*a)->node);
  if (constant == nullptr || !constant->literal || !(*a)->type.is(TypeKind::kInt)) return;
  if (!other.is(TypeKind::kFloat)) return;
  int64_t value = constant->value.int_value;
  if (value <= kExact && value >= -kExact) *a = Coerce(*a, Type::Float());
}

TypedExprPtr ExprChecker::Compare(const ast::Expr& expr, const ast::Binary& binary) {
  bool before = std::exchange(comparing_, true);
  TypedExprPtr a = Value(*binary.left);
  TypedExprPtr b = Value(*binary.right);
  comparing_ = before;
  if (a->poisoned() || b->poisoned()) return PoisonAt(expr.span);
  if (b->type.is(TypeKind::kNone)) return CompareWithNone(expr, binary, *binary.left, a);
  if (a->type.is(TypeKind::kNone)) return CompareWithNone(expr, binary, *binary.right, b);
  const char* op = ast::OperatorText(binary.op);
  bool equality = binary.op == BinaryOp::Equal || binary.op == BinaryOp::NotEqual;
  for (auto [side, value] : {std::pair(&binary.left, a), std::pair(&binary.right, b)}) {
    if (equality || !value->type.is_optional()) continue;
    ReportOptional(**side, value, Cat("it has no `", op, "` yet"));
    return PoisonAt(expr.span);
  }
  Type x = a->type.strip_optional();
  Type y = b->type.strip_optional();
  for (auto [side, type] : {std::pair(&binary.left, x), std::pair(&binary.right, y)}) {
    bool json = type.is(TypeKind::kJson);
    if (!json && !type.is(TypeKind::kMap)) continue;
    auto report = Report((*side)->span, Diag::TypeMismatch,
                         Cat("a ", json ? "json value" : "map", " compares only with `none`"));
    report.Here(TypeText(type));
    if (json) report.Fix(Cat("convert it first: `string(", ExprText(**side), ")!`, `int(…)!`"));
    return PoisonAt(expr.span);
  }
  // Sets are ordered by their text, so any text has its place among them; equal it can only be to
  // one of them.
  bool impossible =
      equality && (ReportNotInSet(*binary.left, a, y) || ReportNotInSet(*binary.right, b, x));
  if (impossible) return PoisonAt(expr.span);
  LiteralBecomesFloat(&a, y);
  LiteralBecomesFloat(&b, x);
  x = a->type.strip_optional();
  y = b->type.strip_optional();
  bool float_decimal = IsNumberPair(x, y, TypeKind::kFloat, TypeKind::kDecimal) &&
                       !IsFlexible(*a) && !IsFlexible(*b);
  bool exact = IsNumberPair(x, y, TypeKind::kInt, TypeKind::kFloat);
  if (exact || (!float_decimal && Unify(&a, &b))) {
    return MakeNode(Type::Bool(), expr.span, typed::Compare{CompareOpOf(binary.op), a, b});
  }
  auto report = Report(
      binary.op_span, Diag::TypeMismatch,
      Cat("`", op, "` compares values of one type, these are ", TypeText(x), " and ", TypeText(y)));
  report.Here("different types")
      .Label(binary.left->span, TypeText(a->type))
      .Label(binary.right->span, TypeText(b->type));
  bool left_text = x.is(TypeKind::kString);
  bool right_text = y.is(TypeKind::kString);
  const ast::Expr& text = left_text ? *binary.left : *binary.right;
  const Type& wanted = left_text ? y : x;
  bool quoted = left_text != right_text && std::holds_alternative<ast::StringLit>(text.node);
  if (float_decimal) {
    bool left_exact = x.is(TypeKind::kDecimal);
    report.Fix(Cat("`float(", ExprText(left_exact ? *binary.left : *binary.right), ")!`"));
  } else if (quoted && wanted.is(TypeKind::kTimestamp)) {
    report.Fix("times are written `@2024-01-31T10:00:00Z`, without quotes");
  } else if (quoted && wanted.is_number()) {
    report.Fix("write the number without quotes");
  } else if (left_text != right_text && wanted.is(TypeKind::kTimestamp)) {
    report.Fix(Cat("`timestamp(", ExprText(text), ")!` reads a time from text"));
  } else if (left_text != right_text && wanted.is_number() && !wanted.is(TypeKind::kDecimal)) {
    report.Fix(Cat("`", TypeText(wanted), "(", ExprText(text), ")!`"));
  }
  return PoisonAt(expr.span);
}

// ---------------------------------------------------------------- in

TypedExprPtr ExprChecker::Membership(const ast::Expr& expr, const ast::Binary& binary) {
  bool negated = binary.op == BinaryOp::NotIn;
  TypedExprPtr value = Value(*binary.left);
  TypedExprPtr array = Value(*binary.right);
  if (value->poisoned() || array->poisoned()) return PoisonAt(expr.span);
  if (value->type.is_optional()) {
    ReportOptional(*binary.left, value, "it cannot be looked up with `in` yet");
    return PoisonAt(expr.span);
  }
  if (array->type.is_optional()) {
    ReportOptional(*binary.right, array, "nothing can be `in` it yet");
    return PoisonAt(expr.span);
  }
  if (!array->type.is(TypeKind::kArray)) {
    auto report = Report(binary.right->span, Diag::TypeMismatch,
                         Cat("`in` looks into an array, this is ", TypeText(array->type)));
    report.Here(TypeText(array->type));
    std::string left = ExprText(*binary.left);
    std::string right = ExprText(*binary.right);
    if (array->type.is(TypeKind::kString)) {
      report.Fix(Cat("`contains(", right, ", ", left, ")` looks for a piece of text"));
    } else if (array->type.is(TypeKind::kMap)) {
      report.Fix(Cat("`", right, "[", left, "] != none`"));
    }
    return PoisonAt(expr.span);
  }
  if (const auto* literal = std::get_if<ast::ArrayLit>(&binary.right->node)) {
    const auto* made = std::get_if<typed::MakeArray>(&array->node);
    bool wrong = false;
    for (size_t i = 0; made != nullptr && i < made->values.size(); ++i) {
      if (i < literal->items.size()) {
        wrong |= ReportNotInSet(*literal->items[i], made->values[i], value->type);
      }
    }
    if (wrong) return PoisonAt(expr.span);
  }
  TypedExprPtr members = Coerce(array, Type::Array(value->type));
  if (!members) {
    TypedExprPtr same = IsFlexible(*value) ? Coerce(value, array->type.inner()) : nullptr;
    bool text = value->type.is(TypeKind::kSet) && array->type.inner().is(TypeKind::kString);
    if (text) same = Coerce(value, Type::String());
    if (!same) {
      Report(binary.op_span, Diag::TypeMismatch,
             Cat("the array holds ", TypeText(array->type.inner()), ", the value is ",
                 TypeText(value->type)))
          .Here("`in` needs one type")
          .Label(binary.left->span, TypeText(value->type))
          .Label(binary.right->span, TypeText(array->type));
      return PoisonAt(expr.span);
    }
    value = same;
    members = array;
  }
  return MakeNode(Type::Bool(), expr.span, typed::In{value, members, negated});
}

// ---------------------------------------------------------------- patterns

std::optional<std::string> ExprChecker::ConstantPattern(const ast::Expr& expr, Span where) {
  TypedExprPtr value = ValueOf(expr, Type::String(), "a pattern");
  if (value->poisoned()) return std::nullopt;
  std::optional<Constant> constant = EvaluateConstant(*value);
  if (!constant) {
    auto report = Report(expr.span, Diag::NotConstant,
                         "this pattern is not known when the script is compiled");
    report.Here("not a constant").Label(where, "takes a constant pattern");
    if (scope_.decls->catalog->FindFunction("matches") != nullptr) {
      report.Fix(Cat("`matches(text, ", ExprText(expr), ")` takes any pattern"));
    }
    return std::nullopt;
  }
  std::string error;
  std::optional<std::string> pattern = CompilePattern(constant->text, &error);
  if (!pattern) {
    auto report = Report(expr.span, Diag::BadPattern, Cat("bad pattern: ", error));
    report.Here("not a regular expression");
    if (constant->text.find("(?=") != std::string::npos ||
        constant->text.find("(?!") != std::string::npos ||
        constant->text.find("(?<=") != std::string::npos ||
        constant->text.find("(?<!") != std::string::npos) {
      report.Note("patterns match in linear time, so there is no look-ahead and no look-behind");
    }
  }
  return pattern;
}

TypedExprPtr ExprChecker::Matches(const ast::Expr& expr, const ast::Binary& binary) {
  const char* op = ast::OperatorText(binary.op);
  TypedExprPtr text = Value(*binary.left);
  std::optional<std::string> pattern = ConstantPattern(*binary.right, binary.op_span);
  if (text->poisoned() || !pattern) return PoisonAt(expr.span);
  if (text->type.is_optional()) {
    ReportOptional(*binary.left, text, Cat("it has no `", op, "` yet"));
    return PoisonAt(expr.span);
  }
  text = Convert(*binary.left, text, Type::String(), Cat("`", op, "`"));
  if (text->poisoned()) return text;
  return MakeNode(Type::Bool(), expr.span,
                  typed::RegexMatch{text, *pattern, binary.op == BinaryOp::NotMatches});
}

}  // namespace flow::frontend
