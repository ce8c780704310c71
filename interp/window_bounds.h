#pragma once
// The windows that a time lies in (semantics.md 41, 42).

#include <cstdint>
#include <string>
#include <vector>

#include "base/stages.h"

namespace flow::interp {

struct WindowBounds {
  int64_t start = 0;
  int64_t end = 0;
};

struct WindowShape {
  WindowKind kind = WindowKind::kTumble;
  int64_t size = 0;
  int64_t step = 0;  // hop, cumulate
  int64_t offset = 0;
  std::string zone;  // empty: UTC
};

// By their ends; false when one of them lies beyond the timestamps, or the zone is not known.
bool WindowsOf(const WindowShape& shape, int64_t time, std::vector<WindowBounds>* out);

}  // namespace flow::interp
