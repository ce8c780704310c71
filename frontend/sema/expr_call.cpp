// Calls of native functions and of fns written in the language.

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"
#include "frontend/sema/regex.h"

namespace flow::frontend {

bool ExprChecker::OrderArguments(const ast::Call& call, Span span, std::string_view function,
                                 const std::vector<std::string>& names,
                                 std::vector<const ast::Expr*>* out, std::string_view skip) {
  out->assign(names.size(), nullptr);
  size_t next = 0;
  bool named = false;
  for (const ast::Arg& arg : call.args) {
    if (arg.kind == ast::Arg::Kind::Lambda) {
      Report(arg.span, Diag::WrongArguments, Cat("`", function, "` takes no `name => …` argument"))
          .Here("a lambda")
          .Note("map, filter, any and all do");
      return false;
    }
    if (arg.kind == ast::Arg::Kind::Named) {
      if (!skip.empty() && arg.name.text == skip) continue;
      named = true;
      auto at = std::find(names.begin(), names.end(), arg.name.text);
      if (at == names.end()) {
        std::vector<std::string_view> known(names.begin(), names.end());
        std::string_view near = Nearest(arg.name.text, known);
        auto report = Report(arg.name.span, Diag::WrongArguments,
                             Cat("`", function, "` has no argument `", arg.name.text, "`"));
        report.Here("not an argument");
        if (arg.name.text == "where") {
          report.Note("`where:` counts in aggregates only");
        } else if (!near.empty()) {
          report.Fix(Cat("did you mean `", near, "`?"), Edit{arg.name.span, std::string(near)},
                     Safety::Unsure);
        } else if (!names.empty()) {
          report.Note(Cat("its arguments are ", NameList(names)));
        }
        return false;
      }
      auto index = static_cast<size_t>(at - names.begin());
      if ((*out)[index] != nullptr) {
        Report(arg.span, Diag::WrongArguments, Cat("argument `", arg.name.text, "` is given twice"))
            .Here("again")
            .Label((*out)[index]->span, "first here");
        return false;
      }
      (*out)[index] = arg.value.get();
      continue;
    }
    if (named) {
      Report(arg.span, Diag::WrongArguments, "an argument without a name after one with a name")
          .Here("which one is it?")
          .Fix("name it, too, or move it to the front");
      return false;
    }
    if (next >= names.size()) {
      std::string takes = names.empty()
                              ? "no arguments"
                              : Cat(names.size(), names.size() == 1 ? " argument" : " arguments");
      Report(arg.span, Diag::WrongArguments, Cat("`", function, "` takes ", takes))
          .Here("too many")
          .Label(span, "in this call");
      return false;
    }
    (*out)[next++] = arg.value.get();
  }
  return true;
}

// ---------------------------------------------------------------- native functions

namespace {

struct Candidate {
  uint32_t overload = 0;
  Signature signature;
  std::vector<TypedExprPtr> args;
};

// Values of the arguments in the order of `signature`; nothing when the call does not have its
// shape.
std::optional<std::vector<TypedExprPtr>> InOrder(
    const Signature& signature,
    const std::vector<std::pair<const ast::Arg*, TypedExprPtr>>& values) {
  if (values.size() != signature.params.size()) return std::nullopt;
  std::vector<TypedExprPtr> out(values.size());
  size_t next = 0;
  for (const auto& [arg, value] : values) {
    size_t index = next++;
    if (arg->kind == ast::Arg::Kind::Named) {
      auto at = std::find_if(signature.params.begin(), signature.params.end(),
                             [&](const SignatureParam& p) { return p.name == arg->name.text; });
      if (at == signature.params.end()) return std::nullopt;
      index = static_cast<size_t>(at - signature.params.begin());
    }
    if (out[index]) return std::nullopt;
    out[index] = value;
  }
  return out;
}

}  // namespace

std::optional<OverloadChoice> ExprChecker::ChooseOverload(
    Span span, std::string_view name, const std::vector<std::string_view>& signatures,
    const ast::Call& call, bool skip_none, std::string_view skip_argument) {
  std::vector<std::pair<const ast::Arg*, TypedExprPtr>> values;
  bool poisoned = false;
  for (const ast::Arg& arg : call.args) {
    if (arg.kind == ast::Arg::Kind::Lambda) {
      Report(arg.span, Diag::WrongArguments, Cat("`", name, "` takes no `name => …` argument"))
          .Here("a lambda")
          .Note("map, filter, any and all do");
      return std::nullopt;
    }
    bool skipped = arg.kind == ast::Arg::Kind::Named && arg.name.text == skip_argument;
    if (skipped) continue;
    values.emplace_back(&arg, Value(*arg.value));
    poisoned |= values.back().second->poisoned();
  }
  if (poisoned) return std::nullopt;
  std::optional<OverloadChoice> best;
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < signatures.size(); ++i) {
    std::optional<Signature> signature = ParseSignature(signatures[i]);
    if (!signature) continue;
    auto args = InOrder(*signature, values);
    if (!args) continue;
    OverloadChoice choice = MatchSignature(*signature, *args, skip_none);
    choice.overload = static_cast<uint32_t>(i);
    candidates.push_back({choice.overload, *signature, *args});
    if (choice.fit != Fit::kNo && (!best || choice.fit > best->fit)) best = std::move(choice);
  }
  if (best && best->fit != Fit::kOptional) {
    for (size_t i = 0; i < best->args.size(); ++i) {
      const TypedExprPtr& arg = best->args[i];
      if (!best->signature.params[i].is_const || IsRowFree(*arg)) continue;
      Report(arg->span, Diag::NotConstant,
             Cat("`", best->signature.params[i].name, "` of `", name, "` must be a constant"))
          .Here("changes from row to row")
          .Fix("use a literal, a `let` or a `$param`");
      return std::nullopt;
    }
    return best;
  }
  if (best) {
    for (const auto& [arg, value] : values) {
      if (!value->type.is_optional()) continue;
      ReportOptional(*arg->value, value, Cat("`", name, "` cannot take it yet"));
      return std::nullopt;
    }
  }
  if (candidates.empty()) {
    // The shape is wrong: say how, against the only signature or against all of them.
    std::optional<Signature> only =
        signatures.size() == 1 ? ParseSignature(signatures[0]) : std::nullopt;
    if (only) {
      std::vector<std::string> names;
      for (const SignatureParam& param : only->params) names.push_back(param.name);
      std::vector<const ast::Expr*> ordered;
      if (!OrderArguments(call, span, name, names, &ordered, skip_argument)) return std::nullopt;
      for (size_t i = 0; i < ordered.size(); ++i) {
        if (ordered[i] != nullptr) continue;
        Report(span, Diag::WrongArguments, Cat("`", name, "` needs its argument `", names[i], "`"))
            .Here("missing")
            .Note(Cat("`", signatures[0], "`"));
        return std::nullopt;
      }
    }
  }
  // `sum(n)` in a select: no array function, but meant as the aggregate of the name.
  bool aggregate = !skip_none && scope_.decls->catalog->FindAggregate(name) != nullptr;
  if (aggregate) {
    auto report = Report(span, Diag::MisplacedAggregate,
                         Cat("`", name, "` sums up many rows, this place has one"));
    report.Here("an aggregate outside of `aggregate`")
        .Note(Cat("only of an array is `", name, "` a function of one row"));
    if (!scope_.stage.empty() && !scope_.rows.empty()) {
      report.Fix(Cat("`|> aggregate ", name, "(…) as n group by …`, then use `n`"));
    }
    return std::nullopt;
  }
  std::string given;
  for (const auto& [arg, value] : values) {
    given += Cat(given.empty() ? "" : ", ", TypeText(value->type));
  }
  auto report = Report(span, Diag::WrongArguments, Cat("`", name, "` does not take (", given, ")"));
  report.Here("no form of it fits");
  constexpr size_t kMostShown = 4;
  for (size_t i = 0; i < signatures.size() && i < kMostShown; ++i) {
    report.Note(Cat("`", signatures[i], "`"));
  }
  if (signatures.size() > kMostShown) {
    report.Note(Cat("and ", signatures.size() - kMostShown, " more"));
  }
  return std::nullopt;
}

