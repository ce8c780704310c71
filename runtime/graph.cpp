#include "runtime/graph_parts.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "base/bytes.h"
#include "base/text.h"
#include "runtime/partition.h"
#include "runtime/profile.h"
#include "runtime/work.h"

namespace flow::runtime {

static constexpr int32_t kWritingPlace = kAtWriting;

Graph::~Graph() = default;

Graph::Graph(const Program& program, const RunOptions& options, Env& env, Screen* screen,
             MemoryBudget* budget, const std::vector<Partition>* partitions)
    : program_(program),
      plan_(*program.plan),
      options_(options),
      env_(env),
      screen_(screen),
      budget_(budget),
      partitions_(partitions),
      kept_(std::make_unique<KeptTables>(plan_, budget)) {
  for (const SourcePlan& source : plan_.sources) {
    Watermarks::SourceTimes times;
    times.has_time = source.has_time;
    times.delay = program_.Int(source.delay).value_or(0);
    times.idle = program_.Int(source.idle).value_or(-1);
    watermarks_.AddSource(times);
  }
  for (const Partition& partition : *partitions) {
    watermarks_.AddPartition(partition.source, partition.bounded);
  }
  counters_.resize(plan_.counters.size());
  source_rows_.resize(plan_.sources.size());
  site_counts_.resize(plan_.sites.size());
  long_records_.resize(plan_.sources.size());
  routed_.resize(plan_.handlers.size());
  stalls_told_.resize(plan_.sources.size());
  source_bytes_.resize(plan_.sources.size());
  source_fragments_.resize(plan_.sources.size());
  in_order_.resize(plan_.sources.size());
  handler_fragments_.resize(plan_.handlers.size());
  nodes_.resize(plan_.operators.size());
  for (size_t i = 0; i < plan_.stages.size(); ++i) {
    int op = plan_.stages[i].op;
    if (op >= 0) nodes_[static_cast<size_t>(op)].stage = static_cast<int32_t>(i);
  }
}

Status Graph::Open(const OpenSink& open_sink) {
  for (size_t i = 0; i < plan_.fragments.size(); ++i) {
    const FragmentPlan& fragment = plan_.fragments[i];
    size_t input = static_cast<size_t>(fragment.input);
    int index = static_cast<int>(i);
    switch (fragment.input_kind) {
      case InputKind::kSource:
        source_fragments_[input].push_back(index);
        if (fragment.in_order) in_order_[input] = true;
        break;
      case InputKind::kOperator:
        nodes_[input].fragments.emplace_back(index, fragment, budget_);
        break;
      case InputKind::kRejects:
        handler_fragments_[input].emplace_back(index, fragment, budget_);
        break;
    }
    // Rejected rows have no event time; what they feed is ruled by the end of all input.
    auto feed = [&](int op) {
      OperatorNode& node = nodes_[static_cast<size_t>(op)];
      if (fragment.input_kind == InputKind::kSource) node.sources.insert(fragment.input);
      if (fragment.input_kind == InputKind::kOperator) node.inputs.push_back(fragment.input);
      if (fragment.input_kind != InputKind::kRejects) return;
      for (size_t s = 0; s < plan_.sources.size(); ++s) node.sources.insert(static_cast<int>(s));
    };
    for (int op : fragment.tables) feed(op);
    for (int op : fragment.collectors) feed(op);
    for (size_t slot = 0; slot < fragment.collectors.size(); ++slot) {
      size_t op = static_cast<size_t>(fragment.collectors[slot]);
      const auto* lookup = std::get_if<LookupPlan>(&plan_.operators[op]);
      if (lookup == nullptr || !lookup->bounded || fragment.ports[slot] != 1) continue;
      nodes_[op].reads_table = true;
      if (fragment.input_kind == InputKind::kSource) {
        nodes_[op].table_sources.insert(fragment.input);
      } else {
        nodes_[op].table_made = true;
      }
    }
  }
  // Operators in an order in which rows flow.
  std::vector<bool> placed(nodes_.size(), false);
  while (order_.size() < nodes_.size()) {
    size_t before = order_.size();
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const std::vector<int>& inputs = nodes_[i].inputs;
      bool ready = std::all_of(inputs.begin(), inputs.end(),
                               [&](int op) { return placed[static_cast<size_t>(op)]; });
      if (placed[i] || !ready) continue;
      placed[i] = true;
      order_.push_back(static_cast<int>(i));
      nodes_[i].all_sources = nodes_[i].sources;
      for (int op : inputs) {
        const std::set<int>& above = nodes_[static_cast<size_t>(op)].all_sources;
        nodes_[i].all_sources.insert(above.begin(), above.end());
      }
    }
    if (before == order_.size()) {
      return Status::Error(kExitInternal, "the plan's operators feed each other in a circle");
    }
  }
  for (const OperatorPlan& op : plan_.operators) {
    may_stop_ =
        may_stop_ || std::holds_alternative<LimitPlan>(op) || std::holds_alternative<PeekPlan>(op);
    operators_.push_back(MakeOperator(op, MakeContext(static_cast<int>(operators_.size()))));
  }
  may_stop_ = may_stop_ || options_.limit >= 0;
  for (const SinkPlan& sink : plan_.sinks) {
    std::unique_ptr<Sink> made;
    Status status = open_sink({program_, sink, options_, env_, screen_}, &made);
    if (status.ok()) status = made->Open();
    if (!status.ok()) return status;
    sinks_.push_back(std::move(made));
    sink_rows_.push_back(0);
    sink_bytes_.push_back(0);
    RecordShape shape;
    shape.quotes = sink.endpoint.format == "csv";
    shape.framed = sink.framed;
    any_framed_ = any_framed_ || sink.framed;
    sink_shapes_.push_back(shape);
  }
  return Status::Ok();
}

