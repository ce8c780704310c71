#include "base/bytes.h"

#include <array>

#include "base/text.h"

namespace flow {
namespace {

constexpr std::array<ByteUnit, 10> kUnits = {{{"TiB", int64_t{1} << 40},
                                              {"GiB", int64_t{1} << 30},
                                              {"MiB", int64_t{1} << 20},
                                              {"KiB", int64_t{1} << 10},
                                              {"TB", 1'000'000'000'000},
                                              {"GB", 1'000'000'000},
                                              {"MB", 1'000'000},
                                              {"kB", 1'000},
                                              {"KB", 1'000},
                                              {"B", 1}}};

// Takes the digits in front of *text; false when there are none or too many.
bool TakeDigits(std::string_view* text, int64_t* value, int64_t* scale) {
  size_t digits = 0;
  for (; digits < text->size() && (*text)[digits] >= '0' && (*text)[digits] <= '9'; ++digits) {
    if (__builtin_mul_overflow(*value, 10, value) ||
        __builtin_add_overflow(*value, (*text)[digits] - '0', value) ||
        __builtin_mul_overflow(*scale, 10, scale))
      return false;
  }
  text->remove_prefix(digits);
  return digits > 0;
}

}  // namespace

std::span<const ByteUnit> ByteUnits() { return kUnits; }

bool ReadBytes(std::string_view text, int64_t* out) {
  int64_t value = 0;
  int64_t ignored = 1;
  int64_t scale = 1;
  if (!TakeDigits(&text, &value, &ignored)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!TakeDigits(&text, &value, &scale)) return false;
  }
  int64_t factor = text.empty() ? 1 : 0;
  for (const ByteUnit& unit : kUnits) {
    if (text == unit.name) factor = unit.bytes;
  }
  if (factor == 0 || __builtin_mul_overflow(value, factor, &value) || value % scale != 0)
    return false;
  *out = value / scale;
  return true;
}

std::string BytesText(int64_t bytes) {
  for (const ByteUnit& unit : kUnits) {
    bool binary = unit.name.size() == 3;
    if (binary && bytes >= unit.bytes && bytes % unit.bytes == 0)
      return Cat(bytes / unit.bytes, " ", unit.name);
  }
  return Cat(bytes, " bytes");
}

}  // namespace flow
