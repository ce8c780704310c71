// The value of an expression that is known when the script is compiled.

#include <cstdint>
#include <string>
#include <utility>

#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

static std::optional<Constant> EvaluateArith(const typed::Arith& node, const Type& type) {
  std::optional<Constant> a = EvaluateConstant(*node.a);
  std::optional<Constant> b = EvaluateConstant(*node.b);
  if (!a || !b) return std::nullopt;
  Constant out{type, 0, 0, {}};
  if (a->type.is(TypeKind::kFloat) && b->type.is(TypeKind::kFloat)) {
    switch (node.op) {
      case typed::ArithOp::Add:
        out.float_value = a->float_value + b->float_value;
        return out;
      case typed::ArithOp::Subtract:
        out.float_value = a->float_value - b->float_value;
        return out;
      case typed::ArithOp::Multiply:
        out.float_value = a->float_value * b->float_value;
        return out;
      case typed::ArithOp::Divide:
        out.float_value = a->float_value / b->float_value;
        return out;
      case typed::ArithOp::IntDivide:
      case typed::ArithOp::Modulo:
        return std::nullopt;
    }
  }
  bool whole = !type.is(TypeKind::kFloat) && !type.is(TypeKind::kDecimal);
  if (!whole) return std::nullopt;
  bool overflow = true;
  switch (node.op) {
    case typed::ArithOp::Add:
      overflow = __builtin_add_overflow(a->int_value, b->int_value, &out.int_value);
      break;
    case typed::ArithOp::Subtract:
      overflow = __builtin_sub_overflow(a->int_value, b->int_value, &out.int_value);
      break;
    case typed::ArithOp::Multiply:
      overflow = __builtin_mul_overflow(a->int_value, b->int_value, &out.int_value);
      break;
    case typed::ArithOp::IntDivide:
    case typed::ArithOp::Modulo: {
      if (b->int_value == 0) return std::nullopt;
      bool smallest = a->int_value == INT64_MIN && b->int_value == -1;
      if (smallest && node.op == typed::ArithOp::IntDivide) return std::nullopt;
      bool divide = node.op == typed::ArithOp::IntDivide;
      out.int_value = smallest ? 0
                      : divide ? a->int_value / b->int_value
                               : a->int_value % b->int_value;
      overflow = false;
      break;
    }
    case typed::ArithOp::Divide:
      break;
  }
  return overflow ? std::nullopt : std::optional(out);
}

std::optional<Constant> EvaluateConstant(const TypedExpr& expr) {
  if (const auto* constant = std::get_if<typed::Constant>(&expr.node)) return constant->value;
  if (const auto* arith = std::get_if<typed::Arith>(&expr.node)) {
    return EvaluateArith(*arith, expr.type);
  }
  if (const auto* negate = std::get_if<typed::Negate>(&expr.node)) {
    std::optional<Constant> a = EvaluateConstant(*negate->a);
    if (!a || a->type.is(TypeKind::kDecimal) || a->int_value == INT64_MIN) return std::nullopt;
    a->int_value = -a->int_value;
    a->float_value = -a->float_value;
    return a;
  }
  if (const auto* widen = std::get_if<typed::Widen>(&expr.node)) {
    std::optional<Constant> a = EvaluateConstant(*widen->a);
    if (!a) return std::nullopt;
    if (a->type == expr.type.strip_optional()) return a;
    if (a->type.is(TypeKind::kInt) && expr.type.is(TypeKind::kFloat)) {
      return Constant{expr.type, 0, static_cast<double>(a->int_value), {}};
    }
    if (a->type.is(TypeKind::kSet) && expr.type.is(TypeKind::kString)) {
      return Constant{expr.type, 0, 0, a->type.labels()[static_cast<size_t>(a->int_value)]};
    }
    return std::nullopt;
  }
  if (const auto* concat = std::get_if<typed::Concat>(&expr.node)) {
    Constant out{Type::String(), 0, 0, {}};
    for (const TypedExprPtr& part : concat->parts) {
      std::optional<Constant> text = EvaluateConstant(*part);
      if (!text) return std::nullopt;
      out.text += text->text;
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace flow::frontend