OperatorContext Graph::MakeContext(int op) {
  OperatorNode* node = &nodes_[static_cast<size_t>(op)];
  node->task_arena = std::make_unique<Arena>(budget_);
  OperatorContext context;
  context.program = &program_;
  context.budget = budget_;
  context.batch_rows = std::max<int64_t>(options_.batch_rows, 1);
  context.emit = [this, node](const void* const* rows, int64_t count) {
    node->rows_out += count;
    if (count > 0) Deliver(node->fragments, rows, count);
  };
  context.pass_on = [this, node](const void* const* rows, int64_t count, const Batch& from) {
    node->rows_out += count;
    if (count > 0) Deliver(node->fragments, rows, count, &from);
  };
  context.stopped = [this] { return failed(); };
  context.begin_task = [this, node] {
    node->task_arena->Reset();
    node->rejects.last.resize(plan_.sites.size());
    FragmentRun run;
    run.program = &program_;
    run.env = &env_;
    run.arena = node->task_arena.get();
    run.counters = counters_.data();
    run.rejects = &node->rejects;
    node->task_context = {};
    node->task = MakeTask(run, &node->task_context);
    return &node->task;
  };
  context.end_task = [this, node] {
    HandleRejects(node->rejects, INT64_MIN, -1, "", nullptr, nullptr);
  };
  context.count_late = [this, node](int64_t rows) {
    late_ += rows;
    node->late += rows;
  };
  context.say = [this](std::string_view text) { Say(text); };
  return context;
}

void Graph::Say(std::string_view text) {
  Screen::Writing writing(screen_);
  WriteAll(env_, env_.standard_error(), text.data(), static_cast<int64_t>(text.size()));
}

void Graph::Fail(Status status) {
  if (failure_.ok()) failure_ = std::move(status);
}

// Whether the run fails at a row of the unit that might have been late, but is not. The unit went
// on behind that row, and is run again up to it.
bool Graph::StopsShort(const Work& work, int64_t watermark) const {
  return std::any_of(work.rejects.rows.begin(), work.rejects.rows.end(), [&](const Reject& reject) {
    return reject.StandsAt(watermark) && EndsRun(reject) &&
           (reject.since != INT64_MIN || reject.until != INT64_MAX);
  });
}

bool Graph::EndsUnder(int handler) const {
  return plan_.handlers[static_cast<size_t>(handler)].kind == HandlerKind::kFail;
}
bool Graph::EndsRun(const Reject& reject) const {
  return EndsUnder(plan_.sites[static_cast<size_t>(reject.site)].handler);
}

