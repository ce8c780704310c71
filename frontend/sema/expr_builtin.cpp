// Functions that the compiler knows itself, because their types hang on more than the types of
// their arguments: the clock, event time, ranks, lambdas over arrays, capture() and decimal().

#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"
#include "frontend/sema/regex.h"

namespace flow::frontend {

static bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  for (std::string_view other : names) {
    if (name == other) return true;
  }
  return false;
}

TypedExprPtr ExprChecker::ToString(const ast::Expr& expr, const TypedExprPtr& value) {
  if (value->poisoned()) return value;
  if (value->type.is_optional()) {
    ReportOptional(expr, value, "it has no text yet");
    return PoisonAt(expr.span);
  }
  if (value->type.is(TypeKind::kNone)) return Settled(expr, value);
  if (TypedExprPtr text = Coerce(value, Type::String())) return text;
  const FunctionDef* def = scope_.decls->catalog->FindFunction("string");
  OverloadChoice best;
  for (size_t i = 0; def != nullptr && i < def->overloads.size(); ++i) {
    std::optional<Signature> signature = ParseSignature(def->overloads[i].signature);
    if (!signature) continue;
    OverloadChoice choice = MatchSignature(*signature, {value}, false);
    choice.overload = static_cast<uint32_t>(i);
    if (choice.fit > best.fit) best = std::move(choice);
  }
  if (best.fit <= Fit::kOptional) {
    Report(expr.span, Diag::TypeMismatch, Cat("a ", TypeText(value->type), " has no text form"))
        .Here("cannot stand in an f-string");
    return PoisonAt(expr.span);
  }
  return MakeNode(Type::String(), expr.span,
                  typed::Call{"string", best.overload, best.args, false});
}

bool ExprChecker::CallBuiltin(const ast::Expr& expr, const ast::Call& call, const ast::Word& name,
                              TypedExprPtr* out) {
  const std::string& text = name.text;
  if (IsOneOf(text, {"now", "rowtime", "rank", "is_final"})) {
    std::vector<const ast::Expr*> none;
    if (!OrderArguments(call, expr.span, text, {}, &none)) {
      *out = PoisonAt(expr.span);
      return true;
    }
  }
  if (text == "now") {
    if (scope_.updating) {
      Report(expr.span, Diag::UpdatingIntoAppend,
             "`now()` would give a rewritten row another value each time")
          .Here("below updates")
          .Fix("call it above the `aggregate`, or leave out that `emit` to send each result once");
      *out = PoisonAt(expr.span);
      return true;
    }
    *out = MakeNode(Type::Timestamp(), expr.span, typed::Now{});
    return true;
  }
  if (text == "rowtime") {
    if (!scope_.has_time) {
      Report(expr.span, Diag::NoEventTime, "`rowtime()` needs event time, and there is none here")
          .Here("no event time")
          .Fix("name the column that holds it in the source: `time ts`");
      *out = PoisonAt(expr.span);
      return true;
    }
    *out = MakeNode(Type::Timestamp(), expr.span, typed::RowTime{});
    return true;
  }
  if (text == "rank") {
    if (scope_.rank_column.empty()) {
      Report(expr.span, Diag::WrongArguments, "`rank()` numbers the rows of a `top`")
          .Here("no `top` right above")
          .Fix("use it in the first `select` or `extend` after `top`");
      *out = PoisonAt(expr.span);
      return true;
    }
    *out = MakeNode(Type::Int(), expr.span, typed::Column{0, scope_.rank_column});
    return true;
  }
  if (text == "lag") {
    Report(expr.span, Diag::MisplacedAggregate,
           "`lag` looks at an earlier row, and needs to know of which")
        .Here("before, in what order?")
        .Fix(Cat("`", ExprText(expr), " over (by KEY)`, or `over (last 10 rows)` without a key"));
    *out = PoisonAt(expr.span);
    return true;
  }
  if (text == "is_final") {
    if (!scope_.is_final) {
      Report(expr.span, Diag::WrongArguments, "`is_final()` tells the last of rows sent again")
          .Here("no `emit` above sends rows again")
          .Fix("put it below an `emit every` or `emit on change` of this pipeline");
      *out = PoisonAt(expr.span);
      return true;
    }
    *out = MakeNode(Type::Bool(), expr.span, typed::Column{0, "$final"});
    return true;
  }
  if (text == "capture") {
    *out = CallCapture(expr, call);
    return true;
  }
  if (text == "decimal") {
    *out = CallDecimal(expr, call);
    return true;
  }
  if (text == "map") *out = CallOnArray(expr, call, text, typed::ArrayFn::Map);
  if (text == "filter") *out = CallOnArray(expr, call, text, typed::ArrayFn::Filter);
  if (text == "any") *out = CallOnArray(expr, call, text, typed::ArrayFn::Any);
  if (text == "all") *out = CallOnArray(expr, call, text, typed::ArrayFn::All);
  return *out != nullptr;
}

