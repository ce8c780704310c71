#include "base/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace flow {

// Optimal string alignment: edit distance in which a swap of neighbours counts once.
static size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({replace, previous[j] + 1, current[j - 1] + 1});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

static std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Nearest(std::string_view wrong, const std::string_view* candidates, size_t count) {
  constexpr size_t kLongestName = 64;  // no typo in a longer name is worth the quadratic search
  if (wrong.size() > kLongestName) return {};
  std::string lower = Lower(wrong);
  size_t best_distance = (wrong.size() + 2) / 3 + 1;
  std::string_view best;
  for (size_t i = 0; i < count; ++i) {
    if (candidates[i].size() > kLongestName) continue;
    size_t distance = EditDistance(lower, Lower(candidates[i]));
    if (distance >= best_distance || distance >= candidates[i].size()) continue;
    best_distance = distance;
    best = candidates[i];
  }
  return best;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
          out += c;
          break;
        }
        constexpr std::string_view kHex = "0123456789abcdef";
        out += "\\u{";
        out += kHex[static_cast<unsigned char>(c) >> 4];
        out += kHex[c & 15];
        out += '}';
    }
  }
  return out + '"';
}

std::string DurationText(long long nanoseconds) {
  struct Unit {
    std::string_view name;
    unsigned long long size;
  };
  static constexpr std::array<Unit, 7> kUnits = {{{"d", 86'400'000'000'000},
                                                  {"h", 3'600'000'000'000},
                                                  {"m", 60'000'000'000},
                                                  {"s", 1'000'000'000},
                                                  {"ms", 1'000'000},
                                                  {"us", 1'000},
                                                  {"ns", 1}}};
  if (nanoseconds == 0) return "0s";
  std::string out = nanoseconds < 0 ? "-" : "";
  auto rest = static_cast<unsigned long long>(nanoseconds);
  if (nanoseconds < 0) rest = 0 - rest;  // also right for the smallest value
  for (const Unit& unit : kUnits) {
    if (rest < unit.size) continue;
    Append(out, rest / unit.size);
    out += unit.name;
    rest %= unit.size;
  }
  return out;
}

static void AppendPadded(std::string& out, long long value, size_t width) {
  std::string digits = Cat(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

std::string TimestampText(long long nanoseconds) {
  constexpr long long kSecond = 1'000'000'000;
  constexpr long long kDay = 86'400 * kSecond;
  long long days = nanoseconds / kDay;
  long long in_day = nanoseconds % kDay;
  if (in_day < 0) {
    in_day += kDay;
    --days;
  }
  // Days since the epoch to a civil date, with years that begin in March so that the leap day is
  // the last of its year.
  long long shifted = days + 719'468;  // days since 0000-03-01
  long long era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  long long day_of_era = shifted - era * 146'097;
  long long year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  long long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  long long month_from_march = (5 * day_of_year + 2) / 153;
  long long day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  long long month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  long long year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

  long long seconds = in_day / kSecond;
  std::string out;
  AppendPadded(out, year, 4);
  out += '-';
  AppendPadded(out, month, 2);
  out += '-';
  AppendPadded(out, day, 2);
  out += 'T';
  AppendPadded(out, seconds / 3600, 2);
  out += ':';
  AppendPadded(out, seconds / 60 % 60, 2);
  out += ':';
  AppendPadded(out, seconds % 60, 2);
  long long fraction = in_day % kSecond;
  if (fraction != 0) {
    out += '.';
    AppendPadded(out, fraction, 9);
    while (out.back() == '0') out.pop_back();
  }
  return out + 'Z';
}

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view name = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

}  // namespace flow
