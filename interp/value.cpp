#include "interp/value.h"

#include <cmath>

#include "base/check.h"
#include "runtime/inline/utf8.h"

namespace flow::interp {
namespace {

template <class T>
int Sign(T a, T b) {
  return static_cast<int>(a > b) - static_cast<int>(a < b);
}

int CompareFloats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return Sign<int>(std::isnan(a), std::isnan(b));
  return Sign(a, b);
}

Value There() {
  Value out;
  out.state = Value::State::kThere;
  return out;
}

}  // namespace

Value Value::Of(int64_t whole) {
  Value out = There();
  out.whole = whole;
  return out;
}
Value Value::Real(double real) {
  Value out = There();
  out.real = real;
  return out;
}
Value Value::Decimal(__int128 decimal) {
  Value out = There();
  out.decimal = decimal;
  return out;
}
Value Value::Text(std::string text) {
  Value out = There();
  out.text = std::move(text);
  return out;
}
Value Value::Items(std::vector<Value> items) {
  Value out = There();
  out.items = std::move(items);
  return out;
}
Value Value::None() {
  Value out;
  out.state = State::kNone;
  return out;
}
Value Value::Failed() {
  Value out;
  out.state = State::kFailed;
  return out;
}

int Compare(const Type& type, const Value& a, const Value& b) {
  switch (type.kind()) {
    case TypeKind::kOptional:
      if (!a.there() || !b.there()) return Sign<int>(!a.there(), !b.there());
      return Compare(type.inner(), a, b);
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Sign(a.whole, b.whole);
    case TypeKind::kFloat:
      return CompareFloats(a.real, b.real);
    case TypeKind::kDecimal:
      return Sign(a.decimal, b.decimal);
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return Sign(a.text.compare(b.text), 0);
    case TypeKind::kSet: {
      const auto& labels = type.labels();
      return Sign(
          labels[static_cast<size_t>(a.whole)].compare(labels[static_cast<size_t>(b.whole)]), 0);
    }
    case TypeKind::kStruct:
      for (size_t i = 0; i < a.items.size(); ++i) {
        int order = Compare(type.fields()[i].type, a.items[i], b.items[i]);
        if (order != 0) return order;
      }
      return 0;
    case TypeKind::kArray:
      for (size_t i = 0; i < a.items.size() && i < b.items.size(); ++i) {
        int order = Compare(type.inner(), a.items[i], b.items[i]);
        if (order != 0) return order;
      }
      return Sign(a.items.size(), b.items.size());
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kMap:
    case TypeKind::kFallible:
      break;
  }
  FLOW_UNREACHABLE("values without an order");
}

int CompareIntFloat(int64_t a, double b) {
  if (std::isnan(b) || b >= 0x1p63) return -1;
  if (b < -0x1p63) return 1;
  auto whole = static_cast<int64_t>(b);
  if (a != whole) return a < whole ? -1 : 1;
  return -Sign(b, static_cast<double>(whole));
}

bool IsUtf8(std::string_view text) {
  return flow_utf8_valid(text.data(), static_cast<int64_t>(text.size()));
}

}  // namespace flow::interp
