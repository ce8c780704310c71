#pragma once
// Entries of an aggregate's groups (runtime/inline/table.h): found and merged across tables, and
// sent in the order of their keys.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "runtime/inline/table.h"
#include "runtime/operator.h"

namespace flow::runtime {

// A table with memory of its own.
struct OwnTable {
  OwnTable(MemoryBudget* budget, int64_t entry_size) : arena(budget) {
    flow_table_init(&table, arena.get(), entry_size);
  }
  OwnTable(const OwnTable&) = delete;
  OwnTable& operator=(const OwnTable&) = delete;
  Arena arena;
  FlowTable table{};
};

inline std::vector<void*> EntriesOf(const FlowTable& table) {
  return std::vector<void*>(table.entries, table.entries + table.count);
}

class Groups {
 public:
  Groups(const AggregatePlan& plan, const OperatorContext& context);

  // The entry of the key of `from`, an entry of another table; made if there is none.
  void* Find(FlowTable* table, const char* from) const;
  // The same, with the states of `from` merged into it.
  void* Merge(FlowTable* table, const char* from) const;
  void MergeAll(FlowTable* table, const FlowTable& from) const;
  void MergeStates(FlowArena* arena, void* entry, const void* from) const {
    merge_(arena, entry, from);
  }
  void Init(FlowArena* arena, void* entry) const { init_(arena, entry); }
  // The result row of an entry; false when it was rejected.
  bool Finish(FlowTask* task, const void* entry, void* row) const {
    return final_(task, entry, row);
  }
  char* KeyOf(void* entry) const { return static_cast<char*>(entry) + plan_.key_offset; }
  const char* KeyOf(const void* entry) const {
    return static_cast<const char*>(entry) + plan_.key_offset;
  }

  // Sends the results of `entries` in the order of their keys; finish(task, entry, row) is Finish,
  // or does so with what stands for the entry.
  template <class FinishT>
  void Send(const std::vector<void*>& entries, FinishT finish) const {
    std::vector<void*> order = InOrder(entries);
    std::vector<const void*> rows;
    Arena arena(context_.budget);
    int64_t align = std::max<int64_t>(row_type_->align, 1);
    size_t next = 0;
    while (next < order.size() && !context_.stopped()) {
      rows.clear();
      arena.Reset();
      size_t stop = std::min(order.size(), next + static_cast<size_t>(context_.batch_rows));
      FlowTask* task = context_.begin_task();
      for (; next < stop; ++next) {
        void* row = arena.Allocate(row_type_->size, align);
        if (finish(task, order[next], row)) rows.push_back(row);
      }
      // Rows that do not fit are judged after those before them have gone.
      context_.emit(rows.data(), static_cast<int64_t>(rows.size()));
      context_.end_task();
    }
  }

 private:
  std::vector<void*> InOrder(const std::vector<void*>& entries) const;
  int64_t LeadingPart(const std::vector<void*>& entries) const;

  const AggregatePlan& plan_;
  const OperatorContext& context_;
  const FlowType* key_type_;
  const FlowType* row_type_;
  bool flat_;  // keys have no parts elsewhere
  FlowEqualFn equal_;
  FlowEntryInitFn init_;
  FlowMergeFn merge_;
  FlowFinalFn final_;
};

}  // namespace flow::runtime
