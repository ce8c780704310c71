#pragma once
// Runs of bytes that a pattern passes over without looking closer: what generated automata call in
// states that stay (codegen/regex.cpp). The text is [p, end); these give the first byte that ends
// the run, or `end`.
//
// Sixteen bytes are read at once, also where fewer are left: that stays within the page that holds
// the last of them, or is not done.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"
#include "runtime/inline/scan.h"

#define FLOW_READS_BEYOND __attribute__((no_sanitize("address")))

// All of [p, p + 16) can be read, though the text may end before.
static inline bool FlowReadable16(const char* p) {
  return (reinterpret_cast<uintptr_t>(p) & 4095) <= 4096 - 16;
}

// The first byte in [p, end) that `stops` gives a bit for.
template <typename Stops>
FLOW_READS_BEYOND static inline const char* FlowFindStop(const char* p, const char* end,
                                                         Stops stops) {
  while (end - p >= 16) {
    FlowBytes16 v;
    memcpy(&v, p, sizeof v);
    uint32_t mask = stops(v);
    if (FLOW_LIKELY(mask != 0)) return p + __builtin_ctz(mask);
    p += 16;
  }
  if (p == end) return end;
  FlowBytes16 v;
  if (FLOW_LIKELY(FlowReadable16(p))) {
    memcpy(&v, p, sizeof v);
  } else {
    char rest[16] = {};
    for (int64_t i = 0; i < end - p; ++i) rest[i] = p[i];
    memcpy(&v, rest, sizeof v);
  }
  uint32_t mask = stops(v) | (1u << (end - p));
  return p + __builtin_ctz(mask);
}

FLOW_HELPER FLOW_READS_BEYOND const char* flow_regex_until1(const char* p, const char* end,
                                                            uint8_t a) noexcept {
  return FlowFindStop(p, end, [a](FlowBytes16 v) { return FlowMask16(v == a); });
}

FLOW_HELPER FLOW_READS_BEYOND const char* flow_regex_until2(const char* p, const char* end,
                                                            uint8_t a, uint8_t b) noexcept {
  return FlowFindStop(p, end, [a, b](FlowBytes16 v) { return FlowMask16((v == a) | (v == b)); });
}

FLOW_HELPER FLOW_READS_BEYOND const char* flow_regex_until3(const char* p, const char* end,
                                                            uint8_t a, uint8_t b,
                                                            uint8_t c) noexcept {
  return FlowFindStop(
      p, end, [a, b, c](FlowBytes16 v) { return FlowMask16((v == a) | (v == b) | (v == c)); });
}

// The first occurrence of the `size` bytes (two or more) at `literal` in [p, end), or `end`.
FLOW_HELPER const char* flow_regex_find(const char* p, const char* end, const char* literal,
                                        int64_t size) noexcept {
  if (end - p < size) return end;
  uint8_t first = static_cast<uint8_t>(literal[0]);
  uint8_t tail = static_cast<uint8_t>(literal[size - 1]);
  auto inner = static_cast<size_t>(size - 2);
  const char* last = end - size;  // the last place where it can begin
  for (; last - p >= 15; p += 16) {
    uint32_t mask = FlowMask16((FlowLoad16(p) == first) & (FlowLoad16(p + size - 1) == tail));
    for (; mask != 0; mask &= mask - 1) {
      const char* at = p + __builtin_ctz(mask);
      if (memcmp(at + 1, literal + 1, inner) == 0) return at;
    }
  }
  for (; p <= last; ++p) {
    if (static_cast<uint8_t>(*p) == first && memcmp(p + 1, literal + 1, inner + 1) == 0) return p;
  }
  return end;
}

// Any set of ASCII characters: bit h of `rows[l]` says whether the byte 16 * h + l is in it.
// `high`: 0xff when bytes of 0x80 and more are in it, too, 0 when they are not.
FLOW_HELPER FLOW_READS_BEYOND __attribute__((target("ssse3"))) const char* flow_regex_while(
    const char* p, const char* end, const char* rows, uint8_t high) noexcept {
  typedef char Signed16 __attribute__((vector_size(16)));
  static const unsigned char kBits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0};
  Signed16 table;
  memcpy(&table, rows, sizeof table);
  Signed16 bits;
  memcpy(&bits, kBits, sizeof bits);
  // As in FlowFindStop, which cannot be given code for another machine.
  for (;;) {
    int64_t left = end - p;
    if (left <= 0) return end;
    FlowBytes16 v;
    if (FLOW_LIKELY(left >= 16 || FlowReadable16(p))) {
      memcpy(&v, p, sizeof v);
    } else {
      char rest[16] = {};
      for (int64_t i = 0; i < left; ++i) rest[i] = p[i];
      memcpy(&v, rest, sizeof v);
    }
    Signed16 row = __builtin_ia32_pshufb128(table, reinterpret_cast<const Signed16&>(v));
    FlowBytes16 column = v >> 4;
    Signed16 bit = __builtin_ia32_pshufb128(bits, reinterpret_cast<const Signed16&>(column));
    FlowBytes16 in =
        reinterpret_cast<const FlowBytes16&>(row) & reinterpret_cast<const FlowBytes16&>(bit);
    FlowBytes16 above = (FlowBytes16)(v >= 0x80) & high;
    uint32_t mask = FlowMask16((in | above) == 0);
    if (left < 16) mask |= 1u << left;
    if (mask != 0) return p + __builtin_ctz(mask);
    p += 16;
  }
}
