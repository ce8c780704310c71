// Names, literals and failure: the plain parts of an expression, and the entry points.

#include "frontend/sema/expr.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/text.h"
#include "base/words.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

TypedExprPtr MakeNode(Type type, Span span, typed::Node node, bool fails) {
  auto out = std::make_shared<TypedExpr>();
  out->type = std::move(type);
  out->span = span;
  out->node = std::move(node);
  out->may_fail = fails;
  ForEachOperand(*out, [&](const TypedExprPtr& operand) {
    out->may_fail |= operand->may_fail;
    out->size += operand->size;
  });
  if (const auto* call = std::get_if<typed::FnCall>(&out->node)) out->size += call->fn->value->size;
  // A tree shares its parts, so its size can double with each node: never let the sum overflow.
  out->size = std::min(out->size, uint64_t{1} << 48);
  return out;
}

bool ReportTooLarge(const TypedExpr& expr, Span span, std::string_view what,
                    Diagnostics& diagnostics) {
  if (expr.size <= kLargestExpr) return false;
  diagnostics
      .Emit(span, Diag::TooDeep,
            Cat(what, " is too large once the fns and `let`s it uses are put in"))
      .Here(Cat("more than ", kLargestExpr, " operations"));
  return true;
}

TypedExprPtr PoisonAt(Span span) { return MakeNode(Type::Error(), span, typed::Poison{}); }

TypedExprPtr MakeConstant(Type type, Span span, int64_t value) {
  return MakeNode(type, span, typed::Constant{{type, value, 0, {}}, false, {}});
}

TypedExprPtr StringLiteral(std::string text, Span span) {
  return MakeNode(Type::String(), span,
                  typed::Constant{{Type::String(), 0, 0, std::move(text)}, true, {}});
}

bool IsRowFree(const TypedExpr& expr) {
  bool reads_row = std::holds_alternative<typed::Column>(expr.node) ||
                   std::holds_alternative<typed::RowTime>(expr.node) ||
                   std::holds_alternative<typed::Now>(expr.node);
  if (reads_row) return false;
  bool free = true;
  ForEachOperand(expr, [&](const TypedExprPtr& operand) { free = free && IsRowFree(*operand); });
  return free;
}

ExprChecker::ExprChecker(const ExprScope& scope, Diagnostics& diagnostics)
    : scope_(scope),
      diagnostics_(diagnostics),
      facts_(scope.facts),
      locals_(scope.locals),
      in_try_(scope.in_try) {}

TypedExprPtr ExprChecker::Fallible(const ast::Expr& expr) {
  return std::visit([&](const auto& node) { return Check(expr, node); }, expr.node);
}

TypedExprPtr ExprChecker::Value(const ast::Expr& expr) {
  TypedExprPtr value = Fallible(expr);
  if (value->poisoned()) return value;
  if (!value->fallible || in_try_) return value;
  ReportFailure(expr, value);
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::ValueOf(const ast::Expr& expr, const Type& to, std::string_view what) {
  return Convert(expr, Value(expr), to, what);
}

TypedExprPtr ExprChecker::Settled(const ast::Expr& expr, const TypedExprPtr& value) {
  const Type& type = value->type;
  if (type.is(TypeKind::kNone)) {
    Report(expr.span, Diag::TypeMismatch, "`none` alone has no type")
        .Here("none of what?")
        .Fix("give it a neighbour that says so, as in `if a then b else none`");
    return PoisonAt(expr.span);
  }
  if (type.is(TypeKind::kArray) && type.inner().is(TypeKind::kNone)) {
    Report(expr.span, Diag::TypeMismatch, "an empty array alone has no type")
        .Here("array of what?")
        .Fix("put it where an array is expected, as in `xs ?? []`");
    return PoisonAt(expr.span);
  }
  return value;
}

// ---------------------------------------------------------------- literals

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::ErrorExpr&) {
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::IntLit& literal) {
  return MakeNode(Type::Int(), expr.span,
                  typed::Constant{{Type::Int(), literal.value, 0, {}}, true, Cat(literal.value)});
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::FloatLit& literal) {
  std::string written = literal.text;
  if (std::signbit(literal.value) && !written.starts_with('-')) written.insert(0, "-");
  return MakeNode(Type::Float(), expr.span,
                  typed::Constant{{Type::Float(), 0, literal.value, {}}, true, std::move(written)});
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::DurationLit& literal) {
  return MakeConstant(Type::Duration(), expr.span, literal.nanoseconds);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::TimeLit& literal) {
  return MakeConstant(Type::Timestamp(), expr.span, literal.nanoseconds);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::StringLit& literal) {
  return StringLiteral(literal.value, expr.span);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::BoolLit& literal) {
  return MakeConstant(Type::Bool(), expr.span, literal.value ? 1 : 0);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::NoneLit&) {
  return MakeNode(Type::None(), expr.span, typed::None{});
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::FString& text) {
  typed::Concat out;
  bool poisoned = false;
  for (const ast::FStringPart& part : text.parts) {
    if (!part.expr) {
      if (!part.text.empty()) out.parts.push_back(StringLiteral(part.text, expr.span));
      continue;
    }
    TypedExprPtr value = ToString(*part.expr, Value(*part.expr));
    poisoned |= value->poisoned();
    out.parts.push_back(std::move(value));
  }
  if (poisoned) return PoisonAt(expr.span);
  if (out.parts.empty()) return StringLiteral("", expr.span);
  if (out.parts.size() == 1) return out.parts[0];
  return MakeNode(Type::String(), expr.span, std::move(out));
}