// Whether `call` is `first` or `last` of an array that is known not to be empty, or of a field of
// its elements.
bool ExprChecker::IsOfSomeElement(std::string_view function, const TypedExpr& call) const {
  if ((function != "first" && function != "last") || !call.type.is_optional()) return false;
  const TypedExpr* array = std::get<typed::Call>(call.node).args[0].get();
  while (const auto* each = std::get_if<typed::FieldOfEach>(&array->node)) array = each->base.get();
  std::optional<Path> path = PathOf(*array);
  if (!path) return false;
  path->names.emplace_back(kSomeElement);
  return facts_.contains(*path);
}

TypedExprPtr ExprChecker::CallNative(const ast::Expr& expr, const ast::Call& call,
                                     const ast::Word& name, const FunctionDef& def) {
  std::vector<std::string_view> signatures;
  for (const FunctionOverload& overload : def.overloads) signatures.push_back(overload.signature);
  std::optional<OverloadChoice> choice =
      ChooseOverload(expr.span, name.text, signatures, call, false, {});
  if (!choice) return PoisonAt(expr.span);
  if (choice->result.is_error()) {
    Report(expr.span, Diag::TypeMismatch, Cat("the type of `", name.text, "` cannot be told here"))
        .Here("type unknown");
    return PoisonAt(expr.span);
  }
  const FunctionOverload& overload = def.overloads[choice->overload];
  bool fails = choice->signature.fallible || overload.faults;
  // With a pattern that is known now it is `=~`; one that is bad faults when it is met.
  if (std::string_view(def.name) == "matches" && choice->args.size() == 2) {
    std::string error;
    std::optional<Constant> constant = EvaluateConstant(*choice->args[1]);
    std::optional<std::string> pattern =
        constant ? CompilePattern(constant->text, &error) : std::nullopt;
    if (pattern && *pattern == constant->text) {
      return MakeNode(choice->result, expr.span,
                      typed::RegexMatch{choice->args[0], *pattern, false});
    }
  }
  auto out = MakeNode(choice->result, expr.span,
                      typed::Call{def.name, choice->overload, choice->args, fails}, fails);
  if (IsOfSomeElement(def.name, *out)) {
    Type inner = out->type.inner();
    return MakeNode(std::move(inner), expr.span, typed::Unwrap{std::move(out)});
  }
  if (!choice->signature.fallible) return out;
  auto fallible = std::make_shared<TypedExpr>(*out);
  fallible->fallible = true;
  return fallible;
}

