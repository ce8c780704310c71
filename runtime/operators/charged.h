#pragma once
// Vectors of what an operator keeps, counted against the run's memory.

#include <memory>
#include <vector>

#include "runtime/memory.h"

namespace flow::runtime {

template <class T>
struct ChargedAllocator {
  using value_type = T;
  MemoryBudget* budget = nullptr;

  ChargedAllocator() = default;
  ChargedAllocator(MemoryBudget* of) : budget(of) {}
  template <class U>
  ChargedAllocator(const ChargedAllocator<U>& other) : budget(other.budget) {}

  T* allocate(size_t count) {
    return static_cast<T*>(ChargedAllocate(budget, static_cast<int64_t>(count * sizeof(T))));
  }
  void deallocate(T* memory, size_t count) {
    ChargedFree(budget, memory, static_cast<int64_t>(count * sizeof(T)));
  }
  friend bool operator==(const ChargedAllocator&, const ChargedAllocator&) = default;
};

template <class T>
using ChargedVector = std::vector<T, ChargedAllocator<T>>;

}  // namespace flow::runtime
