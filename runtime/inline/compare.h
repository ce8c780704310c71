#pragma once
// Comparing and hashing of values that generated code does not do in place.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"

// By bytes, a prefix before the longer.
FLOW_HELPER int32_t flow_text_compare(const char* a, int64_t a_size, const char* b,
                                      int64_t b_size) noexcept {
  int64_t common = a_size < b_size ? a_size : b_size;
  int order = common == 0 ? 0 : memcmp(a, b, static_cast<size_t>(common));
  if (order != 0) return order < 0 ? -1 : 1;
  return a_size < b_size ? -1 : static_cast<int32_t>(a_size > b_size);
}

// Whether `size` bytes are the same. Up to 16, as most keys have, in place.
FLOW_HELPER bool flow_text_equal(const char* a, const char* b, int64_t size) noexcept {
  if (FLOW_UNLIKELY(size > 16)) return memcmp(a, b, static_cast<size_t>(size)) == 0;
  if (size >= 8) {
    uint64_t words[4];
    memcpy(&words[0], a, 8);
    memcpy(&words[1], b, 8);
    memcpy(&words[2], a + size - 8, 8);
    memcpy(&words[3], b + size - 8, 8);
    return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
  }
  if (size >= 4) {
    uint32_t words[4];
    memcpy(&words[0], a, 4);
    memcpy(&words[1], b, 4);
    memcpy(&words[2], a + size - 4, 4);
    memcpy(&words[3], b + size - 4, 4);
    return ((words[0] ^ words[1]) | (words[2] ^ words[3])) == 0;
  }
  if (size == 0) return true;
  return ((a[0] ^ b[0]) | (a[size >> 1] ^ b[size >> 1]) | (a[size - 1] ^ b[size - 1])) == 0;
}

// By exact value; NaN is greater than all (docs/semantics.md 6, 7).
FLOW_HELPER int32_t flow_compare_int_float(int64_t a, double b) noexcept {
  if (b != b || b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  auto whole = static_cast<int64_t>(b);
  if (a != whole) return a < whole ? -1 : 1;
  double rest = b - static_cast<double>(whole);
  return rest > 0 ? -1 : static_cast<int32_t>(rest < 0);
}

FLOW_HELPER uint64_t flow_hash_mix(uint64_t a, uint64_t b) noexcept {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

FLOW_HELPER uint64_t flow_hash_word(const char* p) noexcept {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

// Hash of bytes, equal on every machine of one byte order. Up to 16 bytes take one multiplication.
FLOW_HELPER uint64_t flow_hash_text(const char* p, int64_t size) noexcept {
  const uint64_t kA = 0xa0761d6478bd642full;
  const uint64_t kB = 0xe7037ed1a0b428dbull;
  // Spread, so that it does not cancel out against bytes.
  uint64_t length = static_cast<uint64_t>(size) * 0x9E3779B97F4A7C15ull;
  uint64_t low = 0;
  uint64_t high = 0;
  if (FLOW_LIKELY(size <= 16)) {
    if (size >= 8) {
      low = flow_hash_word(p);
      high = flow_hash_word(p + size - 8);
    } else if (size >= 4) {
      uint32_t head;
      uint32_t tail;
      memcpy(&head, p, 4);
      memcpy(&tail, p + size - 4, 4);
      low = head;
      high = tail;
    } else if (size > 0) {
      low = static_cast<uint64_t>(static_cast<uint8_t>(p[0])) << 16 |
            static_cast<uint64_t>(static_cast<uint8_t>(p[size >> 1])) << 8 |
            static_cast<uint8_t>(p[size - 1]);
    }
    return flow_hash_mix(low ^ kA ^ length, high ^ kB);
  }
  uint64_t seed = kA ^ length;
  int64_t left = size;
  while (left > 16) {
    seed = flow_hash_mix(flow_hash_word(p) ^ kB, flow_hash_word(p + 8) ^ seed);
    p += 16;
    left -= 16;
  }
  low = flow_hash_word(p + left - 16);
  high = flow_hash_word(p + left - 8);
  return flow_hash_mix(low ^ kA, high ^ seed);
}
