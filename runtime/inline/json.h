#pragma once
// Reading JSON records. Scanning walks a record in padded input (scan.h) and notes the raw span of
// each wanted value; converting turns a span into a typed value (semantics.md 18, 71).

#include <stdint.h>
#include <string.h>

#include "runtime/abi.h"
#include "runtime/inline/memory.h"
#include "runtime/inline/number.h"
#include "runtime/inline/scan.h"
#include "runtime/inline/time.h"
#include "runtime/inline/utf8.h"

// A raw value: a string's span has its quotes. `flags`: kFlowEscape and kFlowNonAscii.
struct FlowSpan {
  const char* begin;
  uint32_t size;
  uint32_t flags;
};

// A key that stood in a certain place of the record before: with its quotes, of at most 16 bytes.
// All zero before the first, which no key is.
struct FlowKeyGuess {
  uint64_t head;
  uint64_t tail;
  uint64_t head_beyond;  // the bytes of the words that are not the key's
  uint64_t tail_beyond;
  int64_t size;
};

// What follows in an object.
enum : int32_t { kFlowNextBad = 0, kFlowNextKey = 1, kFlowNextEnd = 2 };

// Arrays and objects inside each other, at most.
enum : int32_t { kFlowJsonDepth = 512 };

extern "C" {
// Past the array or object at `p` in padded input, or null when it does not close on its line or is
// too deep. Judges its brackets, colons, commas and words, and where strings end.
const char* flow_json_skip_nested(const char* p, uint64_t* flags) noexcept;
// `p` after a key: past white space, the colon and white space; null when there is no colon.
const char* flow_json_colon_slow(const char* p) noexcept;
// `p` after a value: kFlowNextKey and *next at the next key's quote, kFlowNextEnd and *next past
// the closing brace, or kFlowNextBad.
int32_t flow_json_next_slow(const char* p, const char** next) noexcept;
// The same after a record's opening brace.
int32_t flow_json_open_slow(const char* p, const char** next) noexcept;
// The index of the name that the escaped key [p, end) spells, -1 when it is another, -2 when it is
// not well-formed.
int32_t flow_json_find_key(const char* p, const char* end, const FlowString* names,
                           int32_t count) noexcept;
// A string with escapes or bytes to judge; false when it is no well-formed UTF-8 string.
bool flow_json_string_slow(FlowTask* task, const char* p, int64_t size, uint64_t flags,
                           FlowString* out) noexcept;
// A string that is no plain timestamp, or a number where the format gives numbers a unit.
bool flow_json_timestamp_slow(const char* p, int64_t size, int64_t unit, int64_t* out) noexcept;
// "NaN", "Infinity", "-Infinity".
bool flow_json_float_word(const char* p, int64_t size, double* out) noexcept;
// Any type, with the whole grammar checked. `unit`: nanoseconds per number of a timestamp, 0 when
// numbers are no timestamps.
bool flow_json_read_value(FlowTask* task, const FlowType* type, int64_t unit, const char* p,
                          int64_t size, void* out) noexcept;
// The text is one value of JSON, judged whole.
bool flow_json_valid(const char* p, int64_t size) noexcept;
// Says in task->detail why a field's value is bad, why a record is no JSON.
void flow_json_bad_value(FlowTask* task, const FlowString* name, const FlowType* type,
                         const char* p, int64_t size) noexcept;
void flow_field_missing(FlowTask* task, const FlowString* name, const FlowType* type) noexcept;
void flow_json_bad_record(FlowTask* task, const char* begin, const char* at) noexcept;
}

// The first byte of the next record at or after `p`: white space and blank lines are passed, lines
// counted. `end` when there is none.
FLOW_HELPER const char* flow_json_start(const char* p, const char* end, int64_t* lines) noexcept {
  for (; p < end; ++p) {
    if (FLOW_LIKELY(*p == '{')) return p;
    if (*p == '\n') {
      ++*lines;
    } else if (*p == '\xef' && p[1] == '\xbb' && p[2] == '\xbf') {
      p += 2;  // a byte order mark
    } else if (*p != ' ' && *p != '\t' && *p != '\r') {
      return p;
    }
  }
  return end;
}

// The record from `p` to the newline at `newline` begins and ends as an object does.
FLOW_HELPER bool flow_json_framed(const char* p, const char* newline) noexcept {
  const char* last = newline - 1;
  if (FLOW_UNLIKELY(*last != '}')) {
    while (last > p && (*last == ' ' || *last == '\t' || *last == '\r')) --last;
  }
  return *p == '{' && *last == '}' && last > p;
}

// `p` at the record's opening brace: as flow_json_next.
FLOW_HELPER int32_t flow_json_open(const char* p, const char** next) noexcept {
  if (FLOW_LIKELY(p[1] == '"')) {
    *next = p + 1;
    return kFlowNextKey;
  }
  return flow_json_open_slow(p, next);
}

