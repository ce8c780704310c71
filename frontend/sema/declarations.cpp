// Declarations that rows do not flow through: parameters, types, lets, fns.

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

bool CanBeParameter(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kDecimal:
    case TypeKind::kString:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kSet:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Checker::CheckParams(Scope& scope) {
  for (const ast::Item& item : scope.ast->items) {
    const auto* decl = std::get_if<ast::ParamDecl>(&item.node);
    if (decl == nullptr || scope.decls.params[decl->name.text].decl != decl) continue;
    ParamEntry& entry = scope.decls.params[decl->name.text];
    entry.type = ResolveType(*decl->type, scope.decls, diagnostics);
    entry.index = static_cast<uint32_t>(program.params.size());

    TypedParam param{
        .name = decl->name.text, .type = entry.type, .default_value = {}, .doc = item.doc};
    for (const TypedParam& other : program.params) {
      if (other.name != param.name) continue;
      diagnostics
          .Emit(decl->name.span, Diag::DuplicateName,
                Cat("two files declare the parameter `", param.name, "`"))
          .Here("the command line could not tell them apart")
          .Fix("give one of the two another name");
    }
    if (!entry.type.is_error() && !CanBeParameter(entry.type)) {
      diagnostics
          .Emit(decl->type->span, Diag::NotBuiltType,
                Cat("parameters of type ", entry.type.ToText(), " are not built yet"))
          .Here("given on the command line")
          .Fix(entry.type.is_optional()
                   ? "leave out the `?` and give it a default"
                   : "take a string and make the value in the script, or use a `let`");
      entry.type = Type::Error();
    }
    if (decl->default_value && !entry.type.is_error()) {
      std::optional<Constant> value = CheckConstant(
          *decl->default_value, RowFreeScope(scope, param.name), entry.type, diagnostics);
      if (value) {
        param.default_value =
            MakeExpr(entry.type, decl->default_value->span,
                     typed::Constant{.value = *value, .literal = false, .written = {}});
      }
    }
    program.params.push_back(std::move(param));
  }
}

void Checker::CheckDefinitions(Scope& scope) {
  for (const ast::Item& item : scope.ast->items) {
    if (const auto* type = std::get_if<ast::TypeDecl>(&item.node)) {
      // Asked for by name, so that the entry is filled and a cycle is seen.
      ast::TypeExpr use{type->name.span, ast::NamedType{std::nullopt, type->name}, std::nullopt};
      ResolveType(use, scope.decls, diagnostics);
    }
    if (const auto* let = std::get_if<ast::LetDecl>(&item.node)) {
      ResolveLet(let->name.text, scope.decls, diagnostics);
    }
    if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) {
      CheckFn(fn->name.text, scope.decls, diagnostics);
    }
  }
}

}  // namespace flow::frontend
