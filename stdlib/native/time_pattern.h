#pragma once
// Times by pattern, as strptime and strftime read them, in English and without locale:
//
//   %Y year · %y its last two digits · %m month · %d %e day · %H hour · %I hour of 12 · %p AM or PM
//   %M minute · %S second · %f fraction of the second · %L its milliseconds · %z offset (+02:00, Z)
//   %b %B month's name · %a %A day's name · %j day of the year · %s seconds since 1970
//   %F %Y-%m-%d · %T %H:%M:%S · %R %H:%M · %D %m/%d/%y · %n %t white space · %% a percent sign

#include <cstdint>
#include <string_view>

#include "runtime/abi.h"

namespace flow::stdlib {

struct ParsedTime {
  int64_t seconds = 0;  // since 1970; local unless has_zone
  int64_t nanos = 0;
  bool has_zone = false;
};

// Fails with a reason in task->detail.
bool ParseTime(FlowTask* task, std::string_view text, std::string_view pattern, ParsedTime* out);

// `offset`: seconds east of UTC that are shown. Fails for a pattern that is none.
bool FormatTime(FlowTask* task, int64_t t, int64_t offset, std::string_view pattern,
                FlowString* out);

}  // namespace flow::stdlib
