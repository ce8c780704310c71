#include "interp/base64.h"

#include <cstdint>

namespace flow::interp {

static constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      bool there = i + j < bytes.size() + 1;
      out += there ? kDigits[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return out;
}

bool DecodeBase64(std::string_view text, std::string* bytes) {
  bytes->clear();
  if (text.size() % 4 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 4) {
    bool last = i + 4 == text.size();
    size_t padding = !last ? 0 : text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) {
      size_t digit = j >= 4 - padding ? 0 : kDigits.find(text[i + j]);
      if (digit == std::string_view::npos) return false;
      group = group << 6 | static_cast<uint32_t>(digit);
    }
    for (size_t j = 0; j < 3 - padding; ++j)
      *bytes += static_cast<char>(group >> (16 - 8 * j) & 255);
  }
  return true;
}

}  // namespace flow::interp
