#include "runtime/operators/groups.h"

#include <algorithm>
#include <cstring>

#include "runtime/operators/prefix_sort.h"
#include "runtime/operators/sort_key.h"
#include "runtime/value.h"

namespace flow::runtime {

Groups::Groups(const AggregatePlan& plan, const OperatorContext& context)
    : plan_(plan),
      context_(context),
      key_type_(context.program->FindType(plan.key_type_symbol)),
      row_type_(context.program->FindType(plan.row_type_symbol)),
      flat_(!flow_type_has_pointers(key_type_)) {
  const SymbolResolver& symbols = *context.program->symbols;
  equal_ = reinterpret_cast<FlowEqualFn>(symbols.Find(plan.eq_symbol));
  init_ = reinterpret_cast<FlowEntryInitFn>(symbols.Find(plan.init_symbol));
  merge_ = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.merge_symbol));
  final_ = reinterpret_cast<FlowFinalFn>(symbols.Find(plan.final_symbol));
}

void* Groups::Find(FlowTable* table, const char* from) const {
  uint64_t at = 0;
  void* entry = flow_table_find(table, from, plan_.key_offset, equal_, &at);
  if (entry != nullptr) return entry;
  uint64_t hash;
  std::memcpy(&hash, from, 8);
  entry = flow_table_insert(table, hash, at);
  if (flat_) {
    std::memcpy(KeyOf(entry), KeyOf(from), key_type_->size);
  } else {
    flow_value_copy(table->arena, key_type_, KeyOf(entry), KeyOf(from));
  }
  init_(table->arena, entry);
  return entry;
}

void* Groups::Merge(FlowTable* table, const char* from) const {
  void* entry = Find(table, from);
  merge_(table->arena, entry, from);
  return entry;
}

void Groups::MergeAll(FlowTable* table, const FlowTable& from) const {
  for (int64_t i = 0; i < from.count; ++i) Merge(table, static_cast<char*>(from.entries[i]));
}

// Which part of the key tells most groups apart: where all are of one window, not its bounds.
int64_t Groups::LeadingPart(const std::vector<void*>& entries) const {
  if (!plan_.windowed) return 0;
  bool one = std::all_of(entries.begin(), entries.end(), [&](const void* entry) {
    return std::memcmp(KeyOf(entry), KeyOf(entries[0]), 16) == 0;
  });
  return one ? 2 : 0;
}

std::vector<void*> Groups::InOrder(const std::vector<void*>& entries) const {
  struct Sorted {
    uint64_t prefix;
    void* entry;
  };
  std::vector<Sorted> order;
  order.reserve(entries.size());
  int64_t part = LeadingPart(entries);
  const FlowField* field = part < key_type_->count ? &key_type_->fields[part] : nullptr;
  for (void* entry : entries) {
    uint64_t prefix = 0;
    if (field != nullptr) prefix = OrderPrefix(field->type, KeyOf(entry) + field->offset);
    order.push_back({prefix, entry});
  }
  SortByPrefix(&order, [this](const Sorted& a, const Sorted& b) {
    return flow_value_compare(key_type_, KeyOf(a.entry), KeyOf(b.entry)) < 0;
  });
  std::vector<void*> out;
  out.reserve(order.size());
  for (const Sorted& sorted : order) out.push_back(sorted.entry);
  return out;
}

}  // namespace flow::runtime
