// Implicit conversion (semantics.md 3, 13): what a value may become without being asked.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "frontend/sema/expr_checker.h"

namespace flow::frontend {

static constexpr int kMaxDigits = 38;

// A number as written, in plain digits: sign, integer digits without leading zeros, fraction
// digits.
struct PlainNumber {
  bool negative = false;
  std::string integer;
  std::string fraction;
};

static std::optional<PlainNumber> ReadPlainNumber(std::string_view text) {
  PlainNumber out;
  if (text.starts_with('-')) {
    out.negative = true;
    text.remove_prefix(1);
  }
  if (text.starts_with("0x") || text.starts_with("0X")) return std::nullopt;
  long exponent = 0;
  size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    exponent = std::strtol(std::string(text.substr(e + 1)).c_str(), nullptr, 10);
    text = text.substr(0, e);
    if (std::abs(exponent) > kMaxDigits) return std::nullopt;
  }
  size_t point = text.find('.');
  out.integer = text.substr(0, point);
  if (point != std::string_view::npos) out.fraction = text.substr(point + 1);
  for (; exponent > 0; --exponent) {
    out.integer += out.fraction.empty() ? '0' : out.fraction[0];
    if (!out.fraction.empty()) out.fraction.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    out.fraction.insert(out.fraction.begin(), out.integer.empty() ? '0' : out.integer.back());
    if (!out.integer.empty()) out.integer.pop_back();
  }
  out.integer.erase(0, std::min(out.integer.find_first_not_of('0'), out.integer.size()));
  return out;
}

static TypedExprPtr DecimalConstant(const TypedExpr& literal, const typed::Constant& constant,
                                    const PlainNumber& number, const Type& type) {
  std::string text = number.negative ? "-" : "";
  text += number.integer.empty() ? "0" : number.integer;
  size_t scale = static_cast<size_t>(type.scale());
  if (scale > 0) text += "." + number.fraction + std::string(scale - number.fraction.size(), '0');
  typed::Constant out = constant;
  out.value = {type, 0, 0, std::move(text)};
  return MakeNode(type, literal.span, std::move(out));
}

static const typed::Constant* NumberLiteral(const TypedExpr& expr) {
  const auto* constant = std::get_if<typed::Constant>(&expr.node);
  return constant != nullptr && constant->literal && expr.type.is_number() ? constant : nullptr;
}

TypedExprPtr NaturalDecimal(const TypedExprPtr& expr) {
  const typed::Constant* literal = NumberLiteral(*expr);
  if (literal == nullptr) return nullptr;
  std::optional<PlainNumber> number = ReadPlainNumber(literal->written);
  if (!number) return nullptr;
  int scale = static_cast<int>(number->fraction.size());
  int precision = std::max(1, scale + static_cast<int>(number->integer.size()));
  if (precision > kMaxDigits) return nullptr;
  return DecimalConstant(*expr, *literal, *number, Type::Decimal(precision, scale));
}

static TypedExprPtr CoerceNumber(const TypedExprPtr& expr, const typed::Constant& literal,
                                 const Type& to) {
  if (to.is(TypeKind::kFloat)) {
    typed::Constant out = literal;
    out.value = {to, 0, std::strtod(literal.written.c_str(), nullptr), {}};
    if (literal.value.type.is(TypeKind::kInt)) {
      out.value.float_value = static_cast<double>(literal.value.int_value);
    }
    return MakeNode(to, expr->span, std::move(out));
  }
  if (!to.is(TypeKind::kDecimal)) return nullptr;
  std::optional<PlainNumber> number = ReadPlainNumber(literal.written);
  if (!number) return nullptr;
  // Zeros at the end say nothing: 2.50 is a decimal(3, 1) as well.
  while (static_cast<int>(number->fraction.size()) > to.scale() && number->fraction.back() == '0') {
    number->fraction.pop_back();
  }
  bool fits = static_cast<int>(number->fraction.size()) <= to.scale() &&
              static_cast<int>(number->integer.size()) <= to.precision() - to.scale();
  return fits ? DecimalConstant(*expr, literal, *number, to) : nullptr;
}

static TypedExprPtr CoerceString(const TypedExprPtr& expr, const typed::Constant& literal,
                                 const Type& to) {
  if (!to.is(TypeKind::kSet)) return nullptr;
  const auto& labels = to.labels();
  auto at = std::find(labels.begin(), labels.end(), literal.value.text);
  if (at == labels.end()) return nullptr;
  typed::Constant out = literal;
  out.value = {to, at - labels.begin(), 0, {}};
  return MakeNode(to, expr->span, std::move(out));
}

// True when every value of `from` is one of `to`, so that the conversion cannot fail.
static bool Widens(const Type& from, const Type& to) {
  if (from.is(TypeKind::kInt)) {
    if (to.is(TypeKind::kFloat)) return true;
    return to.is(TypeKind::kDecimal) && to.precision() - to.scale() >= 19;
  }
  if (from.is(TypeKind::kDecimal) && to.is(TypeKind::kDecimal)) {
    return to.scale() >= from.scale() &&
           to.precision() - to.scale() >= from.precision() - from.scale();
  }
  return from.is(TypeKind::kSet) && to.is(TypeKind::kString);
}

