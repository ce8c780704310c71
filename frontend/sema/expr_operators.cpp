// Logic and arithmetic.

#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

using ast::BinaryOp;
using typed::ArithOp;

TypedExprPtr ExprChecker::Bool(const ast::Expr& expr, std::string_view what) {
  return ValueOf(expr, Type::Bool(), what);
}

void ExprChecker::ReportOptional(const ast::Expr& expr, const TypedExprPtr& value,
                                 std::string_view operation, std::string fix) {
  std::string text = ExprText(expr);
  std::string inner = TypeText(value->type.strip_optional());
  auto report =
      Report(expr.span, Diag::OptionalAsValue, Cat("`", text, "` may be none, so ", operation));
  report.Here(TypeText(value->type));
  std::optional<Path> path = PathOf(*value);
  bool is_column = path && !path->local && path->root == 0;
  if (is_column && scope_.where_optional) {
    if (std::optional<Span> place = scope_.where_optional(path->names[0])) {
      report.Label(*place, "optional because of this `?`");
    }
  }
  if (!fix.empty()) report.Fix(std::move(fix));
  std::string sample = SampleValue(value->type.strip_optional());
  std::string or_default = sample.empty() ? "" : Cat("`(", text, " ?? ", sample, ")`");
  if (is_column) {
    std::string where = Cat("`|> where ", text, " != none` before this stage (", text, " is ",
                            inner, " from there on)");
    report.Fix(or_default.empty() ? where : Cat(where, ", or ", or_default));
  } else if (path) {
    std::string test = Cat("`if ", text, " != none then … else …`");
    report.Fix(or_default.empty() ? test : Cat(test, ", or ", or_default));
  } else if (!or_default.empty()) {
    report.Fix(Cat("say what stands for none: ", or_default));
  } else if (value->type.inner().is(TypeKind::kJson)) {
    report.Fix(Cat("`", text, " != none` in a `where` before this stage, or in an `if` around it"));
  }
}

