#pragma once
// Walking expressions without naming every kind.

#include "frontend/ast/ast.h"

namespace flow::frontend::ast {

// Lambdas as one visitor: std::visit(Overloaded{[](const If&) {..}, [](const auto&) {..}}, node).
template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

// Calls `visit(const Expr&)` for each direct child, in the order of the text. A kind without
// children says so; a new kind does not compile until it is listed.
template <typename Visit>
void ForEachChild(const Expr& expr, Visit&& visit) {
  auto one = [&](const ExprPtr& child) {
    if (child) visit(*child);
  };
  auto each = [&](const Exprs& children) {
    for (const ExprPtr& child : children) one(child);
  };
  std::visit(Overloaded{[](const ErrorExpr&) {},
                        [](const NameRef&) {},
                        [](const ColumnRef&) {},
                        [](const ParamRef&) {},
                        [](const IntLit&) {},
                        [](const FloatLit&) {},
                        [](const DurationLit&) {},
                        [](const TimeLit&) {},
                        [](const StringLit&) {},
                        [](const BoolLit&) {},
                        [](const NoneLit&) {},
                        [&](const FString& e) {
                          for (const FStringPart& part : e.parts) one(part.expr);
                        },
                        [&](const ArrayLit& e) { each(e.items); },
                        [&](const StructLit& e) {
                          for (const StructField& field : e.fields) one(field.value);
                        },
                        [&](const Case& e) {
                          one(e.subject);
                          for (const CaseArm& arm : e.arms) {
                            each(arm.patterns);
                            one(arm.value);
                          }
                        },
                        [&](const If& e) {
                          one(e.condition);
                          one(e.then_value);
                          one(e.else_value);
                        },
                        [&](const Unary& e) { one(e.operand); },
                        [&](const Binary& e) {
                          one(e.left);
                          one(e.right);
                        },
                        [&](const Try& e) { one(e.operand); },
                        [&](const Bang& e) { one(e.operand); },
                        [&](const Field& e) { one(e.base); },
                        [&](const Index& e) {
                          one(e.base);
                          one(e.index);
                        },
                        [&](const Call& e) {
                          one(e.callee);
                          for (const Arg& arg : e.args) one(arg.value);
                        },
                        [&](const Over& e) {
                          one(e.call);
                          each(e.by);
                          one(e.last);
                        }},
             expr.node);
}

}  // namespace flow::frontend::ast
