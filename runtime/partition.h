#pragma once
// Rows on their way to a partitioned sink: each goes in a frame that says where it belongs. A frame
// is { path size, row size, event time } (three int64), the path "dt=2026-01-31/hm=10:00", the row.

#include <cstdint>
#include <string_view>

#include "runtime/abi.h"

extern "C" {
// Begins a frame at the end of `buffer`; gives its offset.
int64_t flow_partition_begin(FlowBuffer* buffer) noexcept;
// Adds "name=value" to its path. Bytes of the value that no path may have are escaped as %2F, none
// is written as `__none__`, the text of this name as `%5F_none__`.
void flow_partition_part(FlowBuffer* buffer, int64_t frame, const char* name, int64_t name_size,
                         const FlowType* type, const void* value) noexcept;
// The path is complete, the row follows.
void flow_partition_row(FlowBuffer* buffer, int64_t frame, int64_t time) noexcept;
void flow_partition_end(FlowBuffer* buffer, int64_t frame) noexcept;
}

namespace flow::runtime {

struct PartitionFrame {
  int64_t time = INT64_MIN;
  std::string_view path;
  std::string_view row;
};

// Takes the first frame off `bytes`; false when there is none.
bool TakeFrame(std::string_view* bytes, PartitionFrame* frame);

}  // namespace flow::runtime