TypedExprPtr ExprChecker::CallOnArray(const ast::Expr& expr, const ast::Call& call,
                                      std::string_view name, typed::ArrayFn fn) {
  bool shape = call.args.size() == 2 && call.args[0].kind == ast::Arg::Kind::Positional &&
               call.args[1].kind == ast::Arg::Kind::Lambda;
  if (!shape) {
    Report(expr.span, Diag::WrongArguments,
           Cat("`", name, "` takes an array and what to do with each element"))
        .Here("other arguments")
        .Fix(Cat("write `", name, "(xs, x => …)`"));
    return PoisonAt(expr.span);
  }
  const ast::Arg& lambda = call.args[1];
  TypedExprPtr array = Value(*call.args[0].value);
  if (!array->poisoned() && array->type.is_optional()) {
    ReportOptional(*call.args[0].value, array, Cat("`", name, "` cannot take it yet"));
    return PoisonAt(expr.span);
  }
  bool wrong = !array->poisoned() && !array->type.is(TypeKind::kArray);
  if (wrong) {
    Report(call.args[0].span, Diag::WrongArguments,
           Cat("`", name, "` takes an array, this is ", TypeText(array->type)))
        .Here(TypeText(array->type));
  }
  bool known = !array->poisoned() && !wrong;
  if (known && array->type.inner().is(TypeKind::kNone)) {
    return Settled(*call.args[0].value, array);
  }
  auto local = static_cast<uint32_t>(locals_.size());
  Type element = known ? array->type.inner() : Type::Error();
  locals_.push_back({lambda.name.text, element, lambda.name.span});
  std::string what = Cat("the condition of `", name, "`");
  TypedExprPtr body = fn == typed::ArrayFn::Map ? Settled(*lambda.value, Value(*lambda.value))
                                                : ValueOf(*lambda.value, Type::Bool(), what);
  locals_.pop_back();
  // Facts about this element mean nothing for the next name in its place.
  std::erase_if(facts_, [&](const Path& path) { return path.local && path.root == local; });
  if (!known || body->poisoned()) return PoisonAt(expr.span);
  Type type = Type::Bool();
  if (fn == typed::ArrayFn::Map) type = Type::Array(body->type);
  if (fn == typed::ArrayFn::Filter) type = array->type;
  return MakeNode(type, expr.span, typed::ArrayCall{fn, array, local, body});
}

TypedExprPtr ExprChecker::CallCapture(const ast::Expr& expr, const ast::Call& call) {
  std::vector<const ast::Expr*> args;
  if (!OrderArguments(call, expr.span, "capture", {"text", "pattern"}, &args)) {
    return PoisonAt(expr.span);
  }
  if (args[0] == nullptr || args[1] == nullptr) {
    Report(expr.span, Diag::WrongArguments,
           "`capture` takes a text and a pattern with named groups")
        .Here("an argument is missing")
        .Fix(R"fix(write `capture(line, r"(?<ip>\S+) (?<ms>\d+)")!`)fix");
    return PoisonAt(expr.span);
  }
  TypedExprPtr text = ValueOf(*args[0], Type::String(), "`capture`");
  std::optional<std::string> pattern = ConstantPattern(*args[1], call.callee->span);
  if (text->poisoned() || !pattern) return PoisonAt(expr.span);
  Type type = CaptureType(*pattern);
  if (type.fields().empty()) {
    Report(args[1]->span, Diag::WrongArguments, "the pattern of `capture` names no group")
        .Here("nothing to capture")
        .Fix("name what you want: `(?<name>…)`");
    return PoisonAt(expr.span);
  }
  auto out =
      std::make_shared<TypedExpr>(*MakeNode(type, expr.span, typed::Capture{text, *pattern}, true));
  out->fallible = true;
  return out;
}