static bool HoldsAllOf(const Type& set, const Type& part) {
  if (!set.is(TypeKind::kSet) || !part.is(TypeKind::kSet)) return false;
  return std::all_of(part.labels().begin(), part.labels().end(), [&](const std::string& label) {
    return std::find(set.labels().begin(), set.labels().end(), label) != set.labels().end();
  });
}

// A value of a set of strings in a set that has all of its strings: each by its place in the other.
static TypedExprPtr IntoLargerSet(const TypedExprPtr& expr, const Type& to) {
  Type from = expr->type.strip_optional();
  Type set = to.strip_optional();
  if (!HoldsAllOf(set, from)) return nullptr;
  auto in_result = [&](TypedExprPtr value) {
    return to.is_optional() ? MakeNode(to, expr->span, typed::Widen{std::move(value)}) : value;
  };
  typed::Case out;
  out.subject = expr;
  if (expr->type.is_optional()) {
    out.arms.push_back({{MakeNode(Type::None(), expr->span, typed::None{})},
                        MakeNode(to, expr->span, typed::None{})});
  }
  for (size_t i = 0; i < from.labels().size(); ++i) {
    auto at = std::find(set.labels().begin(), set.labels().end(), from.labels()[i]);
    out.arms.push_back({{MakeConstant(from, expr->span, static_cast<int64_t>(i))},
                        in_result(MakeConstant(set, expr->span, at - set.labels().begin()))});
  }
  return MakeNode(to, expr->span, std::move(out));
}

static TypedExprPtr CoerceAll(const std::vector<TypedExprPtr>& from, const Type& to,
                              std::vector<TypedExprPtr>* out, const TypedExprPtr& whole) {
  for (const TypedExprPtr& value : from) {
    TypedExprPtr converted = Coerce(value, to);
    if (!converted) return nullptr;
    out->push_back(std::move(converted));
  }
  return whole;
}

// Conversions that move inward: into the elements of a literal, into the arms of a choice.
static TypedExprPtr CoerceInside(const TypedExprPtr& expr, const Type& to) {
  if (const auto* array = std::get_if<typed::MakeArray>(&expr->node)) {
    if (!to.is(TypeKind::kArray)) return nullptr;
    typed::MakeArray out;
    if (!CoerceAll(array->values, to.inner(), &out.values, expr)) return nullptr;
    return MakeNode(to, expr->span, std::move(out));
  }
  if (const auto* made = std::get_if<typed::MakeStruct>(&expr->node)) {
    if (!to.is(TypeKind::kStruct) || to.fields().size() != made->names.size()) return nullptr;
    typed::MakeStruct out;
    for (const StructField& field : to.fields()) {
      auto at = std::find(made->names.begin(), made->names.end(), field.name);
      if (at == made->names.end()) return nullptr;
      TypedExprPtr value =
          Coerce(made->values[static_cast<size_t>(at - made->names.begin())], field.type);
      if (!value) return nullptr;
      out.names.push_back(field.name);
      out.values.push_back(std::move(value));
    }
    return MakeNode(to, expr->span, std::move(out));
  }
  if (const auto* choice = std::get_if<typed::If>(&expr->node)) {
    TypedExprPtr a = Coerce(choice->then_value, to);
    TypedExprPtr b = Coerce(choice->else_value, to);
    if (!a || !b) return nullptr;
    return MakeNode(to, expr->span, typed::If{choice->condition, a, b});
  }
  if (const auto* choice = std::get_if<typed::Case>(&expr->node)) {
    typed::Case out = *choice;
    for (typed::CaseArm& arm : out.arms) {
      arm.value = Coerce(arm.value, to);
      if (!arm.value) return nullptr;
    }
    if (out.otherwise) out.otherwise = Coerce(out.otherwise, to);
    if (choice->otherwise && !out.otherwise) return nullptr;
    return MakeNode(to, expr->span, std::move(out));
  }
  return nullptr;
}

TypedExprPtr Coerce(const TypedExprPtr& expr, const Type& to) {
  const Type& from = expr->type;
  if (from == to || from.is_error() || to.is_error()) return expr;
  if (const auto* constant = std::get_if<typed::Constant>(&expr->node);
      constant != nullptr && constant->literal && !to.is_optional()) {
    TypedExprPtr out =
        from.is_number() ? CoerceNumber(expr, *constant, to) : CoerceString(expr, *constant, to);
    if (out) return out;
    // An int literal is exact in every type it fits; where it did not, widening cannot help.
    if (from.is_number()) return nullptr;
  }
  if (from.is(TypeKind::kNone)) {
    return to.is_optional() ? MakeNode(to, expr->span, typed::None{}) : nullptr;
  }
  if (!to.is_optional()) {
    if (TypedExprPtr inside = CoerceInside(expr, to)) return inside;
    if (from.is_optional()) return nullptr;
    if (TypedExprPtr larger = IntoLargerSet(expr, to)) return larger;
    if (!Widens(from, to)) return nullptr;
    return MakeNode(to, expr->span, typed::Widen{expr});
  }
  if (from.is_optional()) {
    if (TypedExprPtr inside = CoerceInside(expr, to)) return inside;
    if (TypedExprPtr larger = IntoLargerSet(expr, to)) return larger;
    if (!Widens(from.inner(), to.inner())) return nullptr;
    return MakeNode(to, expr->span, typed::Widen{expr});
  }
  TypedExprPtr inner = Coerce(expr, to.inner());
  if (!inner) return CoerceInside(expr, to);
  return MakeNode(to, expr->span, typed::Widen{inner});
}

