#pragma once
// Timestamps (int64 nanoseconds since 1970, UTC; semantics.md 11, 69) and durations as text.

#include <stdint.h>
#include <string.h>

#include "runtime/inline/helper.h"
#include "runtime/inline/number_text.h"
#include "runtime/inline/scan.h"

enum : int64_t {
  kFlowNanosPerSecond = 1000000000,
  kFlowNanosPerDay = 86400 * kFlowNanosPerSecond,
  kFlowTimestampRoom = 32,
  kFlowDurationRoom = 48,
};

extern "C" {
// Every accepted form: RFC 3339, a space for `T`, no zone (UTC), a date alone (its midnight).
bool flow_parse_timestamp_slow(const char* p, int64_t size, int64_t* out) noexcept;
// A number of `unit` nanoseconds each, fractions allowed; false when no whole nanosecond comes out.
bool flow_epoch_timestamp(const char* p, int64_t size, int64_t unit, int64_t* out) noexcept;
// A literal of the language: 1h30m, -5s, 0s.
bool flow_parse_duration(const char* p, int64_t size, int64_t* out) noexcept;
char* flow_write_duration(char* out, int64_t value) noexcept;
}

// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
FLOW_HELPER int64_t flow_days_from_civil(int64_t year, int64_t month, int64_t day) noexcept {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

struct FlowCivil {
  int64_t year;
  int32_t month;
  int32_t day;
};

FLOW_HELPER void flow_civil_from_days(int64_t days, FlowCivil* out) noexcept {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153;
  out->day = static_cast<int32_t>(day_of_year - (153 * shifted + 2) / 5 + 1);
  out->month = static_cast<int32_t>(shifted < 10 ? shifted + 3 : shifted - 9);
  out->year = year_of_era + era * 400 + (out->month <= 2);
}

FLOW_HELPER int32_t flow_days_in_month(int64_t year, int32_t month) noexcept {
  // Two bits a month: days over 28.
  int32_t over = 0x3bbeecc >> (month * 2) & 3;
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return 28 + over + (month == 2 && leap);
}

// Days, seconds and nanoseconds as a timestamp; false outside the range. The first and the last
// int64 are no timestamps.
FLOW_HELPER bool flow_make_timestamp(int64_t seconds, int64_t nanos, int64_t* out) noexcept {
  // Toward zero first, so that the products stay within int64 where the sum does.
  if (seconds < 0 && nanos > 0) {
    ++seconds;
    nanos -= kFlowNanosPerSecond;
  }
  int64_t value;
  if (__builtin_mul_overflow(seconds, static_cast<int64_t>(kFlowNanosPerSecond), &value) ||
      __builtin_add_overflow(value, nanos, &value) || value == INT64_MIN || value == INT64_MAX) {
    return false;
  }
  *out = value;
  return true;
}

// `2024-03-01T00:00:00Z` with 0, 3, 6 or 9 fraction digits, and everything else the slow way. The
// text may be anywhere: nothing outside [p, p + size) is read.
FLOW_HELPER bool flow_parse_timestamp(const char* p, int64_t size, int64_t* out) noexcept {
  bool three = size == 24;
  if (FLOW_UNLIKELY((size != 20 && !three) || p[size - 1] != 'Z')) {
    return flow_parse_timestamp_slow(p, size, out);
  }
  uint64_t date = FlowLoad8(p);        // 2024-03-
  uint64_t middle = FlowLoad8(p + 8);  // 01T00:00
  uint32_t second;                     // :00Z or :00.
  memcpy(&second, p + 16, 4);
  uint64_t digits;  // YYYYMMDD as text
  uint64_t clock;   // hhmmss and two zeros
  // Separators must be where they belong.
  if (FLOW_UNLIKELY((date & 0xff0000ff00000000u) != 0x2d00002d00000000u ||
                    (middle & 0x0000ff0000ff0000u) != 0x00003a0000540000u ||
                    (second & 0xff0000ffu) != (three ? 0x2e00003au : 0x5a00003au))) {
    return flow_parse_timestamp_slow(p, size, out);
  }
  digits = (date & 0xffffffffu) | (date >> 8 & 0x0000ffff00000000u) | middle << 48;
  clock = (middle >> 24 & 0xffffu) | (middle >> 32 & 0xffff0000u) |
          static_cast<uint64_t>(second >> 8 & 0xffffu) << 32 | 0x3030000000000000u;
  if (FLOW_UNLIKELY(!FlowAllDigits(digits) || !FlowAllDigits(clock))) return false;
  uint64_t ymd = FlowEightDigits(digits);
  uint64_t hms = FlowEightDigits(clock) / 100;
  int64_t year = static_cast<int64_t>(ymd / 10000);
  int32_t month = static_cast<int32_t>(ymd / 100 % 100);
  int32_t day = static_cast<int32_t>(ymd % 100);
  int64_t hour = static_cast<int64_t>(hms / 10000);
  int64_t minute = static_cast<int64_t>(hms / 100 % 100);
  int64_t sec = static_cast<int64_t>(hms % 100);
  int64_t nanos = 0;
  if (three) {
    if (!FlowIsDigit(p[20]) || !FlowIsDigit(p[21]) || !FlowIsDigit(p[22])) return false;
    nanos = ((p[20] - '0') * 100 + (p[21] - '0') * 10 + (p[22] - '0')) * int64_t{1000000};
  }
  if (FLOW_UNLIKELY(month < 1 || month > 12 || day < 1 ||
                    (day > 28 && day > flow_days_in_month(year, month)) || hour > 23 ||
                    minute > 59 || sec > 60)) {
    return false;
  }
  int64_t seconds =
      flow_days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + sec;
  return flow_make_timestamp(seconds, nanos, out);
}

// The date that stood in the last time read, since times come in order.
struct FlowDay {
  uint64_t date;     // `2024-03-`; 0 at first
  uint64_t day;      // `01`
  int64_t midnight;  // of that day
};

// Makes `day` that of the time at `p`; false when it is none or cuts off the range of timestamps.
FLOW_COLD_HELPER bool flow_day_change(const char* p, FlowDay* day) noexcept {
  char text[20];
  memcpy(text, p, 10);
  memcpy(text + 10, "T00:00:00Z", 10);
  int64_t midnight;
  if (!flow_parse_timestamp(text, 20, &midnight) || midnight > INT64_MAX - 2 * kFlowNanosPerDay) {
    return false;
  }
  day->date = FlowLoad8(p);
  day->day = FlowLoad8(p + 8) & 0xffffu;
  day->midnight = midnight;
  return true;
}

FLOW_COLD_HELPER bool flow_parse_timestamp_far(const char* p, int64_t* out) noexcept {
  return flow_parse_timestamp(p, 24, out);
}

// flow_parse_timestamp of 24 bytes, for texts whose dates are mostly the same.
FLOW_HELPER bool flow_parse_timestamp_near(const char* p, FlowDay* day, int64_t* out) noexcept {
  uint64_t middle = FlowLoad8(p + 8);  // 01T00:00
  uint64_t tail = FlowLoad8(p + 16);   // :00.000Z
  if (FLOW_UNLIKELY(FlowLoad8(p) != day->date || (middle & 0xffffu) != day->day)) {
    if (!flow_day_change(p, day)) return flow_parse_timestamp_far(p, out);
  }
  // hhmmss and two digits of the fraction as text.
  uint64_t clock = (middle >> 24 & 0xffffu) | (middle >> 32 & 0xffff0000u) |
                   (tail >> 8 & 0xffffu) << 32 | (tail >> 32 & 0xffffu) << 48;
  uint32_t last = static_cast<uint8_t>(p[22] - '0');
  if (FLOW_UNLIKELY((middle & 0x0000ff0000ff0000u) != 0x00003a0000540000u ||
                    (tail & 0xff000000ff0000ffu) != 0x5a0000002e00003au || !FlowAllDigits(clock) ||
                    last > 9)) {
    return flow_parse_timestamp_far(p, out);
  }
  clock -= 0x3030303030303030u;
  clock = clock * 10 + (clock >> 8);
  uint32_t hour = clock & 0xff;
  uint32_t minute = clock >> 16 & 0xff;
  uint32_t second = clock >> 32 & 0xff;
  uint32_t ms = static_cast<uint32_t>(clock >> 48 & 0xff) * 10 + last;
  if (FLOW_UNLIKELY(hour > 23 || minute > 59 || second > 60)) return false;
  *out = day->midnight +
         static_cast<int64_t>(((hour * 60 + minute) * 60 + second) * 1000 + ms) * int64_t{1000000};
  return true;
}

// RFC 3339 with `Z` and 3, 6 or 9 fraction digits, the fewest that suffice. 30 bytes at most.
FLOW_HELPER char* flow_write_timestamp(char* out, int64_t value) noexcept {
  int64_t seconds = value / kFlowNanosPerSecond;
  int64_t nanos = value % kFlowNanosPerSecond;
  if (nanos < 0) {
    nanos += kFlowNanosPerSecond;
    --seconds;
  }
  int64_t days = seconds / 86400;
  int64_t second = seconds % 86400;
  if (second < 0) {
    second += 86400;
    --days;
  }
  FlowCivil civil;
  flow_civil_from_days(days, &civil);
  uint32_t year = static_cast<uint32_t>(civil.year);
  out = FlowWritePair(out, year / 100);
  out = FlowWritePair(out, year % 100);
  *out++ = '-';
  out = FlowWritePair(out, static_cast<uint32_t>(civil.month));
  *out++ = '-';
  out = FlowWritePair(out, static_cast<uint32_t>(civil.day));
  *out++ = 'T';
  uint32_t clock = static_cast<uint32_t>(second);
  out = FlowWritePair(out, clock / 3600);
  *out++ = ':';
  out = FlowWritePair(out, clock / 60 % 60);
  *out++ = ':';
  out = FlowWritePair(out, clock % 60);
  *out++ = '.';
  uint64_t fraction = static_cast<uint64_t>(nanos);
  if (fraction % 1000000 == 0) {
    out = FlowWriteDigits(out, fraction / 1000000, 3);
  } else if (fraction % 1000 == 0) {
    out = FlowWriteDigits(out, fraction / 1000, 6);
  } else {
    out = FlowWriteDigits(out, fraction, 9);
  }
  *out++ = 'Z';
  return out;
}
