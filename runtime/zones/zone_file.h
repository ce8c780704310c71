#pragma once
// A time zone as RFC 8536 (TZif) writes it: moments when the offset changes, and a rule for the
// time after the last.

#include <cstdint>
#include <string_view>
#include <vector>

namespace flow::runtime {

// "Mm.w.d/time", "Jn/time" or "n/time" of a POSIX TZ text.
struct ZoneSwitch {
  enum class Kind : uint8_t { kMonthWeekDay, kJulian, kDayOfYear };
  Kind kind = Kind::kMonthWeekDay;
  int32_t month = 0;
  int32_t week = 0;
  int32_t day = 0;
  int64_t second = 7200;  // of the day, by the clock before the switch
};

// Offsets are seconds east of UTC.
struct Zone {
  struct Change {
    int64_t at;
    int64_t offset;
  };
  int64_t first_offset = 0;
  std::vector<Change> changes;  // by time
  bool has_rule = false;
  int64_t standard = 0;  // of the rule
  int64_t summer = 0;
  bool has_summer = false;
  ZoneSwitch to_summer;
  ZoneSwitch to_standard;

  int64_t OffsetAt(int64_t second) const;
};

// Reads the content of a zone file; false when it is none.
bool ParseZone(std::string_view file, Zone* out);

}  // namespace flow::runtime
