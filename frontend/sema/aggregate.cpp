// Aggregate calls of `aggregate` items.

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {
namespace {

// The first aggregate called somewhere in `expr`, for the fix of an item that calculates with one.
const ast::Call* FindAggregateCall(const ast::Expr& expr, const Catalog& catalog) {
  if (const auto* call = std::get_if<ast::Call>(&expr.node)) {
    const auto* name = std::get_if<ast::NameRef>(&call->callee->node);
    if (name != nullptr && catalog.FindAggregate(name->name.text) != nullptr) return call;
    for (const ast::Arg& arg : call->args) {
      if (!arg.value) continue;
      if (const ast::Call* found = FindAggregateCall(*arg.value, catalog)) return found;
    }
    return nullptr;
  }
  auto either = [&](const ast::Expr& a, const ast::Expr& b) {
    const ast::Call* found = FindAggregateCall(a, catalog);
    return found != nullptr ? found : FindAggregateCall(b, catalog);
  };
  if (const auto* node = std::get_if<ast::Binary>(&expr.node))
    return either(*node->left, *node->right);
  if (const auto* node = std::get_if<ast::Unary>(&expr.node)) {
    return FindAggregateCall(*node->operand, catalog);
  }
  if (const auto* node = std::get_if<ast::Bang>(&expr.node)) {
    return FindAggregateCall(*node->operand, catalog);
  }
  if (const auto* node = std::get_if<ast::Try>(&expr.node)) {
    return FindAggregateCall(*node->operand, catalog);
  }
  if (const auto* node = std::get_if<ast::If>(&expr.node)) {
    return either(*node->then_value, *node->else_value);
  }
  return nullptr;
}

// semantics.md 37: sums and averages of decimals are wider than what goes in.
Type DecimalTotal(std::string_view function, const Type& decimal) {
  if (function == "sum") return Type::Decimal(38, decimal.scale());
  if (function == "avg") return Type::Decimal(38, std::max(6, decimal.scale()));
  return decimal;
}

// Json and maps have neither order nor equality (semantics.md 8).
bool HasOrder(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kJson:
    case TypeKind::kMap:
      return false;
    case TypeKind::kOptional:
    case TypeKind::kFallible:
    case TypeKind::kArray:
      return HasOrder(type.inner());
    case TypeKind::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return HasOrder(field.type); });
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kSet:
      return true;
  }
  return true;
}

// Which argument an aggregate compares: its number, or -1.
int ComparedArgument(std::string_view function) {
  if (function == "min" || function == "max" || function == "count_distinct") return 0;
  return function == "arg_min" || function == "arg_max" ? 1 : -1;
}

TypedAggregate Poisoned() {
  TypedAggregate out;
  out.poisoned = true;
  return out;
}

// An aggregate called inside the arguments of another.
bool ReportNested(const ast::Call& call, const ExprScope& scope, std::string_view outer,
                  Diagnostics& diagnostics) {
  for (const ast::Arg& arg : call.args) {
    if (!arg.value) continue;
    const ast::Call* inner = FindAggregateCall(*arg.value, *scope.decls->catalog);
    if (inner == nullptr) continue;
    const auto& name = std::get<ast::NameRef>(inner->callee->node).name;
    // `len`, `first`, `sum` and others are functions of arrays as well.
    if (scope.decls->catalog->FindFunction(name.text) != nullptr) continue;
    diagnostics
        .Emit(arg.span, Diag::MisplacedAggregate,
              Cat("`", name.text, "` inside `", outer, "`: an aggregate cannot take an aggregate"))
        .Here("an aggregate itself")
        .Fix(Cat("two stages: `|> aggregate ", name.text,
                 "(…) as n group by …` and then `|> aggregate ", outer, "(n) as …`"));
    return true;
  }
  return false;
}

void ReportNoAggregate(const ast::Expr& expr, const ExprScope& scope, Diagnostics& diagnostics) {
  if (const ast::Call* inner = FindAggregateCall(expr, *scope.decls->catalog)) {
    const auto& name = std::get<ast::NameRef>(inner->callee->node).name;
    diagnostics
        .Emit(expr.span, Diag::MisplacedAggregate,
              "an item of `aggregate` is one aggregate call, nothing around it")
        .Here("calculates with an aggregate")
        .Label(name.span, "the aggregate")
        .Fix(Cat("name it here, `", name.text, "(…) as n`, and calculate in `|> extend` below"));
    return;
  }
  std::string text = ExprText(expr);
  auto report = diagnostics.Emit(expr.span, Diag::MisplacedAggregate,
                                 Cat("`", text, "` is not an aggregate"));
  report.Here("one value per row, but a group has many");
  bool plain = !DefaultName(expr).empty();
  if (plain) report.Fix(Cat("group by it: `group by ", text, "`"));
  if (scope.decls->catalog->FindAggregate("first") != nullptr) {
    report.Fix(Cat("take one of them: `first(", text, ")`"));
  }
}

}  // namespace

