#pragma once
// Bytes in text files (RFC 4648, with padding).

#include <string>
#include <string_view>

namespace flow::interp {

std::string EncodeBase64(std::string_view bytes);
bool DecodeBase64(std::string_view text, std::string* bytes);

}  // namespace flow::interp
