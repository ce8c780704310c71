#pragma once
// Workers, sequences and the turnstile.
//
// All bounded partitions form one sequence of steps, in the order of the script and of their names;
// each unbounded partition is a sequence of its own. The partitions of a step are read beside each
// other: those whose rows meet where event time rules, so that none runs ahead of the others; most
// steps have one. Workers take units from sequences, run the fragments over them in parallel, and
// put them back. Units are folded one at a time, by whichever worker finds the next one done: those
// of a partition in their order, and in a step always from the partition whose watermark is least,
// so the order in which units are folded is that of the input, too. At most kUnitsPerThread units
// per worker are on their way in a sequence, or one of each partition of a step; then its workers
// wait (docs/runtime.md).

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/graph.h"
#include "runtime/reader.h"

namespace flow::runtime {

inline constexpr int kUnitsPerThread = 2;
inline constexpr int kUnitsAtLeast = 4;
// Partitions opened before their turn, so that compressed files are inflated in parallel.
inline constexpr size_t kPartitionsAheadMax = 8;
// Partitions that are read beside each other; more of them are read one after another.
inline constexpr size_t kLanesMax = 4096;
// Units of a step with many partitions are so small that one of each fits into this.
inline constexpr int64_t kStepBytes = 64 << 20;

// What the status line shows; written by the folding thread.
struct Progress {
  std::atomic<int64_t> bytes_read{0};
  std::atomic<int64_t> rows_in{0};
  std::atomic<int64_t> rows_out{0};
  std::atomic<int64_t> rejected{0};
  std::atomic<int64_t> watermark{INT64_MIN};
};

class Scheduler {
 public:
  Scheduler(const Program& program, const RunOptions& options, Env& env, MemoryBudget* budget);
  ~Scheduler();

  // To be filled before Prepare; the graph refers to them.
  std::vector<Partition>& partitions() { return partitions_; }
  void Prepare(Graph* graph);
  void StartWorkers(int threads);

  // Reads no further; what was read is worked off. From any thread.
  void Drain();
  // Works nothing off. From any thread.
  void Halt();
  // Waits until all is folded or `timeout_ns` is over; true when it is.
  bool Wait(int64_t timeout_ns);
  // Lets the graph act on the time that has passed.
  void Tick();
  void Join();

  // A reader has news.
  void Wake();

  std::vector<KeptTables>* worker_tables() { return &tables_; }
  Progress& progress() { return progress_; }

 private:
  struct Lane;
  struct Sequence;

  void Work_(int worker);
  std::unique_ptr<Work> Take();
  Lane* PickToRead(Sequence& sequence);
  Next ReadNext(Lane& lane, std::unique_ptr<Work>* work);
  void OpenAhead(const Lane& lane);
  void LayOutSteps(Sequence* sequence);
  void Run(Work& work, int worker);
  void PutBack(std::unique_ptr<Work> work);
  void FoldReady(std::unique_lock<std::mutex>& lock);
  std::unique_ptr<Work> NextToFold(Sequence& sequence);
  void LeaveOthers();
  void StopReaders();
  std::unique_ptr<Work> NewWork(int source);
  void Recycle(std::unique_ptr<Work> work);
  void DropUnwanted();

  const Program& program_;
  const Plan& plan_;
  const RunOptions& options_;
  Env& env_;
  MemoryBudget* budget_;
  Graph* graph_ = nullptr;
  std::vector<Partition> partitions_;
  Progress progress_;

  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable finished_;
  std::vector<std::unique_ptr<Sequence>> sequences_;
  std::vector<Lane> lanes_;                                // per partition
  std::vector<std::vector<std::unique_ptr<Work>>> spare_;  // per source
  std::vector<bool> source_stopped_;
  bool folding_ = false;
  bool draining_ = false;
  bool halted_ = false;
  size_t turn_ = 0;  // sequence that is asked first
  int64_t in_flight_max_ = 0;
  size_t partitions_ahead_ = 0;
  int running_ = 0;

  std::vector<KeptTables> tables_;  // per worker
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace flow::runtime