// decimal(x, p, s): the result's type comes from the two constants, the overload from `x`.
TypedExprPtr ExprChecker::CallDecimal(const ast::Expr& expr, const ast::Call& call) {
  std::vector<const ast::Expr*> args;
  if (!OrderArguments(call, expr.span, "decimal", {"x", "precision", "scale"}, &args)) {
    return PoisonAt(expr.span);
  }
  if (args[0] == nullptr || args[1] == nullptr || args[2] == nullptr) {
    Report(expr.span, Diag::WrongArguments,
           "`decimal` takes a value, digits in all and fraction digits")
        .Here("an argument is missing")
        .Fix(Cat("write `decimal(", args[0] != nullptr ? ExprText(*args[0]) : "x", ", 18, 2)!`"));
    return PoisonAt(expr.span);
  }
  TypedExprPtr value = Value(*args[0]);
  int64_t digits[2] = {0, 0};
  for (size_t i = 0; i < 2; ++i) {
    TypedExprPtr number = ValueOf(*args[i + 1], Type::Int(), "`decimal`");
    if (number->poisoned()) return number;
    std::optional<Constant> constant = EvaluateConstant(*number);
    if (!constant) {
      Report(args[i + 1]->span, Diag::NotConstant,
             "the digits of a decimal must be literal numbers")
          .Here("not a constant");
      return PoisonAt(expr.span);
    }
    digits[i] = constant->int_value;
  }
  if (digits[0] < 1 || digits[0] > 38 || digits[1] < 0 || digits[1] > digits[0]) {
    Report(args[1]->span, Diag::WrongArguments,
           Cat("no decimal has ", digits[0], " digits with ", digits[1], " behind the point"))
        .Here("1 to 38 digits")
        .Fix("write `decimal(x, 18, 2)!`");
    return PoisonAt(expr.span);
  }
  if (value->poisoned()) return value;
  Type type = Type::Decimal(static_cast<int>(digits[0]), static_cast<int>(digits[1]));
  if (value->type.is_optional()) {
    ReportOptional(*args[0], value, "`decimal` cannot take it yet");
    return PoisonAt(expr.span);
  }
  const FunctionDef* def = scope_.decls->catalog->FindFunction("decimal");
  OverloadChoice best;
  for (size_t i = 0; def != nullptr && i < def->overloads.size(); ++i) {
    std::optional<Signature> signature = ParseSignature(def->overloads[i].signature);
    if (!signature || signature->params.empty()) continue;
    // A kernel may take the digits as arguments or from the type of its result.
    std::vector<TypedExprPtr> given{value};
    if (signature->params.size() == 3) {
      for (size_t k = 0; k < 2; ++k) {
        given.push_back(MakeConstant(Type::Int(), args[k + 1]->span, digits[k]));
      }
    }
    OverloadChoice choice = MatchSignature(*signature, given, false);
    choice.overload = static_cast<uint32_t>(i);
    if (choice.fit > best.fit) best = std::move(choice);
  }
  if (best.fit <= Fit::kOptional) {
    Report(args[0]->span, Diag::WrongArguments,
           Cat("`decimal` cannot convert ", TypeText(value->type)))
        .Here(TypeText(value->type));
    return PoisonAt(expr.span);
  }
  auto out = std::make_shared<TypedExpr>(
      *MakeNode(type, expr.span, typed::Call{"decimal", best.overload, best.args, true}, true));
  out->fallible = true;
  return out;
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Over& over) {
  if (scope_.over && locals_.empty()) return scope_.over(expr, over);
  Report(expr.span, Diag::MisplacedAggregate, "`over` has no place here")
      .Here("looks at more than this row")
      .Fix("give it a name first: `|> extend .. over (..) as x`");
  return PoisonAt(expr.span);
}

}  // namespace flow::frontend
