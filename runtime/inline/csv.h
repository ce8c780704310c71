#pragma once
// Reading and writing CSV (RFC 4180; semantics.md 70). A record is one line, or more when a quoted
// cell holds newlines.

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/json.h"
#include "runtime/inline/json_write.h"
#include "runtime/inline/number_text.h"
#include "runtime/inline/scan.h"

// Beside kFlowEscape and kFlowNonAscii:
inline constexpr uint64_t kFlowQuoted = 4;  // the span is what stands between the quotes

extern "C" {
// `p` after the opening quote: the closing quote, or null when there is none before `end`.
const char* flow_csv_closing_quote(const char* p, const char* end, uint64_t* flags) noexcept;
// A cell with doubled quotes or bytes to judge.
bool flow_csv_string_slow(FlowTask* task, const char* p, int64_t size, uint64_t flags,
                          FlowString* out) noexcept;
// With a sign and leading zeros, 1.0 and 1e3.
bool flow_csv_int_slow(const char* p, int64_t size, int64_t* out) noexcept;
bool flow_csv_float_slow(const char* p, int64_t size, double* out) noexcept;
bool flow_csv_decimal(const char* p, int64_t size, int32_t precision, int32_t scale,
                      __int128* out) noexcept;
bool flow_csv_timestamp_slow(const char* p, int64_t size, int64_t unit, int64_t* out) noexcept;
// Any type; structs, arrays and maps are JSON text. Not for empty unquoted cells, which are none.
bool flow_csv_read_value(FlowTask* task, const FlowType* type, int64_t unit, const char* p,
                         int64_t size, uint64_t flags, void* out) noexcept;
void flow_csv_bad_value(FlowTask* task, const FlowString* name, const FlowType* type, const char* p,
                        int64_t size, uint64_t flags) noexcept;
void flow_csv_bad_record(FlowTask* task, int64_t cells, int64_t expected) noexcept;
int64_t flow_count_newlines(const char* p, const char* end) noexcept;
// A cell that has to be quoted: empty, or with a separator, quote or line break.
char* flow_csv_write_quoted(char* out, const char* p, int64_t size) noexcept;
// Appends any value as one cell.
void flow_csv_append_value(FlowBuffer* buffer, const FlowType* type, const void* value,
                           int32_t separator) noexcept;
// Appends any value as plain text: strings and sets bare, none as nothing, the rest as JSON has it.
void flow_text_append_value(FlowBuffer* buffer, const FlowType* type, const void* value) noexcept;
}

// Bytes of a line of text that ends at `newline`, without the carriage return before it.
FLOW_HELPER int64_t flow_text_line_size(const char* p, const char* newline) noexcept {
  if (newline > p && newline[-1] == '\r') --newline;
  return newline - p;
}

// Blank lines are passed, lines counted.
FLOW_HELPER const char* flow_csv_start(const char* p, const char* end, int64_t* lines) noexcept {
  for (; p < end; ++p) {
    if (*p == '\n') {
      ++*lines;
    } else if (*p != '\r' || p[1] != '\n') {
      return p;
    }
  }
  return end;
}

// Reads the record at `p` in padded input: for cell number i < `count` writes spans[columns[i]]
// (spans[-1] is where the unread ones go). The newline that ends the record (`end` at the latest);
// *cells is the number of cells, or -1 when a quoted cell does not close; *flags has kFlowNonAscii
// when the record has such a byte, kFlowQuoted when a cell is quoted.
FLOW_HELPER const char* flow_csv_record(const char* p, const char* end, char separator,
                                        const int32_t* columns, int64_t count, FlowSpan* spans,
                                        int64_t* cells, uint64_t* flags) noexcept {
  uint8_t sep = static_cast<uint8_t>(separator);
  const char* cell = p;
  int64_t index = 0;
  const char* block = p;
  uint32_t seen_high = 0;
  for (;;) {
    FlowBytes32 v;
    FlowLoad32(block, &v);
    uint32_t mask = FlowMask32((v == sep) | (v == '\n') | (v == '"'));
    uint32_t high = FlowMask32(v >= 0x80);
    while (mask != 0) {
      uint32_t bit = static_cast<uint32_t>(__builtin_ctz(mask));
      const char* at = block + bit;
      mask &= mask - 1;
      if (FLOW_UNLIKELY(*at == '"')) {
        if (at != cell) continue;  // a quote inside a plain cell is text
        uint64_t quoted = kFlowQuoted;
        const char* close = flow_csv_closing_quote(at + 1, end, &quoted);
        seen_high |= 1;  // judged by the converter
        if (close == nullptr) {
          *cells = -1;
          *flags |= kFlowNonAscii | kFlowQuoted;
          return flow_scan_newline(at);
        }
        *flags |= kFlowQuoted;
        if (index < count) {
          FlowSpan* span = &spans[columns[index]];
          span->begin = at + 1;
          span->size = static_cast<uint32_t>(close - at - 1);
          span->flags = static_cast<uint32_t>(quoted);
        }
        ++index;
        const char* after = close + 1;
        if (*after == '\r' && after[1] == '\n') ++after;
        if (after >= end || *after == '\n') {
          *cells = index;
          *flags |= kFlowNonAscii;
          return after >= end ? end : after;
        }
        if (static_cast<uint8_t>(*after) != sep) {
          *cells = -1;
          return flow_scan_newline(after);
        }
        cell = after + 1;
        block = cell;
        goto next_block;
      }
      if (index < count) {
        FlowSpan* span = &spans[columns[index]];
        span->begin = cell;
        span->size = static_cast<uint32_t>(at - cell);
        span->flags = 0;
      }
      if (*at == '\n') {
        // CR LF: the last cell ends before the CR.
        if (at > cell && at[-1] == '\r' && index < count) spans[columns[index]].size -= 1;
        *cells = index + 1;
        if (FLOW_UNLIKELY((seen_high | high) != 0)) *flags |= kFlowNonAscii;
        return at;
      }
      ++index;
      cell = at + 1;
    }
    seen_high |= high;
    block += 32;
  next_block:;
  }
}

