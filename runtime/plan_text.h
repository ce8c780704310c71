#pragma once
// A plan as text, as ahead-of-time executables carry it: the fields in order, numbers in decimal,
// strings with their length before them. Written and read by reflection over the structs of
// runtime/plan.h; the first line names the version.

#include <string>
#include <string_view>

#include "runtime/plan.h"

namespace flow::runtime {

std::string WritePlan(const Plan& plan);

// False when `text` is damaged or of another version; *plan is then unspecified.
bool ReadPlan(std::string_view text, Plan* plan);

}  // namespace flow::runtime