// Rows of a source whose lateness depends on all rows before: run here, one unit after another.
bool Graph::RunOrdered(Work& work) {
  const std::vector<int>& fragments = FragmentsOf(work.unit.source);
  int64_t max_time = watermarks_.max_event_time(work.unit.partition);
  int64_t start = max_time;
  for (size_t i = 0; i < fragments.size() && !work.failed; ++i) {
    const FragmentPlan& fragment = plan_.fragments[static_cast<size_t>(fragments[i])];
    PrepareTables(plan_, fragment, kept_.get(), &work.slots[i], &work.arena);
    FragmentRun run{&program_,      &env_,       fragments[i],
                    &work.slots[i], &work.arena, work.counters.data(),
                    &work.rejects,  start};
    run.least_watermark = watermarks_.floor(work.unit.partition);
    work.failed = !RunFragment(run, work.unit.input);
    work.rows = std::max(work.rows, run.rows);
    max_time = std::max(max_time, run.max_event_time);
  }
  work.max_event_time = max_time;
  return !work.failed;
}

void Graph::Fold(Work& work, UnitReader* reader) {
  if (failed()) return;
  const Unit& unit = work.unit;
  const Partition& partition = (*partitions_)[static_cast<size_t>(unit.partition)];
  if (unit.kind == UnitKind::kFault) {
    Fail(unit.status);
    return;
  }
  if (unit.kind == UnitKind::kEndOfPartition) {
    watermarks_.End(unit.partition);
    Advance();
    return;
  }
  // Read ahead of a limit that others have filled meanwhile: as if it had never been.
  if (may_stop_ && !SourceWanted(unit.source)) return;
  watermarks_.Speaks(unit.partition, env_.MonotonicNanoseconds());
  int64_t watermark = watermarks_.PartitionWatermark(unit.partition);
  if (work.ran && StopsShort(work, watermark)) {
    ForgetResults(&work);
    work.ran = false;
  }
  if (!work.ran) RunOrdered(work);
  const std::vector<int>& fragments = FragmentsOf(unit.source);
  for (size_t i = 0; i < fragments.size() && !failed(); ++i) {
    TakeSlots(plan_.fragments[static_cast<size_t>(fragments[i])], work.slots[i], watermark,
              unit.partition);
  }
  source_rows_[static_cast<size_t>(unit.source)] += work.rows;
  source_bytes_[static_cast<size_t>(unit.source)] += unit.bytes.size();
  for (size_t i = 0; i < counters_.size(); ++i) counters_[i] += work.counters[i];
  // What a limit has already made superfluous is not judged.
  if (failed() || (may_stop_ && !SourceWanted(unit.source))) return;
  HandleRejects(work.rejects, watermark, unit.source, partition.name, reader, &unit);
  if (!failed() && unit.has_long_record) HandleLongRecord(unit, reader, partition.name);
  if (failed()) return;
  watermarks_.Advance(unit.partition, work.max_event_time);
  Advance();
  Strike();
  if (budget_->exceeded.load(std::memory_order_relaxed)) {
    Fail(Status::Error(kExitTryAgain,
                       Cat("the memory budget of ", BytesText(budget_->limit_bytes),
                           " is used up; give more with --memory, or keep less state")));
  }
}