// ---------------------------------------------------------------- fns

TypedExprPtr ExprChecker::CallFn(const ast::Expr& expr, const ast::Call& call,
                                 const ast::Word& name, FnRef fn) {
  bool known = ResolveSignature(fn, diagnostics_) && ResolveBody(fn, expr.span, diagnostics_);
  const std::vector<FnParam>& params = fn.entry->params;
  std::vector<std::string> names;
  for (const FnParam& param : params) names.push_back(param.name);
  std::vector<const ast::Expr*> ordered;
  if (!fn.entry->signature_ok) return PoisonAt(expr.span);
  if (!OrderArguments(call, expr.span, name.text, names, &ordered)) return PoisonAt(expr.span);
  std::vector<TypedExprPtr> args;
  bool poisoned = !known;
  for (size_t i = 0; i < params.size(); ++i) {
    if (ordered[i] == nullptr) {
      if (params[i].default_value) {
        args.push_back(params[i].default_value);
        continue;
      }
      Report(expr.span, Diag::WrongArguments,
             Cat("`", name.text, "` needs its argument `", params[i].name, "`"))
          .Here("missing")
          .Label(fn.entry->decl->params[i].span, TypeText(params[i].type));
      return PoisonAt(expr.span);
    }
    args.push_back(ValueOf(*ordered[i], params[i].type,
                           Cat("argument `", params[i].name, "` of `", name.text, "`")));
    poisoned |= args.back()->poisoned();
  }
  if (poisoned || fn.entry->body == nullptr) return PoisonAt(expr.span);
  bool fallible = fn.entry->decl->fallible;
  bool fails = fallible || fn.entry->body->value->may_fail;
  auto out = MakeNode(fn.entry->result, expr.span, typed::FnCall{fn.entry->body, args}, fails);
  if (!fallible) return out;
  auto marked = std::make_shared<TypedExpr>(*out);
  marked->fallible = true;
  return marked;
}

