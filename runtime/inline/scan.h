#pragma once
// Vector scans over text. Written with vector extensions, so that the bitcode form takes the width
// of the machine it is compiled for.
//
// Input of a source is *padded*: its end is followed by a newline and 63 more readable bytes, so
// these scans need no end. Every one of them stops at a newline at the latest.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"

typedef uint8_t FlowBytes16 __attribute__((vector_size(16)));
typedef uint8_t FlowBytes32 __attribute__((vector_size(32)));
typedef int8_t FlowSigned16 __attribute__((vector_size(16)));
typedef int8_t FlowSigned32 __attribute__((vector_size(32)));
typedef bool FlowBits16 __attribute__((ext_vector_type(16)));
typedef bool FlowBits32 __attribute__((ext_vector_type(32)));

static inline FlowBytes16 FlowLoad16(const char* p) {
  FlowBytes16 v;
  memcpy(&v, p, sizeof v);
  return v;
}

// By pointer: passing 32 bytes by value would depend on the machine's vector registers.
static inline void FlowLoad32(const char* p, FlowBytes32* v) { memcpy(v, p, sizeof *v); }

// One bit per byte that is true (all ones) in `v`.
template <typename V>
static inline uint32_t FlowMask16(V v) {
  return __builtin_bit_cast(uint16_t, __builtin_convertvector(v, FlowBits16));
}

template <typename V>
static inline uint32_t FlowMask32(const V& v) {
  return __builtin_bit_cast(uint32_t, __builtin_convertvector(v, FlowBits32));
}

static inline uint64_t FlowLoad8(const char* p) {
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return v;
}

// The next newline at or after `p`, in padded input. 64 bytes a step: lines of like length then
// take a like number of steps, which the processor foresees.
FLOW_HELPER const char* flow_scan_newline(const char* p) noexcept {
  for (;; p += 64) {
    FlowBytes32 low;
    FlowBytes32 high;
    FlowLoad32(p, &low);
    FlowLoad32(p + 32, &high);
    uint64_t mask = FlowMask32(low == '\n') | static_cast<uint64_t>(FlowMask32(high == '\n')) << 32;
    if (mask != 0) return p + __builtin_ctzll(mask);
  }
}

// The next newline in [p, end), or `end`; no padding needed.
FLOW_HELPER const char* flow_find_newline(const char* p, const char* end) noexcept {
  const void* found = p == end ? nullptr : memchr(p, '\n', static_cast<size_t>(end - p));
  return found == nullptr ? end : static_cast<const char*>(found);
}

// What a string scan has met.
inline constexpr uint64_t kFlowEscape = 1;    // a backslash (JSON) or a doubled quote (CSV)
inline constexpr uint64_t kFlowNonAscii = 2;  // a byte of 0x80 or more

// flow_json_scan_string of what is not plain ASCII.
FLOW_COLD_HELPER const char* flow_json_scan_any(const char* p, uint64_t* flags) noexcept {
  for (;;) {
    FlowBytes16 v = FlowLoad16(p);
    uint32_t stop = FlowMask16((v == '"') | (v == '\\') | (v < 0x20));
    uint32_t high = FlowMask16(v >= 0x80);
    if (FLOW_LIKELY(stop != 0)) {
      uint32_t n = static_cast<uint32_t>(__builtin_ctz(stop));
      if (FLOW_UNLIKELY((high & ((1u << n) - 1)) != 0)) *flags |= kFlowNonAscii;
      p += n;
      if (FLOW_LIKELY(*p == '"')) return p;
      if (*p != '\\' || p[1] == '\n') return nullptr;
      *flags |= kFlowEscape;  // what it escapes is judged by who reads the string
      p += 2;
      continue;
    }
    if (FLOW_UNLIKELY(high != 0)) *flags |= kFlowNonAscii;
    p += 16;
  }
}

// `p` stands after the opening quote of a JSON string in padded input. The closing quote, or null
// at a control character, so at the end of the line at the latest. Adds to *flags what it met.
FLOW_HELPER const char* flow_json_scan_string(const char* p, uint64_t* flags) noexcept {
  for (;; p += 16) {
    FlowBytes16 v = FlowLoad16(p);
    // As signed numbers, control characters and bytes beyond ASCII are those below a space.
    uint32_t stop =
        FlowMask16((v == '"') | (v == '\\') | (__builtin_bit_cast(FlowSigned16, v) < 0x20));
    if (FLOW_UNLIKELY(stop == 0)) continue;
    p += __builtin_ctz(stop);
    return FLOW_LIKELY(*p == '"') ? p : flow_json_scan_any(p, flags);
  }
}

// The end of a JSON number, `true`, `false` or `null` that starts at `p`: the next byte that cannot
// belong to one.
FLOW_HELPER const char* flow_json_scan_token(const char* p) noexcept {
  for (;; p += 16) {
    FlowBytes16 v = FlowLoad16(p);
    uint32_t stop = FlowMask16((v == ',') | (v == '}') | (v == ']') | (v <= 0x20));
    if (FLOW_LIKELY(stop != 0)) return p + __builtin_ctz(stop);
  }
}
