// order by: a stable sort of everything, or of each window when it closes.

#include <map>

#include "runtime/operator.h"
#include "runtime/operators/sort_key.h"

namespace flow::runtime {
namespace {

class OrderOperator final : public Operator {
 public:
  OrderOperator(const OrderPlan& plan, OperatorContext context) : context_(std::move(context)) {
    type_ = context_.program->FindType(plan.row_type_symbol);
    by_ = Resolve(*context_.program, plan.by);
    window_end_offset_ = plan.window_end_offset;
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    for (int64_t i = 0; i < rows.count; ++i) {
      const void* row = rows.rows[i];
      int64_t end = window_end_offset_ < 0 ? INT64_MAX : WindowEndOf(row, window_end_offset_);
      if (window_end_offset_ >= 0 && end <= batch.watermark) continue;
      Window& window = windows_.try_emplace(end, context_.budget).first->second;
      void* copy = window.arena.Allocate(type_->size, type_->align);
      flow_value_copy(window.arena.get(), type_, copy, row);
      window.rows.push_back({copy, batch.rank});
    }
  }
  void OnWatermark(int64_t watermark) override {
    if (window_end_offset_ < 0) return;
    while (!windows_.empty() && windows_.begin()->first <= watermark) Close();
  }
  Backlog backlog() const override {
    Backlog out;
    for (const auto& [end, window] : windows_)
      out.count += static_cast<int64_t>(window.rows.size());
    if (!windows_.empty()) out.watermark = windows_.begin()->first;
    return out;
  }
  void OnEnd() override {
    while (!windows_.empty()) Close();
  }

 private:
  struct Window {
    explicit Window(MemoryBudget* budget) : arena(budget) {}
    Arena arena;
    std::vector<PlacedRow> rows;
  };

  void Close() {
    // Out of the map first: what is emitted may come back to this operator's neighbours.
    auto node = windows_.extract(windows_.begin());
    std::vector<PlacedRow>& rows = node.mapped().rows;
    SortByRank(by_, &rows);
    std::vector<const void*> out;
    out.reserve(rows.size());
    for (const PlacedRow& row : rows) out.push_back(row.row);
    EmitAll(context_, out.data(), static_cast<int64_t>(out.size()));
  }

  OperatorContext context_;
  const FlowType* type_ = nullptr;
  std::vector<ResolvedKey> by_;
  int64_t window_end_offset_ = -1;
  std::map<int64_t, Window> windows_;  // by window_end
};

}  // namespace

std::unique_ptr<Operator> MakeOrder(const OrderPlan& plan, OperatorContext context) {
  return std::make_unique<OrderOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
