// limit N: the first N rows, then nothing more is wanted.

#include <algorithm>

#include "runtime/operator.h"

namespace flow::runtime {
namespace {

class LimitOperator final : public Operator {
 public:
  LimitOperator(const LimitPlan& plan, OperatorContext context) : context_(std::move(context)) {
    left_ = std::max<int64_t>(context_.program->Int(plan.count).value_or(0), 0);
    count_ = left_;
  }

  void OnBatch(const FlowRows& rows, const Batch&) override {
    int64_t taken = std::min(left_, rows.count);
    left_ -= taken;
    EmitAll(context_, rows.rows, taken);
  }
  bool done() const override { return left_ == 0; }
  void ReduceUnit(FlowRows* rows) const override { rows->count = std::min(rows->count, count_); }

 private:
  OperatorContext context_;
  int64_t left_ = 0;
  int64_t count_ = 0;
};

}  // namespace

std::unique_ptr<Operator> MakeLimit(const LimitPlan& plan, OperatorContext context) {
  return std::make_unique<LimitOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
