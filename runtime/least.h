#pragma once
// The words for a count or duration that a parameter made too small; the same in the runtime and in
// the interpreter.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/diag_code.h"
#include "base/text.h"

namespace flow::runtime {

inline std::string TooSmall(std::string_view what, bool duration, int64_t value, int64_t least) {
  return Cat("error[", CodeOf(duration ? Diag::InconsistentWindow : Diag::BadParameter),
             "]: ", what, least > 0 ? " must be above zero" : " must not be below zero", ", it is ",
             duration ? DurationText(value) : std::to_string(value));
}

}  // namespace flow::runtime
