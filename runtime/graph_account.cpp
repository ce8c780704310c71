// What a graph has counted, for the account of a run.

#include <algorithm>

#include "runtime/graph_parts.h"

namespace flow::runtime {
namespace {

// A window that has waited so long for a silent source is worth a word.
constexpr int64_t kStalledNanoseconds = 60'000'000'000;
constexpr int64_t kStallLookNanoseconds = 1'000'000'000;
constexpr int64_t kStateLookNanoseconds = 200'000'000;

}  // namespace

bool Graph::AllEnded() const {
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    if (!watermarks_.SourceEnded(static_cast<int>(i))) return false;
  }
  return true;
}

int64_t Graph::rows_moved() const {
  int64_t rows = 0;
  for (const OperatorNode& node : nodes_) rows += node.rows_out;
  return rows;
}

Account Graph::MakeAccount(std::vector<KeptTables>* tables) {
  Account out;
  int64_t now = env_.MonotonicNanoseconds();
  out.ended = AllEnded();
  for (size_t i = 0; i < partitions_->size(); ++i) {
    const Partition& partition = (*partitions_)[i];
    Watermarks::Standing standing = watermarks_.StandingOf(static_cast<int>(i), now);
    PartitionAccount account;
    account.name = partition.name;
    account.source = partition.source;
    account.bounded = partition.bounded;
    account.ended = standing.ended;
    account.idle = standing.idle;
    account.silent_nanoseconds = standing.silent;
    account.newest = watermarks_.max_event_time(static_cast<int>(i));
    account.watermark = watermarks_.PartitionWatermark(static_cast<int>(i));
    out.partitions.push_back(std::move(account));
  }
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    const Watermarks::SourceTimes& times = watermarks_.times(static_cast<int>(i));
    out.sources.push_back({times.has_time, times.idle >= 0, times.delay,
                           watermarks_.SourceWatermark(static_cast<int>(i), now)});
  }
  out.stages.resize(plan_.stages.size());
  for (size_t i = 0; i < plan_.counters.size(); ++i) {
    const CounterPlan& counter = plan_.counters[i];
    if (counter.place < 0) continue;
    StageAccount& stage = out.stages[static_cast<size_t>(counter.place)];
    (counter.late ? stage.late : stage.removed) += counters_[i];
  }
  for (size_t i = 0; i < plan_.sites.size(); ++i) {
    int place = plan_.sites[i].place;
    if (place >= 0) out.stages[static_cast<size_t>(place)].rejected += site_counts_[i];
  }
  for (size_t i = 0; i < plan_.stages.size(); ++i) {
    CountStage(i, &out);
    int op = plan_.stages[i].op;
    for (size_t t = 0; op >= 0 && tables != nullptr && t < tables->size(); ++t) {
      const FlowTable* table = (*tables)[t].Get(op);
      if (table != nullptr) out.stages[i].backlog.count += table->count;
    }
  }
  return out;
}

// Rows in and out of a stage whose inputs are counted already: they stand before it.
void Graph::CountStage(size_t index, Account* account) const {
  const StagePlan& plan = plan_.stages[index];
  StageAccount& stage = account->stages[index];
  auto at = [&](int i) -> const StageAccount& { return account->stages[static_cast<size_t>(i)]; };
  stage.rows_in = plan.inputs.empty() ? kNotCounted : 0;
  for (int input : plan.inputs) {
    bool counted = stage.rows_in != kNotCounted && at(input).rows_out != kNotCounted;
    stage.rows_in = counted ? stage.rows_in + at(input).rows_out : kNotCounted;
  }
  if (plan.op >= 0) CountOperator(plan.op, &stage);
  if (plan.source >= 0) {
    auto source = static_cast<size_t>(plan.source);
    stage.rows_in = source_rows_[source];
    stage.rejected += long_records_[source];
    stage.bytes = source_bytes_[source];
  }
  if (plan.handler >= 0) stage.rows_out = routed_[static_cast<size_t>(plan.handler)];
  if (plan.late_of >= 0) stage.rows_out = at(plan.late_of).late;
  if (plan.sink >= 0) {
    stage.rows_out = sink_rows_[static_cast<size_t>(plan.sink)];
    stage.bytes = sink_bytes_[static_cast<size_t>(plan.sink)];
  }
  bool passes = plan.op < 0 && plan.sink < 0 && !plan.multiplies;
  if (passes && stage.rows_in != kNotCounted) {
    int64_t taken = stage.removed + stage.rejected + stage.late;
    stage.rows_out = std::max<int64_t>(stage.rows_in - taken, 0);
  }
}

void Graph::CountOperator(int op, StageAccount* stage) const {
  const OperatorNode& node = nodes_[static_cast<size_t>(op)];
  stage->rows_out = node.rows_out;
  stage->late += node.late;
  stage->watermark = node.watermark;
  stage->backlog = operators_[static_cast<size_t>(op)]->backlog();
  stage->kept_most = std::max(node.kept_most, stage->backlog.count);
}

void Graph::LookAtState() {
  int64_t now = env_.MonotonicNanoseconds();
  if (now < next_state_look_) return;
  next_state_look_ = now + kStateLookNanoseconds;
  for (size_t op = 0; op < operators_.size(); ++op) {
    nodes_[op].kept_most = std::max(nodes_[op].kept_most, operators_[op]->backlog().count);
  }
}

// Looked at now and then only: it may take a walk through all that is kept.
void Graph::TellStalls() {
  int64_t now = env_.MonotonicNanoseconds();
  if (now < next_stall_look_) return;
  next_stall_look_ = now + kStallLookNanoseconds;
  bool silent = false;
  for (size_t i = 0; i < partitions_->size() && !silent; ++i) {
    const Partition& partition = (*partitions_)[i];
    auto source = static_cast<size_t>(partition.source);
    const Watermarks::SourceTimes& times = watermarks_.times(partition.source);
    if (partition.bounded || !times.has_time || times.idle >= 0 || stalls_told_[source]) continue;
    silent = watermarks_.StandingOf(static_cast<int>(i), now).silent >= kStalledNanoseconds;
  }
  if (silent) Say(StallText(plan_, MakeAccount(nullptr), kStalledNanoseconds, &stalls_told_));
}

}  // namespace flow::runtime
