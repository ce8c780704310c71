#pragma once
// Time zones by name ("Europe/Madrid", "UTC", "+05:30"), from the zone files that every system
// carries. A zone that is not known fails with a reason in task->detail.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/abi.h"

namespace flow::runtime {

// What the clocks of `zone` show at `t`, as if it were UTC.
bool LocalTime(FlowTask* task, int64_t t, const FlowString& zone, int64_t* local);

// The moment when the clocks of `zone` show `local`: of two, the last that is not after `hint`; of
// none, the moment they jump over it.
bool UtcTime(FlowTask* task, int64_t local, int64_t hint, const FlowString& zone, int64_t* out);

// Offset of `zone` from UTC at `t`, in seconds.
bool ZoneOffset(FlowTask* task, int64_t t, const FlowString& zone, int64_t* seconds);

// Whether there is such a zone, and the names of all that have one; for whoever checks a script.
bool HasZone(std::string_view name);
std::vector<std::string> ZoneNames();

}  // namespace flow::runtime
