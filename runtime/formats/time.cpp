// Timestamps and durations in their rarer forms; runtime/inline/time.h knows the usual one.

#include "runtime/inline/time.h"

#include "runtime/inline/number.h"

namespace {

// Exactly `count` digits.
bool TakeDigits(const char** p, const char* end, int count, int64_t* out) {
  if (end - *p < count) return false;
  int64_t value = 0;
  for (int i = 0; i < count; ++i) {
    if (!FlowIsDigit((*p)[i])) return false;
    value = value * 10 + ((*p)[i] - '0');
  }
  *p += count;
  *out = value;
  return true;
}

bool Take(const char** p, const char* end, char c) {
  if (*p == end || **p != c) return false;
  ++*p;
  return true;
}

// `Z`, `+01:00`, `-0530` or nothing; the offset in seconds.
bool TakeZone(const char** p, const char* end, int64_t* out) {
  *out = 0;
  if (*p == end || Take(p, end, 'Z') || Take(p, end, 'z')) return true;
  bool negative = **p == '-';
  if (!Take(p, end, '-') && !Take(p, end, '+')) return false;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!TakeDigits(p, end, 2, &hours)) return false;
  Take(p, end, ':');
  if (!TakeDigits(p, end, 2, &minutes) || hours > 23 || minutes > 59) return false;
  *out = (hours * 60 + minutes) * (negative ? -60 : 60);
  return true;
}

struct Unit {
  char name[3];
  int64_t nanos;
};

// `ms` before `m`, so that the longer name wins.
constexpr Unit kUnits[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000000},
    {"s", kFlowNanosPerSecond},
    {"m", 60 * kFlowNanosPerSecond},
    {"h", 3600 * kFlowNanosPerSecond},
    {"d", kFlowNanosPerDay},
    {"w", 7 * kFlowNanosPerDay},
};

const Unit* TakeUnit(const char** p, const char* end) {
  for (const Unit& unit : kUnits) {
    int64_t size = unit.name[1] == 0 ? 1 : 2;
    if (end - *p < size || memcmp(*p, unit.name, static_cast<size_t>(size)) != 0) continue;
    *p += size;
    return &unit;
  }
  return nullptr;
}

}  // namespace

extern "C" bool flow_parse_timestamp_slow(const char* p, int64_t size, int64_t* out) noexcept {
  const char* end = p + size;
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  if (!TakeDigits(&p, end, 4, &year) || !Take(&p, end, '-') || !TakeDigits(&p, end, 2, &month) ||
      !Take(&p, end, '-') || !TakeDigits(&p, end, 2, &day)) {
    return false;
  }
  if (month < 1 || month > 12 || day < 1 ||
      day > flow_days_in_month(year, static_cast<int32_t>(month))) {
    return false;
  }
  int64_t seconds = flow_days_from_civil(year, month, day) * 86400;
  int64_t nanos = 0;
  if (p != end) {
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!Take(&p, end, 'T') && !Take(&p, end, 't') && !Take(&p, end, ' ')) return false;
    if (!TakeDigits(&p, end, 2, &hour) || !Take(&p, end, ':') || !TakeDigits(&p, end, 2, &minute) ||
        !Take(&p, end, ':') || !TakeDigits(&p, end, 2, &second) || hour > 23 || minute > 59 ||
        second > 60) {
      return false;
    }
    if (Take(&p, end, '.')) {
      int64_t digits = 0;
      while (p < end && FlowIsDigit(*p) && digits < 9) {
        nanos = nanos * 10 + (*p++ - '0');
        ++digits;
      }
      if (digits == 0) return false;
      nanos *= static_cast<int64_t>(kFlowPow10[9 - digits]);
    }
    int64_t offset = 0;
    if (!TakeZone(&p, end, &offset) || p != end) return false;
    seconds += hour * 3600 + minute * 60 + second - offset;
  }
  return flow_make_timestamp(seconds, nanos, out);
}

extern "C" bool flow_epoch_timestamp(const char* p, int64_t size, int64_t unit,
                                     int64_t* out) noexcept {
  __int128 billionths = 0;
  if (!flow_parse_decimal(p, size, 38, 9, &billionths)) return false;
  __int128 nanos = 0;
  if (__builtin_mul_overflow(billionths, static_cast<__int128>(unit), &nanos) ||
      nanos % kFlowNanosPerSecond != 0) {
    return false;
  }
  nanos /= kFlowNanosPerSecond;
  if (nanos <= INT64_MIN || nanos >= INT64_MAX) return false;
  *out = static_cast<int64_t>(nanos);
  return true;
}

extern "C" bool flow_parse_duration(const char* p, int64_t size, int64_t* out) noexcept {
  const char* end = p + size;
  bool negative = Take(&p, end, '-');
  int64_t total = 0;
  bool any = false;
  while (p < end) {
    int64_t number = 0;
    const char* begin = p;
    for (; p < end && FlowIsDigit(*p); ++p) {
      if (__builtin_mul_overflow(number, int64_t{10}, &number) ||
          __builtin_add_overflow(number, static_cast<int64_t>(*p - '0'), &number)) {
        return false;
      }
    }
    if (p == begin) return false;
    const Unit* unit = TakeUnit(&p, end);
    int64_t part = 0;
    // Summed as negative numbers, of which there is one more.
    if (unit == nullptr || __builtin_mul_overflow(number, -unit->nanos, &part) ||
        __builtin_add_overflow(total, part, &total)) {
      return false;
    }
    any = true;
  }
  if (!any) return false;
  if (!negative && __builtin_sub_overflow(int64_t{0}, total, &total)) return false;
  *out = total;
  return true;
}

extern "C" char* flow_write_duration(char* out, int64_t value) noexcept {
  if (value == 0) {
    memcpy(out, "0s", 2);
    return out + 2;
  }
  uint64_t rest = static_cast<uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    rest = 0 - rest;
  }
  // Days are the largest unit printed: a week is read, but `8d` says more than `1w1d`.
  constexpr int kLargestFirst[] = {6, 5, 4, 3, 2, 1, 0};
  for (int index : kLargestFirst) {
    const Unit& unit = kUnits[index];
    uint64_t nanos = static_cast<uint64_t>(unit.nanos);
    if (rest < nanos) continue;
    out = flow_write_uint(out, rest / nanos);
    rest %= nanos;
    *out++ = unit.name[0];
    if (unit.name[1] != 0) *out++ = unit.name[1];
  }
  return out;
}
