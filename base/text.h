#pragma once
// Building text without streams or format strings.

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace flow {

inline void Append(std::string& out, std::string_view text) { out.append(text); }
inline void Append(std::string& out, const char* text) { out.append(text); }
inline void Append(std::string& out, const std::string& text) { out.append(text); }
inline void Append(std::string& out, char c) { out.push_back(c); }

template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
void Append(std::string& out, T value) {
  char digits[24];
  auto result = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, result.ptr);
}

// The shortest text that reads back as the same double.
inline void Append(std::string& out, double value) {
  char digits[32];
  auto result = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, result.ptr);
}

// Cat("line ", 3, " of `", name, "`")
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  (Append(out, parts), ...);
  return out;
}

// The name among `candidates` that was probably meant by `wrong`, or empty when none is near:
// at most one edit (insert, remove, replace or swap of neighbours) per three letters.
std::string_view Nearest(std::string_view wrong, const std::string_view* candidates, size_t count);

template <typename Range>
std::string_view Nearest(std::string_view wrong, const Range& candidates) {
  return Nearest(wrong, std::data(candidates), std::size(candidates));
}

// `text` in double quotes with \n, \t, \", \\ and \u{..} where needed: a string literal of the
// language.
std::string Quoted(std::string_view text);

// A duration of the language, largest units first: 5400000000000 is "1h30m", 0 is "0s".
std::string DurationText(long long nanoseconds);

// UTC, ISO 8601, fraction only when there is one: "2024-01-31T10:00:00.5Z".
std::string TimestampText(long long nanoseconds);

// The names of a list such as "dt, hm".
std::vector<std::string> SplitNames(std::string_view text);

}  // namespace flow
