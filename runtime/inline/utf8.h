#pragma once
// UTF-8: validity (no overlong forms, no surrogates, nothing above U+10FFFF), decoding and
// encoding.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"

// True when all bytes are below 0x80.
FLOW_HELPER bool flow_is_ascii(const char* p, int64_t size) noexcept {
  uint64_t high = 0;
  int64_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    memcpy(&word, p + i, 8);
    high |= word;
  }
  for (; i < size; ++i) high |= static_cast<uint8_t>(p[i]);
  return (high & 0x8080808080808080u) == 0;
}

// Length of the well-formed sequence at `p`, or 0 when there is none. `p < end`.
FLOW_HELPER int32_t flow_utf8_length(const char* p, const char* end) noexcept {
  const uint8_t* b = reinterpret_cast<const uint8_t*>(p);
  int64_t left = end - p;
  if (b[0] < 0x80) return 1;
  if (b[0] < 0xc2) return 0;  // a continuation, or an overlong form of two bytes
  if (b[0] < 0xe0) return left >= 2 && (b[1] & 0xc0) == 0x80 ? 2 : 0;
  if (b[0] < 0xf0) {
    if (left < 3 || (b[1] & 0xc0) != 0x80 || (b[2] & 0xc0) != 0x80) return 0;
    if (b[0] == 0xe0 && b[1] < 0xa0) return 0;   // overlong
    if (b[0] == 0xed && b[1] >= 0xa0) return 0;  // surrogate
    return 3;
  }
  if (b[0] > 0xf4 || left < 4) return 0;
  if ((b[1] & 0xc0) != 0x80 || (b[2] & 0xc0) != 0x80 || (b[3] & 0xc0) != 0x80) return 0;
  if (b[0] == 0xf0 && b[1] < 0x90) return 0;   // overlong
  if (b[0] == 0xf4 && b[1] >= 0x90) return 0;  // above U+10FFFF
  return 4;
}

static inline uint64_t FlowHighBits8(const char* p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word & 0x8080808080808080u;
}

// Whether all of [p, p + 32) are below 0x80.
static inline bool FlowIsAscii32(const char* p) {
  return (FlowHighBits8(p) | FlowHighBits8(p + 8) | FlowHighBits8(p + 16) |
          FlowHighBits8(p + 24)) == 0;
}

// Offset of the first byte that is not UTF-8, or -1. Where less than a step is left, the last bytes
// of the text are looked at together, with some that were seen before.
FLOW_HELPER int64_t flow_utf8_error(const char* p, int64_t size) noexcept {
  const char* begin = p;
  const char* end = p + size;
  while (p < end) {
    if (end - p >= 32) {
      if (FLOW_LIKELY(FlowIsAscii32(p))) {
        p += 32;
        continue;
      }
    } else if (size >= 32) {
      if (FLOW_LIKELY(FlowIsAscii32(end - 32))) return -1;
    }
    if (end - p >= 8) {
      if (FlowHighBits8(p) == 0) {
        p += 8;
        continue;
      }
    } else if (size >= 8) {
      if (FlowHighBits8(end - 8) == 0) return -1;
    }
    int32_t length = flow_utf8_length(p, end);
    if (length == 0) return p - begin;
    p += length;
  }
  return -1;
}

FLOW_HELPER bool flow_utf8_valid(const char* p, int64_t size) noexcept {
  return flow_utf8_error(p, size) < 0;
}

// Number of code points of well-formed text: the bytes that are no continuations.
FLOW_HELPER int64_t flow_utf8_count(const char* p, int64_t size) noexcept {
  int64_t count = 0;
  for (int64_t i = 0; i < size; ++i) count += (static_cast<uint8_t>(p[i]) & 0xc0) != 0x80;
  return count;
}

// The code point at `p` of well-formed text; *length gets its bytes.
FLOW_HELPER uint32_t flow_utf8_decode(const char* p, int32_t* length) noexcept {
  const uint8_t* b = reinterpret_cast<const uint8_t*>(p);
  if (b[0] < 0x80) {
    *length = 1;
    return b[0];
  }
  if (b[0] < 0xe0) {
    *length = 2;
    return (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
  }
  if (b[0] < 0xf0) {
    *length = 3;
    return (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
  }
  *length = 4;
  return (b[0] & 0x07u) << 18 | (b[1] & 0x3fu) << 12 | (b[2] & 0x3fu) << 6 | (b[3] & 0x3fu);
}

// Writes the code point; the end of what was written (at most 4 bytes).
FLOW_HELPER char* flow_utf8_encode(char* out, uint32_t c) noexcept {
  if (c < 0x80) {
    *out++ = static_cast<char>(c);
    return out;
  }
  if (c < 0x800) {
    *out++ = static_cast<char>(0xc0 | c >> 6);
    *out++ = static_cast<char>(0x80 | (c & 0x3f));
    return out;
  }
  if (c < 0x10000) {
    *out++ = static_cast<char>(0xe0 | c >> 12);
    *out++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *out++ = static_cast<char>(0x80 | (c & 0x3f));
    return out;
  }
  *out++ = static_cast<char>(0xf0 | c >> 18);
  *out++ = static_cast<char>(0x80 | (c >> 12 & 0x3f));
  *out++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
  *out++ = static_cast<char>(0x80 | (c & 0x3f));
  return out;
}