// ---------------------------------------------------------------- failure

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Try& node) {
  bool before = std::exchange(in_try_, true);
  TypedExprPtr value = Fallible(*node.operand);
  in_try_ = before;
  if (value->poisoned()) return value;
  if (!value->fallible && !value->may_fail) {
    Span word{expr.span.file, expr.span.begin, node.operand->span.begin};
    auto report = Report(expr.span, Diag::NeedlessFallible, "`try` on what cannot fail");
    report.Here(Cat("always gives a ", TypeText(value->type)))
        .Fix("remove `try`", Edit{word, ""}, Safety::Unsure);
    if (!node.operand->parenthesized) {
      report.Note("`try` takes the nearest value only: `try (a * b)` covers more");
    }
  }
  TypedExprPtr settled = Settled(*node.operand, value);
  if (settled->poisoned()) return settled;
  auto out = MakeNode(Type::Optional(value->type), expr.span, typed::Try{value});
  auto contained = std::make_shared<TypedExpr>(*out);
  contained->may_fail = false;
  return contained;
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Bang& bang) {
  TypedExprPtr value = Fallible(*bang.operand);
  if (value->poisoned()) return value;
  if (!value->fallible) {
    Report(bang.bang_span, Diag::NeedlessFallible, "`!` on what has no failure to pass on")
        .Here(value->may_fail ? "faults reject the row unasked" : "cannot fail")
        .Fix("remove `!`", Edit{bang.bang_span, ""}, Safety::Safe);
    return value;
  }
  if (scope_.in_fn != nullptr && !scope_.in_fn->decl->fallible && !in_try_) {
    const ast::FnDecl& fn = *scope_.in_fn->decl;
    uint32_t end = fn.result->span.end;
    Report(bang.bang_span, Diag::UnhandledFailure,
           Cat("`!` passes a failure to the caller of `", fn.name.text,
               "`, whose result does not say so"))
        .Here("the failure leaves the fn here")
        .Label(fn.result->span, "no `!` after the result")
        .Fix(Cat("put `!` after the result type of `", fn.name.text, "`"),
             Edit{{fn.result->span.file, end, end}, "!"}, Safety::Unsure)
        .Fix("turn the failure into a value with `try … ?? default`");
    return PoisonAt(expr.span);
  }
  return MakeNode(value->type, expr.span, typed::Bang{value}, true);
}

void ExprChecker::ReportFailure(const ast::Expr& expr, const TypedExprPtr& value) {
  std::string text = ExprText(expr);
  std::string name = DefaultName(expr);
  std::string what = "fails on some values";
  if (const auto* call = std::get_if<typed::Call>(&value->node); call && !call->args.empty()) {
    const Type& from = call->args[0]->type;
    what = Cat(TypeText(from), " to ", TypeText(value->type), " fails on some values");
    bool conversion = from.is(TypeKind::kString) && value->type.is_number();
    if (conversion)
      what = Cat("string to ", TypeText(value->type), R"( fails on text such as "n/a")");
  }
  if (std::holds_alternative<typed::Capture>(value->node)) {
    what = "fails where the pattern is not found";
  }
  uint32_t end = expr.span.end;
  auto report = Report(
      expr.span, Diag::UnhandledFailure,
      Cat("`", name.empty() ? text : name, "` can fail, and nothing says what happens then"));
  report.Here(what).Fix(Cat("`", text, "!`  gives up this row: it goes to `on error`"),
                        Edit{{expr.span.file, end, end}, "!"}, Safety::Unsure);
  std::string sample = SampleValue(value->type);
  report.Fix(sample.empty() ? Cat("`try ", text, "`  gives none instead")
                            : Cat("`try ", text, " ?? ", sample, "`  uses a default"));
}