void Graph::TakeSlots(const FragmentPlan& fragment, Slots& slots, int64_t watermark, int64_t rank) {
  for (size_t i = 0; i < slots.tallies.size(); ++i) {
    const TallyPlan& plan = fragment.tallies[i];
    const FlowTallies& tallies = slots.tallies[i];
    int64_t& counter = counters_[static_cast<size_t>(plan.counter)];
    auto add = [&](const FlowTally& run) {
      if ((run.late_from <= watermark) == plan.late) counter += run.rows;
    };
    std::for_each(tallies.runs, tallies.runs + tallies.count, add);
    add(tallies.last);
  }
  for (size_t i = 0; i < slots.outputs.size() && !failed(); ++i) {
    const FlowBuffer& bytes = slots.outputs[i];
    if (bytes.size > 0) {
      WriteSink(fragment.outputs[i], {bytes.data, static_cast<size_t>(bytes.size)});
    }
  }
  for (size_t i = 0; i < slots.collectors.size() && !failed(); ++i) {
    const FlowRows& rows = slots.collectors[i];
    if (rows.count == 0) continue;
    Batch batch;
    batch.watermark = watermark;
    batch.port = i < fragment.ports.size() ? fragment.ports[i] : 0;
    batch.rank = rank;
    auto op = static_cast<size_t>(fragment.collectors[i]);
    AtPlace at(&nodes_[op].stage);
    operators_[op]->OnBatch(rows, batch);
  }
  for (size_t i = 0; i < slots.tables.size() && !failed(); ++i) {
    int op = fragment.tables[i];
    const auto& aggregate = std::get<AggregatePlan>(plan_.operators[static_cast<size_t>(op)]);
    if (!aggregate.per_unit || slots.tables[i] == nullptr) continue;
    AtPlace at(&nodes_[static_cast<size_t>(op)].stage);
    operators_[static_cast<size_t>(op)]->OnTable(slots.tables[i], {watermark, 0, rank});
  }
}

void Graph::Deliver(std::vector<OperatorFragment>& fragments, const void* const* rows,
                    int64_t count, const Batch* from) {
  int64_t watermark = from == nullptr ? INT64_MIN : from->watermark;
  for (OperatorFragment& fragment : fragments) {
    if (failed()) return;
    const FragmentPlan& plan = plan_.fragments[static_cast<size_t>(fragment.index)];
    fragment.slots.Clear();
    fragment.arena.Reset();
    fragment.rejects.last.resize(plan_.sites.size());
    PrepareTables(plan_, plan, kept_.get(), &fragment.slots, &fragment.arena);
    FlowInput input{};
    input.rows = rows;
    input.row_count = count;
    FragmentRun run{&program_,        &env_,           fragment.index,
                    &fragment.slots,  &fragment.arena, counters_.data(),
                    &fragment.rejects};
    run.least_watermark = watermark;
    RunFragment(run, input);
    // In row order rows of operators stand behind those of sources.
    int64_t rank = from != nullptr ? from->rank : std::ssize(*partitions_) + fragment.index;
    TakeSlots(plan, fragment.slots, watermark, rank);
    HandleRejects(fragment.rejects, watermark, -1, "", nullptr, nullptr);
  }
}

static int64_t CountRecords(RecordShape shape, std::string_view bytes) {
  if (shape.framed) {
    int64_t count = 0;
    for (PartitionFrame frame; TakeFrame(&bytes, &frame);) ++count;
    return count;
  }
  if (!shape.quotes) return CountNewlines(bytes.data(), static_cast<int64_t>(bytes.size()));
  int64_t count = 0;
  bool quoted = false;
  for (char c : bytes) {
    if (c == '"') quoted = !quoted;
    count += c == '\n' && !quoted;
  }
  return count;
}

// The beginning of `bytes` that holds `count` records.
static std::string_view FirstRecords(RecordShape shape, std::string_view bytes, int64_t count) {
  if (shape.framed) {
    std::string_view rest = bytes;
    for (PartitionFrame frame; count > 0 && TakeFrame(&rest, &frame);) --count;
    return bytes.substr(0, bytes.size() - rest.size());
  }
  bool quoted = false;
  for (size_t i = 0; i < bytes.size() && count > 0; ++i) {
    if (shape.quotes && bytes[i] == '"') quoted = !quoted;
    if (bytes[i] == '\n' && !quoted && --count == 0) return bytes.substr(0, i + 1);
  }
  return count == 0 ? bytes.substr(0, 0) : bytes;
}

