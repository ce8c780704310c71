#include "tools/driver/param_value.h"

#include <algorithm>
#include <cstring>

#include "runtime/memory.h"
#include "runtime/program.h"
#include "runtime/type_descriptor.h"

namespace flow {
namespace {

template <class T>
T Load(const void* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// The exact text of a decimal of `scale` digits behind the point.
std::string DecimalText(__int128 value, int scale) {
  bool negative = value < 0;
  auto rest =
      negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string digits;
  for (int i = 0; rest != 0 || i <= scale; ++i) {
    if (i == scale && scale > 0) digits += '.';
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace

std::optional<ir::Literal> ReadParamLiteral(const Type& type, std::string_view text, bool* simple) {
  ir::Literal out;
  out.type = type;
  *simple = !(type.is_optional() || type.is(TypeKind::kStruct) || type.is(TypeKind::kArray) ||
              type.is(TypeKind::kMap));
  if (!*simple) return std::nullopt;
  runtime::TypeDescriptors descriptors;
  runtime::Arena arena;
  alignas(16) char value[64] = {};
  if (!runtime::ReadParameter(descriptors.Get(type), text, arena.get(), value)) return std::nullopt;
  switch (type.kind()) {
    case TypeKind::kBool:
      out.int_value = value[0];
      break;
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      out.int_value = Load<int64_t>(value);
      break;
    case TypeKind::kSet:
      out.int_value = Load<int32_t>(value);
      break;
    case TypeKind::kFloat:
      out.float_value = Load<double>(value);
      break;
    case TypeKind::kDecimal:
      out.text = DecimalText(Load<__int128>(value), type.scale());
      break;
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson: {
      auto view = Load<FlowString>(value);
      out.text.assign(view.data, static_cast<size_t>(view.size));
      break;
    }
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kStruct:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      return std::nullopt;
  }
  return out;
}

}  // namespace flow