TypedExprPtr ExprChecker::Convert(const ast::Expr& expr, const TypedExprPtr& value, const Type& to,
                                  std::string_view what) {
  if (value->poisoned() || to.is_error()) return value;
  if (TypedExprPtr converted = Coerce(value, to)) return converted;
  if (ReportNotInSet(expr, value, to.strip_optional())) return PoisonAt(expr.span);
  const Type& from = value->type;
  bool only_optional =
      from.is_optional() && !to.is_optional() && CommonType(from.inner(), to) == to;
  if (only_optional) {
    ReportOptional(expr, value, Cat(what, " cannot take it"));
    return PoisonAt(expr.span);
  }
  auto report = Report(expr.span, Diag::TypeMismatch,
                       Cat(what, " needs ", TypeText(to), ", this is ", TypeText(from)));
  report.Here(TypeText(from));
  std::string text = ExprText(expr);
  bool number = from.strip_optional().is_number();
  bool quoted = std::holds_alternative<ast::StringLit>(expr.node);
  const auto* constant = std::get_if<typed::Constant>(&value->node);
  bool literal = constant != nullptr && constant->literal && number;
  if (literal && to.is(TypeKind::kBool)) {
    report.Fix("write `true` or `false`");
  } else if (literal && to.is(TypeKind::kString)) {
    report.Fix(Cat("put it in quotes: \"", text, "\""));
  } else if (literal && to.is(TypeKind::kInt)) {
    report.Fix("write a whole number");
  } else if (literal && to.is(TypeKind::kDecimal)) {
    report.Fix(Cat("write it with at most ", to.precision() - to.scale(), " digits before and ",
                   to.scale(), " behind the point"));
  } else if (literal && to.is(TypeKind::kDuration)) {
    report.Fix(Cat("give it a unit: `", text, "s`"));
  } else if (to.is(TypeKind::kBool) && number) {
    report.Fix(Cat("compare it: `", text, " != 0`"));
  } else if (to.is(TypeKind::kString) && !from.is_optional() && !from.is(TypeKind::kNone)) {
    report.Fix(Cat("`string(", text, ")`"));
  } else if (to.is_number() && quoted) {
    report.Fix("write the number without quotes");
  } else if (to.is_number() && from.is(TypeKind::kString)) {
    std::string function = to.is(TypeKind::kDecimal) ? "decimal" : to.ToText();
    std::string extra =
        to.is(TypeKind::kDecimal) ? Cat(", ", to.precision(), ", ", to.scale()) : "";
    report.Fix(Cat("`", function, "(", text, extra, ")!`"));
  } else if (to.is(TypeKind::kInt) && from.is(TypeKind::kFloat)) {
    report.Fix(Cat("`int(", text, ")!` cuts the fraction off"));
  } else if (to.is(TypeKind::kDecimal) && number) {
    report.Fix(Cat("`decimal(", text, ", ", to.precision(), ", ", to.scale(), ")!` rounds"));
  } else if (to.is(TypeKind::kFloat) && from.is(TypeKind::kDecimal)) {
    report.Fix(Cat("`float(", text, ")!`"));
  } else if (to.is(TypeKind::kTimestamp) && quoted) {
    report.Fix("times are written `@2024-01-31T10:00:00Z`, without quotes");
  } else if (to.is(TypeKind::kTimestamp) && from.is(TypeKind::kString)) {
    report.Fix(Cat("`timestamp(", text, ")!`"));
  } else if (to.is(TypeKind::kDuration) && from.is(TypeKind::kInt)) {
    report.Fix(Cat("give it a unit: `", text, " * 1s`"));
  }
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Unary& unary) {
  if (unary.op == ast::UnaryOp::Not) {
    TypedExprPtr value = Bool(*unary.operand, "`not`");
    if (value->poisoned()) return PoisonAt(expr.span);
    return MakeNode(Type::Bool(), expr.span, typed::Not{value});
  }
  TypedExprPtr value = Value(*unary.operand);
  if (value->poisoned()) return value;
  const Type& type = value->type;
  if (type.is_optional()) {
    ReportOptional(*unary.operand, value, "it has no `-` yet");
    return PoisonAt(expr.span);
  }
  if (!type.is_number() && !type.is(TypeKind::kDuration)) {
    Report(expr.span, Diag::TypeMismatch, Cat("there is no `-` for ", TypeText(type)))
        .Here(TypeText(type));
    return PoisonAt(expr.span);
  }
  bool faults = type.is(TypeKind::kInt) || type.is(TypeKind::kDuration);
  return MakeNode(type, expr.span, typed::Negate{value}, faults);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Binary& binary) {
  switch (binary.op) {
    case BinaryOp::Or:
    case BinaryOp::And:
      return Logic(expr, binary);
    case BinaryOp::Equal:
    case BinaryOp::NotEqual:
    case BinaryOp::Less:
    case BinaryOp::LessEqual:
    case BinaryOp::Greater:
    case BinaryOp::GreaterEqual:
      return Compare(expr, binary);
    case BinaryOp::Matches:
    case BinaryOp::NotMatches:
      return Matches(expr, binary);
    case BinaryOp::In:
    case BinaryOp::NotIn:
      return Membership(expr, binary);
    case BinaryOp::Coalesce:
      return Coalesce(expr, binary);
    case BinaryOp::Add:
    case BinaryOp::Subtract:
    case BinaryOp::Multiply:
    case BinaryOp::Divide:
    case BinaryOp::IntDivide:
    case BinaryOp::Modulo:
      return Arithmetic(expr, binary);
  }
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::Logic(const ast::Expr& expr, const ast::Binary& binary) {
  bool is_and = binary.op == BinaryOp::And;
  std::string_view what = is_and ? "`and`" : "`or`";
  TypedExprPtr a = Bool(*binary.left, what);
  FactSet facts;
  if (!a->poisoned()) facts = is_and ? FactsWhenTrue(*a) : FactsWhenFalse(*a);
  TypedExprPtr b = WithFacts(facts, [&] { return Bool(*binary.right, what); });
  if (a->poisoned() || b->poisoned()) return PoisonAt(expr.span);
  if (is_and) return MakeNode(Type::Bool(), expr.span, typed::And{a, b});
  return MakeNode(Type::Bool(), expr.span, typed::Or{a, b});
}

TypedExprPtr ExprChecker::Coalesce(const ast::Expr& expr, const ast::Binary& binary) {
  TypedExprPtr a = Value(*binary.left);
  TypedExprPtr b = Value(*binary.right);
  if (a->poisoned() || b->poisoned()) return PoisonAt(expr.span);
  if (!a->type.is_optional() && !a->type.is(TypeKind::kNone)) {
    Span rest{expr.span.file, binary.left->span.end, expr.span.end};
    Report(binary.op_span, Diag::NeedlessFallible,
           Cat("`??` after `", ExprText(*binary.left), "`, which is never none"))
        .Here(Cat("the left side is ", TypeText(a->type)))
        .Fix("remove the default", Edit{rest, ""}, Safety::Unsure);
    a = MakeNode(Type::Optional(a->type), a->span, typed::Widen{a});
  }
  if (a->type.is(TypeKind::kNone)) return b;
  // What is left when `a` is none decides whether the result is optional.
  TypedExprPtr left = a;
  TypedExprPtr right = b;
  Type inner = a->type.inner();
  std::optional<Type> result;
  if (TypedExprPtr same = Coerce(b, inner)) {
    right = same;
    result = inner;
  } else if (TypedExprPtr optional = Coerce(b, a->type)) {
    right = optional;
    result = a->type;
  } else if (std::optional<Type> common = CommonType(inner, b->type)) {
    left = Coerce(a, Type::Optional(common->strip_optional()));
    right = Coerce(b, *common);
    if (left && right) result = common;
  }
  if (!result) {
    if (ReportNotInSet(*binary.right, b, inner)) return PoisonAt(expr.span);
    Report(binary.op_span, Diag::TypeMismatch, "the two sides of `??` have different types")
        .Here(Cat(TypeText(inner), " and ", TypeText(b->type)))
        .Label(binary.left->span, TypeText(a->type))
        .Label(binary.right->span, TypeText(b->type));
    return PoisonAt(expr.span);
  }
  return MakeNode(*result, expr.span, typed::Coalesce{left, right});
}

// ---------------------------------------------------------------- arithmetic

static ArithOp ArithOpOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::Subtract:
      return ArithOp::Subtract;
    case BinaryOp::Multiply:
      return ArithOp::Multiply;
    case BinaryOp::Divide:
      return ArithOp::Divide;
    case BinaryOp::IntDivide:
      return ArithOp::IntDivide;
    case BinaryOp::Modulo:
      return ArithOp::Modulo;
    default:
      return ArithOp::Add;
  }
}

