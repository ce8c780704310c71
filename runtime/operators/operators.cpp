#include <algorithm>

#include "runtime/operator.h"

namespace flow::runtime {

std::unique_ptr<Operator> MakeOperator(const OperatorPlan& plan, OperatorContext context) {
  struct Make {
    OperatorContext& context;
    std::unique_ptr<Operator> operator()(const AggregatePlan& p) {
      return MakeAggregate(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const CountWindowPlan& p) {
      return MakeCountWindow(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const AsofPlan& p) {
      return MakeAsofJoin(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const DedupPlan& p) {
      return MakeDedup(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const JoinPlan& p) {
      bool window = p.bound == JoinBound::kWindow;
      return (window ? MakeWindowJoin : MakeJoin)(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const LookupPlan& p) {
      return MakeLookup(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const LimitPlan& p) {
      return MakeLimit(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const MatchPlan& p) {
      return MakeMatch(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const OrderPlan& p) {
      return MakeOrder(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const OverPlan& p) {
      return MakeOver(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const PeekPlan& p) {
      return MakePeek(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const SessionPlan& p) {
      return MakeSession(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const TableAggregatePlan& p) {
      bool retains = p.retain.after != kNoConst;
      return (retains ? MakeRetainAggregate : MakeTableAggregate)(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const TableJoinPlan& p) {
      return MakeTableJoin(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const TableTopPlan& p) {
      return MakeTableTop(p, std::move(context));
    }
    std::unique_ptr<Operator> operator()(const TopPlan& p) {
      return MakeTop(p, std::move(context));
    }
  };
  return std::visit(Make{context}, plan);
}

void EmitAll(const OperatorContext& context, const void* const* rows, int64_t count) {
  for (int64_t at = 0; at < count && !context.stopped(); at += context.batch_rows) {
    context.emit(rows + at, std::min(context.batch_rows, count - at));
  }
}

}  // namespace flow::runtime
