#pragma once
// Exact decimals as text of literals, for folding: 128-bit integers scaled by a power of ten.
// Nothing rounds here; what would is left to run time.

#include <optional>
#include <string>
#include <string_view>

namespace flow::ir {

// "-12.5" at scale 2 is -1250; none when it has more fraction digits or more than 38 digits in all.
std::optional<__int128> ParseDecimalText(std::string_view text, int scale);
// -1250 at scale 2 is "-12.50".
std::string DecimalToText(__int128 value, int scale);
// Whether |value| < 10^precision.
bool FitsPrecision(__int128 value, int precision);
// value * 10^digits; none on overflow.
std::optional<__int128> ScaledUp(__int128 value, int digits);

}  // namespace flow::ir
