#pragma once
// From the text of a literal to its value. Every function returns nothing on a fault and puts what
// is wrong into `*fault`, worded as the tail of a diagnostic.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flow::frontend::parse {

// Decimal or 0x; `_` skipped. The magnitude may be 2^63, which only a minus in front makes an int.
std::optional<uint64_t> ReadInteger(std::string_view text, std::string* fault);
std::optional<double> ReadFloat(std::string_view digits, std::string* fault);
std::optional<int64_t> ReadDuration(std::string_view text, std::string* fault);   // 1h30m
std::optional<int64_t> ReadSize(std::string_view text, std::string* fault);       // 64KiB
std::optional<int64_t> ReadTimestamp(std::string_view text, std::string* fault);  // @2024-01-31
// The inside of a string without its quotes; also the text of an f-string (`doubled_braces`).
// On a fault `*offset` is where it stands in `text`, and `*length` how long it is.
std::optional<std::string> ReadEscapes(std::string_view text, bool doubled_braces,
                                       std::string* fault, size_t* offset, size_t* length);

std::string WithoutUnderscores(std::string_view digits);

}  // namespace flow::frontend::parse