void Graph::WriteSink(int index, std::string_view bytes) {
  size_t at = static_cast<size_t>(index);
  if (sinks_[at]->closed()) return;
  int64_t rows = CountRecords(sink_shapes_[at], bytes);
  if (options_.limit >= 0 && sink_rows_[at] + rows > options_.limit) {
    rows = options_.limit - sink_rows_[at];
    bytes = FirstRecords(sink_shapes_[at], bytes, rows);
  }
  if (bytes.empty()) return;
  sink_rows_[at] += rows;
  sink_bytes_[at] += std::ssize(bytes);
  AtPlace place(&kWritingPlace);
  if (Status status = sinks_[at]->Write(bytes); !status.ok()) Fail(std::move(status));
  if (sinks_[at]->closed()) may_stop_ = true;
}

// W above an operator. Of nothing but what is left out it is not known.
int64_t Graph::WatermarkAbove(OperatorNode* node, int64_t now) {
  int64_t least = INT64_MAX;
  bool left_out = false;
  for (int source : node->sources) {
    int64_t own = watermarks_.SourceWatermark(source, now);
    if (watermarks_.SourceLeftOut(source, now)) {
      left_out = true;
    } else {
      least = std::min(least, own);
    }
  }
  for (int op : node->inputs) {
    const OperatorNode& above = nodes_[static_cast<size_t>(op)];
    if (above.left_out) {
      left_out = true;
    } else {
      int64_t own = operators_[static_cast<size_t>(op)]->WatermarkBelow(above.watermark);
      least = std::min(least, own);
    }
  }
  node->left_out = left_out && least == INT64_MAX;
  return node->left_out ? INT64_MIN : least;
}

void Graph::Advance() {
  if (operators_.empty() && !any_framed_) return;
  int64_t now = env_.MonotonicNanoseconds();
  for (int index : order_) {
    if (failed()) return;
    OperatorNode& node = nodes_[static_cast<size_t>(index)];
    AtPlace at(&node.stage);
    if (node.reads_table && !node.table_ended && !node.table_made) {
      const std::set<int>& tables = node.table_sources;
      node.table_ended = std::all_of(tables.begin(), tables.end(),
                                     [&](int s) { return watermarks_.SourceEnded(s); });
      if (node.table_ended) operators_[static_cast<size_t>(index)]->OnPortEnd(1);
    }
    int64_t watermark = WatermarkAbove(&node, now);
    if (watermark <= node.watermark) continue;
    node.watermark = watermark;
    for (int source : node.all_sources) watermarks_.ActedOn(source, watermark);
    operators_[static_cast<size_t>(index)]->OnWatermark(watermark);
  }
  if (any_framed_) AdvanceSinks(now);
}

// A sink that publishes by time learns what cannot come to it any more.
void Graph::AdvanceSinks(int64_t now) {
  for (size_t s = 0; s < sinks_.size() && !failed(); ++s) {
    if (!plan_.sinks[s].framed) continue;
    int64_t watermark = INT64_MAX;
    for (const FragmentPlan& fragment : plan_.fragments) {
      bool feeds = std::find(fragment.outputs.begin(), fragment.outputs.end(),
                             static_cast<int>(s)) != fragment.outputs.end();
      if (!feeds) continue;
      int64_t own = INT64_MIN;  // rejected rows have no time
      if (fragment.input_kind == InputKind::kSource) {
        own = watermarks_.SourceWatermark(fragment.input, now);
        watermarks_.ActedOn(fragment.input, own);
      }
      if (fragment.input_kind == InputKind::kOperator) {
        size_t op = static_cast<size_t>(fragment.input);
        own = operators_[op]->WatermarkBelow(nodes_[op].watermark);
      }
      watermark = std::min(watermark, own);
    }
    if (Status status = sinks_[s]->Advance(watermark); !status.ok()) Fail(std::move(status));
  }
}

std::vector<bool> Graph::TableSources() const {
  std::vector<bool> out(plan_.sources.size());
  for (const OperatorNode& node : nodes_) {
    for (int source : node.table_sources) out[static_cast<size_t>(source)] = true;
  }
  return out;
}

int64_t Graph::least_watermark() const {
  int64_t least = INT64_MAX;
  for (const OperatorNode& node : nodes_) least = std::min(least, node.watermark);
  return least;
}

