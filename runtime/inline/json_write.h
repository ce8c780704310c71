#pragma once
// Writing JSON text.

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/memory.h"
#include "runtime/inline/number_text.h"
#include "runtime/inline/scan.h"
#include "runtime/inline/time.h"

extern "C" {
// Appends any value as JSON, reserving as it goes.
void flow_json_append_value(FlowBuffer* buffer, const FlowType* type, const void* value) noexcept;
// The slow form of flow_json_write_string: from the first byte that needs care.
char* flow_json_write_escaped(char* out, const char* p, int64_t size) noexcept;
}

// Room a string may need with its quotes: each byte may become \u00XX.
FLOW_HELPER int64_t flow_json_string_room(int64_t size) noexcept { return size * 6 + 32; }

// A string with quotes and escapes; flow_json_string_room bytes at most.
FLOW_HELPER char* flow_json_write_string(char* out, const char* p, int64_t size) noexcept {
  *out++ = '"';
  const char* end = p + size;
  while (end - p >= 16) {
    FlowBytes16 v = FlowLoad16(p);
    if (FLOW_UNLIKELY(FlowMask16((v == '"') | (v == '\\') | (v < 0x20)) != 0)) {
      out = flow_json_write_escaped(out, p, end - p);
      *out++ = '"';
      return out;
    }
    memcpy(out, &v, 16);
    p += 16;
    out += 16;
  }
  while (p < end) {
    uint8_t c = static_cast<uint8_t>(*p);
    if (FLOW_UNLIKELY(c < 0x20 || c == '"' || c == '\\')) {
      out = flow_json_write_escaped(out, p, end - p);
      break;
    }
    *out++ = *p++;
  }
  *out++ = '"';
  return out;
}

// NaN and infinities are strings.
FLOW_HELPER char* flow_json_write_float(char* out, double value) noexcept {
  if (FLOW_LIKELY(value - value == 0)) return flow_write_float(out, value);
  *out++ = '"';
  out = flow_write_float(out, value);
  *out++ = '"';
  return out;
}

FLOW_HELPER char* flow_json_write_timestamp(char* out, int64_t value) noexcept {
  *out++ = '"';
  out = flow_write_timestamp(out, value);
  *out++ = '"';
  return out;
}

FLOW_HELPER char* flow_json_write_duration(char* out, int64_t value) noexcept {
  *out++ = '"';
  out = flow_write_duration(out, value);
  *out++ = '"';
  return out;
}

// Small constant pieces: the whole 16 bytes are copied, the length is what counts.
FLOW_HELPER char* flow_copy_text(char* out, const char* p, int64_t size) noexcept {
  memcpy(out, p, static_cast<size_t>(size));
  return out + size;
}

FLOW_HELPER void flow_json_write_natives(const void** out) noexcept {
  out[0] = reinterpret_cast<const void*>(&flow_json_append_value);
}
