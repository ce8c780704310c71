#pragma once
// Panes of overlapping windows: what stands for them in the keys of partial groups.

#include <stdint.h>

#include "runtime/inline/helper.h"

// What a pane adds to the hash of a group: taken away again, equal groups of different panes have
// equal hashes.
FLOW_HELPER uint64_t flow_pane_hash(int64_t start, int64_t first_end) noexcept {
  uint64_t hash = static_cast<uint64_t>(start) * 0x9e3779b97f4a7c15ull;
  hash = (hash ^ (hash >> 32) ^ static_cast<uint64_t>(first_end)) * 0xd6e8feb86659fd93ull;
  return hash ^ (hash >> 32);
}

// The first of the window ends `end`, `end + step`, .. behind `watermark`, which has reached `end`.
FLOW_HELPER int64_t flow_pane_open(int64_t end, int64_t step, int64_t watermark) noexcept {
  return end + ((watermark - end) / step + 1) * step;
}