FLOW_HELPER bool flow_csv_int(const char* p, int64_t size, int64_t* out) noexcept {
  bool negative = *p == '-';
  const char* q = p + negative;
  int64_t digits = size - negative;
  if (FLOW_UNLIKELY(static_cast<uint64_t>(digits - 1) >= 8)) {
    return flow_csv_int_slow(p, size, out);
  }
  uint64_t word = FlowLoad8(q) << (64 - digits * 8);
  word |= 0x3030303030303030u >> (digits * 8 - 1) >> 1;
  if (FLOW_UNLIKELY(!FlowAllDigits(word))) return flow_csv_int_slow(p, size, out);
  int64_t value = static_cast<int64_t>(FlowEightDigits(word));
  *out = negative ? -value : value;
  return true;
}

// In padded input, as flow_csv_int.
FLOW_HELPER bool flow_csv_float(const char* p, int64_t size, double* out) noexcept {
  if (FLOW_LIKELY(flow_padded_float(p, size, out))) return true;
  return flow_csv_float_slow(p, size, out);
}

FLOW_HELPER bool flow_csv_timestamp(const char* p, int64_t size, int64_t unit, FlowDay* day,
                                    int64_t* out) noexcept {
  if (FLOW_LIKELY(size == 24) && FLOW_LIKELY(flow_parse_timestamp_near(p, day, out))) {
    return true;
  }
  return flow_csv_timestamp_slow(p, size, unit, out);
}

FLOW_HELPER bool flow_csv_string(FlowTask* task, const char* p, int64_t size, uint64_t flags,
                                 FlowString* out) noexcept {
  if (FLOW_UNLIKELY((flags & (kFlowEscape | kFlowNonAscii)) != 0)) {
    return flow_csv_string_slow(task, p, size, flags, out);
  }
  out->data = p;
  out->size = size;
  return true;
}

// Room of a string cell: every quote doubled, and the quotes around it.
FLOW_HELPER int64_t flow_csv_string_room(int64_t size) noexcept { return size * 2 + 2; }

FLOW_HELPER char* flow_csv_write_string(char* out, const char* p, int64_t size,
                                        int32_t separator) noexcept {
  bool plain = size > 0 && *p != ' ' && p[size - 1] != ' ';
  for (int64_t i = 0; i < size && plain; ++i) {
    plain = p[i] != '"' && p[i] != '\n' && p[i] != '\r' && p[i] != static_cast<char>(separator);
  }
  if (FLOW_UNLIKELY(!plain)) return flow_csv_write_quoted(out, p, size);
  memcpy(out, p, static_cast<size_t>(size));
  return out + size;
}

// As flow_json_natives.
FLOW_HELPER void flow_csv_natives(const void** out) noexcept {
  out[0] = reinterpret_cast<const void*>(&flow_csv_decimal);
  out[1] = reinterpret_cast<const void*>(&flow_csv_read_value);
  out[2] = reinterpret_cast<const void*>(&flow_csv_bad_value);
  out[3] = reinterpret_cast<const void*>(&flow_csv_bad_record);
  out[4] = reinterpret_cast<const void*>(&flow_count_newlines);
  out[5] = reinterpret_cast<const void*>(&flow_csv_append_value);
  out[6] = reinterpret_cast<const void*>(&flow_text_append_value);
}
