#include "frontend/parse/literals.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "base/text.h"

namespace flow::frontend::parse {

std::string WithoutUnderscores(std::string_view digits) {
  std::string out;
  for (char c : digits) {
    if (c != '_') out += c;
  }
  return out;
}

static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<uint64_t> ReadInteger(std::string_view text, std::string* fault) {
  std::string digits = WithoutUnderscores(text);
  int base = 10;
  if (digits.size() > 1 && (digits[1] == 'x' || digits[1] == 'X')) {
    base = 16;
    digits.erase(0, 2);
  }
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  constexpr uint64_t kMagnitudeMax = uint64_t{1} << 63;
  if (digits.empty()) {
    *fault = "has no digits";
    return std::nullopt;
  }
  if (error != std::errc() || end != digits.data() + digits.size() || value > kMagnitudeMax) {
    *fault = "does not fit an int, which ends at 9223372036854775807";
    return std::nullopt;
  }
  return value;
}

std::optional<double> ReadFloat(std::string_view digits, std::string* fault) {
  double value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // A literal too small to tell from zero is zero; one too large has no value.
  if (error == std::errc::result_out_of_range) {
    if (digits.find("e-") != std::string_view::npos ||
        digits.find("E-") != std::string_view::npos) {
      return 0.0;
    }
    *fault = "does not fit a float, which ends at 1.8e308";
    return std::nullopt;
  }
  if (error != std::errc() || !std::isfinite(value)) {
    *fault = "is no number";
    return std::nullopt;
  }
  return value;
}

namespace {

struct Scale {
  std::string_view unit;
  uint64_t factor;
};
// Longer units first, so that "ms" is not read as "m".
constexpr std::array<Scale, 8> kDurations = {{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000},
                                              {"w", 604'800'000'000'000}}};

const Scale* FindDuration(std::string_view text) {
  for (const Scale& scale : kDurations) {
    if (text.starts_with(scale.unit)) return &scale;
  }
  return nullptr;
}

const ByteUnit* FindSize(std::string_view text) {
  for (const ByteUnit& unit : ByteUnits()) {
    if (text.starts_with(unit.name)) return &unit;
  }
  return nullptr;
}

}  // namespace

std::optional<int64_t> ReadDuration(std::string_view text, std::string* fault) {
  int64_t total = 0;
  uint64_t last_factor = UINT64_MAX;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() && (IsDigit(text[digits]) || text[digits] == '_')) ++digits;
    std::optional<uint64_t> amount = ReadInteger(text.substr(0, digits), fault);
    text.remove_prefix(digits);
    const Scale* scale = FindDuration(text);
    if (!scale) {
      *fault = "has no unit";
      return std::nullopt;
    }
    text.remove_prefix(scale->unit.size());
    if (scale->factor >= last_factor) {
      *fault = "names its units in the wrong order; the largest comes first, each once: `1h30m`";
      return std::nullopt;
    }
    last_factor = scale->factor;
    int64_t part = 0;
    bool fits = amount && *amount <= INT64_MAX &&
                !__builtin_mul_overflow(static_cast<int64_t>(*amount),
                                        static_cast<int64_t>(scale->factor), &part) &&
                !__builtin_add_overflow(total, part, &total);
    if (!fits) {
      *fault = "does not fit a duration, which ends at about 292 years";
      return std::nullopt;
    }
  }
  return total;
}

std::optional<int64_t> ReadSize(std::string_view text, std::string* fault) {
  size_t whole_end = 0;
  while (whole_end < text.size() && (IsDigit(text[whole_end]) || text[whole_end] == '_')) {
    ++whole_end;
  }
  std::optional<uint64_t> whole = ReadInteger(text.substr(0, whole_end), fault);
  std::string_view rest = text.substr(whole_end);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    size_t end = 1;
    while (end < rest.size() && IsDigit(rest[end])) ++end;
    fraction = rest.substr(1, end - 1);
    rest.remove_prefix(end);
  }
  const ByteUnit* scale = FindSize(rest);
  unsigned __int128 bytes = 0;
  if (scale && whole)
    bytes = static_cast<unsigned __int128>(*whole) * static_cast<uint64_t>(scale->bytes);
  if (!scale || !whole || fraction.size() > 12 || bytes > INT64_MAX) {
    *fault = "does not fit an int, which ends at 9223372036854775807";
    return std::nullopt;
  }
  uint64_t numerator = 0, denominator = 1;
  for (char digit : fraction) {
    numerator = numerator * 10 + static_cast<uint64_t>(digit - '0');
    denominator *= 10;
  }
  unsigned __int128 part =
      static_cast<unsigned __int128>(numerator) * static_cast<uint64_t>(scale->bytes);
  if (part % denominator != 0) {
    *fault = "is no whole number of bytes";
    return std::nullopt;
  }
  bytes += part / denominator;
  if (bytes > INT64_MAX) {
    *fault = "does not fit an int, which ends at 9223372036854775807";
    return std::nullopt;
  }
  return static_cast<int64_t>(bytes);
}

// ---------------------------------------------------------------- times

