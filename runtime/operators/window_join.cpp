// Joins of rows that carry the same window: both sides are kept until it closes, then matched in
// row order, left rows first.

#include <algorithm>
#include <map>

#include "runtime/operators/join_rows.h"

namespace flow::runtime {
namespace {

class WindowJoin final : public Operator {
 public:
  WindowJoin(const JoinPlan& plan, OperatorContext context)
      : context_(std::move(context)),
        kind_(plan.kind),
        keys_(*context_.program, plan.left_key, plan.right_key),
        rows_(plan.row, plan.condition_symbol, context_) {
    const PortPlan* ports[] = {&plan.left, &plan.right};
    for (int port : {0, 1}) {
      types_[port] = context_.program->FindType(ports[port]->row_type_symbol);
      time_offsets_[port] = ports[port]->time_offset;
      start_offsets_[port] = plan.window_offsets[static_cast<size_t>(port) * 2];
      end_offsets_[port] = plan.window_offsets[static_cast<size_t>(port) * 2 + 1];
    }
  }

  void OnBatch(const FlowRows& rows, const Batch& batch) override {
    int port = batch.port;
    for (int64_t i = 0; i < rows.count; ++i) {
      const void* row = rows.rows[i];
      int64_t end = ReadInt64(row, end_offsets_[port]);
      if (end <= batch.watermark) continue;
      int64_t time = time_offsets_[port] < 0 ? INT64_MIN : ReadInt64(row, time_offsets_[port]);
      Window& window =
          windows_.try_emplace({end, ReadInt64(row, start_offsets_[port])}, context_.budget)
              .first->second;
      const FlowType* type = types_[port];
      void* kept = window.arena.Allocate(type->size, std::max<int64_t>(type->align, 1));
      flow_value_copy(window.arena.get(), type, kept, row);
      window.sides[port].push_back({time, batch.rank, arrived_++, kept});
    }
  }
  void OnWatermark(int64_t watermark) override {
    while (!windows_.empty() && windows_.begin()->first.first <= watermark) Close();
  }
  Backlog backlog() const override {
    Backlog out;
    for (const auto& [bounds, window] : windows_) {
      for (const std::vector<JoinedRow>& side : window.sides) out.count += std::ssize(side);
    }
    if (windows_.empty()) return out;
    out.watermark = windows_.begin()->first.first;
    out.since = windows_.begin()->first.second;
    return out;
  }
  void OnEnd() override {
    while (!windows_.empty()) Close();
  }

 private:
  struct Window {
    explicit Window(MemoryBudget* budget) : arena(budget) {}
    Arena arena;  // of the rows
    std::vector<JoinedRow> sides[2];
  };

  void Close() {
    auto node = windows_.extract(windows_.begin());
    Window& window = node.mapped();
    for (std::vector<JoinedRow>& side : window.sides) {
      if (!std::is_sorted(side.begin(), side.end())) std::sort(side.begin(), side.end());
    }
    JoinOnce(kind_, keys_, window.sides[0], window.sides[1], context_, &rows_);
  }

  OperatorContext context_;
  JoinKind kind_;
  const FlowType* types_[2];
  int64_t time_offsets_[2];
  int64_t start_offsets_[2];
  int64_t end_offsets_[2];
  JoinKeys keys_;
  JoinRows rows_;
  int64_t arrived_ = 0;
  std::map<std::pair<int64_t, int64_t>, Window> windows_;  // by end, start
};

}  // namespace

std::unique_ptr<Operator> MakeWindowJoin(const JoinPlan& plan, OperatorContext context) {
  return std::make_unique<WindowJoin>(plan, std::move(context));
}

}  // namespace flow::runtime
