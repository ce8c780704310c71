#pragma once
// ForEachOperand of typed_expr.h: one overload per node that has operands, no catch-all.

#include <variant>

namespace flow::frontend {
namespace typed {

template <class F>
void Operands(const Poison&, F&) {}
template <class F>
void Operands(const Constant&, F&) {}
template <class F>
void Operands(const None&, F&) {}
template <class F>
void Operands(const Column&, F&) {}
template <class F>
void Operands(const Local&, F&) {}
template <class F>
void Operands(const Param&, F&) {}
template <class F>
void Operands(const RowTime&, F&) {}
template <class F>
void Operands(const Now&, F&) {}
template <class F>
void Operands(const Field& n, F& f) {
  f(n.base);
}
template <class F>
void Operands(const OptionalField& n, F& f) {
  f(n.base);
}
template <class F>
void Operands(const JsonMember& n, F& f) {
  f(n.base);
}
template <class F>
void Operands(const FieldOfEach& n, F& f) {
  f(n.base);
}
template <class F>
void Operands(const MakeStruct& n, F& f) {
  for (const TypedExprPtr& value : n.values) f(value);
}
template <class F>
void Operands(const MakeArray& n, F& f) {
  for (const TypedExprPtr& value : n.values) f(value);
}
template <class F>
void Operands(const Arith& n, F& f) {
  f(n.a), f(n.b);
}
template <class F>
void Operands(const Negate& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const Compare& n, F& f) {
  f(n.a), f(n.b);
}
template <class F>
void Operands(const IsNone& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const Not& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const And& n, F& f) {
  f(n.a), f(n.b);
}
template <class F>
void Operands(const Or& n, F& f) {
  f(n.a), f(n.b);
}
template <class F>
void Operands(const If& n, F& f) {
  f(n.condition), f(n.then_value), f(n.else_value);
}
template <class F>
void Operands(const Case& n, F& f) {
  f(n.subject);
  for (const CaseArm& arm : n.arms) {
    for (const TypedExprPtr& pattern : arm.patterns) f(pattern);
    f(arm.value);
  }
  if (n.otherwise) f(n.otherwise);
}
template <class F>
void Operands(const Coalesce& n, F& f) {
  f(n.a), f(n.b);
}
template <class F>
void Operands(const Unwrap& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const Widen& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const Call& n, F& f) {
  for (const TypedExprPtr& arg : n.args) f(arg);
}
// The body of a fn sees nothing but its arguments, so they are all there is to visit.
template <class F>
void Operands(const FnCall& n, F& f) {
  for (const TypedExprPtr& arg : n.args) f(arg);
}
template <class F>
void Operands(const Try& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const Bang& n, F& f) {
  f(n.a);
}
template <class F>
void Operands(const RegexMatch& n, F& f) {
  f(n.text);
}
template <class F>
void Operands(const Capture& n, F& f) {
  f(n.text);
}
template <class F>
void Operands(const Concat& n, F& f) {
  for (const TypedExprPtr& part : n.parts) f(part);
}
template <class F>
void Operands(const Index& n, F& f) {
  f(n.array), f(n.index);
}
template <class F>
void Operands(const MapGet& n, F& f) {
  f(n.map), f(n.key);
}
template <class F>
void Operands(const In& n, F& f) {
  f(n.value), f(n.array);
}
template <class F>
void Operands(const ArrayCall& n, F& f) {
  f(n.array), f(n.body);
}

}  // namespace typed

template <class F>
void ForEachOperand(const TypedExpr& expr, F visit) {
  std::visit([&](const auto& node) { typed::Operands(node, visit); }, expr.node);
}

}  // namespace flow::frontend
