// `if` and `case`.

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::If& node) {
  TypedExprPtr condition = Bool(*node.condition, "`if`");
  FactSet when_true;
  FactSet when_false;
  if (!condition->poisoned()) {
    when_true = FactsWhenTrue(*condition);
    when_false = FactsWhenFalse(*condition);
  }
  TypedExprPtr a = WithFacts(when_true, [&] { return Value(*node.then_value); });
  TypedExprPtr b = WithFacts(when_false, [&] { return Value(*node.else_value); });
  if (condition->poisoned() || a->poisoned() || b->poisoned()) return PoisonAt(expr.span);
  if (!Unify(&a, &b)) {
    Report(expr.span, Diag::CaseArms, "the arms of this `if` have different types")
        .Here(Cat(TypeText(a->type), " or ", TypeText(b->type)))
        .Label(node.then_value->span, TypeText(a->type))
        .Label(node.else_value->span, TypeText(b->type));
    return PoisonAt(expr.span);
  }
  return MakeNode(a->type, expr.span, typed::If{condition, a, b});
}

namespace {

// What the patterns of a `case` leave over.
class Coverage {
 public:
  explicit Coverage(const Type& subject)
      : type_(subject.strip_optional()), none_left_(subject.is_optional()) {
    if (type_.is(TypeKind::kSet)) left_.assign(type_.labels().size(), true);
    if (type_.is(TypeKind::kBool)) left_.assign(2, true);
  }

  // False when the pattern was there before.
  bool Take(const TypedExpr& pattern) {
    if (std::holds_alternative<typed::None>(pattern.node)) return std::exchange(none_left_, false);
    const auto* constant = std::get_if<typed::Constant>(&pattern.node);
    if (constant == nullptr) return true;
    const Constant& value = constant->value;
    auto index = static_cast<size_t>(value.int_value);
    if (index < left_.size()) {
      bool was_left = left_[index];
      left_[index] = false;
      return was_left;
    }
    std::string key = Cat(value.int_value, " ", value.float_value, " ", value.text);
    if (std::find(seen_.begin(), seen_.end(), key) != seen_.end()) return false;
    seen_.push_back(std::move(key));
    return true;
  }

  bool open_ended() const { return left_.empty(); }

  std::vector<std::string> Missing() const {
    std::vector<std::string> out;
    for (size_t i = 0; i < left_.size(); ++i) {
      if (!left_[i]) continue;
      bool is_set = type_.is(TypeKind::kSet);
      out.push_back(is_set ? QuoteString(type_.labels()[i]) : (i == 0 ? "false" : "true"));
    }
    if (none_left_) out.push_back("none");
    return out;
  }

