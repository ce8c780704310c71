// aggregate: merges partial groups of workers or units, closes windows, sends results. Groups leave
// in the order of window_end, then key, whatever order they came in.

#include <algorithm>
#include <cstring>
#include <map>

#include "runtime/inline/memory.h"
#include "runtime/inline/table.h"
#include "runtime/operator.h"
#include "runtime/operators/sort_key.h"
#include "runtime/value.h"

namespace flow::runtime {
namespace {

uint64_t KeyPrefix(const FlowType* key_type, const char* key) {
  if (key_type->count == 0) return 0;
  const FlowField& first = key_type->fields[0];
  return OrderPrefix(first.type, key + first.offset);
}

class AggregateOperator final : public Operator {
 public:
  AggregateOperator(const AggregatePlan& plan, OperatorContext context)
      : plan_(plan), context_(std::move(context)) {
    const SymbolResolver& symbols = *context_.program->symbols;
    key_type_ = context_.program->FindType(plan.key_type_symbol);
    row_type_ = context_.program->FindType(plan.row_type_symbol);
    equal_ = reinterpret_cast<FlowEqualFn>(symbols.Find(plan.eq_symbol));
    init_ = reinterpret_cast<FlowEntryInitFn>(symbols.Find(plan.init_symbol));
    merge_ = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.merge_symbol));
    final_ = reinterpret_cast<FlowFinalFn>(symbols.Find(plan.final_symbol));
  }

  // Aggregates take groups, never rows.
  void OnBatch(const FlowRows&, const Batch&) override {}

  void OnTable(FlowTable* partial, int64_t watermark) override {
    int64_t late = 0;
    Window* window = nullptr;
    int64_t window_end = 0;
    for (int64_t i = 0; i < partial->count; ++i) {
      const char* from = static_cast<const char*>(partial->entries[i]);
      int64_t end = INT64_MAX;
      if (plan_.windowed) {
        std::memcpy(&end, from + plan_.key_offset + 8, 8);
        if (end <= watermark) {
          late += RowsIn(from);
          continue;
        }
      }
      if (window == nullptr || end != window_end) {
        window = &windows_.try_emplace(end, context_.budget, plan_.entry_size).first->second;
        window_end = end;
      }
      Merge(*window, from);
    }
    if (late > 0) context_.count_late(late);
  }

  bool Adopt(FlowTable* table) override {
    if (plan_.windowed || !windows_.empty()) return false;
    windows_.try_emplace(INT64_MAX, context_.budget, plan_.entry_size).first->second.table = table;
    return true;
  }

  void OnWatermark(int64_t watermark) override {
    if (!plan_.windowed) return;
    while (!windows_.empty() && windows_.begin()->first <= watermark) Close();
  }

  Backlog backlog() const override {
    Backlog out;
    out.groups = true;
    for (const auto& [end, window] : windows_) out.count += window.table->count;
    if (!plan_.windowed || windows_.empty()) return out;
    const auto& [end, window] = *windows_.begin();
    out.watermark = end;
    const char* key = static_cast<const char*>(window.table->entries[0]) + plan_.key_offset;
    std::memcpy(&out.since, key, 8);
    return out;
  }

  void OnEnd() override {
    if (plan_.always_one_row) {
      FlowTable* table =
          windows_.try_emplace(INT64_MAX, context_.budget, plan_.entry_size).first->second.table;
      if (table->count == 0) {
        init_(table->arena, flow_table_insert(table, 0, flow_table_begin(table, 0)));
      }
    }
    while (!windows_.empty()) Close();
  }

 private:
  struct Window {
    Window(MemoryBudget* budget, int64_t entry_size) : arena(budget) {
      flow_table_init(&own_table, arena.get(), entry_size);
    }
    Window(const Window&) = delete;
    Arena arena;
    FlowTable own_table{};
    FlowTable* table = &own_table;  // or an adopted one
  };

  int64_t RowsIn(const char* entry) const {
    if (plan_.row_count_offset < 0) return 1;
    int64_t rows;
    std::memcpy(&rows, entry + plan_.row_count_offset, 8);
    return rows;
  }

  void Merge(Window& window, const char* from) {
    uint64_t at = 0;
    FlowArena* arena = window.table->arena;
    void* entry = flow_table_find(window.table, from, plan_.key_offset, equal_, &at);
    if (entry == nullptr) {
      uint64_t hash;
      std::memcpy(&hash, from, 8);
      entry = flow_table_insert(window.table, hash, at);
      flow_value_copy(arena, key_type_, static_cast<char*>(entry) + plan_.key_offset,
                      from + plan_.key_offset);
      init_(arena, entry);
    }
    merge_(arena, entry, from);
  }

  void Close() {
    auto node = windows_.extract(windows_.begin());
    const FlowTable& table = *node.mapped().table;
    struct Sorted {
      uint64_t prefix;
      const char* entry;
    };
    std::vector<Sorted> order;
    order.reserve(static_cast<size_t>(table.count));
    for (int64_t i = 0; i < table.count; ++i) {
      const char* entry = static_cast<const char*>(table.entries[i]);
      // The window columns that lead the key are the same in all of them.
      order.push_back({plan_.windowed ? 0 : KeyPrefix(key_type_, entry + plan_.key_offset), entry});
    }
    std::sort(order.begin(), order.end(), [this](const Sorted& a, const Sorted& b) {
      if (a.prefix != b.prefix) return a.prefix < b.prefix;
      return flow_value_compare(key_type_, a.entry + plan_.key_offset, b.entry + plan_.key_offset) <
             0;
    });
    std::vector<const void*> rows;
    Arena arena(context_.budget);
    size_t next = 0;
    while (next < order.size() && !context_.stopped()) {
      rows.clear();
      arena.Reset();
      size_t stop = std::min(order.size(), next + static_cast<size_t>(context_.batch_rows));
      FlowTask* task = context_.begin_task();
      for (; next < stop; ++next) {
        void* row = arena.Allocate(row_type_->size, std::max<int64_t>(row_type_->align, 1));
        if (final_(task, order[next].entry, row)) rows.push_back(row);
      }
      // Rows that do not fit are judged after those before them have gone.
      context_.emit(rows.data(), static_cast<int64_t>(rows.size()));
      context_.end_task();
    }
  }

  const AggregatePlan& plan_;
  OperatorContext context_;
  const FlowType* key_type_ = nullptr;
  const FlowType* row_type_ = nullptr;
  FlowEqualFn equal_ = nullptr;
  FlowEntryInitFn init_ = nullptr;
  FlowMergeFn merge_ = nullptr;
  FlowFinalFn final_ = nullptr;
  std::map<int64_t, Window> windows_;  // by window_end; INT64_MAX when not windowed
};

}  // namespace

std::unique_ptr<Operator> MakeAggregate(const AggregatePlan& plan, OperatorContext context) {
  return std::make_unique<AggregateOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