// The result for times (semantics.md 2); nothing when there is no such operation.
static std::optional<Type> TimeResult(ArithOp op, const Type& a, const Type& b) {
  bool a_span = a.is(TypeKind::kDuration);
  bool b_span = b.is(TypeKind::kDuration);
  bool a_time = a.is(TypeKind::kTimestamp);
  bool b_time = b.is(TypeKind::kTimestamp);
  switch (op) {
    case ArithOp::Add:
      if (a_span && b_span) return Type::Duration();
      if ((a_time && b_span) || (a_span && b_time)) return Type::Timestamp();
      return std::nullopt;
    case ArithOp::Subtract:
      if ((a_span && b_span) || (a_time && b_time)) return Type::Duration();
      if (a_time && b_span) return Type::Timestamp();
      return std::nullopt;
    case ArithOp::Multiply:
      if (a_span && b.is(TypeKind::kInt)) return Type::Duration();
      if (a.is(TypeKind::kInt) && b_span) return Type::Duration();
      return std::nullopt;
    case ArithOp::Divide:
      return a_span && b_span ? std::optional(Type::Float()) : std::nullopt;
    case ArithOp::IntDivide:
      return a_span && b_span ? std::optional(Type::Int()) : std::nullopt;
    case ArithOp::Modulo:
      return a_span && b_span ? std::optional(Type::Duration()) : std::nullopt;
  }
  return std::nullopt;
}

