// `let` and `fn`: worked out when first needed, each once.

#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

TypedExprPtr ResolveLet(std::string_view name, Declarations& decls, Diagnostics& diagnostics) {
  auto at = decls.lets.find(name);
  if (at == decls.lets.end()) return nullptr;
  LetEntry& let = at->second;
  if (let.progress == Progress::kDone) return let.value;
  if (let.progress == Progress::kRunning) {
    diagnostics
        .Emit(let.decl->name.span, Diag::CyclicDefinition,
              Cat("`", let.decl->name.text, "` is defined by itself"))
        .Here("needs its own value");
    return PoisonAt(let.decl->name.span);
  }
  let.progress = Progress::kRunning;
  ExprScope scope;
  scope.decls = &decls;
  scope.stage = "let";
  std::optional<Type> expected;
  if (let.decl->type) expected = ResolveType(*let.decl->type, decls, diagnostics);
  TypedExprPtr value = CheckExpr(*let.decl->value, scope, expected, diagnostics);
  bool poisoned = expected && expected->is_error();
  let.value = poisoned ? PoisonAt(value->span) : value;
  let.progress = Progress::kDone;
  return let.value;
}

FnRef FindFn(Declarations& decls, std::string_view name) {
  auto own = decls.fns.find(name);
  if (own != decls.fns.end()) return {&own->second, &decls};
  if (decls.prelude == nullptr) return {};
  auto prelude = decls.prelude->fns.find(name);
  if (prelude == decls.prelude->fns.end()) return {};
  return {&prelude->second, decls.prelude};
}

bool ResolveSignature(FnRef fn, Diagnostics& diagnostics) {
  FnEntry& entry = *fn.entry;
  if (entry.signature != Progress::kUntouched) return entry.signature_ok;
  entry.signature = Progress::kRunning;
  const ast::FnDecl& decl = *entry.decl;
  bool ok = true;
  ExprScope scope;
  scope.decls = fn.home;
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const ast::Parameter& param = decl.params[i];
    for (size_t k = 0; k < i; ++k) {
      if (decl.params[k].name.text != param.name.text) continue;
      diagnostics
          .Emit(param.name.span, Diag::DuplicateName,
                Cat("two arguments are called `", param.name.text, "`"))
          .Here("again")
          .Label(decl.params[k].name.span, "first here");
      ok = false;
    }
    Type type = ResolveType(*param.type, *fn.home, diagnostics);
    ok &= !type.is_error();
    TypedExprPtr value;
    if (param.default_value) value = CheckRowFree(*param.default_value, scope, type, diagnostics);
    ok &= !value || !value->poisoned();
    entry.params.push_back({param.name.text, std::move(type), std::move(value)});
  }
  entry.result = ResolveType(*decl.result, *fn.home, diagnostics);
  entry.signature_ok = ok && !entry.result.is_error();
  entry.signature = Progress::kDone;
  return entry.signature_ok;
}

bool ResolveBody(FnRef fn, Span use, Diagnostics& diagnostics) {
  FnEntry& entry = *fn.entry;
  const ast::FnDecl& decl = *entry.decl;
  if (entry.progress == Progress::kDone) return entry.body != nullptr;
  if (entry.progress == Progress::kRunning) {
    diagnostics.Emit(use, Diag::CyclicDefinition, Cat("fn `", decl.name.text, "` calls itself"))
        .Here("calls the fn it is part of")
        .Label(decl.name.span, "defined here")
        .Note("fns are inlined where they are called, so none can call itself");
    return false;
  }
  if (!decl.body) {
    entry.progress = Progress::kDone;
    diagnostics
        .Emit(decl.name.span, Diag::NotBuiltDeclaration,
              Cat("fn `", decl.name.text, "` in another language is not built yet"))
        .Here("`extern` fn");
    return false;
  }
  entry.progress = Progress::kRunning;
  ExprScope scope;
  scope.decls = fn.home;
  scope.in_fn = &entry;
  for (size_t i = 0; i < entry.params.size(); ++i) {
    scope.locals.push_back({entry.params[i].name, entry.params[i].type, decl.params[i].name.span});
  }
  ExprChecker checker(scope, diagnostics);
  TypedExprPtr value = checker.ValueOf(*decl.body, entry.result, Cat("fn `", decl.name.text, "`"));
  entry.progress = Progress::kDone;
  if (value->poisoned()) return false;
  if (ReportTooLarge(*value, decl.name.span, Cat("fn `", decl.name.text, "`"), diagnostics)) {
    return false;
  }
  entry.body = std::make_shared<const typed::FnBody>(typed::FnBody{decl.name.text, value});
  return true;
}

void CheckFn(std::string_view name, Declarations& decls, Diagnostics& diagnostics) {
  auto at = decls.fns.find(name);
  if (at == decls.fns.end()) return;
  FnRef fn{&at->second, &decls};
  if (ResolveSignature(fn, diagnostics) && at->second.progress == Progress::kUntouched) {
    ResolveBody(fn, at->second.decl->name.span, diagnostics);
  }
}

}  // namespace flow::frontend
