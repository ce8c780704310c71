#include "runtime/operators/sort_key.h"

#include <algorithm>

namespace flow::runtime {

void SortByRank(const std::vector<ResolvedKey>& keys, std::vector<void*>* rows) {
  struct Placed {
    void* row;
    size_t place;
  };
  std::vector<Placed> order;
  order.reserve(rows->size());
  for (void* row : *rows) order.push_back({row, order.size()});
  std::sort(order.begin(), order.end(), [&keys](const Placed& a, const Placed& b) {
    int rank = CompareRank(keys, a.row, b.row);
    return rank != 0 ? rank < 0 : a.place < b.place;
  });
  for (size_t i = 0; i < order.size(); ++i) (*rows)[i] = order[i].row;
}

}  // namespace flow::runtime