static bool IsText(const Type& type) {
  return type.is(TypeKind::kString) || type.is(TypeKind::kSet);
}

TypedExprPtr ExprChecker::Arithmetic(const ast::Expr& expr, const ast::Binary& binary) {
  TypedExprPtr a = Value(*binary.left);
  TypedExprPtr b = Value(*binary.right);
  if (a->poisoned() || b->poisoned()) return PoisonAt(expr.span);
  std::string operation = Cat("it has no `", ast::OperatorText(binary.op), "` yet");
  for (auto [side, value] : {std::pair(&binary.left, a), std::pair(&binary.right, b)}) {
    if (!value->type.is_optional()) continue;
    ReportOptional(**side, value, operation);
    return PoisonAt(expr.span);
  }
  ArithOp op = ArithOpOf(binary.op);
  if (op == ArithOp::Add && (IsText(a->type) || IsText(b->type))) {
    return Joined(expr, binary, a, b);
  }
  if (std::optional<Type> result = TimeResult(op, a->type, b->type)) {
    bool faults = !result->is(TypeKind::kFloat);
    return Folded(expr, MakeNode(*result, expr.span, typed::Arith{op, a, b}, faults));
  }
  if (!a->type.is_number() || !b->type.is_number()) {
    return NoArithmetic(expr, binary, a->type, b->type);
  }
  if (a->type.is(TypeKind::kDecimal) || b->type.is(TypeKind::kDecimal)) {
    return DecimalArithmetic(expr, binary, op, a, b);
  }
  bool ints = a->type.is(TypeKind::kInt) && b->type.is(TypeKind::kInt);
  if (op == ArithOp::IntDivide || op == ArithOp::Modulo) {
    if (!ints) return NoArithmetic(expr, binary, a->type, b->type);
    return Folded(expr, MakeNode(Type::Int(), expr.span, typed::Arith{op, a, b}, true));
  }
  if (ints && op != ArithOp::Divide) {
    return Folded(expr, MakeNode(Type::Int(), expr.span, typed::Arith{op, a, b}, true));
  }
  return MakeNode(Type::Float(), expr.span,
                  typed::Arith{op, Coerce(a, Type::Float()), Coerce(b, Type::Float())});
}

