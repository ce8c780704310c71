#pragma once
// Typed 4-byte ids and the stores they index: parts of a program refer to each other by id, never
// by pointer, so that a body is a value that can be copied, compared and printed.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"

namespace flow {

// An index into a Store; `Tag` keeps ids of different stores apart.
template <class Tag>
struct Id {
  static constexpr uint32_t kNone = 0xffffffff;
  uint32_t index = kNone;

  bool valid() const { return index != kNone; }
  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;
};

// An append-only list of T addressed by IdT.
template <class IdT, class T>
class Store {
 public:
  IdT Add(T value) {
    values_.push_back(std::move(value));
    return IdT{static_cast<uint32_t>(values_.size() - 1)};
  }
  T& Get(IdT id) {
    FLOW_CHECK(id.index < values_.size(), "id out of range");
    return values_[id.index];
  }
  const T& Get(IdT id) const {
    FLOW_CHECK(id.index < values_.size(), "id out of range");
    return values_[id.index];
  }
  T& operator[](IdT id) { return Get(id); }
  const T& operator[](IdT id) const { return Get(id); }
  bool Has(IdT id) const { return id.index < values_.size(); }
  size_t size() const { return values_.size(); }
  bool empty() const { return values_.empty(); }
  void Resize(size_t n) { values_.resize(n); }
  auto begin() { return values_.begin(); }
  auto end() { return values_.end(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  IdT IdAt(size_t i) const { return IdT{static_cast<uint32_t>(i)}; }
  friend bool operator==(const Store&, const Store&) = default;

 private:
  std::vector<T> values_;
};

}  // namespace flow
