#include "runtime/operators/held_row.h"

#include <cstring>

#include "base/check.h"
#include "runtime/value.h"

namespace flow::runtime {

HeldRow::HeldRow(MemoryBudget* budget, const FlowType* type, const void* row) {
  int64_t size = kHeader + type->size + flow_value_extra_bytes(type, row);
  block_ = static_cast<char*>(ChargedAllocate(budget, size));
  Header header{budget, size, 1};
  std::memcpy(block_, &header, sizeof header);
  FlowArena arena{};
  arena.at = block_ + kHeader + type->size;
  arena.end = block_ + size;
  flow_value_copy(&arena, type, block_ + kHeader, row);
  FLOW_CHECK(arena.blocks == nullptr, "a copy needs no more bytes than were counted");
}

void HeldRow::Keep() {
  if (block_ != nullptr) ++reinterpret_cast<Header*>(block_)->holders;
}

void HeldRow::Drop() {
  if (block_ == nullptr) return;
  auto* header = reinterpret_cast<Header*>(block_);
  if (--header->holders > 0) return;
  ChargedFree(header->budget, block_, header->size);
}

}  // namespace flow::runtime
