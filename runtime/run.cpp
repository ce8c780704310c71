#include "runtime/run.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "runtime/connectors/connectors.h"
#include "runtime/graph.h"
#include "runtime/profile.h"
#include "runtime/program.h"
#include "runtime/scheduler.h"
#include "runtime/screen.h"
#include "runtime/signals.h"
#include "runtime/status_line.h"

namespace flow::runtime {
namespace {

constexpr int64_t kTickNanoseconds = 50'000'000;

Status OpenByConnector(const SinkRequest& request, std::unique_ptr<Sink>* sink) {
  const std::string& name = request.plan.endpoint.connector;
  const Connector* connector = FindConnector(name);
  if (connector != nullptr && connector->open_sink != nullptr) {
    return connector->open_sink(request, sink);
  }
  return Status::Error(kExitInternal, Cat("no connector `", name, "` to write to"));
}

class NowhereSink final : public Sink {
 public:
  Status Write(std::string_view) override { return Status::Ok(); }
};

Status OpenNowhere(const SinkRequest&, std::unique_ptr<Sink>* sink) {
  *sink = std::make_unique<NowhereSink>();
  return Status::Ok();
}

class Runner {
 public:
  Runner(const Plan& plan, const SymbolResolver& symbols, const RunOptions& options, Env& env)
      : plan_(plan), symbols_(symbols), options_(options), env_(env), screen_(env) {}

  RunResult Run();

 private:
  Status Execute(RunResult* result);
  void Watch(Scheduler& scheduler, int64_t total_bytes);
  void Say(std::string text) {
    if (text.empty()) return;
    if (text.back() != '\n') text += '\n';
    Screen::Writing writing(&screen_);
    WriteAll(env_, env_.standard_error(), text.data(), static_cast<int64_t>(text.size()));
  }

  const Plan& plan_;
  const SymbolResolver& symbols_;
  const RunOptions& options_;
  Env& env_;
  Screen screen_;
  bool interrupted_ = false;  // by SIGINT
  int64_t start_ = 0;
};

// Looks at signals, the clock and the terminal until all is folded.
void Runner::Watch(Scheduler& scheduler, int64_t total_bytes) {
  SignalWatch signals(options_.handle_signals);
  int threads = options_.threads > 0
                    ? options_.threads
                    : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  scheduler.StartWorkers(threads);
  int64_t start = start_;
  int64_t shown = start;
  bool draining = false;
  while (!scheduler.Wait(kTickNanoseconds)) {
    if (int signal_number = signals.Next(); signal_number != 0) {
      // Asked twice: whoever asks wants it to end now.
      if (draining) _exit(128 + signal_number);
      draining = true;
      interrupted_ = signal_number == SIGINT;
      scheduler.Drain();
    }
    int64_t now = env_.MonotonicNanoseconds();
    if (!draining && options_.for_nanoseconds >= 0 && now - start >= options_.for_nanoseconds) {
      scheduler.Drain();
    }
    scheduler.Tick();
    bool show = options_.status_line && now - start >= kStatusAfterNanoseconds &&
                now - shown >= kStatusEveryNanoseconds;
    if (!show) continue;
    shown = now;
    screen_.Show(StatusLine(scheduler.progress(), now - start, total_bytes));
  }
  scheduler.Join();
  screen_.Clear();
}

Status Runner::Execute(RunResult* result) {
  Program program;
  if (Status status = program.Load(plan_, symbols_, options_, env_); !status.ok()) return status;
  MemoryBudget budget;
  if (options_.memory_bytes > 0) budget.limit_bytes = options_.memory_bytes;
  std::optional<Profile> profile;
  if (options_.profile) profile.emplace(plan_.stages.size());
  Scheduler scheduler(program, options_, env_, &budget);
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    const SourcePlan& source = plan_.sources[i];
    const Connector* connector = FindConnector(source.endpoint.connector);
    if (connector == nullptr || connector->open_source == nullptr) {
      return Status::Error(kExitInternal,
                           Cat("no connector `", source.endpoint.connector, "` to read from"));
    }
    SourceRequest request{program,  source, static_cast<int>(i),
                          options_, env_,   [&scheduler] { scheduler.Wake(); }};
    Status status = connector->open_source(request, &scheduler.partitions());
    if (!status.ok()) {
      status.message = Cat("source `", source.name, "`: ", status.message);
      return status;
    }
  }
  int64_t total_bytes = 0;
  for (const Partition& partition : scheduler.partitions()) {
    total_bytes = total_bytes < 0 || partition.bytes < 0 ? -1 : total_bytes + partition.bytes;
  }
  Graph graph(program, options_, env_, &screen_, &budget, &scheduler.partitions());
  Status status = graph.Open(options_.only_account ? OpenNowhere : OpenByConnector);
  if (status.ok()) {
    scheduler.Prepare(&graph);
    start_ = env_.MonotonicNanoseconds();
    Watch(scheduler, total_bytes);
    std::vector<KeptTables>* tables = scheduler.worker_tables();
    bool ended = graph.AllEnded();
    bool finish = !graph.failed() && (ended || !options_.only_account);
    if (finish) {
      graph.Finish(tables);
    } else {
      graph.Abandon();
    }
    if (options_.verbose || options_.profile || options_.only_account) {
      result->account = graph.MakeAccount(finish ? nullptr : tables);
      result->account.ended = ended;
      result->account.nanoseconds = env_.MonotonicNanoseconds() - start_;
      if (profile) result->account.profile = profile->Counts();
    }
    status = graph.failure();
  } else {
    graph.Abandon();
  }
  for (size_t i = 0; i < plan_.counters.size(); ++i) {
    result->counters.push_back({plan_.counters[i].name, graph.counters()[i]});
  }
  result->bytes_in = scheduler.progress().bytes_read;
  graph.Collect(result);
  if (status.ok() && !options_.quiet) Say(graph.Summary(*result));
  if (options_.profile) {
    Say(ProfileText(plan_, result->account));
  } else if (options_.verbose) {
    Say(AccountText(plan_, result->account));
  }
  return status;
}

RunResult Runner::Run() {
  RunResult result;
  Status status = Execute(&result);
  result.exit_code = status.exit_code;
  if (status.ok() && interrupted_) result.exit_code = kExitInterrupted;
  if (status.ok()) return result;
  bool dressed = status.message.starts_with("error[") || status.message.starts_with("\x1b");
  Say(dressed ? status.message : Cat("error: ", status.message));
  return result;
}

}  // namespace

RunResult Run(const Plan& plan, const SymbolResolver& symbols, const RunOptions& options,
              Env& env) {
  return Runner(plan, symbols, options, env).Run();
}

}  // namespace flow::runtime