// Past white space.
FLOW_HELPER const char* flow_json_space(const char* p) noexcept {
  while (*p == ' ' || *p == '\t' || *p == '\r') ++p;
  return p;
}

// `p` after a key's closing quote: the start of its value, or null.
FLOW_HELPER const char* flow_json_colon(const char* p) noexcept {
  if (FLOW_LIKELY(*p == ':')) {
    if (FLOW_LIKELY(static_cast<uint8_t>(p[1]) > 0x20)) return p + 1;
    if (p[1] == ' ' && static_cast<uint8_t>(p[2]) > 0x20) return p + 2;
  }
  return flow_json_colon_slow(p);
}

// `p` after a value: see flow_json_next_slow.
FLOW_HELPER int32_t flow_json_next(const char* p, const char** next) noexcept {
  if (FLOW_LIKELY(p[0] == ',')) {
    if (FLOW_LIKELY(p[1] == '"')) {
      *next = p + 1;
      return kFlowNextKey;
    }
    if (p[1] == ' ' && p[2] == '"') {
      *next = p + 2;
      return kFlowNextKey;
    }
  }
  return flow_json_next_slow(p, next);
}

// Past the word or number at `p`, or null. Numbers are judged by their first byte only.
FLOW_HELPER const char* flow_json_skip_token(const char* p) noexcept {
  const char* end = flow_json_scan_token(p);
  if (FLOW_LIKELY(FlowIsDigit(*p) || *p == '-')) return end;
  uint32_t word;
  memcpy(&word, p, 4);
  if (end - p == 4 && (word == 0x65757274u || word == 0x6c6c756eu)) return end;  // true, null
  return end - p == 5 && word == 0x736c6166u && p[4] == 'e' ? end : nullptr;     // false
}

// Past the value at `p`, or null.
FLOW_HELPER const char* flow_json_skip_value(const char* p, uint64_t* flags) noexcept {
  if (*p == '"') {
    const char* quote = flow_json_scan_string(p + 1, flags);
    return quote == nullptr ? nullptr : quote + 1;
  }
  if (FLOW_UNLIKELY(*p == '{' || *p == '[')) return flow_json_skip_nested(p, flags);
  return flow_json_skip_token(p);
}

// The same where a string is expected, and where a number or word is: fewer branches.
FLOW_HELPER const char* flow_json_skip_string(const char* p, uint64_t* flags) noexcept {
  if (FLOW_UNLIKELY(*p != '"')) return flow_json_skip_value(p, flags);
  const char* quote = flow_json_scan_string(p + 1, flags);
  return quote == nullptr ? nullptr : quote + 1;
}

FLOW_HELPER const char* flow_json_skip_number(const char* p, uint64_t* flags) noexcept {
  if (FLOW_UNLIKELY(!FlowIsDigit(*p) && *p != '-')) return flow_json_skip_value(p, flags);
  return flow_json_scan_token(p + 1);
}

// The same where a time is expected: 24 bytes between quotes are passed without looking for their
// end, so that what follows need not wait.
FLOW_HELPER const char* flow_json_skip_time(const char* p, uint64_t* flags) noexcept {
  FlowBytes32 v;
  FlowLoad32(p + 1, &v);
  uint32_t stop =
      FlowMask32((v == '"') | (v == '\\') | (__builtin_bit_cast(FlowSigned32, v) < 0x20));
  if (FLOW_LIKELY(*p == '"' && (stop & 0xffffffu) == 0 && p[25] == '"')) return p + 26;
  return flow_json_skip_string(p, flags);
}

// Past the key at `p`, or null, as flow_json_skip_member says; a plain and short one is the next
// guess.
FLOW_COLD_HELPER const char* flow_json_skip_key(const char* p, FlowKeyGuess* guess,
                                                const char** escaped_end) noexcept {
  uint64_t flags = 0;
  const char* quote = flow_json_scan_string(p + 1, &flags);
  if (quote == nullptr) return nullptr;
  if ((flags & kFlowEscape) != 0) {
    *escaped_end = quote;
    return nullptr;
  }
  if (flags != 0 && !flow_utf8_valid(p + 1, quote - p - 1)) return nullptr;
  int64_t size = quote + 1 - p;
  if (size <= 16) {
    int64_t head = size < 8 ? size : 8;
    int64_t tail = size - head;
    guess->head_beyond = head == 8 ? 0 : ~uint64_t{0} << (head * 8);
    guess->tail_beyond = tail == 8 ? 0 : ~uint64_t{0} << (tail * 8);
    guess->head = FlowLoad8(p) & ~guess->head_beyond;
    guess->tail = FlowLoad8(p + 8) & ~guess->tail_beyond;
    guess->size = size;
  }
  return quote + 1;
}

