#pragma once
// Comparing collected rows by their sort keys.

#include <cstring>
#include <vector>

#include "base/type.h"
#include "runtime/plan.h"
#include "runtime/program.h"
#include "runtime/value.h"

namespace flow::runtime {

struct ResolvedKey {
  uint32_t offset = 0;
  const FlowType* type = nullptr;
  bool descending = false;
};

inline ResolvedKey Resolve(const Program& program, const SortKey& key) {
  return {key.offset, program.FindType(key.type_symbol), key.descending};
}

inline std::vector<ResolvedKey> Resolve(const Program& program, const std::vector<SortKey>& keys) {
  std::vector<ResolvedKey> out;
  for (const SortKey& key : keys) out.push_back(Resolve(program, key));
  return out;
}

// < 0: `a` ranks before `b`. `none` ranks last in both directions (semantics.md 62).
inline int CompareRank(const ResolvedKey& key, const void* a, const void* b) {
  const char* x = static_cast<const char*>(a) + key.offset;
  const char* y = static_cast<const char*>(b) + key.offset;
  switch (static_cast<TypeKind>(key.type->kind)) {
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration: {
      int64_t left;
      int64_t right;
      std::memcpy(&left, x, 8);
      std::memcpy(&right, y, 8);
      int order = left < right ? -1 : left > right ? 1 : 0;
      return key.descending ? -order : order;
    }
    case TypeKind::kOptional: {
      bool has_x = flow_is_present(key.type, x);
      bool has_y = flow_is_present(key.type, y);
      if (has_x != has_y) return has_x ? -1 : 1;
      if (!has_x) return 0;
      int order = flow_value_compare(key.type->inner, x, y);
      return key.descending ? -order : order;
    }
    default: {
      int order = flow_value_compare(key.type, x, y);
      return key.descending ? -order : order;
    }
  }
}

inline int CompareRank(const std::vector<ResolvedKey>& keys, const void* a, const void* b) {
  for (const ResolvedKey& key : keys) {
    if (int order = CompareRank(key, a, b); order != 0) return order;
  }
  return 0;
}

// A number with the order of the value as far as it goes, so that most comparisons of a sort stay
// away from the rows: a smaller one stands before, equal ones say nothing.
uint64_t OrderPrefix(const FlowType* type, const void* value);

// A row and the place of its partition in row order.
struct PlacedRow {
  void* row;
  int64_t place;
};

// Sorts rows by rank; of rows of equal rank those of an earlier partition come first, and rows of
// one partition keep their order.
void SortByRank(const std::vector<ResolvedKey>& keys, std::vector<PlacedRow>* rows);

// Of a key of several parts.
inline uint64_t HashKey(const std::vector<ResolvedKey>& key, const void* row) {
  uint64_t hash = 0;
  for (const ResolvedKey& part : key) {
    uint64_t own = flow_value_hash(part.type, static_cast<const char*>(row) + part.offset);
    hash = (hash ^ own) * 0x9e3779b97f4a7c15u;
  }
  return hash;
}
inline bool SameKey(const std::vector<ResolvedKey>& key, const void* a, const void* b) {
  for (const ResolvedKey& part : key) {
    if (!flow_value_equal(part.type, static_cast<const char*>(a) + part.offset,
                          static_cast<const char*>(b) + part.offset)) {
      return false;
    }
  }
  return true;
}

inline int64_t WindowEndOf(const void* row, int64_t offset) {
  int64_t end;
  std::memcpy(&end, static_cast<const char*>(row) + offset, 8);
  return end;
}

}  // namespace flow::runtime