namespace {

// Reads fixed-width numbers off the front of a text.
class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}

  bool Number(size_t width, int64_t* value) {
    if (text_.size() < width) return false;
    *value = 0;
    for (size_t i = 0; i < width; ++i) {
      if (!IsDigit(text_[i])) return false;
      *value = *value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(width);
    return true;
  }
  bool Skip(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool AtEnd() const { return text_.empty(); }
  // Up to nine digits of a fraction of a second, as nanoseconds; more digits are a fault.
  bool Fraction(int64_t* nanoseconds) {
    size_t count = 0;
    *nanoseconds = 0;
    while (!text_.empty() && IsDigit(text_[0]) && count < 9) {
      *nanoseconds = *nanoseconds * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
      ++count;
    }
    for (size_t i = count; i < 9; ++i) *nanoseconds *= 10;
    return count > 0 && (text_.empty() || !IsDigit(text_[0]));
  }

 private:
  std::string_view text_;
};

int64_t DaysSinceEpoch(int64_t year, int64_t month, int64_t day) {
  // Years that begin in March, so that the leap day is the last of its year.
  int64_t shifted_year = month <= 2 ? year - 1 : year;
  int64_t era = shifted_year / 400;
  int64_t year_of_era = shifted_year - era * 400;
  int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

int64_t DaysOfMonth(int64_t year, int64_t month) {
  constexpr std::array<int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

}  // namespace

std::optional<int64_t> ReadTimestamp(std::string_view text, std::string* fault) {
  *fault = "is no time; times are written `@2024-01-31` or `@2024-01-31T10:00:00.5Z`";
  Digits digits(text.substr(1));  // behind the @
  int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0, offset = 0;
  bool date = digits.Number(4, &year) && digits.Skip('-') && digits.Number(2, &month) &&
              digits.Skip('-') && digits.Number(2, &day);
  if (!date) return std::nullopt;
  if (digits.Skip('T') || digits.Skip('t')) {
    if (!digits.Number(2, &hour) || !digits.Skip(':') || !digits.Number(2, &minute)) {
      return std::nullopt;
    }
    if (digits.Skip(':') && !digits.Number(2, &second)) return std::nullopt;
    if (digits.Skip('.') && !digits.Fraction(&fraction)) return std::nullopt;
    bool plus = digits.Skip('+');
    if (plus || digits.Skip('-')) {
      int64_t offset_hours = 0, offset_minutes = 0;
      if (!digits.Number(2, &offset_hours)) return std::nullopt;
      digits.Skip(':');
      if (!digits.Number(2, &offset_minutes)) return std::nullopt;
      offset = (offset_hours * 60 + offset_minutes) * (plus ? 60 : -60);
    } else if (!digits.Skip('Z')) {
      digits.Skip('z');
    }
  }
  if (!digits.AtEnd()) return std::nullopt;
  if (month < 1 || month > 12) {
    *fault = "has no such month";
    return std::nullopt;
  }
  if (day < 1 || day > DaysOfMonth(year, month)) {
    *fault = "has a day that its month has not";
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 59) {
    *fault = "has no such time of day";
    return std::nullopt;
  }
  int64_t seconds =
      DaysSinceEpoch(year, month, day) * 86'400 + hour * 3'600 + minute * 60 + second - offset;
  __int128 nanoseconds = static_cast<__int128>(seconds) * 1'000'000'000 + fraction;
  if (nanoseconds < INT64_MIN || nanoseconds > INT64_MAX) {
    *fault = "lies outside the years 1678 to 2261 that a timestamp holds";
    return std::nullopt;
  }
  return static_cast<int64_t>(nanoseconds);
}

// ---------------------------------------------------------------- strings

static void AppendCodePoint(std::string& out, uint32_t point) {
  auto byte = [&](uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xC0 | point >> 6);
    byte(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    byte(0xE0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  } else {
    byte(0xF0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3F));
    byte(0x80 | (point >> 6 & 0x3F));
    byte(0x80 | (point & 0x3F));
  }
}

// `text` begins behind `\u`; false when it is no {hex} of a Unicode scalar value.
static bool ReadCodePoint(std::string_view text, std::string& out, size_t* used) {
  size_t close = text.find('}');
  bool braces = text.starts_with('{') && close != std::string_view::npos && close > 1 && close < 9;
  *used = braces ? close + 1 : 0;
  if (!braces) return false;
  uint32_t point = 0;
  auto [end, error] = std::from_chars(text.data() + 1, text.data() + close, point, 16);
  if (error != std::errc() || end != text.data() + close) return false;
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  AppendCodePoint(out, point);
  return true;
}

std::optional<std::string> ReadEscapes(std::string_view text, bool doubled_braces,
                                       std::string* fault, size_t* offset, size_t* length) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool doubled = doubled_braces && (c == '{' || c == '}') && text.substr(i + 1).starts_with(c);
    if (doubled) ++i;
    if (c != '\\') {
      out += c;
      continue;
    }
    *offset = i;
    *length = 2;
    char escape = i + 1 < text.size() ? text[i + 1] : '\0';
    ++i;
    switch (escape) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case '\\':
        out += '\\';
        break;
      case '"':
        out += '"';
        break;
      case '\'':
        out += '\'';
        break;
      case 'u': {
        size_t used = 0;
        if (!ReadCodePoint(text.substr(i + 1), out, &used)) {
          *length = 2 + used;
          *fault = "`\\u` is followed by a code point in braces: `\\u{20AC}`";
          return std::nullopt;
        }
        i += used;
        break;
      }
      default:
        *fault =
            Cat("`\\", escape, "` is no escape; strings know \\n \\t \\r \\\" \\' \\\\ \\u{..}");
        return std::nullopt;
    }
  }
  return out;
}

}  // namespace flow::frontend::parse
