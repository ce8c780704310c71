// peek: shows the first rows of a stream on standard error.

#include <algorithm>
#include <string>

#include "base/text.h"
#include "runtime/inline/json_write.h"
#include "runtime/operator.h"

namespace flow::runtime {
namespace {

class PeekOperator final : public Operator {
 public:
  PeekOperator(const PeekPlan& plan, OperatorContext context) : context_(std::move(context)) {
    type_ = context_.program->FindType(plan.row_type_symbol);
    label_ = context_.program->Text(plan.label).value_or("peek");
    left_ = std::max<int64_t>(context_.program->Int(plan.count).value_or(10), 0);
    count_ = left_;
  }

  void OnBatch(const FlowRows& rows, const Batch&) override {
    std::string text;
    for (int64_t i = 0; i < rows.count && left_ > 0; ++i, --left_) {
      line_.set_size(0);
      flow_json_append_value(line_.get(), type_, rows.rows[i]);
      Append(text, label_);
      Append(text, ": ");
      Append(text, std::string_view(line_.data(), static_cast<size_t>(line_.size())));
      Append(text, '\n');
    }
    if (!text.empty()) context_.say(text);
  }
  bool done() const override { return left_ == 0; }
  void ReduceUnit(FlowRows* rows) const override { rows->count = std::min(rows->count, count_); }

 private:
  OperatorContext context_;
  const FlowType* type_ = nullptr;
  std::string label_;
  int64_t left_ = 0;
  int64_t count_ = 0;
  Buffer line_;
};

}  // namespace

std::unique_ptr<Operator> MakePeek(const PeekPlan& plan, OperatorContext context) {
  return std::make_unique<PeekOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
