// Which sources are best read beside each other.

#include <numeric>

#include "runtime/graph_parts.h"

namespace flow::runtime {
namespace {

struct WaitsForTime {
  bool operator()(const AggregatePlan& plan) const { return plan.windowed; }
  bool operator()(const AsofPlan&) const { return true; }
  bool operator()(const CountWindowPlan& plan) const { return plan.input.time_offset >= 0; }
  bool operator()(const DedupPlan& plan) const {
    return plan.within == kNoConst ? plan.window_end_offset >= 0 : plan.input.time_offset >= 0;
  }
  bool operator()(const JoinPlan& plan) const { return plan.bound != JoinBound::kNone; }
  bool operator()(const LimitPlan&) const { return false; }
  bool operator()(const LookupPlan&) const { return false; }
  bool operator()(const MatchPlan& plan) const { return plan.input.time_offset >= 0; }
  bool operator()(const OrderPlan& plan) const { return plan.window_end_offset >= 0; }
  bool operator()(const OverPlan& plan) const { return plan.input.time_offset >= 0; }
  bool operator()(const PeekPlan&) const { return false; }
  bool operator()(const SessionPlan&) const { return true; }
  bool operator()(const TableJoinPlan& plan) const { return !plan.window_end_offsets.empty(); }
  bool operator()(const TableAggregatePlan& plan) const {
    return plan.window_end_offset >= 0 || plan.retain.after != kNoConst;
  }
  bool operator()(const TableTopPlan& plan) const { return plan.window_end_offset >= 0; }
  bool operator()(const TopPlan& plan) const { return plan.window_end_offset >= 0; }
};

}  // namespace

std::vector<int> Graph::MeetingSources() const {
  size_t count = plan_.sources.size();
  std::vector<int> leader(count);
  std::iota(leader.begin(), leader.end(), 0);
  auto find = [&](int source) {
    while (leader[static_cast<size_t>(source)] != source) {
      source = leader[static_cast<size_t>(source)];
    }
    return source;
  };
  std::vector<bool> meets(count, false);
  for (size_t at = 0; at < nodes_.size(); ++at) {
    if (!std::visit(WaitsForTime(), plan_.operators[at])) continue;
    int first = -1;
    for (int source : nodes_[at].all_sources) {
      if (!plan_.sources[static_cast<size_t>(source)].has_time) continue;
      meets[static_cast<size_t>(source)] = true;
      if (first >= 0) leader[static_cast<size_t>(find(source))] = find(first);
      first = source;
    }
  }
  // What stages do that take rows as they come would depend on how the input is cut.
  auto keep = [&](auto&& self, size_t op) -> void {
    for (int source : nodes_[op].sources) meets[static_cast<size_t>(source)] = false;
    for (int input : nodes_[op].inputs) {
      auto above = static_cast<size_t>(input);
      bool passes = std::holds_alternative<LookupPlan>(plan_.operators[above]);
      if (passes) self(self, above);
    }
  };
  for (size_t op = 0; op < nodes_.size(); ++op) {
    const auto* join = std::get_if<JoinPlan>(&plan_.operators[op]);
    const auto* tables = std::get_if<TableJoinPlan>(&plan_.operators[op]);
    bool as_they_come = (join != nullptr && join->bound == JoinBound::kNone) ||
                        (tables != nullptr && tables->window_end_offsets.empty());
    if (as_they_come || std::holds_alternative<LimitPlan>(plan_.operators[op])) keep(keep, op);
  }
  // Groups that are rewritten as they grow show their rows in the order in which they come.
  for (const FragmentPlan& fragment : plan_.fragments) {
    if (fragment.input_kind != InputKind::kSource) continue;
    for (int op : fragment.tables) {
      const auto& plan = std::get<AggregatePlan>(plan_.operators[static_cast<size_t>(op)]);
      if (plan.ordered && plan.emit.updating()) meets[static_cast<size_t>(fragment.input)] = false;
    }
  }
  std::vector<int> out(count, -1);
  for (size_t i = 0; i < count; ++i) {
    if (meets[i]) out[i] = find(static_cast<int>(i));
  }
  return out;
}

}  // namespace flow::runtime
