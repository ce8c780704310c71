#include "ir/decimal_text.h"

#include <algorithm>

namespace flow::ir {

std::optional<__int128> ParseDecimalText(std::string_view text, int scale) {
  bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  size_t point = std::min(text.find('.'), text.size());
  std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  std::string digits(text.substr(0, point));
  while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
  if (fraction.size() > static_cast<size_t>(scale)) return std::nullopt;
  digits += fraction;
  digits.append(static_cast<size_t>(scale) - fraction.size(), '0');
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > 38) return std::nullopt;
  __int128 value = 0;
  for (char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

std::string DecimalToText(__int128 value, int scale) {
  bool negative = value < 0;
  auto rest =
      negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string reversed;
  for (int i = 0; rest != 0 || i <= scale; ++i, rest /= 10) {
    if (i == scale && scale != 0) reversed += '.';
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  if (negative) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

bool FitsPrecision(__int128 value, int precision) {
  std::optional<__int128> bound = ScaledUp(1, precision);
  return !bound || (value < *bound && value > -*bound);
}

std::optional<__int128> ScaledUp(__int128 value, int digits) {
  for (int i = 0; i < digits; ++i) {
    if (__builtin_mul_overflow(value, static_cast<__int128>(10), &value)) return std::nullopt;
  }
  return value;
}

}  // namespace flow::ir
