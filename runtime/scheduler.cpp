#include "runtime/scheduler.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "runtime/work.h"

namespace flow::runtime {

struct Scheduler::Sequence {
  std::vector<int> partitions;
  size_t at = 0;  // partition being read
  // Readers live until the run ends: units in flight refer to them.
  std::vector<std::unique_ptr<UnitReader>> readers;
  bool claimed = false;  // a worker is reading
  bool news = true;      // there may be something to read
  bool ended = false;
  int64_t next_number = 0;
  int64_t next_fold = 0;
  int64_t in_flight = 0;
  std::map<int64_t, std::unique_ptr<Work>> done;
};

struct Scheduler::Threads {
  std::vector<std::thread> workers;
};

Scheduler::Scheduler(const Program& program, const RunOptions& options, Env& env,
                     MemoryBudget* budget)
    : program_(program),
      plan_(*program.plan),
      options_(options),
      env_(env),
      budget_(budget),
      spare_(plan_.sources.size()),
      source_stopped_(plan_.sources.size(), false),
      counters_(plan_.counters.size(), 0),
      threads_(std::make_unique<Threads>()) {}

Scheduler::~Scheduler() {
  Halt();
  Join();
}

void Scheduler::Prepare(Graph* graph) {
  graph_ = graph;
  Sequence* bounded = nullptr;
  places_.resize(partitions_.size());
  std::vector<bool> is_table = graph_->TableSources();
  auto add = [&](size_t partition, bool is_bounded) {
    if (!is_bounded || bounded == nullptr) {
      sequences_.push_back(std::make_unique<Sequence>());
      if (is_bounded) bounded = sequences_.back().get();
    }
    Sequence* sequence = is_bounded ? bounded : sequences_.back().get();
    places_[partition] = {sequence, sequence->partitions.size()};
    sequence->partitions.push_back(static_cast<int>(partition));
    sequence->readers.emplace_back();
  };
  // Tables first: semantics.md 56.
  for (bool tables : {true, false}) {
    for (size_t i = 0; i < partitions_.size(); ++i) {
      const Partition& partition = partitions_[i];
      bool table = partition.bounded && is_table[static_cast<size_t>(partition.source)];
      if (table == tables) add(i, partition.bounded);
    }
  }
}

void Scheduler::StartWorkers(int threads) {
  in_flight_max_ = std::max(threads * kUnitsPerThread, kUnitsAtLeast);
  partitions_ahead_ = std::min(static_cast<size_t>(threads) - 1, kPartitionsAheadMax);
  for (int i = 0; i < threads; ++i) {
    tables_.emplace_back(plan_, budget_);
    worker_counters_.emplace_back(plan_.counters.size(), 0);
  }
  running_ = threads;
  for (int i = 0; i < threads; ++i) {
    threads_->workers.emplace_back([this, i] { Work_(i); });
  }
}

void Scheduler::Join() {
  for (std::thread& thread : threads_->workers) {
    if (thread.joinable()) thread.join();
  }
  threads_->workers.clear();
  for (auto& counts : worker_counters_) {
    for (size_t i = 0; i < counts.size(); ++i) counters_[i] += std::exchange(counts[i], 0);
  }
}

static void StopReaders(const std::vector<std::unique_ptr<UnitReader>>& readers) {
  for (const auto& reader : readers) {
    if (reader != nullptr) reader->Stop();
  }
}

void Scheduler::Drain() {
  std::lock_guard lock(mutex_);
  draining_ = true;
  for (auto& sequence : sequences_) StopReaders(sequence->readers);
  work_ready_.notify_all();
}

void Scheduler::Halt() {
  std::lock_guard lock(mutex_);
  halted_ = true;
  for (auto& sequence : sequences_) StopReaders(sequence->readers);
  work_ready_.notify_all();
}

void Scheduler::Wake() {
  std::lock_guard lock(mutex_);
  for (auto& sequence : sequences_) sequence->news = true;
  work_ready_.notify_all();
}

bool Scheduler::Wait(int64_t timeout_ns) {
  std::unique_lock lock(mutex_);
  return finished_.wait_for(lock, std::chrono::nanoseconds(timeout_ns),
                            [this] { return running_ == 0; });
}

void Scheduler::Tick() {
  std::unique_lock lock(mutex_);
  if (folding_ || halted_) return;  // whoever folds looks at the clock as well
  folding_ = true;
  lock.unlock();
  graph_->Tick();
  lock.lock();
  folding_ = false;
  if (graph_->failed()) halted_ = true;
  if (graph_->anything_may_stop()) DropUnwanted();
  FoldReady(lock);
  work_ready_.notify_all();
}

void Scheduler::Work_(int worker) {
  while (std::unique_ptr<Work> work = Take()) {
    if (work->unit.kind == UnitKind::kRows) Run(*work, worker);
    PutBack(std::move(work));
  }
  std::lock_guard lock(mutex_);
  if (--running_ == 0) finished_.notify_all();
}

std::unique_ptr<Work> Scheduler::Take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (halted_) return nullptr;
    bool all_ended = true;
    bool look_again = false;  // something changed while the lock was not held
    size_t first = turn_++;
    for (size_t i = 0; i < sequences_.size(); ++i) {
      Sequence& sequence = *sequences_[(first + i) % sequences_.size()];
      if (sequence.ended) continue;
      all_ended = false;
      if (sequence.claimed || !sequence.news || sequence.in_flight >= in_flight_max_) continue;
      sequence.claimed = true;
      sequence.news = false;
      std::unique_ptr<Work> work;
      lock.unlock();
      Next result = ReadNext(sequence, &work);
      lock.lock();
      sequence.claimed = false;
      look_again = true;
      if (result == Next::kWait) continue;
      sequence.news = true;
      if (result == Next::kEnd) {
        sequence.ended = true;
        work_ready_.notify_all();
        continue;
      }
      // Nothing may follow a fault: its unit is the last to be folded.
      if (result == Next::kFault) sequence.ended = true;
      work->unit.number = sequence.next_number++;
      ++sequence.in_flight;
      work_ready_.notify_one();
      return work;
    }
    if (all_ended) return nullptr;
    if (!look_again) work_ready_.wait(lock);
  }
}