// Arithmetic of two constants can be judged now: it becomes a constant, or it would reject every
// row.
TypedExprPtr ExprChecker::Folded(const ast::Expr& expr, const TypedExprPtr& value) {
  const auto& arith = std::get<typed::Arith>(value->node);
  std::optional<Constant> a = EvaluateConstant(*arith.a);
  std::optional<Constant> b = EvaluateConstant(*arith.b);
  bool whole = !value->type.is(TypeKind::kFloat);
  if (!a || !b || !whole) return value;
  if (std::optional<Constant> result = EvaluateConstant(*value)) {
    return MakeConstant(value->type, expr.span, result->int_value);
  }
  if (in_try_) return value;
  bool divides = arith.op == ArithOp::IntDivide || arith.op == ArithOp::Modulo;
  bool by_zero = divides && b->int_value == 0;
  Report(expr.span, Diag::ConstantFault,
         by_zero ? std::string("this divides by zero for every row")
                 : Cat("this is outside of what ", value->type.ToText(), " can hold"))
      .Here("always fails");
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::DecimalArithmetic(const ast::Expr& expr, const ast::Binary& binary,
                                            ArithOp op, TypedExprPtr a, TypedExprPtr b) {
  for (TypedExprPtr* side : {&a, &b}) {
    if ((*side)->type.is(TypeKind::kDecimal)) continue;
    TypedExprPtr natural = NaturalDecimal(*side);
    if (natural) {
      *side = natural;
    } else if ((*side)->type.is(TypeKind::kInt)) {
      *side = Coerce(*side, Type::Decimal(19, 0));
    }
  }
  bool exact = a && b && a->type.is(TypeKind::kDecimal) && b->type.is(TypeKind::kDecimal);
  bool built = op != ArithOp::IntDivide && op != ArithOp::Modulo;
  if (!exact || !built) {
    return NoArithmetic(expr, binary, a ? a->type : Type::Int(), b ? b->type : Type::Int());
  }
  return MakeNode(DecimalResult(op, a->type, b->type), expr.span, typed::Arith{op, a, b}, true);
}

TypedExprPtr ExprChecker::Joined(const ast::Expr& expr, const ast::Binary& binary,
                                 const TypedExprPtr& a, const TypedExprPtr& b) {
  TypedExprPtr left = Coerce(a, Type::String());
  TypedExprPtr right = Coerce(b, Type::String());
  if (left && right) {
    return MakeNode(Type::String(), expr.span, typed::Concat{{left, right}});
  }
  const ast::Expr& other = left ? *binary.right : *binary.left;
  const Type& type = left ? b->type : a->type;
  Report(other.span, Diag::TypeMismatch, Cat("`+` joins strings, this is ", TypeText(type)))
      .Here(TypeText(type))
      .Fix(Cat("`string(", ExprText(other), ")`, or an f-string: f\"… {", ExprText(other), "}\""));
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::NoArithmetic(const ast::Expr& expr, const ast::Binary& binary,
                                       const Type& a, const Type& b) {
  const char* op = ast::OperatorText(binary.op);
  std::string left = ExprText(*binary.left);
  std::string right = ExprText(*binary.right);
  auto report = Report(binary.op_span, Diag::TypeMismatch,
                       Cat("there is no `", op, "` for ", TypeText(a), " and ", TypeText(b)));
  report.Here(Cat(TypeText(a), " ", op, " ", TypeText(b)));
  bool mixed = (a.is(TypeKind::kDecimal) && b.is(TypeKind::kFloat)) ||
               (a.is(TypeKind::kFloat) && b.is(TypeKind::kDecimal));
  bool whole = binary.op == BinaryOp::IntDivide || binary.op == BinaryOp::Modulo;
  bool text = IsText(a) || IsText(b);
  if (mixed) {
    bool left_exact = a.is(TypeKind::kDecimal);
    report.Note("a decimal is exact and a float is not, so one of them must be converted by name")
        .Fix(Cat("`float(", left_exact ? left : right, ")!` to calculate in floats"))
        .Fix(Cat("`decimal(", left_exact ? right : left, ", 18, 6)!` to stay exact"));
  } else if (whole && a.is_number() && b.is_number()) {
    report.Note(Cat("`", op, "` takes ints or durations only"));
    if (binary.op == BinaryOp::IntDivide) report.Fix(Cat("`floor(", left, " / ", right, ")`"));
  } else if (a.is(TypeKind::kDuration) && b.is_number()) {
    report.Fix(Cat("`", left, " / 1s` is a number of seconds to calculate with"));
  } else if (text) {
    bool left_text = IsText(a);
    std::string side = left_text ? left : right;
    const Type& other = left_text ? b : a;
    if (other.is_number()) report.Fix(Cat("`float(", side, ")!` if the text is a number"));
  } else if (a.is(TypeKind::kTimestamp) && b.is(TypeKind::kInt)) {
    report.Fix(Cat("give the number a unit: `", left, " ", op, " ", right, " * 1s`"));
  }
  return PoisonAt(expr.span);
}

}  // namespace flow::frontend