 private:
  Type type_;
  bool none_left_;
  std::vector<bool> left_;
  std::vector<std::string> seen_;
};

}  // namespace

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Case& node) {
  TypedExprPtr subject = Settled(*node.subject, Value(*node.subject));
  const Type& type = subject->type;
  Type plain = type.strip_optional();
  bool poisoned = subject->poisoned();
  bool testable = poisoned || plain.is(TypeKind::kSet) || plain.is(TypeKind::kString) ||
                  plain.is(TypeKind::kBool) || plain.is(TypeKind::kInt);
  if (!testable) {
    Report(
        node.subject->span, Diag::TypeMismatch,
        Cat("`case` takes a string, a set of strings, an int or a bool, this is ", TypeText(type)))
        .Here(TypeText(type))
        .Fix("use `if … then … else …`");
    poisoned = true;
  }
  Coverage coverage(type);
  std::optional<Path> path = poisoned ? std::nullopt : PathOf(*subject);
  typed::Case out;
  out.subject = subject;
  std::vector<const ast::Expr*> values;
  bool saw_none = false;
  for (const ast::CaseArm& arm : node.arms) {
    typed::CaseArm typed_arm;
    bool takes_none = false;
    for (const ast::ExprPtr& pattern : arm.patterns) {
      TypedExprPtr value = Value(*pattern);
      if (poisoned || value->poisoned()) continue;
      if (value->type.is(TypeKind::kNone)) {
        takes_none = true;
        if (!type.is_optional()) {
          Report(pattern->span, Diag::CaseArms, "the value is never none")
              .Here("cannot happen")
              .Label(node.subject->span, TypeText(type));
          poisoned = true;
          continue;
        }
      } else {
        value = Convert(*pattern, value, plain, "a pattern of this `case`");
        if (value->poisoned()) {
          poisoned = true;
          continue;
        }
      }
      if (!coverage.Take(*value)) {
        Report(pattern->span, Diag::CaseArms, Cat(ExprText(*pattern), " has an arm already"))
            .Here("never reached");
        poisoned = true;
      }
      typed_arm.patterns.push_back(std::move(value));
    }
    // Where no pattern is none, the value is there.
    FactSet facts;
    bool is_there = arm.is_else ? saw_none : !takes_none;
    if (path && is_there) facts.insert(*path);
    saw_none |= takes_none;
    TypedExprPtr value = WithFacts(facts, [&] { return Value(*arm.value); });
    poisoned |= value->poisoned();
    values.push_back(arm.value.get());
    if (arm.is_else) {
      out.otherwise = value;
      continue;
    }
    typed_arm.value = std::move(value);
    out.arms.push_back(std::move(typed_arm));
  }
  if (poisoned) return PoisonAt(expr.span);
  if (!out.otherwise) {
    std::vector<std::string> missing = coverage.Missing();
    if (coverage.open_ended() || !missing.empty()) {
      auto report = Report(expr.span, Diag::CaseArms, "this `case` does not cover every value");
      report
          .Here(coverage.open_ended() ? Cat("any other ", TypeText(plain), " has no arm")
                                      : Cat("no arm for ", NameList(missing)))
          .Label(node.subject->span, TypeText(type))
          .Fix("add `else => …`");
      return PoisonAt(expr.span);
    }
  }
  // One type for all arms: found against a running value, then given to each.
  std::vector<TypedExprPtr*> arms;
  for (typed::CaseArm& arm : out.arms) arms.push_back(&arm.value);
  if (out.otherwise) arms.push_back(&out.otherwise);
  if (arms.empty()) return PoisonAt(expr.span);
  TypedExprPtr widest = *arms[0];
  for (size_t i = 1; i < arms.size(); ++i) {
    TypedExprPtr a = widest;
    TypedExprPtr b = *arms[i];
    if (Unify(&a, &b)) {
      widest = a;
      continue;
    }
    Report(values[i]->span, Diag::CaseArms, "the arms of this `case` have different types")
        .Here(TypeText((*arms[i])->type))
        .Label(values[0]->span, TypeText((*arms[0])->type));
    return PoisonAt(expr.span);
  }
  for (TypedExprPtr* arm : arms) {
    TypedExprPtr converted = Coerce(*arm, widest->type);
    if (!converted) {
      Report((*arm)->span, Diag::CaseArms, "the arms of this `case` have different types")
          .Here(TypeText((*arm)->type));
      return PoisonAt(expr.span);
    }
    *arm = std::move(converted);
  }
  return MakeNode(widest->type, expr.span, std::move(out));
}

namespace {

using Leaves = std::vector<std::pair<const ast::Expr*, TypedExprPtr>>;

// The values a choice can take, each with its text.
void Collect(const ast::Expr& expr, const TypedExprPtr& value, Leaves* out) {
  const auto* ast_if = std::get_if<ast::If>(&expr.node);
  const auto* typed_if = std::get_if<typed::If>(&value->node);
  if (ast_if != nullptr && typed_if != nullptr) {
    Collect(*ast_if->then_value, typed_if->then_value, out);
    Collect(*ast_if->else_value, typed_if->else_value, out);
    return;
  }
  const auto* ast_case = std::get_if<ast::Case>(&expr.node);
  const auto* typed_case = std::get_if<typed::Case>(&value->node);
  if (ast_case != nullptr && typed_case != nullptr) {
    size_t next = 0;
    for (const ast::CaseArm& arm : ast_case->arms) {
      Collect(*arm.value, arm.is_else ? typed_case->otherwise : typed_case->arms[next++].value,
              out);
    }
    return;
  }
  out->emplace_back(&expr, value);
}

}  // namespace

TypedExprPtr ExprChecker::Replacement(const ast::Expr& expr, const TypedExprPtr& value,
                                      const Type& old) {
  Type plain = old.strip_optional();
  if (TypedExprPtr kept = Coerce(value, plain)) return kept;
  bool may_be_none = value->type.is_optional() || value->type.is(TypeKind::kNone);
  TypedExprPtr kept = may_be_none ? Coerce(value, Type::Optional(plain)) : nullptr;
  if (kept) return kept;
  // Text that was worked out replaces a set; a misspelt literal never does.
  Leaves leaves;
  Collect(expr, value, &leaves);
  bool literals = std::all_of(leaves.begin(), leaves.end(),
                              [](const auto& leaf) { return IsFlexible(*leaf.second); });
  bool wrong = false;
  for (const auto& [text, leaf] : leaves) {
    wrong = (literals && ReportNotInSet(*text, leaf, plain)) || wrong;
  }
  return wrong ? PoisonAt(expr.span) : Settled(expr, value);
}

}  // namespace flow::frontend
