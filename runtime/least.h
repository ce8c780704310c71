#pragma once
// The words for a count or duration that a parameter made too small; the same in the runtime and in
// the interpreter.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/diag_code.h"
#include "base/stages.h"
#include "base/text.h"

namespace flow::runtime {

inline std::string TooSmall(std::string_view what, bool duration, int64_t value, int64_t least) {
  return Cat("error[", CodeOf(duration ? Diag::InconsistentWindow : Diag::BadParameter),
             "]: ", what, least > 0 ? " must be above zero" : " must not be below zero", ", it is ",
             duration ? DurationText(value) : std::to_string(value));
}

// The same for a length that is no whole number of steps, or too many of them; empty when it fits.
inline std::string NoSteps(std::string_view what, bool duration, int64_t value, int64_t step) {
  auto text = [&](int64_t x) { return duration ? DurationText(x) : std::to_string(x); };
  bool whole = value % step == 0;
  if (whole && value / step <= kWindowStepsMax) return {};
  std::string out = Cat("error[", CodeOf(Diag::InconsistentWindow), "]: ", what,
                        " must be a whole number of steps");
  if (whole) Append(out, Cat(", at most ", kWindowStepsMax));
  return out + Cat(", it is ", text(value), " with steps of ", text(step));
}

}  // namespace flow::runtime
