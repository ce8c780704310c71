#include "runtime/scheduler.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "runtime/profile.h"
#include "runtime/work.h"

namespace flow::runtime {

// A partition on its way through the run.
struct Scheduler::Lane {
  int partition = 0;
  Sequence* sequence = nullptr;
  size_t step = 0;          // in it
  int64_t unit_bytes = -1;  // at most so many to a unit; -1: as many as the source wants
  bool live = false;        // what is not read waits elsewhere: a pipe, not a file
  // It lives until the lane is folded: units in flight refer to it.
  std::unique_ptr<UnitReader> reader;
  bool news = true;             // there may be something to read
  bool dry = false;             // there was nothing to read when last asked
  bool read = false;            // nothing is read any more
  bool left = false;            // what comes back of it is not wanted
  int64_t reached = INT64_MIN;  // P of what was read, as far as it is known
  int64_t next_number = 0;
  int64_t next_fold = 0;
  int64_t in_flight = 0;
  std::map<int64_t, std::unique_ptr<Work>> done;

  bool folded() const { return read && in_flight == 0; }
};

struct Scheduler::Sequence {
  std::vector<std::vector<int>> steps;  // of partitions
  size_t reading = 0;                   // step
  size_t folding = 0;
  bool claimed = false;  // a worker is reading
  bool ended = false;    // nothing is read any more
  int64_t in_flight = 0;
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
      threads_(std::make_unique<Threads>()) {}

Scheduler::~Scheduler() {
  Halt();
  Join();
}

void Scheduler::Prepare(Graph* graph) {
  graph_ = graph;
  lanes_.resize(partitions_.size());
  std::vector<bool> is_table = graph_->TableSources();
  std::vector<int> meeting = graph_->MeetingSources();
  Sequence* bounded = nullptr;
  std::map<int, size_t> step_of;       // by what the sources share
  for (bool tables : {true, false}) {  // tables first: semantics.md 56
    for (size_t i = 0; i < partitions_.size(); ++i) {
      const Partition& partition = partitions_[i];
      auto source = static_cast<size_t>(partition.source);
      if ((partition.bounded && is_table[source]) != tables) continue;
      if (!partition.bounded || bounded == nullptr) {
        sequences_.push_back(std::make_unique<Sequence>());
        if (partition.bounded) bounded = sequences_.back().get();
      }
      Sequence* sequence = partition.bounded ? bounded : sequences_.back().get();
      size_t step = sequence->steps.size();
      if (partition.bounded && meeting[source] >= 0) {
        step = step_of.try_emplace(meeting[source], step).first->second;
      }
      if (step == sequence->steps.size()) sequence->steps.emplace_back();
      sequence->steps[step].push_back(static_cast<int>(i));
      lanes_[i].partition = static_cast<int>(i);
      lanes_[i].sequence = sequence;
      lanes_[i].live = partition.bytes < 0;
    }
  }
  if (bounded != nullptr) LayOutSteps(bounded);
}

// A step of more partitions than can be open at a time becomes a step for each.
void Scheduler::LayOutSteps(Sequence* sequence) {
  std::vector<std::vector<int>> steps;
  for (std::vector<int>& step : sequence->steps) {
    size_t lanes = step.size();
    bool beside = lanes <= kLanesMax && (lanes == 1 || env_.MayOpen(static_cast<int64_t>(lanes)));
    int64_t unit_bytes = -1;
    if (beside && lanes > 1) unit_bytes = std::max<int64_t>(kStepBytes / std::ssize(step), 1);
    for (int partition : step) {
      Lane& lane = lanes_[static_cast<size_t>(partition)];
      if (!beside || partition == step.front()) steps.emplace_back();
      steps.back().push_back(partition);
      lane.step = steps.size() - 1;
      lane.unit_bytes = unit_bytes;
    }
  }
  sequence->steps = std::move(steps);
}

void Scheduler::StartWorkers(int threads) {
  in_flight_max_ = std::max(threads * kUnitsPerThread, kUnitsAtLeast);
  partitions_ahead_ = std::min(static_cast<size_t>(threads) - 1, kPartitionsAheadMax);
  for (int i = 0; i < threads; ++i) {
    tables_.emplace_back(plan_, budget_);
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
}

void Scheduler::StopReaders() {
  for (Lane& lane : lanes_) {
    if (lane.reader != nullptr) lane.reader->Stop();
  }
}

void Scheduler::Drain() {
  std::lock_guard lock(mutex_);
  draining_ = true;
  StopReaders();
  work_ready_.notify_all();
}

void Scheduler::Halt() {
  std::lock_guard lock(mutex_);
  halted_ = true;
  StopReaders();
  work_ready_.notify_all();
}

void Scheduler::Wake() {
  std::lock_guard lock(mutex_);
  for (Lane& lane : lanes_) {
    lane.news = true;
    lane.dry = false;
  }
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
  if (graph_->failed() && graph_->failed_partition() < 0) halted_ = true;
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
      if (sequence.claimed) continue;
      Lane* lane = PickToRead(sequence);
      if (sequence.ended) {
        look_again = true;
        work_ready_.notify_all();
      }
      if (lane == nullptr) continue;
      sequence.claimed = true;
      lane->news = false;
      std::unique_ptr<Work> work;
      lock.unlock();
      Next result = ReadNext(*lane, &work);
      lock.lock();
      sequence.claimed = false;
      look_again = true;
      if (result == Next::kWait) {
        // Others of its step may have to go on without it.
        lane->dry = !lane->news;
        FoldReady(lock);
        continue;
      }
      lane->news = true;
      if (result == Next::kEnd || lane->left) {
        lane->read = true;
        FoldReady(lock);
        work_ready_.notify_all();
        continue;
      }
      // Nothing may follow a fault: its unit is the last of its lane.
      if (work->unit.kind != UnitKind::kRows) lane->read = true;
      work->unit.number = lane->next_number++;
      ++lane->in_flight;
      ++sequence.in_flight;
      work_ready_.notify_one();
      return work;
    }
    if (all_ended) return nullptr;
    if (!look_again) work_ready_.wait(lock);
  }
}

// The lane of the step being read that is furthest behind and may be read; null when there is none
// now. One unit of each lane may always be on its way: which one is folded next depends on all.
Scheduler::Lane* Scheduler::PickToRead(Sequence& sequence) {
  for (; sequence.reading < sequence.steps.size(); ++sequence.reading) {
    bool open = false;
    Lane* best = nullptr;
    for (int partition : sequence.steps[sequence.reading]) {
      Lane& lane = lanes_[static_cast<size_t>(partition)];
      if (lane.read) continue;
      open = true;
      if (!lane.news) continue;
      if (lane.in_flight > 0 && sequence.in_flight >= in_flight_max_) continue;
      auto urgency = [](const Lane& l) { return std::pair(l.in_flight > 0, l.reached); };
      if (best == nullptr || urgency(lane) < urgency(*best)) best = &lane;
    }
    if (open) return best;
  }
  sequence.ended = true;
  return nullptr;
}

// Called by the one worker that has claimed the sequence, without the lock.
Next Scheduler::ReadNext(Lane& lane, std::unique_ptr<Work>* out) {
  const Partition& partition = partitions_[static_cast<size_t>(lane.partition)];
  std::unique_ptr<UnitReader>& reader = lane.reader;
  bool stopped;
  {
    std::lock_guard lock(mutex_);
    // What a reader of its own thread has read already is not to be lost.
    if (draining_ && (reader == nullptr || !reader->blocking())) return Next::kEnd;
    stopped = source_stopped_[static_cast<size_t>(partition.source)];
  }
  std::unique_ptr<Work> work = NewWork(partition.source);
  work->unit.partition = lane.partition;
  Next result = Next::kEnd;
  if (!stopped && reader == nullptr) {
    std::unique_ptr<UnitReader> opened;
    work->unit.status = partition.open(&opened);
    if (work->unit.status.ok()) {
      if (lane.unit_bytes >= 0) opened->LimitUnits(lane.unit_bytes);
      std::lock_guard lock(mutex_);  // Drain looks at the readers
      reader = std::move(opened);
    } else {
      result = Next::kFault;
    }
    if (result != Next::kFault) OpenAhead(lane);
  }
  if (!stopped && reader != nullptr) {
    static constexpr int32_t kPlace = kAtReading;
    AtPlace at(&kPlace);
    result = reader->Read(&work->unit);
  }
  if (result == Next::kWait) {
    Recycle(std::move(work));
    return Next::kWait;
  }
  if (result == Next::kFault) work->unit.kind = UnitKind::kFault;
  if (result == Next::kEnd) {
    // A reader that was told to stop ends without the end of its input.
    std::lock_guard lock(mutex_);
    if (draining_) return Next::kEnd;
    work->unit.kind = UnitKind::kEndOfPartition;
    result = Next::kUnit;
  }
  *out = std::move(work);
  return result;
}

// Opens partitions of the steps to come. What cannot be opened now is tried again, and judged, when
// its turn has come.
void Scheduler::OpenAhead(const Lane& lane) {
  const std::vector<std::vector<int>>& steps = lane.sequence->steps;
  size_t ahead = partitions_ahead_;
  for (size_t step = lane.step + 1; step < steps.size(); ++step) {
    for (int next : steps[step]) {
      if (ahead-- == 0) return;
      Lane& coming = lanes_[static_cast<size_t>(next)];
      if (coming.reader != nullptr) continue;
      std::unique_ptr<UnitReader> opened;
      if (!partitions_[static_cast<size_t>(next)].open(&opened).ok()) return;
      if (coming.unit_bytes >= 0) opened->LimitUnits(coming.unit_bytes);
      opened->Prefetch();
      std::lock_guard lock(mutex_);
      coming.reader = std::move(opened);
    }
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
  RunWork(program_, env_, *graph_, &tables_[static_cast<size_t>(worker)], &work);
}

static int64_t LastTimeOf(const Watermarks& watermarks, const Work& work) {
  return watermarks.AfterDelay(work.unit.source, work.max_event_time);
}

void Scheduler::PutBack(std::unique_ptr<Work> work) {
  std::unique_lock lock(mutex_);
  Lane& lane = lanes_[static_cast<size_t>(work->unit.partition)];
  lane.reached = std::max(lane.reached, LastTimeOf(graph_->watermarks(), *work));
  lane.done.emplace(work->unit.number, std::move(work));
  FoldReady(lock);
}

// Of the lanes of a step the one whose P is least; of two the first in row order. Null while its
// next unit is on its way.
std::unique_ptr<Work> Scheduler::NextToFold(Sequence& sequence) {
  for (; sequence.folding < sequence.steps.size(); ++sequence.folding) {
    bool open = false;
    // The least of all, of those that have something at hand to read, and of those whose input
    // would wait elsewhere.
    Lane* first = nullptr;
    Lane* live = nullptr;
    int64_t first_time = 0;
    int64_t live_time = 0;
    for (int partition : sequence.steps[sequence.folding]) {
      Lane& lane = lanes_[static_cast<size_t>(partition)];
      if (lane.folded()) continue;
      open = true;
      int64_t time = graph_->watermarks().PartitionWatermark(partition);
      if (first == nullptr || time < first_time) {
        first = &lane;
        first_time = time;
      }
      bool ready = !lane.done.empty() && lane.done.begin()->first == lane.next_fold;
      if (lane.live && ready && (live == nullptr || time < live_time)) {
        live = &lane;
        live_time = time;
      }
    }
    if (!open) continue;
    // Two pipes may be filled by one writer, who waits for the one to be read before he goes on
    // with the other.
    if (first->dry && first->in_flight == 0) first = live;
    if (first == nullptr || first->done.empty()) return nullptr;
    auto next = first->done.begin();
    if (next->first != first->next_fold) return nullptr;
    std::unique_ptr<Work> work = std::move(next->second);
    first->done.erase(next);
    return work;
  }
  return nullptr;
}

// The turnstile: one thread folds at a time; units that become ready meanwhile are taken by it too.
void Scheduler::FoldReady(std::unique_lock<std::mutex>& lock) {
  if (folding_) return;
  folding_ = true;
  for (bool again = true; again && !halted_;) {
    again = false;
    for (auto& each : sequences_) {
      std::unique_ptr<Work> work = halted_ ? nullptr : NextToFold(*each);
      if (work == nullptr) continue;
      Lane& lane = lanes_[static_cast<size_t>(work->unit.partition)];
      bool ends = work->unit.kind == UnitKind::kEndOfPartition;
      lock.unlock();
      if (graph_->failed()) {
        graph_->LookForEarlier(*work, lane.reader.get());
      } else {
        graph_->Fold(*work, lane.reader.get());
      }
      progress_.bytes_read += work->unit.bytes_read;
      progress_.rows_in = graph_->rows_in();
      progress_.rows_out = graph_->rows_out();
      progress_.rejected = graph_->rejected();
      progress_.watermark = graph_->least_watermark();
      std::unique_ptr<UnitReader> finished;
      int source = work->unit.source;
      Recycle(std::move(work));
      lock.lock();
      // All units of an ended partition are folded: its file can be closed.
      if (ends) finished = std::move(lane.reader);
      ++lane.next_fold;
      --lane.in_flight;
      --each->in_flight;
      lane.reached =
          std::max(lane.reached, graph_->watermarks().PartitionWatermark(lane.partition));
      if (graph_->failed()) LeaveOthers();
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
    StopReaders();
    work_ready_.notify_all();
  }
}

// The run has failed: the partitions that come before the one it failed in, in row order, are read
// on, for the first bad record of all; when none is left the run is over.
void Scheduler::LeaveOthers() {
  bool any = false;
  for (Lane& lane : lanes_) {
    if (lane.folded()) continue;
    const Partition& partition = partitions_[static_cast<size_t>(lane.partition)];
    bool before = partition.bounded && lane.partition < graph_->failed_partition() &&
                  !source_stopped_[static_cast<size_t>(partition.source)];
    any = any || before;
    if (before || lane.left) continue;
    lane.left = true;
    lane.read = true;
    if (lane.reader != nullptr) lane.reader->Stop();
  }
  if (!any) halted_ = true;
}

// Stops the readers of sources whose rows nobody wants any more.
void Scheduler::DropUnwanted() {
  for (size_t source = 0; source < source_stopped_.size(); ++source) {
    if (source_stopped_[source] || graph_->SourceWanted(static_cast<int>(source))) continue;
    source_stopped_[source] = true;
    for (Lane& lane : lanes_) {
      const Partition& partition = partitions_[static_cast<size_t>(lane.partition)];
      bool same = partition.source == static_cast<int>(source);
      if (same && lane.reader != nullptr) lane.reader->Stop();
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
