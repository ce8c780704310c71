#include "frontend/sema/uses.h"

#include <functional>

namespace flow::frontend {
namespace {

using Visit = std::function<bool(const ast::Expr&)>;

// Walks an expression until `found` says yes; one overload per node that has operands.
class Search {
 public:
  explicit Search(Visit found) : found_(std::move(found)) {}

  bool In(const ast::ExprPtr& expr) { return expr != nullptr && In(*expr); }
  bool In(const ast::Expr& expr) {
    if (found_(expr)) return true;
    return std::visit([&](const auto& node) { return Below(node); }, expr.node);
  }

 private:
  bool In(const ast::Exprs& exprs) {
    for (const ast::ExprPtr& expr : exprs) {
      if (In(expr)) return true;
    }
    return false;
  }
  bool Below(const ast::ErrorExpr&) { return false; }
  bool Below(const ast::NameRef&) { return false; }
  bool Below(const ast::ColumnRef&) { return false; }
  bool Below(const ast::ParamRef&) { return false; }
  bool Below(const ast::IntLit&) { return false; }
  bool Below(const ast::FloatLit&) { return false; }
  bool Below(const ast::DurationLit&) { return false; }
  bool Below(const ast::TimeLit&) { return false; }
  bool Below(const ast::StringLit&) { return false; }
  bool Below(const ast::BoolLit&) { return false; }
  bool Below(const ast::NoneLit&) { return false; }
  bool Below(const ast::FString& node) {
    for (const ast::FStringPart& part : node.parts) {
      if (In(part.expr)) return true;
    }
    return false;
  }
  bool Below(const ast::ArrayLit& node) { return In(node.items); }
  bool Below(const ast::StructLit& node) {
    for (const ast::StructField& field : node.fields) {
      if (In(field.value)) return true;
    }
    return false;
  }
  bool Below(const ast::Case& node) {
    if (In(node.subject)) return true;
    for (const ast::CaseArm& arm : node.arms) {
      if (In(arm.value)) return true;
    }
    return false;
  }
  bool Below(const ast::If& node) {
    return In(node.condition) || In(node.then_value) || In(node.else_value);
  }
  bool Below(const ast::Unary& node) { return In(node.operand); }
  bool Below(const ast::Binary& node) { return In(node.left) || In(node.right); }
  bool Below(const ast::Try& node) { return In(node.operand); }
  bool Below(const ast::Bang& node) { return In(node.operand); }
  bool Below(const ast::Field& node) { return In(node.base); }
  bool Below(const ast::Index& node) { return In(node.base) || In(node.index); }
  bool Below(const ast::Call& node) {
    // The callee's own name is no column, but what stands before its dot may be.
    if (node.callee && !std::holds_alternative<ast::NameRef>(node.callee->node) &&
        In(node.callee)) {
      return true;
    }
    for (const ast::Arg& arg : node.args) {
      if (In(arg.value)) return true;
    }
    return false;
  }
  bool Below(const ast::Over& node) { return In(node.call) || In(node.by) || In(node.last); }

  Visit found_;
};

}  // namespace

bool UsesNames(const ast::Expr& expr, const std::set<std::string>& names) {
  if (names.empty()) return false;
  return Search([&](const ast::Expr& at) {
           if (const auto* name = std::get_if<ast::NameRef>(&at.node)) {
             return names.count(name->name.text) != 0;
           }
           const auto* column = std::get_if<ast::ColumnRef>(&at.node);
           return column != nullptr && names.count(column->name.text) != 0;
         })
      .In(expr);
}

bool CallsBare(const ast::Expr& expr, const std::string& function) {
  return Search([&](const ast::Expr& at) {
           const auto* call = std::get_if<ast::Call>(&at.node);
           if (call == nullptr || !call->args.empty() || !call->callee) return false;
           const auto* name = std::get_if<ast::NameRef>(&call->callee->node);
           return name != nullptr && name->name.text == function;
         })
      .In(expr);
}

}  // namespace flow::frontend