TypedExprPtr ExprChecker::UnknownFunction(const ast::Expr& expr, const ast::Word& name,
                                          Declarations& decls) {
  const std::string& text = name.text;
  if (const AggregateDef* aggregate = decls.catalog->FindAggregate(text)) {
    auto report = Report(expr.span, Diag::MisplacedAggregate,
                         Cat("`", aggregate->name, "` sums up many rows, this place has one"));
    report.Here("an aggregate outside of `aggregate`");
    if (!scope_.stage.empty() && !scope_.rows.empty()) {
      report.Fix(Cat("`|> aggregate ", ExprText(expr), " as n group by …`, then use `n`"));
    }
    return PoisonAt(expr.span);
  }
  std::vector<std::string_view> names{"all", "any", "capture", "decimal", "filter",
                                      "map", "now", "rank",    "rowtime"};
  for (const FunctionDef* def : decls.catalog->functions) names.emplace_back(def->name);
  for (const auto& [fn, entry] : decls.fns) names.push_back(fn);
  if (decls.prelude != nullptr) {
    for (const auto& [fn, entry] : decls.prelude->fns) names.push_back(fn);
  }
  std::string_view near = Nearest(text, names);
  auto report = Report(name.span, Diag::UnknownName, Cat("no function `", text, "`"));
  report.Here("not a function");
  auto other = decls.others.find(text);
  if (other != decls.others.end()) {
    report.Note(Cat("`", text, "` is a ", other->second, ", which has no value"));
  } else if (text == "cast" || text == "convert") {
    report.Note(
        "conversions are called by the type's name: int, float, string, timestamp, decimal");
  } else if (text == "coalesce" || text == "ifnull" || text == "nvl") {
    report.Fix("write `a ?? b`");
  } else if (text == "concat") {
    report.Fix("write `a + b`, or an f-string: f\"{a} {b}\"");
  } else if (text == "length" && decls.catalog->FindFunction("len") != nullptr) {
    report.Fix("did you mean `len`?", Edit{name.span, "len"}, Safety::Unsure);
  } else if (!near.empty()) {
    report.Fix(Cat("did you mean `", near, "`?"), Edit{name.span, std::string(near)},
               Safety::Unsure);
  }
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Call& call) {
  if (const auto* ref = std::get_if<ast::NameRef>(&call.callee->node)) {
    const ast::Word& name = ref->name;
    Declarations& decls = *scope_.decls;
    if (auto own = decls.fns.find(name.text); own != decls.fns.end()) {
      return CallFn(expr, call, name, {&own->second, &decls});
    }
    TypedExprPtr builtin;
    if (CallBuiltin(expr, call, name, &builtin)) return builtin;
    if (const FunctionDef* def = decls.catalog->FindFunction(name.text)) {
      return CallNative(expr, call, name, *def);
    }
    FnRef fn = FindFn(decls, name.text);
    return fn.entry != nullptr ? CallFn(expr, call, name, fn) : UnknownFunction(expr, name, decls);
  }
  const auto* field = std::get_if<ast::Field>(&call.callee->node);
  const auto* base = field ? std::get_if<ast::NameRef>(&field->base->node) : nullptr;
  if (base != nullptr) {
    auto module = scope_.decls->modules.find(base->name.text);
    if (module != scope_.decls->modules.end()) {
      auto fn = module->second->fns.find(field->name.text);
      if (fn != module->second->fns.end()) {
        return CallFn(expr, call, field->name, {&fn->second, module->second});
      }
      std::vector<std::string_view> names;
      for (const auto& [other, entry] : module->second->fns) names.push_back(other);
      std::string_view near = Nearest(field->name.text, names);
      auto report = Report(field->name.span, Diag::UnknownName,
                           Cat("`", base->name.text, "` has no fn named `", field->name.text, "`"));
      report.Here("not in that file");
      if (!near.empty()) {
        report.Fix(Cat("did you mean `", near, "`?"), Edit{field->name.span, std::string(near)},
                   Safety::Unsure);
      }
      return PoisonAt(expr.span);
    }
  }
  auto report = Report(expr.span, Diag::WrongArguments, "only functions can be called");
  report.Here("not a function");
  if (field != nullptr) {
    std::string inside = ExprText(*field->base);
    for (const ast::Arg& arg : call.args) {
      if (arg.value) inside += Cat(", ", ExprText(*arg.value));
    }
    report.Fix(Cat("functions are no methods: `", field->name.text, "(", inside, ")`"));
  }
  return PoisonAt(expr.span);
}

}  // namespace flow::frontend
