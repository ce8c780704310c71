#include "runtime/simulation.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "runtime/graph.h"
#include "runtime/screen.h"
#include "runtime/work.h"

namespace flow::runtime {
namespace {

constexpr int kStandardError = 2;

// A world with a clock, and nothing in it.
class SimulatedEnv final : public Env {
 public:
  int64_t WallNanoseconds() override { return now; }
  int64_t MonotonicNanoseconds() override { return now; }

  int OpenRead(const std::string&) override { return -ENOENT; }
  int CreateNew(const std::string&) override { return -EROFS; }
  int OpenWrite(const std::string&) override { return -EROFS; }
  int Close(int) override { return -EBADF; }
  int64_t Position(int) override { return -EBADF; }
  int64_t Read(int, void*, int64_t) override { return -EBADF; }
  int64_t ReadAt(int, void*, int64_t, int64_t) override { return -EBADF; }
  int64_t Write(int fd, const void* data, int64_t size) override {
    if (fd != kStandardError) return -EBADF;
    said.append(static_cast<const char*>(data), static_cast<size_t>(size));
    return size;
  }
  int Sync(int) override { return -EBADF; }
  int Describe(int, FileInfo*) override { return -EBADF; }
  int Describe(const std::string&, FileInfo*) override { return -ENOENT; }
  int SetMode(int, uint32_t) override { return -EBADF; }
  std::string Resolve(const std::string& path) override { return path; }
  int Rename(const std::string&, const std::string&) override { return -ENOENT; }
  int Remove(const std::string&) override { return -ENOENT; }
  int MakeDirectories(const std::string&) override { return -ENOENT; }
  int SyncDirectoryOf(const std::string&) override { return -ENOENT; }
  int Glob(const std::string&, std::vector<std::string>*) override { return 0; }
  int WaitReadable(int, int, int) override { return -EBADF; }
  bool ReaderGone(int) override { return false; }
  int WaitWritable(int) override { return -EBADF; }
  void WidenPipe(int) override {}

  int standard_input() const override { return 0; }
  int standard_output() const override { return 1; }
  int standard_error() const override { return kStandardError; }

  int64_t now = 0;
  std::string said;
};

class KeepingSink final : public Sink {
 public:
  explicit KeepingSink(std::string* kept) : kept_(kept) {}
  Status Write(std::string_view bytes) override {
    kept_->append(bytes);
    return Status::Ok();
  }

 private:
  std::string* kept_;
};

}  // namespace

struct Simulation::State {
  State(const Plan& run_plan, const SymbolResolver& run_symbols, RunOptions run_options)
      : plan(run_plan), symbols(run_symbols), options(std::move(run_options)), screen(env) {}

