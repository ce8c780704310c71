// Arithmetic, comparison and conversion by semantics.md 1 to 8 and 11.

#include "interp/evaluator.h"
#include "ir/decimal_text.h"
#include "ir/reject_sites.h"
#include "runtime/inline/decimal.h"

namespace flow::interp {
namespace {

constexpr int64_t kTimestampMax = INT64_MAX - 1;
constexpr int64_t kTimestampMin = -INT64_MAX;

bool Fault(const ir::RejectText& why, Rejection* rejection) {
  rejection->code = why.code;
  rejection->message = why.message;
  return false;
}

bool Floats(ir::ArithKind kind, double a, double b, Value* result) {
  switch (kind) {
    case ir::ArithKind::kAdd:
      *result = Value::Real(a + b);
      return true;
    case ir::ArithKind::kSub:
      *result = Value::Real(a - b);
      return true;
    case ir::ArithKind::kMul:
      *result = Value::Real(a * b);
      return true;
    case ir::ArithKind::kDiv:
      *result = Value::Real(a / b);
      return true;
    case ir::ArithKind::kIntDiv:
    case ir::ArithKind::kMod:
      break;
  }
  FLOW_UNREACHABLE("whole division of floats");
}

bool Decimals(ir::ArithKind kind, const Type& a_type, const Value& a, const Type& b_type,
              const Value& b, const Type& type, Value* result, Rejection* rejection) {
  __int128 out = 0;
  bool fits = false;
  switch (kind) {
    case ir::ArithKind::kAdd:
      fits = flow_decimal_add(&out, &a.decimal, a_type.scale(), &b.decimal, b_type.scale(),
                              type.precision(), type.scale());
      break;
    case ir::ArithKind::kSub:
      fits = flow_decimal_sub(&out, &a.decimal, a_type.scale(), &b.decimal, b_type.scale(),
                              type.precision(), type.scale());
      break;
    case ir::ArithKind::kMul:
      fits = flow_decimal_mul(&out, &a.decimal, a_type.scale(), &b.decimal, b_type.scale(),
                              type.precision(), type.scale());
      break;
    case ir::ArithKind::kDiv:
      if (b.decimal == 0) return Fault(ir::kZeroDivisor, rejection);
      fits = flow_decimal_div(&out, &a.decimal, a_type.scale(), &b.decimal, b_type.scale(),
                              type.precision(), type.scale());
      break;
    case ir::ArithKind::kIntDiv:
    case ir::ArithKind::kMod:
      FLOW_UNREACHABLE("whole division of decimals");
  }
  if (!fits) return Fault(ir::kDecimalRange, rejection);
  *result = Value::Decimal(out);
  return true;
}

// int, duration, timestamp.
bool Wholes(ir::ArithKind kind, int64_t a, int64_t b, const Type& type, Value* result,
            Rejection* rejection) {
  int64_t out = 0;
  bool overflow = false;
  switch (kind) {
    case ir::ArithKind::kAdd:
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case ir::ArithKind::kSub:
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case ir::ArithKind::kMul:
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    case ir::ArithKind::kDiv:
      *result = Value::Real(static_cast<double>(a) / static_cast<double>(b));
      return true;
    case ir::ArithKind::kIntDiv:
      if (b == 0) return Fault(ir::kZeroDivisor, rejection);
      overflow = a == INT64_MIN && b == -1;
      if (!overflow) out = a / b;
      break;
    case ir::ArithKind::kMod:
      if (b == 0) return Fault(ir::kZeroDivisor, rejection);
      out = b == -1 ? 0 : a % b;
      break;
  }
  bool is_time = type.is(TypeKind::kTimestamp);
  if (is_time && (overflow || out < kTimestampMin || out > kTimestampMax)) {
    return Fault(ir::kTimeRange, rejection);
  }
  if (overflow) return Fault(ir::kOverflow, rejection);
  *result = Value::Of(out);
  return true;
}

}  // namespace

bool EvaluateArith(ir::ArithKind kind, const Type& a_type, const Value& a, const Type& b_type,
                   const Value& b, const Type& type, Value* result, Rejection* rejection) {
  if (a_type.is(TypeKind::kFloat)) return Floats(kind, a.real, b.real, result);
  if (a_type.is(TypeKind::kDecimal)) {
    return Decimals(kind, a_type, a, b_type, b, type, result, rejection);
  }
  return Wholes(kind, a.whole, b.whole, type, result, rejection);
}

bool EvaluateNeg(const Type& type, const Value& a, Value* result, Rejection* rejection) {
  if (type.is(TypeKind::kFloat)) return *result = Value::Real(-a.real), true;
  if (type.is(TypeKind::kDecimal)) return *result = Value::Decimal(-a.decimal), true;
  if (a.whole == INT64_MIN) return Fault(ir::kOverflow, rejection);
  *result = Value::Of(-a.whole);
  return true;
}

bool EvaluateCompare(ir::CompareKind kind, const Type& a_type, const Value& a, const Type& b_type,
                     const Value& b) {
  Type x = a_type.strip_optional();
  Type y = b_type.strip_optional();
  int order = 0;
  if ((a_type.is_optional() || b_type.is_optional()) && (!a.there() || !b.there())) {
    order = a.there() == b.there() ? 0 : a.there() ? -1 : 1;
  } else if (x.is(TypeKind::kInt) && y.is(TypeKind::kFloat)) {
    order = CompareIntFloat(a.whole, b.real);
  } else if (x.is(TypeKind::kFloat) && y.is(TypeKind::kInt)) {
    order = -CompareIntFloat(b.whole, a.real);
  } else {
    order = Compare(x, a, b);
  }
  switch (kind) {
    case ir::CompareKind::kEq:
      return order == 0;
    case ir::CompareKind::kNe:
      return order != 0;
    case ir::CompareKind::kLt:
      return order < 0;
    case ir::CompareKind::kLe:
      return order <= 0;
    case ir::CompareKind::kGt:
      return order > 0;
    case ir::CompareKind::kGe:
      return order >= 0;
  }
}

Value EvaluateConvert(const Type& from, const Type& to, const Value& value) {
  if (from == to) return value;
  if (from.is(TypeKind::kSet)) return Value::Text(from.labels()[static_cast<size_t>(value.whole)]);
  if (to.is(TypeKind::kFloat)) return Value::Real(static_cast<double>(value.whole));
  bool decimal = from.is(TypeKind::kDecimal);
  auto scaled = ir::ScaledUp(decimal ? value.decimal : value.whole,
                             to.scale() - (decimal ? from.scale() : 0));
  FLOW_CHECK(scaled.has_value(), "a widening does not fit");
  return Value::Decimal(*scaled);
}

Value LiteralValue(const ir::Literal& literal) {
  switch (literal.type.kind()) {
    case TypeKind::kFloat:
      return Value::Real(literal.float_value);
    case TypeKind::kDecimal: {
      auto value = ir::ParseDecimalText(literal.text, literal.type.scale());
      FLOW_CHECK(value.has_value(), "a literal does not fit its type");
      return Value::Decimal(*value);
    }
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return Value::Text(literal.text);
    default:
      return Value::Of(literal.int_value);
  }
}

}  // namespace flow::interp
