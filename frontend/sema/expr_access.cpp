// Fields, elements, and the literals of structs and arrays.

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

TypedExprPtr ExprChecker::UnknownField(const Type& type, const ast::Word& name, Span span) {
  std::vector<std::string_view> names;
  for (const StructField& field : type.fields()) names.push_back(field.name);
  std::string_view near = Nearest(name.text, names);
  auto report =
      Report(name.span, Diag::UnknownColumn, Cat("the struct has no field `", name.text, "`"));
  report.Here("not in this struct").Note(Cat("the struct is ", TypeText(type)));
  if (!near.empty()) {
    report.Fix(Cat("did you mean `", near, "`?"), Edit{name.span, std::string(near)},
               Safety::Unsure);
  }
  return PoisonAt(span);
}

TypedExprPtr ExprChecker::FieldOf(const ast::Expr& base_expr, const TypedExprPtr& base,
                                  const ast::Word& name, Span span) {
  const Type& type = base->type;
  if (type.is(TypeKind::kStruct)) {
    const StructField* field = type.FindField(name.text);
    if (field == nullptr) return UnknownField(type, name, span);
    return Narrowed(MakeNode(field->type, span, typed::Field{base, name.text}));
  }
  if (type.is(TypeKind::kJson)) {
    return Narrowed(
        MakeNode(Type::Optional(Type::Json()), span, typed::JsonMember{base, name.text}));
  }
  bool structs = type.is(TypeKind::kArray) && type.inner().is(TypeKind::kStruct);
  if (structs) {
    const StructField* field = type.inner().FindField(name.text);
    if (field == nullptr) return UnknownField(type.inner(), name, span);
    return MakeNode(Type::Array(field->type), span, typed::FieldOfEach{base, name.text});
  }
  auto report =
      Report(name.span, Diag::TypeMismatch,
             Cat("`", ExprText(base_expr), "` is ", TypeText(type), " and has no fields"));
  report.Here("no field of that name").Label(base_expr.span, TypeText(type));
  if (scope_.decls->catalog->FindFunction(name.text) != nullptr) {
    report.Fix(Cat("call the function: `", name.text, "(", ExprText(base_expr), ")`"));
  }
  return PoisonAt(span);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Field& field) {
  // `b.auction`: a column of the right row; `geo.earth`: a `let` of an imported file.
  if (const auto* name = std::get_if<ast::NameRef>(&field.base->node)) {
    const std::string& text = name->name.text;
    bool local = std::any_of(locals_.begin(), locals_.end(),
                             [&](const LocalScope& scope) { return scope.name == text; });
    bool column = !scope_.rows.empty() && scope_.rows[0].type.FindField(text) != nullptr;
    for (size_t row = 1; row < scope_.rows.size() && !local && !column; ++row) {
      if (scope_.rows[row].name != text) continue;
      TypedExprPtr found = ColumnAt(static_cast<uint32_t>(row), field.name.text, expr.span);
      return found ? found : UnknownField(scope_.rows[row].type, field.name, expr.span);
    }
    auto module = scope_.decls->modules.find(text);
    if (!local && !column && module != scope_.decls->modules.end()) {
      if (TypedExprPtr let = ResolveLet(field.name.text, *module->second, diagnostics_)) return let;
      Report(field.name.span, Diag::UnknownName,
             Cat("`", text, "` has no `let` named `", field.name.text, "`"))
          .Here("not in that file");
      return PoisonAt(expr.span);
    }
  }
  TypedExprPtr base = Value(*field.base);
  if (base->poisoned()) return PoisonAt(expr.span);
  if (base->type.is_optional() && !field.optional_chain) {
    Span at{expr.span.file, field.base->span.end, field.base->span.end};
    Report(expr.span, Diag::OptionalAsValue,
           Cat("`", ExprText(*field.base), "` may be none, so it has no fields yet"))
        .Here(Cat("a field of ", TypeText(base->type)))
        .Fix(Cat("write `", ExprText(*field.base), "?.", field.name.text,
                 "`, which is none where the value is"),
             Edit{at, "?"}, Safety::Unsure);
    return PoisonAt(expr.span);
  }
  if (!field.optional_chain) return FieldOf(*field.base, base, field.name, expr.span);
  if (!base->type.is_optional()) {
    Span question{expr.span.file, field.base->span.end, field.base->span.end + 1};
    Report(expr.span, Diag::NeedlessFallible,
           Cat("`?.` after `", ExprText(*field.base), "`, which is never none"))
        .Here(Cat("a field of ", TypeText(base->type)))
        .Fix("write `.`", Edit{question, ""}, Safety::Unsure);
    return FieldOf(*field.base, base, field.name, expr.span);
  }
  Type inner = base->type.inner();
  TypedExprPtr below =
      FieldOf(*field.base, MakeNode(inner, base->span, typed::Unwrap{base}), field.name, expr.span);
  if (below->poisoned()) return below;
  return Narrowed(MakeNode(Type::Optional(below->type), expr.span,
                           typed::OptionalField{base, field.name.text}));
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::Index& index) {
  TypedExprPtr base = Value(*index.base);
  TypedExprPtr at = Value(*index.index);
  if (base->poisoned() || at->poisoned()) return PoisonAt(expr.span);
  if (base->type.is_optional()) {
    ReportOptional(*index.base, base, "it has no elements yet");
    return PoisonAt(expr.span);
  }
  const Type& type = base->type;
  if (type.is(TypeKind::kArray)) {
    at = Convert(*index.index, at, Type::Int(), "an array index");
    if (at->poisoned()) return at;
    return MakeNode(Type::Optional(type.inner()), expr.span, typed::Index{base, at});
  }
  if (type.is(TypeKind::kMap)) {
    at = Convert(*index.index, at, type.key(), "a key of this map");
    if (at->poisoned()) return at;
    return MakeNode(Type::Optional(type.inner()), expr.span, typed::MapGet{base, at});
  }
  std::optional<Constant> name = EvaluateConstant(*at);
  bool member = type.is(TypeKind::kJson) && name && name->type.is(TypeKind::kString);
  if (member) {
    return Narrowed(
        MakeNode(Type::Optional(Type::Json()), expr.span, typed::JsonMember{base, name->text}));
  }
  if (type.is(TypeKind::kJson)) {
    Report(expr.span, Diag::NotBuiltExpression, "elements of json arrays are not built yet")
        .Here("index of a json value")
        .Fix("declare the field with its type, as in `xs: [int]`");
    return PoisonAt(expr.span);
  }
  auto report = Report(index.base->span, Diag::TypeMismatch,
                       Cat("only arrays and maps have elements, this is ", TypeText(type)));
  report.Here(TypeText(type));
  if (type.is(TypeKind::kString)) {
    std::string at = ExprText(*index.index);
    const auto* number = std::get_if<ast::IntLit>(&index.index->node);
    std::string next = number != nullptr ? Cat(number->value + 1) : Cat(at, " + 1");
    report.Fix(Cat("`slice(", ExprText(*index.base), ", ", at, ", ", next, ")`"));
  } else if (type.is(TypeKind::kStruct)) {
    report.Fix(Cat("name the field: `", ExprText(*index.base), ".field`"));
  }
  return PoisonAt(expr.span);
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::ArrayLit& array) {
  std::vector<TypedExprPtr> values;
  bool poisoned = false;
  for (const ast::ExprPtr& item : array.items) {
    values.push_back(Value(*item));
    poisoned |= values.back()->poisoned();
  }
  if (poisoned) return PoisonAt(expr.span);
  if (values.empty()) return MakeNode(Type::Array(Type::None()), expr.span, typed::MakeArray{});
  // The type that holds all: found against a running value, then given to each.
  TypedExprPtr widest = values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    TypedExprPtr a = widest;
    TypedExprPtr b = values[i];
    if (Unify(&a, &b)) {
      widest = a;
      continue;
    }
    Report(array.items[i]->span, Diag::TypeMismatch, "the elements of an array have one type")
        .Here(TypeText(values[i]->type))
        .Label(array.items[0]->span, TypeText(widest->type));
    return PoisonAt(expr.span);
  }
  typed::MakeArray out;
  for (const TypedExprPtr& value : values) {
    TypedExprPtr converted = Coerce(value, widest->type);
    if (!converted) {
      Report(value->span, Diag::TypeMismatch, "the elements of an array have one type")
          .Here(TypeText(value->type));
      return PoisonAt(expr.span);
    }
    out.values.push_back(std::move(converted));
  }
  return MakeNode(Type::Array(widest->type), expr.span, std::move(out));
}

TypedExprPtr ExprChecker::Check(const ast::Expr& expr, const ast::StructLit& literal) {
  typed::MakeStruct out;
  std::vector<StructField> fields;
  bool poisoned = false;
  for (const ast::StructField& field : literal.fields) {
    TypedExprPtr value = Settled(*field.value, Value(*field.value));
    poisoned |= value->poisoned();
    for (size_t i = 0; i < out.names.size(); ++i) {
      if (out.names[i] != field.name.text) continue;
      Report(field.name.span, Diag::DuplicateName,
             Cat("the struct has two fields `", field.name.text, "`"))
          .Here("again")
          .Label(literal.fields[i].name.span, "first here");
      poisoned = true;
    }
    fields.push_back({field.name.text, value->type, {}});
    out.names.push_back(field.name.text);
    out.values.push_back(std::move(value));
  }
  if (poisoned) return PoisonAt(expr.span);
  return MakeNode(Type::Struct(std::move(fields)), expr.span, std::move(out));
}

}  // namespace flow::frontend