// `p` at the opening quote of a key that is not wanted: past its value, or null. When the key has
// an escape it may be a wanted one after all: *escaped_end gets its closing quote, and the result
// is null. `guess`: the key that is likely to stand here.
FLOW_HELPER const char* flow_json_skip_member(const char* p, FlowKeyGuess* guess,
                                              const char** escaped_end) noexcept {
  *escaped_end = nullptr;
  uint64_t head = (FlowLoad8(p) ^ guess->head) & ~guess->head_beyond;
  uint64_t tail = (FlowLoad8(p + 8) ^ guess->tail) & ~guess->tail_beyond;
  const char* after = p + guess->size;
  if (FLOW_UNLIKELY((head | tail) != 0)) {
    after = flow_json_skip_key(p, guess, escaped_end);
    if (after == nullptr) return nullptr;
  }
  const char* value = flow_json_colon(after);
  if (FLOW_UNLIKELY(value == nullptr)) return nullptr;
  uint64_t flags = 0;
  return flow_json_skip_value(value, &flags);
}

FLOW_HELPER bool flow_json_is_null(const char* p, int64_t size) noexcept {
  return size == 4 && *p == 'n' && p[1] == 'u' && p[2] == 'l' && p[3] == 'l';
}

FLOW_HELPER bool flow_json_bool(const char* p, int64_t size, bool* out) noexcept {
  *out = *p == 't';
  return size == 4 ? memcmp(p, "true", 4) == 0 : size == 5 && memcmp(p, "false", 5) == 0;
}

// Numbers are those of padded input.
FLOW_HELPER bool flow_json_int(const char* p, int64_t size, int64_t* out) noexcept {
  return flow_padded_int(p, size, out);
}

FLOW_HELPER bool flow_json_float(const char* p, int64_t size, double* out) noexcept {
  if (FLOW_UNLIKELY(*p == '"')) return flow_json_float_word(p, size, out);
  return flow_padded_float(p, size, out);
}

FLOW_HELPER bool flow_json_decimal(const char* p, int64_t size, int32_t precision, int32_t scale,
                                   __int128* out) noexcept {
  return flow_parse_decimal(p, size, precision, scale, out);
}

// A view into the input where it can be, else a copy in the task's arena.
FLOW_HELPER bool flow_json_string(FlowTask* task, const char* p, int64_t size, uint64_t flags,
                                  FlowString* out) noexcept {
  if (FLOW_UNLIKELY(*p != '"')) return false;
  if (FLOW_UNLIKELY(flags != 0)) return flow_json_string_slow(task, p, size, flags, out);
  out->data = p + 1;
  out->size = size - 2;
  return true;
}

FLOW_HELPER bool flow_json_timestamp(const char* p, int64_t size, int64_t unit, FlowDay* day,
                                     int64_t* out) noexcept {
  if (*p != '"') {
    int64_t count;
    if (unit != 0 && flow_padded_int(p, size, &count) &&
        !__builtin_mul_overflow(count, unit, out) && *out != INT64_MIN && *out != INT64_MAX) {
      return true;
    }
    return flow_json_timestamp_slow(p, size, unit, out);
  }
  if (FLOW_LIKELY(size == 26)) return flow_parse_timestamp_near(p + 1, day, out);
  return flow_json_timestamp_slow(p, size, unit, out);
}

// True when nothing but white space stands between the end of the record's object and its line's.
FLOW_HELPER bool flow_json_closed(const char* p) noexcept {
  return FLOW_LIKELY(*p == '\n') || *flow_json_space(p) == '\n';
}

// The label's index, or -1.
FLOW_HELPER int32_t flow_set_find(const FlowType* type, const char* p, int64_t size) noexcept {
  for (uint32_t i = 0; i < type->count; ++i) {
    const FlowString* label = &type->labels[i];
    if (label->size == size && memcmp(label->data, p, static_cast<size_t>(size)) == 0) {
      return static_cast<int32_t>(i);
    }
  }
  return -1;
}

FLOW_HELPER bool flow_json_set(FlowTask* task, const FlowType* type, const char* p, int64_t size,
                               uint64_t flags, int32_t* out) noexcept {
  FlowString text;
  if (!flow_json_string(task, p, size, flags, &text)) return false;
  *out = flow_set_find(type, text.data, text.size);
  return *out >= 0;
}

// Functions that only generated code calls: named here, the helpers' table of addresses has them.
FLOW_HELPER void flow_json_natives(const void** out) noexcept {
  out[0] = reinterpret_cast<const void*>(&flow_json_find_key);
  out[1] = reinterpret_cast<const void*>(&flow_json_read_value);
  out[2] = reinterpret_cast<const void*>(&flow_json_valid);
  out[3] = reinterpret_cast<const void*>(&flow_json_bad_value);
  out[4] = reinterpret_cast<const void*>(&flow_json_bad_record);
  out[5] = reinterpret_cast<const void*>(&flow_field_missing);
}