// Called by the one worker that has claimed the sequence, without the lock.
Next Scheduler::ReadNext(Sequence& sequence, std::unique_ptr<Work>* out) {
  for (;;) {
    if (sequence.at >= sequence.partitions.size()) return Next::kEnd;
    int index = sequence.partitions[sequence.at];
    const Partition& partition = partitions_[static_cast<size_t>(index)];
    std::unique_ptr<UnitReader>& reader = sequence.readers[sequence.at];
    bool stopped;
    {
      std::lock_guard lock(mutex_);
      // What a reader of its own thread has read already is not to be lost.
      if (draining_ && (reader == nullptr || !reader->blocking())) return Next::kEnd;
      stopped = source_stopped_[static_cast<size_t>(partition.source)];
    }
    std::unique_ptr<Work> work = NewWork(partition.source);
    work->unit.partition = index;
    Next result = Next::kEnd;
    if (!stopped && reader == nullptr) {
      std::unique_ptr<UnitReader> opened;
      work->unit.status = partition.open(&opened);
      if (work->unit.status.ok()) {
        std::lock_guard lock(mutex_);  // Drain looks at the readers
        reader = std::move(opened);
      } else {
        result = Next::kFault;
      }
      if (result != Next::kFault) OpenAhead(sequence);
    }
    if (!stopped && reader != nullptr) result = reader->Read(&work->unit);
    if (result == Next::kWait) {
      Recycle(std::move(work));
      return Next::kWait;
    }
    if (result == Next::kFault) work->unit.kind = UnitKind::kFault;
    if (result == Next::kEnd) {
      {
        // A reader that was told to stop ends without the end of its input.
        std::lock_guard lock(mutex_);
        if (draining_) return Next::kEnd;
      }
      work->unit.kind = UnitKind::kEndOfPartition;
      ++sequence.at;
      result = Next::kUnit;
    }
    *out = std::move(work);
    return result;
  }
}

// What cannot be opened now is tried again, and judged, when its turn has come.
void Scheduler::OpenAhead(Sequence& sequence) {
  size_t end = std::min(sequence.at + 1 + partitions_ahead_, sequence.partitions.size());
  for (size_t i = sequence.at + 1; i < end; ++i) {
    if (sequence.readers[i] != nullptr) continue;
    const Partition& partition = partitions_[static_cast<size_t>(sequence.partitions[i])];
    std::unique_ptr<UnitReader> opened;
    if (!partition.open(&opened).ok()) return;
    opened->Prefetch();
    std::lock_guard lock(mutex_);
    sequence.readers[i] = std::move(opened);
  }
}

