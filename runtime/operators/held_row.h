#pragma once
// A row that an operator keeps between batches.

#include <cstdint>
#include <utility>

#include "runtime/abi.h"
#include "runtime/memory.h"

namespace flow::runtime {

// A deep copy of a row in one piece of memory, counted against the budget and freed with the last
// HeldRow that points to it. Operators run one at a time, so the count needs no atomic.
class HeldRow {
 public:
  static constexpr int64_t kHeader = 32;  // before the row, which stays aligned to 16

  HeldRow() = default;
  HeldRow(MemoryBudget* budget, const FlowType* type, const void* row);
  HeldRow(const HeldRow& other) : block_(other.block_) { Keep(); }
  HeldRow(HeldRow&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  HeldRow& operator=(HeldRow other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~HeldRow() { Drop(); }

  explicit operator bool() const { return block_ != nullptr; }
  const void* get() const { return block_ + kHeader; }
  // For columns that the operator fills in; shared by all that hold the row.
  void* mutable_row() { return block_ + kHeader; }

 private:
  struct Header {
    MemoryBudget* budget;
    int64_t size;
    int64_t holders;
  };
  static_assert(sizeof(Header) <= kHeader);

  void Keep();
  void Drop();

  char* block_ = nullptr;
};

}  // namespace flow::runtime
