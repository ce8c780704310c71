#pragma once
// Sorting by a number that has the order of the values as far as it goes (OrderPrefix).

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace flow::runtime {

// By `prefix`, equal ones as they stood: least significant byte first, and only the bytes in which
// some of them differ, since keys are often small numbers or begin alike.
template <class T>
void SortByBytes(std::vector<T>* items) {
  uint64_t differ = 0;
  for (const T& item : *items) differ |= item.prefix ^ items->front().prefix;
  std::vector<T> other(items->size());
  for (int shift = 0; shift < 64; shift += 8) {
    if ((differ >> shift & 0xff) == 0) continue;
    std::array<size_t, 256> places{};
    for (const T& item : *items) ++places[item.prefix >> shift & 0xff];
    size_t before = 0;
    for (size_t& place : places) before += std::exchange(place, before);
    for (const T& item : *items) other[places[item.prefix >> shift & 0xff]++] = item;
    items->swap(other);
  }
}

// By `prefix`, then by `less`.
template <class T, class Less>
void SortByPrefix(std::vector<T>* items, Less less) {
  constexpr size_t kFew = 64;  // a comparison sort is quicker up to here
  if (items->size() <= kFew) {
    std::sort(items->begin(), items->end(), [&](const T& a, const T& b) {
      return a.prefix != b.prefix ? a.prefix < b.prefix : less(a, b);
    });
    return;
  }
  SortByBytes(items);
  for (auto run = items->begin(); run != items->end();) {
    auto end =
        std::find_if(run, items->end(), [&](const T& item) { return item.prefix != run->prefix; });
    if (end - run > 1) std::sort(run, end, less);
    run = end;
  }
}

}  // namespace flow::runtime