  const Plan& plan;
  const SymbolResolver& symbols;
  RunOptions options;
  SimulatedEnv env;
  Screen screen;
  MemoryBudget budget;
  Program program;
  std::vector<Partition> partitions;  // one per source
  std::vector<bool> ended;
  std::vector<int64_t> lines;  // sent so far, by source
  std::vector<int64_t> bytes;
  std::vector<std::unique_ptr<Work>> works;  // by source
  std::vector<KeptTables> tables;            // of the one worker
  std::vector<std::string> kept;             // by sink
  std::unique_ptr<Graph> graph;
};

Simulation::Simulation(const Plan& plan, const SymbolResolver& symbols, RunOptions options)
    : state_(std::make_unique<State>(plan, symbols, std::move(options))) {}

Simulation::~Simulation() {
  if (state_->graph != nullptr) state_->graph->Abandon();
}

Status Simulation::Start(const std::vector<bool>& open) {
  State& s = *state_;
  Status status = s.program.Load(s.plan, s.symbols, s.options, s.env);
  if (!status.ok()) return status;
  for (size_t i = 0; i < s.plan.sources.size(); ++i) {
    Partition partition;
    partition.source = static_cast<int>(i);
    partition.name = s.plan.sources[i].name;
    partition.bounded = s.plan.sources[i].bounded;
    s.partitions.push_back(std::move(partition));
  }
  s.ended.resize(s.partitions.size());
  s.lines.resize(s.partitions.size());
  s.bytes.resize(s.partitions.size());
  s.works.resize(s.partitions.size());
  s.kept.resize(s.plan.sinks.size());
  s.tables.emplace_back(s.plan, &s.budget);
  s.graph =
      std::make_unique<Graph>(s.program, s.options, s.env, &s.screen, &s.budget, &s.partitions);
  size_t next_sink = 0;
  status = s.graph->Open([&](const SinkRequest&, std::unique_ptr<Sink>* sink) {
    *sink = std::make_unique<KeepingSink>(&s.kept[next_sink++]);
    return Status::Ok();
  });
  if (!status.ok()) return status;
  // The silence of a source counts from here.
  s.graph->Tick();
  for (size_t i = 0; i < s.partitions.size(); ++i) {
    if (!open[i]) End(static_cast<int>(i));
  }
  return s.graph->failure();
}

std::vector<bool> Simulation::Tables() const {
  const Plan& plan = state_->plan;
  std::vector<bool> out(plan.sources.size(), false);
  // Whether the rows of a stage end in a table.
  std::vector<bool> feeds(plan.stages.size(), false);
  for (size_t i = plan.stages.size(); i-- > 0;) {
    const StagePlan& stage = plan.stages[i];
    if (stage.looks_up) feeds[static_cast<size_t>(stage.inputs.at(1))] = true;
    if (!feeds[i]) continue;
    for (int input : stage.inputs) feeds[static_cast<size_t>(input)] = true;
    if (stage.source < 0) continue;
    auto source = static_cast<size_t>(stage.source);
    out[source] = plan.sources[source].bounded;
  }
  return out;
}

void Simulation::Send(int source, std::string_view records) {
  State& s = *state_;
  auto at = static_cast<size_t>(source);
  if (s.graph->failed() || s.ended[at]) return;
  if (s.graph->anything_may_stop() && !s.graph->SourceWanted(source)) return;
  std::unique_ptr<Work>& work = s.works[at];
  if (work == nullptr) work = MakeWork(s.plan, *s.graph, source, &s.budget);
  Unit& unit = work->unit;
  unit.partition = source;
  unit.bytes.Reserve(static_cast<int64_t>(records.size()) + kInputPadding);
  std::copy(records.begin(), records.end(), unit.bytes.data());
  unit.bytes.set_size(static_cast<int64_t>(records.size()));
  unit.input.first_line = s.lines[at] + 1;
  unit.input.first_offset = s.bytes[at];
  s.lines[at] += std::count(records.begin(), records.end(), '\n');
  s.bytes[at] += static_cast<int64_t>(records.size());
  RunWork(s.program, s.env, *s.graph, &s.tables[0], work.get());
  s.graph->Fold(*work, nullptr);
  ResetWork(work.get());
}

void Simulation::AdvanceTo(int64_t now) {
  State& s = *state_;
  while (!s.graph->failed()) {
    int64_t due = s.graph->NextTick(s.env.now);
    if (due > now) break;
    s.env.now = std::max(s.env.now, due);
    int64_t moved = s.graph->rows_moved();
    s.graph->Tick();
    // Nothing had changed: until rows come, later ticks on the way give what the last one does.
    if (s.graph->rows_moved() == moved) break;
  }
  s.env.now = std::max(s.env.now, now);
  s.graph->Tick();
}

void Simulation::End(int source) {
  State& s = *state_;
  auto at = static_cast<size_t>(source);
  if (s.ended[at]) return;
  s.ended[at] = true;
  Work end(&s.budget);
  end.unit.kind = UnitKind::kEndOfPartition;
  end.unit.source = source;
  end.unit.partition = source;
  s.graph->Fold(end, nullptr);
}

void Simulation::Finish() {
  State& s = *state_;
  for (size_t i = 0; i < s.partitions.size(); ++i) End(static_cast<int>(i));
  if (!s.graph->failed()) s.graph->Finish(&s.tables);
}

std::string Simulation::Take(int sink) {
  return std::exchange(state_->kept[static_cast<size_t>(sink)], {});
}

bool Simulation::failed() const { return state_->graph != nullptr && state_->graph->failed(); }
const Status& Simulation::failure() const { return state_->graph->failure(); }
Account Simulation::MakeAccount() const { return state_->graph->MakeAccount(&state_->tables); }
const std::string& Simulation::said() const { return state_->env.said; }

}  // namespace flow::runtime
