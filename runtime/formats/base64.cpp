#include "runtime/formats/base64.h"

#include "runtime/inline/memory.h"

namespace flow::runtime {
namespace {

int Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

}  // namespace

bool DecodeBase64(FlowArena* arena, const FlowString& text, FlowString* out) {
  if (text.size % 4 != 0) return false;
  int64_t size = text.size;
  int64_t padding = 0;
  while (padding < 2 && padding < size && text.data[size - 1 - padding] == '=') ++padding;
  size -= padding;
  char* bytes = static_cast<char*>(flow_arena_alloc(arena, text.size / 4 * 3, 1));
  char* at = bytes;
  uint32_t bits = 0;
  for (int64_t i = 0; i < size; ++i) {
    int digit = Digit(text.data[i]);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    // Four digits make three bytes: all but the first complete one.
    int64_t place = i % 4;
    if (place != 0) *at++ = static_cast<char>(bits >> (6 - 2 * place));
  }
  // Bits under the padding must be zero, so that each value has one text.
  if (padding == 1 && (bits & 3) != 0) return false;
  if (padding == 2 && (bits & 15) != 0) return false;
  *out = {bytes, at - bytes};
  return true;
}

void AppendBase64(FlowBuffer* buffer, const FlowString& bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  char* out = flow_buffer_reserve(buffer, (bytes.size + 2) / 3 * 4);
  const uint8_t* p = reinterpret_cast<const uint8_t*>(bytes.data);
  for (int64_t left = bytes.size; left > 0; left -= 3, p += 3) {
    uint32_t bits = static_cast<uint32_t>(p[0]) << 16;
    if (left > 1) bits |= static_cast<uint32_t>(p[1]) << 8;
    if (left > 2) bits |= p[2];
    *out++ = kDigits[bits >> 18];
    *out++ = kDigits[bits >> 12 & 63];
    *out++ = left > 1 ? kDigits[bits >> 6 & 63] : '=';
    *out++ = left > 2 ? kDigits[bits & 63] : '=';
  }
  buffer->size = out - buffer->data;
}

}  // namespace flow::runtime
