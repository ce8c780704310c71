// nexmark: events of the NEXMark benchmark, made from their numbers (runtime/inline/nexmark.h).

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/text.h"
#include "runtime/connectors/connectors.h"
#include "runtime/nexmark.h"

namespace flow::runtime {
namespace {

constexpr int64_t kEventsPerUnit = 16 << 10;
constexpr int64_t kPaceUnitsPerSecond = 50;         // with throttle
constexpr int64_t kBaseTime = 1704067200000000000;  // 2024-01-01T00:00:00Z
constexpr int64_t kDefaultRate = 10000;

#define FLOW_PERSON                                                                   \
  "{ id: int, name: string, emailAddress: string, creditCard: string, city: string, " \
  "state: string, dateTime: timestamp, extra: string }"
#define FLOW_AUCTION                                                                  \
  "{ id: int, itemName: string, description: string, initialBid: int, reserve: int, " \
  "dateTime: timestamp, expires: timestamp, seller: int, category: int, extra: string }"
#define FLOW_BID                                                            \
  "{ auction: int, bidder: int, price: int, channel: string, url: string, " \
  "dateTime: timestamp, extra: string }"

// Gives ranges of event numbers; with `throttle`, only events whose time has come.
class NexmarkReader final : public UnitReader {
 public:
  NexmarkReader(Env& env, uint64_t seed, double rate, int64_t base_time, int64_t events,
                bool throttle, int64_t unit_events)
      : env_(env),
        tables_(seed, rate, base_time),
        rate_(rate),
        events_(events),
        throttle_(throttle),
        unit_events_(unit_events) {}

  bool blocking() const override { return throttle_; }
  Next Read(Unit* unit) override {
    int64_t left = events_ - next_;
    int64_t count = std::min(left, unit_events_);
    if (throttle_) count = std::min(count, Due());
    if (left <= 0 || count <= 0) return Next::kEnd;
    unit->input.first_id = next_;
    unit->input.id_count = count;
    unit->input.first_offset = next_;
    unit->input.generator = tables_.generator();
    next_ += count;
    return Next::kUnit;
  }
  void Stop() override {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    stop_.notify_all();
  }

 private:
  // Events that may go now; waits until there is one. 0: stopped.
  int64_t Due() {
    if (started_ < 0) started_ = env_.MonotonicNanoseconds();
    std::unique_lock lock(mutex_);
    for (;;) {
      if (stopped_) return 0;
      double elapsed = static_cast<double>(env_.MonotonicNanoseconds() - started_) / 1e9;
      int64_t due = static_cast<int64_t>(elapsed * rate_) + 1 - next_;
      if (due > 0) return due;
      stop_.wait_for(lock, std::chrono::milliseconds(1000 / kPaceUnitsPerSecond));
    }
  }

  Env& env_;
  NexmarkTables tables_;
  double rate_;
  int64_t events_;
  bool throttle_;
  int64_t unit_events_;
  int64_t next_ = 0;
  int64_t started_ = -1;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
};

Status OpenSource(const SourceRequest& request, std::vector<Partition>* partitions) {
  const Program& program = request.program;
  const std::vector<ArgPlan>& args = request.plan.endpoint.args;
  auto integer = [&](const char* name) { return program.Int(Program::FindArg(args, name)); };
  std::string kind = program.Text(Program::FindArg(args, "kind")).value_or("bid");
  if (NexmarkSchema(kind) == nullptr) {
    return Status::Error(kExitUsage,
                         Cat("nexmark has no events of kind ", Quoted(kind),
                             "; there are \"auction\", \"bid\", \"event\" and \"person\""));
  }
  std::optional<int64_t> events = integer("events");
  int64_t rate = integer("rate").value_or(kDefaultRate);
  if (rate <= 0 || events.value_or(1) < 0) {
    return Status::Error(kExitUsage, "nexmark: `rate` must be above 0, `events` not below");
  }
  uint64_t seed = static_cast<uint64_t>(integer("seed").value_or(1));
  int64_t base = integer("base").value_or(kBaseTime);
  bool throttle = program.Bool(Program::FindArg(args, "throttle")).value_or(false);
  int64_t unit = std::clamp<int64_t>(request.options.unit_bytes / 64, 1, kEventsPerUnit);
  Partition partition;
  partition.source = request.source;
  partition.name = "nexmark";
  partition.bounded = events.has_value();
  int64_t count = events.value_or(INT64_MAX / 100000);
  Env* env = &request.env;
  std::function<void()> wake = request.wake;
  partition.open = [=](std::unique_ptr<UnitReader>* reader) {
    *reader = std::make_unique<NexmarkReader>(*env, seed, static_cast<double>(rate), base, count,
                                              throttle, unit);
    if (throttle) *reader = MakeReaderThread(std::move(*reader), wake);
    return Status::Ok();
  };
  partitions->push_back(std::move(partition));
  return Status::Ok();
}

const char* Schema(std::string_view kind) { return NexmarkSchema(kind); }

constexpr ArgumentDef kArguments[] = {
    {"kind", "string", nullptr,
     "which events: \"bid\", \"auction\", \"person\", or \"event\" for all of them", true},
    {"events", "int?", "none", "number of events of all kinds; without it the source never ends"},
    {"seed", "int", "1", "another seed, other events"},
    {"rate", "int", "10_000", "events of all kinds per second of event time"},
    {"throttle", "bool", "false", "also gives no more than `rate` events per second of the clock"},
    {"base", "timestamp", "@2024-01-01T00:00:00Z", "event time of the first event"},
};

}  // namespace

const char* NexmarkSchema(std::string_view kind) {
  if (kind == "bid") return FLOW_BID;
  if (kind == "auction") return FLOW_AUCTION;
  if (kind == "person") return FLOW_PERSON;
  if (kind != "event") return nullptr;
  return "{ kind: int, dateTime: timestamp, person: " FLOW_PERSON "?, auction: " FLOW_AUCTION
         "?, bid: " FLOW_BID "? }";
}

constexpr ConnectorDef kNexmarkDef = {
    .name = "nexmark",
    .summary = "Events of the NEXMark benchmark, the same for the same seed.",
    .is_source = true,
    .arguments = kArguments,
    .fixed_schema = Schema,
    .needs_format = false,
    .boundedness = Boundedness::kByArguments,
    .unbounded_unless = "events",
};
constexpr Connector kNexmark = {&kNexmarkDef, OpenSource, nullptr};

}  // namespace flow::runtime
