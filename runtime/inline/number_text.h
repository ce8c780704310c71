#pragma once
// Numbers to text (semantics.md 69). A writer writes at `out` and returns the end; the room it may
// need is the constant beside it.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"
#include "runtime/inline/number.h"

enum : int64_t {
  kFlowIntRoom = 20,
  kFlowFloatRoom = 32,
  kFlowDecimalRoom = 48,
};

extern "C" {
// The shortest text that reads back as `value`: `2.0`, `0.1`, `1e300`, `1.5e-7`; NaN, Infinity and
// -Infinity without quotes.
char* flow_write_float(char* out, double value) noexcept;
// All `scale` fraction digits.
char* flow_write_decimal_slow(char* out, const __int128* value, int32_t scale) noexcept;
}

static const char kFlowDigitPairs[201] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
    "46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
    "9293949596979899";

static inline int32_t FlowDigitCount(uint64_t value) {
  // 1233 / 4096 is a little more than log10(2).
  int32_t guess = (64 - __builtin_clzll(value | 1)) * 1233 >> 12;
  return guess + (value >= kFlowPow10[guess]) + (value == 0 && guess == 0);
}

// Two digits of a value below 100.
static inline char* FlowWritePair(char* out, uint32_t value) {
  memcpy(out, kFlowDigitPairs + value * 2, 2);
  return out + 2;
}

// The last `digits` digits of `value`, zeros in front.
static inline char* FlowWriteDigits(char* out, uint64_t value, int32_t digits) {
  char* end = out + digits;
  char* at = end;
  while (at - out >= 2) {
    at -= 2;
    memcpy(at, kFlowDigitPairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (at > out) *--at = static_cast<char>('0' + value % 10);
  return end;
}

FLOW_HELPER char* flow_write_uint(char* out, uint64_t value) noexcept {
  if (value < 10) {
    *out = static_cast<char>('0' + value);
    return out + 1;
  }
  return FlowWriteDigits(out, value, FlowDigitCount(value));
}

FLOW_HELPER char* flow_write_int(char* out, int64_t value) noexcept {
  if (value >= 0) return flow_write_uint(out, static_cast<uint64_t>(value));
  *out = '-';
  return flow_write_uint(out + 1, 0 - static_cast<uint64_t>(value));
}

FLOW_HELPER char* flow_write_bool(char* out, bool value) noexcept {
  memcpy(out, value ? "true " : "false", 5);
  return out + (value ? 4 : 5);
}

FLOW_HELPER char* flow_write_decimal(char* out, const __int128* value, int32_t scale) noexcept {
  __int128 wide = *value;
  int64_t narrow = static_cast<int64_t>(wide);
  if (FLOW_UNLIKELY(narrow != wide || scale > 18)) {
    return flow_write_decimal_slow(out, value, scale);
  }
  uint64_t magnitude = static_cast<uint64_t>(narrow);
  if (narrow < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  if (scale == 0) return flow_write_uint(out, magnitude);
  uint64_t unit = kFlowPow10[scale];
  out = flow_write_uint(out, magnitude / unit);
  *out++ = '.';
  return FlowWriteDigits(out, magnitude % unit, scale);
}
