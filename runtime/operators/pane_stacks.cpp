#include "runtime/operators/pane_stacks.h"

#include <algorithm>
#include <cstring>

namespace flow::runtime {

PaneStacks::PaneStacks(const Groups& groups, MemoryBudget* budget, int64_t group_size)
    : groups_(groups),
      budget_(budget),
      link_offset_((group_size + 15) / 16 * 16),
      entry_size_(link_offset_ + int64_t{sizeof(Occurrence)}),
      back_(INT64_MIN),
      keys_(std::make_unique<OwnTable>(budget, entry_size_)),
      scratch_(budget) {
  // As `flowc plan` tells it: ir/row_memory.h, kPaneLinkBytes.
  static_assert(sizeof(Key) <= sizeof(Occurrence) && sizeof(Occurrence) <= 32);
}

void PaneStacks::Add(int64_t start, std::unique_ptr<OwnTable> groups) {
  const FlowTable& added = groups->table;
  if (start < back_) {
    for (int64_t i = 0; i < added.count; ++i) {
      AddToFront(start, static_cast<const char*>(added.entries[i]));
    }
    return;
  }
  for (int64_t i = 0; i < added.count; ++i) {
    KeyOf(groups_.Merge(&keys_->table, static_cast<const char*>(added.entries[i]))).in_back = true;
  }
  auto [pane, fresh] = panes_.try_emplace(start, nullptr);
  if (fresh) {
    pane->second = std::move(groups);
  } else {
    groups_.MergeAll(&pane->second->table, added);
  }
}

OwnTable* PaneStacks::PaneAt(int64_t start) {
  std::unique_ptr<OwnTable>& pane = panes_[start];
  if (pane == nullptr) pane = std::make_unique<OwnTable>(budget_, entry_size_);
  return pane.get();
}

// A group that comes behind its time: all states of the front that reach over its pane take it in.
void PaneStacks::AddToFront(int64_t start, const char* group) {
  auto* key = static_cast<char*>(groups_.Find(&keys_->table, group));
  char* before = nullptr;
  char* at = KeyOf(key).front;
  while (at != nullptr && OccurrenceOf(at).start < start) {
    groups_.MergeStates(PaneAt(OccurrenceOf(at).start)->arena.get(), at, group);
    before = at;
    at = OccurrenceOf(at).next;
  }
  FlowTable* pane = &PaneAt(start)->table;
  auto* entry = static_cast<char*>(groups_.Merge(pane, group));
  if (entry == at) return;
  if (at != nullptr) groups_.MergeStates(pane->arena, entry, at);
  OccurrenceOf(entry) = {at, key, start};
  (before == nullptr ? KeyOf(key).front : OccurrenceOf(before).next) = entry;
}

void PaneStacks::Drop(int64_t start) {
  while (!panes_.empty() && panes_.begin()->first < start) {
    const auto& [begin, pane] = *panes_.begin();
    bool in_front = begin < back_;
    for (int64_t i = 0; in_front && i < pane->table.count; ++i) {
      const Occurrence& occurrence = OccurrenceOf(pane->table.entries[i]);
      KeyOf(occurrence.key).front = occurrence.next;
    }
    panes_.erase(panes_.begin());
  }
  if (panes_.empty() || panes_.begin()->first >= back_) Flip();
}

// From the newest pane to the oldest. Keys that occur no more are gone with the old table.
void PaneStacks::Flip() {
  keys_ = std::make_unique<OwnTable>(budget_, entry_size_);
  back_ = panes_.empty() ? INT64_MIN : panes_.rbegin()->first + 1;
  for (auto pane = panes_.rbegin(); pane != panes_.rend(); ++pane) {
    const FlowTable& table = pane->second->table;
    for (int64_t i = 0; i < table.count; ++i) {
      auto* entry = static_cast<char*>(table.entries[i]);
      auto* key = static_cast<char*>(groups_.Find(&keys_->table, entry));
      char*& front = KeyOf(key).front;
      if (front != nullptr) groups_.MergeStates(table.arena, entry, front);
      OccurrenceOf(entry) = {front, key, pane->first};
      front = entry;
    }
  }
}

int64_t PaneStacks::count() const {
  int64_t count = 0;
  for (const auto& [start, pane] : panes_) count += pane->table.count;
  return count;
}

std::vector<void*> PaneStacks::Keys() {
  scratch_.Reset();
  std::vector<void*> out;
  const FlowTable& table = keys_->table;
  out.reserve(static_cast<size_t>(table.count));
  for (int64_t i = 0; i < table.count; ++i) {
    const Key& key = KeyOf(table.entries[i]);
    if (key.front != nullptr || key.in_back) out.push_back(table.entries[i]);
  }
  return out;
}

void* PaneStacks::Whole(void* entry) {
  const Key& key = KeyOf(entry);
  if (key.front == nullptr) return entry;
  if (!key.in_back) return key.front;
  void* whole = scratch_.Allocate(link_offset_, 16);
  std::memcpy(whole, entry, static_cast<size_t>(link_offset_));
  groups_.Init(scratch_.get(), whole);
  groups_.MergeStates(scratch_.get(), whole, key.front);
  groups_.MergeStates(scratch_.get(), whole, entry);
  return whole;
}

}  // namespace flow::runtime
