#include "runtime/operators/sort_key.h"

#include <cmath>

#include "runtime/operators/prefix_sort.h"

namespace flow::runtime {

uint64_t OrderPrefix(const FlowType* type, const void* value) {
  constexpr uint64_t kSign = uint64_t{1} << 63;
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration: {
      uint64_t bits;
      std::memcpy(&bits, value, 8);
      return bits ^ kSign;
    }
    case TypeKind::kFloat: {
      double number;
      std::memcpy(&number, value, 8);
      if (std::isnan(number)) return UINT64_MAX;
      if (number == 0) number = 0;  // -0.0 equals 0.0
      uint64_t bits;
      std::memcpy(&bits, &number, 8);
      return (bits & kSign) != 0 ? ~bits : bits | kSign;
    }
    case TypeKind::kString:
    case TypeKind::kBytes: {
      FlowString text;
      std::memcpy(&text, value, sizeof text);
      unsigned char bytes[8] = {};
      if (text.size > 0) {
        std::memcpy(bytes, text.data, static_cast<size_t>(std::min<int64_t>(text.size, 8)));
      }
      uint64_t prefix;
      std::memcpy(&prefix, bytes, 8);
      return __builtin_bswap64(prefix);
    }
    default:
      return 0;
  }
}

static uint64_t RankPrefix(const ResolvedKey& key, const void* row) {
  const char* value = static_cast<const char*>(row) + key.offset;
  if (static_cast<TypeKind>(key.type->kind) != TypeKind::kOptional) {
    uint64_t prefix = OrderPrefix(key.type, value);
    return key.descending ? ~prefix : prefix;
  }
  // The upper half is for none, which ranks last in both directions.
  if (!flow_is_present(key.type, value)) return UINT64_MAX;
  uint64_t prefix = OrderPrefix(key.type->inner, value);
  return (key.descending ? ~prefix : prefix) >> 1;
}

void SortByRank(const std::vector<ResolvedKey>& keys, std::vector<PlacedRow>* rows) {
  struct Placed {
    uint64_t prefix;
    PlacedRow row;
    size_t number;
  };
  std::vector<Placed> order;
  order.reserve(rows->size());
  for (const PlacedRow& row : *rows) {
    order.push_back({keys.empty() ? 0 : RankPrefix(keys[0], row.row), row, order.size()});
  }
  SortByPrefix(&order, [&keys](const Placed& a, const Placed& b) {
    int rank = CompareRank(keys, a.row.row, b.row.row);
    if (rank != 0) return rank < 0;
    return a.row.place != b.row.place ? a.row.place < b.row.place : a.number < b.number;
  });
  for (size_t i = 0; i < order.size(); ++i) (*rows)[i] = order[i].row;
}

}  // namespace flow::runtime