void Scheduler::Run(Work& work, int worker) {
  Unit& unit = work.unit;
  if (unit.reader != nullptr) {
    unit.status = unit.reader->Load(&unit);
    if (!unit.status.ok()) {
      unit.kind = UnitKind::kFault;
      return;
    }
  }
  RunWork(program_, env_, *graph_, &tables_[static_cast<size_t>(worker)],
          worker_counters_[static_cast<size_t>(worker)].data(), &work);
}

void Scheduler::PutBack(std::unique_ptr<Work> work) {
  std::unique_lock lock(mutex_);
  Sequence& sequence = *places_[static_cast<size_t>(work->unit.partition)].sequence;
  sequence.done.emplace(work->unit.number, std::move(work));
  FoldReady(lock);
}

// The turnstile: one thread folds at a time; units that become ready meanwhile are taken by it too.
void Scheduler::FoldReady(std::unique_lock<std::mutex>& lock) {
  if (folding_) return;
  folding_ = true;
  for (bool again = true; again && !halted_;) {
    again = false;
    for (auto& each : sequences_) {
      Sequence& sequence = *each;
      auto first = sequence.done.begin();
      if (halted_ || first == sequence.done.end() || first->first != sequence.next_fold) continue;
      std::unique_ptr<Work> work = std::move(first->second);
      sequence.done.erase(first);
      size_t place = places_[static_cast<size_t>(work->unit.partition)].place;
      UnitReader* reader = sequence.readers[place].get();
      bool ends = work->unit.kind == UnitKind::kEndOfPartition;
      lock.unlock();
      graph_->Fold(*work, reader);
      progress_.bytes_read += work->unit.bytes_read;
      progress_.rows_in = graph_->rows_in();
      progress_.rows_out = graph_->rows_out();
      progress_.rejected = graph_->rejected();
      progress_.watermark = graph_->least_watermark();
      int source = work->unit.source;
      Recycle(std::move(work));
      std::unique_ptr<UnitReader> finished;
      lock.lock();
      // All units of an ended partition are folded: its file can be closed.
      if (ends) finished = std::move(sequence.readers[place]);
      ++sequence.next_fold;
      --sequence.in_flight;
      if (graph_->failed()) halted_ = true;
      if (graph_->anything_may_stop() && !source_stopped_[static_cast<size_t>(source)]) {
        DropUnwanted();
      }
      work_ready_.notify_all();
      again = true;
      if (finished != nullptr) {
        lock.unlock();
        finished.reset();
        lock.lock();
      }
    }
  }
  folding_ = false;
  if (halted_) {
    for (auto& sequence : sequences_) StopReaders(sequence->readers);
    work_ready_.notify_all();
  }
}

// Stops the readers of sources whose rows nobody wants any more.
void Scheduler::DropUnwanted() {
  for (size_t source = 0; source < source_stopped_.size(); ++source) {
    if (source_stopped_[source] || graph_->SourceWanted(static_cast<int>(source))) continue;
    source_stopped_[source] = true;
    for (auto& sequence : sequences_) {
      for (size_t i = 0; i < sequence->partitions.size(); ++i) {
        int partition = sequence->partitions[i];
        bool same = partitions_[static_cast<size_t>(partition)].source == static_cast<int>(source);
        if (same && sequence->readers[i] != nullptr) sequence->readers[i]->Stop();
      }
      sequence->news = true;
    }
  }
}

std::unique_ptr<Work> Scheduler::NewWork(int source) {
  {
    std::lock_guard lock(mutex_);
    auto& spare = spare_[static_cast<size_t>(source)];
    if (!spare.empty()) {
      std::unique_ptr<Work> work = std::move(spare.back());
      spare.pop_back();
      return work;
    }
  }
  return MakeWork(plan_, *graph_, source, budget_);
}

void Scheduler::Recycle(std::unique_ptr<Work> work) {
  ResetWork(work.get());
  int source = work->unit.source;
  std::lock_guard lock(mutex_);
  spare_[static_cast<size_t>(source)].push_back(std::move(work));
}

}  // namespace flow::runtime
