// Narrowing (semantics.md 14): which columns and fields are known not to be none.

#include <utility>

#include "frontend/sema/expr_checker.h"

namespace flow::frontend {
namespace {

bool AddRoots(const TypedExpr& expr, Path* out) {
  if (const auto* column = std::get_if<typed::Column>(&expr.node)) {
    *out = {false, column->row, {column->name}};
    return true;
  }
  if (const auto* local = std::get_if<typed::Local>(&expr.node)) {
    *out = {true, local->index, {}};
    return true;
  }
  const TypedExprPtr* base = nullptr;
  const std::string* name = nullptr;
  if (const auto* field = std::get_if<typed::Field>(&expr.node)) {
    base = &field->base;
    name = &field->name;
  } else if (const auto* optional = std::get_if<typed::OptionalField>(&expr.node)) {
    Type inner = optional->base->type.strip_optional();
    if (!inner.is(TypeKind::kStruct) && !inner.is(TypeKind::kJson)) return false;
    base = &optional->base;
    name = &optional->name;
  } else if (const auto* member = std::get_if<typed::JsonMember>(&expr.node)) {
    base = &member->base;
    name = &member->name;
  } else if (const auto* unwrap = std::get_if<typed::Unwrap>(&expr.node)) {
    return AddRoots(*unwrap->a, out);
  }
  if (base == nullptr || !AddRoots(**base, out)) return false;
  out->names.push_back(*name);
  return true;
}

FactSet Both(FactSet a, const FactSet& b) {
  a.insert(b.begin(), b.end());
  return a;
}

// `a?.b` is there only if `a` is: one fact for each prefix of the path.
FactSet NotNone(const TypedExpr& expr) {
  std::optional<Path> path = PathOf(expr);
  if (!path) return {};
  FactSet out;
  size_t first = path->local ? 0 : 1;
  for (size_t n = first; n <= path->names.size(); ++n) {
    Path prefix = *path;
    prefix.names.resize(n);
    out.insert(std::move(prefix));
  }
  return out;
}

FactSet Facts(const TypedExpr& expr, bool when) {
  if (const auto* test = std::get_if<typed::IsNone>(&expr.node)) {
    return test->negated == when ? NotNone(*test->a) : FactSet{};
  }
  if (const auto* negation = std::get_if<typed::Not>(&expr.node)) return Facts(*negation->a, !when);
  if (const auto* conjunction = std::get_if<typed::And>(&expr.node); conjunction && when) {
    return Both(Facts(*conjunction->a, true), Facts(*conjunction->b, true));
  }
  if (const auto* disjunction = std::get_if<typed::Or>(&expr.node); disjunction && !when) {
    return Both(Facts(*disjunction->a, false), Facts(*disjunction->b, false));
  }
  return {};
}

// The value of `path`, of the type `type`, freed of the `?` that `facts` speak of, at every depth.
TypedExprPtr NarrowValue(TypedExprPtr value, const Path& path, const FactSet& facts,
                         bool* changed) {
  if (value->type.is_optional() && facts.contains(path)) {
    *changed = true;
    Type inner = value->type.inner();
    Span span = value->span;
    value = MakeNode(inner, span, typed::Unwrap{std::move(value)});
  }
  if (!value->type.is(TypeKind::kStruct)) return value;
  bool field_changed = false;
  typed::MakeStruct made;
  std::vector<StructField> fields;
  for (const StructField& field : value->type.fields()) {
    Path below = path;
    below.names.push_back(field.name);
    TypedExprPtr inner = MakeNode(field.type, value->span, typed::Field{value, field.name});
    inner = NarrowValue(std::move(inner), below, facts, &field_changed);
    fields.push_back({field.name, inner->type, field.external});
    made.names.push_back(field.name);
    made.values.push_back(std::move(inner));
  }
  if (!field_changed) return value;
  *changed = true;
  return MakeNode(Type::Struct(std::move(fields)), value->span, std::move(made));
}

}  // namespace

std::optional<Path> PathOf(const TypedExpr& expr) {
  Path out;
  if (!AddRoots(expr, &out)) return std::nullopt;
  return out;
}

FactSet FactsWhenTrue(const TypedExpr& condition) { return Facts(condition, true); }
FactSet FactsWhenFalse(const TypedExpr& condition) { return Facts(condition, false); }

TypedExprPtr NarrowRow(const Type& row, const FactSet& facts, Span span) {
  bool changed = false;
  typed::MakeStruct made;
  std::vector<StructField> fields;
  for (const StructField& column : row.fields()) {
    TypedExprPtr value = MakeNode(column.type, span, typed::Column{0, column.name});
    value = NarrowValue(std::move(value), {false, 0, {column.name}}, facts, &changed);
    fields.push_back({column.name, value->type, column.external});
    made.names.push_back(column.name);
    made.values.push_back(std::move(value));
  }
  if (!changed) return nullptr;
  return MakeNode(Type::Struct(std::move(fields)), span, std::move(made));
}

Type NarrowType(const Type& row, const FactSet& facts) {
  TypedExprPtr narrowed = NarrowRow(row, facts, {});
  return narrowed ? narrowed->type : row;
}

}  // namespace flow::frontend