std::optional<Type> CommonType(const Type& a, const Type& b) {
  if (a == b) return a;
  if (a.is_error()) return b;
  if (b.is_error()) return a;
  if (a.is(TypeKind::kNone)) return Type::Optional(b);
  if (b.is(TypeKind::kNone)) return Type::Optional(a);
  if (a.is_optional() || b.is_optional()) {
    std::optional<Type> inner = CommonType(a.strip_optional(), b.strip_optional());
    return inner ? std::optional(Type::Optional(*inner)) : std::nullopt;
  }
  if (Widens(a, b)) return b;
  if (Widens(b, a)) return a;
  if (HoldsAllOf(b, a)) return b;
  if (HoldsAllOf(a, b)) return a;
  bool sets = a.is(TypeKind::kSet) && b.is(TypeKind::kSet);
  if (sets) return Type::String();
  auto exact = [](const Type& type) {
    return type.is(TypeKind::kInt) ? Type::Decimal(19, 0) : type;
  };
  Type x = exact(a);
  Type y = exact(b);
  if (x.is(TypeKind::kDecimal) && y.is(TypeKind::kDecimal)) {
    int scale = std::max(x.scale(), y.scale());
    int integer = std::max(x.precision() - x.scale(), y.precision() - y.scale());
    if (integer + scale <= kMaxDigits) return Type::Decimal(integer + scale, scale);
    return std::nullopt;
  }
  if (a.is(TypeKind::kArray) && b.is(TypeKind::kArray)) {
    // Only an array without elements has no type of its own.
    if (a.inner().is(TypeKind::kNone)) return b;
    if (b.inner().is(TypeKind::kNone)) return a;
  }
  return std::nullopt;
}

bool IsFlexible(const TypedExpr& expr) {
  if (const auto* constant = std::get_if<typed::Constant>(&expr.node)) return constant->literal;
  if (const auto* array = std::get_if<typed::MakeArray>(&expr.node)) {
    return std::all_of(array->values.begin(), array->values.end(),
                       [](const TypedExprPtr& value) { return IsFlexible(*value); });
  }
  if (const auto* choice = std::get_if<typed::If>(&expr.node)) {
    return IsFlexible(*choice->then_value) && IsFlexible(*choice->else_value);
  }
  return expr.type.is(TypeKind::kNone);
}

bool Unify(TypedExprPtr* a, TypedExprPtr* b) {
  if ((*a)->type == (*b)->type || (*a)->poisoned() || (*b)->poisoned()) return true;
  auto literal_becomes = [](TypedExprPtr* literal, TypedExprPtr* other) {
    if (!IsFlexible(**literal) || IsFlexible(**other)) return false;
    TypedExprPtr converted = Coerce(*literal, (*other)->type);
    if (!converted && (*other)->type.strip_optional().is(TypeKind::kDecimal)) {
      // Not exact in the neighbour's type: then both become one that holds both.
      TypedExprPtr natural = NaturalDecimal(*literal);
      if (natural) *literal = natural;
      return false;
    }
    if (!converted) return false;
    *literal = converted;
    return true;
  };
  if (literal_becomes(a, b) || literal_becomes(b, a)) return true;
  std::optional<Type> common = CommonType((*a)->type, (*b)->type);
  if (!common) return false;
  TypedExprPtr left = Coerce(*a, *common);
  TypedExprPtr right = Coerce(*b, *common);
  if (!left || !right) return false;
  *a = left;
  *b = right;
  return true;
}

Type DecimalResult(typed::ArithOp op, const Type& a, const Type& b) {
  int p1 = a.precision(), s1 = a.scale(), p2 = b.precision(), s2 = b.scale();
  int precision = 0;
  int scale = 0;
  switch (op) {
    case typed::ArithOp::Add:
    case typed::ArithOp::Subtract:
      scale = std::max(s1, s2);
      precision = std::max(p1 - s1, p2 - s2) + scale + 1;
      break;
    case typed::ArithOp::Multiply:
      scale = s1 + s2;
      precision = p1 + p2 + 1;
      break;
    case typed::ArithOp::Divide:
    case typed::ArithOp::IntDivide:
    case typed::ArithOp::Modulo:
      scale = std::max(6, s1 + p2 + 1);
      precision = p1 - s1 + s2 + scale;
      break;
  }
  if (precision > kMaxDigits) {
    int integer = precision - scale;
    scale = std::max(kMaxDigits - integer, std::min(scale, 6));
    precision = kMaxDigits;
  }
  return Type::Decimal(std::max(1, precision), std::min(scale, std::max(1, precision)));
}

}  // namespace flow::frontend