void Graph::Strike() {
  for (int index : order_) {
    Operator& op = *operators_[static_cast<size_t>(index)];
    if (failed() || op.NextClock() == INT64_MAX) continue;
    int64_t now = env_.WallNanoseconds();
    AtPlace at(&nodes_[static_cast<size_t>(index)].stage);
    if (op.NextClock() <= now) op.OnClock(now);
  }
}

void Graph::Tick() {
  if (failed()) return;
  Advance();
  Strike();
  TellStalls();
  if (options_.profile) LookAtState();
  AtPlace at(&kWritingPlace);
  for (auto& sink : sinks_) {
    if (Status status = sink->Flush(); !status.ok()) Fail(std::move(status));
    if (sink->closed()) may_stop_ = true;
  }
}

int64_t Graph::NextTick(int64_t now) const {
  int64_t next = watermarks_.NextIdle(now);
  for (const auto& op : operators_) next = std::min(next, std::max(op->NextClock(), now + 1));
  return next;
}

void Graph::Finish(std::vector<KeptTables>* worker_tables) {
  for (size_t i = 0; i < partitions_->size(); ++i) watermarks_.End(static_cast<int>(i));
  for (size_t op = 0; op < operators_.size(); ++op) {
    AtPlace at(&nodes_[op].stage);
    std::vector<FlowTable*> tables;
    for (KeptTables& kept : *worker_tables) {
      FlowTable* table = kept.Get(static_cast<int>(op));
      if (table != nullptr && table->count > 0) tables.push_back(table);
    }
    // The largest one takes in the others.
    std::sort(tables.begin(), tables.end(),
              [](const FlowTable* a, const FlowTable* b) { return a->count > b->count; });
    for (FlowTable* table : tables) {
      if (!operators_[op]->Adopt(table)) operators_[op]->OnTable(table, Batch{});
    }
  }
  next_state_look_ = 0;
  if (options_.profile) LookAtState();
  for (int index : order_) {
    if (failed()) break;
    // Tables of fragments run here are complete only now that what feeds them has ended.
    FlowTable* table = kept_->Get(index);
    Operator& op = *operators_[static_cast<size_t>(index)];
    OperatorNode& node = nodes_[static_cast<size_t>(index)];
    AtPlace at(&node.stage);
    if (table != nullptr && table->count > 0 && !op.Adopt(table)) op.OnTable(table, Batch{});
    if (node.reads_table && !node.table_ended) op.OnPortEnd(1);
    node.watermark = INT64_MAX;
    op.OnWatermark(INT64_MAX);
    if (!failed()) op.OnEnd();
  }
  AtPlace at(&kWritingPlace);
  for (auto& sink : sinks_) {
    if (failed()) break;
    if (Status status = sink->Finish(); !status.ok()) Fail(std::move(status));
  }
  if (failed()) Abandon();
}

void Graph::Abandon() {
  for (auto& sink : sinks_) sink->Abandon();
}

bool Graph::OperatorWanted(int op) const {
  if (operators_[static_cast<size_t>(op)]->done()) return false;
  const std::vector<OperatorFragment>& fragments = nodes_[static_cast<size_t>(op)].fragments;
  if (fragments.empty()) return true;  // it acts by itself (peek)
  return std::any_of(fragments.begin(), fragments.end(), [this](const OperatorFragment& f) {
    return Wanted(plan_.fragments[static_cast<size_t>(f.index)]);
  });
}

bool Graph::Wanted(const FragmentPlan& fragment) const {
  for (int sink : fragment.outputs) {
    size_t at = static_cast<size_t>(sink);
    bool full = options_.limit >= 0 && sink_rows_[at] >= options_.limit;
    if (!full && !sinks_[at]->closed()) return true;
  }
  auto wanted = [this](int op) { return OperatorWanted(op); };
  return std::any_of(fragment.tables.begin(), fragment.tables.end(), wanted) ||
         std::any_of(fragment.collectors.begin(), fragment.collectors.end(), wanted);
}

bool Graph::SourceWanted(int source) const {
  const std::vector<int>& fragments = FragmentsOf(source);
  return std::any_of(fragments.begin(), fragments.end(), [this](int index) {
    return Wanted(plan_.fragments[static_cast<size_t>(index)]);
  });
}

}  // namespace flow::runtime