TypedAggregate CheckAggregateCall(const ast::Expr& expr, const ExprScope& scope, bool may_be_empty,
                                  Diagnostics& diagnostics) {
  const auto* call = std::get_if<ast::Call>(&expr.node);
  const auto* name = call ? std::get_if<ast::NameRef>(&call->callee->node) : nullptr;
  const Catalog& catalog = *scope.decls->catalog;
  const AggregateDef* def = name ? catalog.FindAggregate(name->name.text) : nullptr;
  if (std::holds_alternative<ast::ErrorExpr>(expr.node)) return Poisoned();
  if (def == nullptr) {
    bool known = name == nullptr || catalog.FindFunction(name->name.text) != nullptr ||
                 FindFn(*scope.decls, name->name.text).entry != nullptr;
    if (known) {
      ReportNoAggregate(expr, scope, diagnostics);
      return Poisoned();
    }
    std::vector<std::string_view> names;
    for (const AggregateDef* other : catalog.aggregates) names.emplace_back(other->name);
    std::string_view near = Nearest(name->name.text, names);
    auto report = diagnostics.Emit(name->name.span, Diag::MisplacedAggregate,
                                   Cat("no aggregate `", name->name.text, "`"));
    report.Here("not an aggregate");
    if (!near.empty()) {
      report.Fix(Cat("did you mean `", near, "`?"), Edit{name->name.span, std::string(near)},
                 Safety::Unsure);
    } else {
      report.Note("aggregates are count, sum, avg, min, max, first, last and others");
    }
    return Poisoned();
  }
  if (ReportNested(*call, scope, def->name, diagnostics)) return Poisoned();
  ExprChecker checker(scope, diagnostics);
  TypedAggregate out;
  out.function = def->name;
  for (const ast::Arg& arg : call->args) {
    bool filter = arg.kind == ast::Arg::Kind::Named && arg.name.text == "where";
    if (!filter) continue;
    if (out.where) {
      diagnostics.Emit(arg.span, Diag::WrongArguments, "argument `where` is given twice")
          .Here("again");
      return Poisoned();
    }
    out.where = checker.ValueOf(*arg.value, Type::Bool(), "`where:`");
  }
  if (out.where && out.where->poisoned()) return Poisoned();
  std::vector<std::string_view> signatures;
  for (const AggregateOverload& overload : def->overloads) signatures.push_back(overload.signature);
  // Rows for which `where:` holds are the only ones seen, so the arguments know what it proves.
  ExprScope inside = scope;
  if (out.where) {
    FactSet facts = FactsWhenTrue(*out.where);
    inside.facts.insert(facts.begin(), facts.end());
  }
  ExprChecker arguments(inside, diagnostics);
  std::optional<OverloadChoice> choice =
      arguments.ChooseOverload(expr.span, def->name, signatures, *call, true, "where");
  if (!choice) return Poisoned();
  out.overload = choice->overload;
  out.ordered = def->overloads[choice->overload].ordered;
  bool optional = false;
  for (size_t i = 0; i < choice->args.size(); ++i) {
    const SignatureParam& param = choice->signature.params[i];
    if (param.is_const) {
      out.consts.push_back(choice->args[i]);
      continue;
    }
    optional |= choice->args[i]->type.is_optional();
    out.args.push_back(choice->args[i]);
  }
  if (choice->result.is_error()) {
    diagnostics
        .Emit(expr.span, Diag::TypeMismatch,
              Cat("the type of `", def->name, "` cannot be told here"))
        .Here("type unknown");
    return Poisoned();
  }
  int compared = ComparedArgument(def->name);
  if (compared >= 0 && static_cast<size_t>(compared) < choice->args.size()) {
    const TypedExpr& arg = *choice->args[static_cast<size_t>(compared)];
    if (!HasOrder(arg.type)) {
      diagnostics
          .Emit(arg.span, Diag::WrongArguments,
                Cat("`", def->name, "` compares values, and ", TypeText(arg.type), " has no order"))
          .Here(TypeText(arg.type))
          .Fix("convert it to a plain type first");
      return Poisoned();
    }
  }
  if (choice->signature.result.kind == TypePattern::Kind::kAnyDecimal) {
    choice->result = DecimalTotal(def->name, choice->result);
  }
  bool empty_value = def->overloads[choice->overload].empty_value;
  bool none_possible = !empty_value && (optional || out.where != nullptr || may_be_empty);
  out.type = none_possible ? Type::Optional(choice->result) : choice->result;
  return out;
}

}  // namespace flow::frontend