// ---------------------------------------------------------------- names

TypedExprPtr ExprChecker::Narrowed(TypedExprPtr value) const {
  if (!value->type.is_optional() || facts_.empty()) return value;
  std::optional<Path> path = PathOf(*value);
  if (!path || !facts_.contains(*path)) return value;
  Type inner = value->type.inner();
  Span span = value->span;
  return MakeNode(std::move(inner), span, typed::Unwrap{std::move(value)});
}

TypedExprPtr ExprChecker::ColumnAt(uint32_t row, std::string_view name, Span span) {
  if (row >= scope_.rows.size() || name.starts_with('$')) return nullptr;
  const StructField* column = scope_.rows[row].type.FindField(name);
  if (column == nullptr) return nullptr;
  return Narrowed(MakeNode(column->type, span, typed::Column{row, std::string(name)}));
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::NameRef& ref) {
  const std::string& name = ref.name.text;
  for (size_t i = locals_.size(); i-- > 0;) {
    if (locals_[i].name != name) continue;
    auto index = static_cast<uint32_t>(i);
    return Narrowed(MakeNode(locals_[i].type, expr.span, typed::Local{index, name}));
  }
  for (size_t i = scope_.bindings.size(); i-- > 0;) {
    if (scope_.bindings[i].name == name) return scope_.bindings[i].value;
  }
  Declarations& decls = *scope_.decls;
  auto let = decls.lets.find(name);
  if (TypedExprPtr column = ColumnAt(0, name, expr.span)) {
    if (let == decls.lets.end()) return column;
    Report(expr.span, Diag::DuplicateName, Cat("`", name, "` is a column here and a `let`"))
        .Here("which one?")
        .Label(let->second.decl->name.span, "the `let`")
        .Fix(Cat("write `.", name, "` for the column"),
             Edit{{expr.span.file, expr.span.begin, expr.span.begin}, "."}, Safety::Unsure)
        .Fix("give the `let` another name");
    return PoisonAt(expr.span);
  }
  if (let != decls.lets.end()) {
    TypedExprPtr value = ResolveLet(name, decls, diagnostics_);
    if (value->poisoned()) return PoisonAt(expr.span);
    auto here = std::make_shared<TypedExpr>(*value);
    here->span = expr.span;
    return here;
  }
  if (name == "forever") {
    Constant forever{.type = Type::Duration(), .int_value = kForever, .text = {}};
    return MakeNode(Type::Duration(), expr.span,
                    typed::Constant{.value = std::move(forever), .written = {}});
  }
  for (size_t i = 1; i < scope_.rows.size(); ++i) {
    if (scope_.rows[i].name != name) continue;
    Report(expr.span, Diag::TypeMismatch, Cat("`", name, "` is a whole row, not a value"))
        .Here("a row")
        .Fix(Cat("name one of its columns: `", name, ".column`"));
    return PoisonAt(expr.span);
  }
  return UnknownName(ref.name, expr.span, false);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::ColumnRef& ref) {
  if (TypedExprPtr column = ColumnAt(0, ref.name.text, expr.span)) return column;
  return UnknownName(ref.name, expr.span, true);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::ParamRef& ref) {
  const auto& params = scope_.decls->params;
  auto at = params.find(ref.name.text);
  if (at != params.end()) {
    if (at->second.type.is_error()) return PoisonAt(expr.span);
    return MakeNode(at->second.type, expr.span, typed::Param{at->second.index, at->first});
  }
  std::vector<std::string_view> names;
  for (const auto& [name, entry] : params) names.push_back(name);
  std::string_view near = Nearest(ref.name.text, names);
  auto report = Report(expr.span, Diag::UnknownName, Cat("no parameter `$", ref.name.text, "`"));
  report.Here("not declared");
  if (!near.empty()) {
    report.Fix(Cat("did you mean `$", near, "`?"), Edit{expr.span, Cat("$", near)}, Safety::Unsure);
  } else {
    report.Fix(Cat("declare it: `param ", ref.name.text, ": string`"));
  }
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::UnknownName(const ast::Word& name, Span span, bool column_only) {
  const std::string& text = name.text;
  Declarations& decls = *scope_.decls;
  std::vector<std::string_view> names;
  if (!scope_.rows.empty()) {
    for (const StructField& column : scope_.rows[0].type.fields()) {
      if (!column.name.starts_with('$')) names.push_back(column.name);
    }
  }
  if (!column_only) {
    for (const LocalScope& local : locals_) names.push_back(local.name);
    for (const Binding& binding : scope_.bindings) names.push_back(binding.name);
    for (const auto& [let, entry] : decls.lets) names.push_back(let);
  }
  std::string_view near = Nearest(text, names);
  Span word = column_only ? Span{span.file, span.begin + 1, span.end} : span;
  if (scope_.rows.empty()) {
    std::string message = Cat("no value `", text, "` here");
    if (scope_.in_fn != nullptr)
      message = Cat("`", text, "` is no argument of this fn and no `let`");
    auto report = Report(span, Diag::UnknownName, std::move(message));
    report.Here(scope_.in_fn != nullptr ? "a fn sees its arguments only" : "there is no row here");
    if (!near.empty()) {
      report.Fix(Cat("did you mean `", near, "`?"), Edit{word, std::string(near)}, Safety::Unsure);
    } else if (decls.params.contains(text)) {
      report.Fix(Cat("write `$", text, "` for the parameter"),
                 Edit{{span.file, span.begin, span.begin}, "$"}, Safety::Unsure);
    }
    return PoisonAt(span);
  }
  auto report = Report(span, Diag::UnknownColumn, Cat("the row has no column `", text, "` here"));
  report.Here("not in this row").Row(RowText());
  std::optional<LostColumn> lost;
  if (scope_.where_lost) lost = scope_.where_lost(text);
  auto other = decls.others.find(text);
  bool is_function = decls.fns.contains(text) || decls.catalog->FindFunction(text) != nullptr;
  if (lost) {
    report.Label(lost->span, lost->label);
    if (!lost->fix.empty()) report.Fix(lost->fix);
  } else if (decls.params.contains(text)) {
    report.Fix(Cat("write `$", text, "` for the parameter"),
               Edit{{span.file, span.begin, span.begin}, "$"}, Safety::Unsure);
  } else if (!near.empty()) {
    report.Fix(Cat("did you mean `", near, "`?"), Edit{word, std::string(near)}, Safety::Unsure);
  } else if (other != decls.others.end()) {
    report.Note(Cat("`", text, "` is a ", other->second, "; its columns are not part of this row"));
  } else if (is_function && !column_only) {
    report.Fix(Cat("call the function: `", text, "(…)`"));
  } else if (!column_only && comparing_) {
    report.Note(Cat("for the text itself write it in quotes: \"", text, "\""));
  }
  return PoisonAt(span);
}

// ---------------------------------------------------------------- entry points

TypedExprPtr CheckExpr(const ast::Expr& expr, const ExprScope& scope, std::optional<Type> expected,
                       Diagnostics& diagnostics) {
  ExprChecker checker(scope, diagnostics);
  TypedExprPtr value = checker.Value(expr);
  if (ReportTooLarge(*value, expr.span, "this expression", diagnostics)) return PoisonAt(expr.span);
  std::string what = scope.stage.empty() ? "this place" : Cat("`", scope.stage, "`");
  if (expected && !expected->is_error()) return checker.Convert(expr, value, *expected, what);
  return checker.Settled(expr, value);
}

TypedExprPtr CheckReplacement(const ast::Expr& expr, const ExprScope& scope, const Type& old,
                              Diagnostics& diagnostics) {
  ExprChecker checker(scope, diagnostics);
  TypedExprPtr value = checker.Value(expr);
  if (ReportTooLarge(*value, expr.span, "this expression", diagnostics)) return PoisonAt(expr.span);
  if (value->poisoned() || old.is_error()) return value;
  return checker.Replacement(expr, value, old);
}

TypedExprPtr CheckRowFree(const ast::Expr& expr, const ExprScope& scope,
                          std::optional<Type> expected, Diagnostics& diagnostics) {
  TypedExprPtr value = CheckExpr(expr, scope, std::move(expected), diagnostics);
  if (value->poisoned() || IsRowFree(*value)) return value;
  diagnostics.Emit(expr.span, Diag::NotConstant, "this must not depend on the row")
      .Here("changes from row to row")
      .Fix("use a literal, a `let` or a `$param`");
  return PoisonAt(expr.span);
}

std::optional<Constant> CheckConstant(const ast::Expr& expr, const ExprScope& scope,
                                      std::optional<Type> expected, Diagnostics& diagnostics) {
  TypedExprPtr value = CheckExpr(expr, scope, std::move(expected), diagnostics);
  if (value->poisoned()) return std::nullopt;
  if (std::optional<Constant> constant = EvaluateConstant(*value)) return constant;
  diagnostics.Emit(expr.span, Diag::NotConstant, "this must be known when the script is compiled")
      .Here("not a constant")
      .Fix("use a literal or a `let`");
  return std::nullopt;
}

}  // namespace flow::frontend
