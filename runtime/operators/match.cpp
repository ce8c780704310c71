// match by k within D { .. }: patterns in the rows of each key (semantics.md 66).
//
// The steps are an automaton. A run is a beginning of a match: the row it started with, the step it
// is in, the rows it took, and the steps whose next row may still come. A row is shown to all runs
// of its key. `then` and repetition skip only rows that do not fit, so from a run each step takes
// one definite row, the first that fits, and a run is told by its start and by how many rows each
// of its steps has. That is also its rank: the earliest start, then the most rows in the earlier
// steps.
//
// A run goes when its first row is D old, when nothing can follow, or when another run of the same
// start ranks higher and can do all that it can (Dominates). A condition that looks at rows of an
// earlier step is why runs differ. So with n rows of a key within D there are at most
// n * steps runs where no condition looks at a step with a number of rows, and n times more for
// each such step that is looked at. Rows are kept once; a run holds places in lists of them.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <deque>
#include <optional>
#include <unordered_map>

#include "runtime/operators/charged.h"
#include "runtime/operators/sort_key.h"
#include "runtime/operators/timed.h"

namespace flow::runtime {
namespace {

// Whether `time` is at least `span` after `since`; the difference may be beyond an int64.
bool IsOld(int64_t since, int64_t time, int64_t span) {
  return time >= since &&
         static_cast<uint64_t>(time) - static_cast<uint64_t>(since) >= static_cast<uint64_t>(span);
}

// Rows that fitted a step, in their order and next to each other in memory, as an array is.
class FittingRows {
 public:
  FittingRows(MemoryBudget* budget, int64_t row_size)
      : row_size_(row_size), rows_(budget), numbers_(budget), memory_(budget) {}

  int64_t end() const { return dropped_ + static_cast<int64_t>(rows_.size()); }
  const char* At(int64_t index) const {
    return memory_.data() + static_cast<size_t>((index - dropped_) * row_size_);
  }
  int64_t LastNumber() const { return numbers_.empty() ? -1 : numbers_.back(); }
  int64_t NumberAt(int64_t index) const { return numbers_[static_cast<size_t>(index - dropped_)]; }

  void Add(const HeldRow& row, int64_t number) {
    if (LastNumber() == number) return;
    const char* bytes = static_cast<const char*>(row.get());
    rows_.push_back(row);
    numbers_.push_back(number);
    memory_.insert(memory_.end(), bytes, bytes + row_size_);
  }
  // Rows before `number` are needed no more.
  void DropBefore(int64_t number) {
    size_t count = 0;
    while (count < numbers_.size() && numbers_[count] < number) ++count;
    if (count < rows_.size() && count * 2 < rows_.size()) return;  // moving the rest must pay
    auto gone = static_cast<std::ptrdiff_t>(count);
    rows_.erase(rows_.begin(), rows_.begin() + gone);
    numbers_.erase(numbers_.begin(), numbers_.begin() + gone);
    memory_.erase(memory_.begin(), memory_.begin() + gone * row_size_);
    dropped_ += gone;
  }

 private:
  int64_t row_size_;
  int64_t dropped_ = 0;
  ChargedVector<HeldRow> rows_;
  ChargedVector<int64_t> numbers_;
  ChargedVector<char> memory_;
};

// The rows that a run took for one step.
struct Taken {
  std::shared_ptr<FittingRows> rows;
  int64_t begin = 0;
  int64_t count = 0;
};

struct Run {
  int64_t start_time = 0;
  int64_t start = 0;     // number of the first row among those of the key
  int step = -1;         // that took the last row; -1: none has yet
  uint64_t options = 0;  // steps whose next row may still come, `step` itself among them
  ChargedVector<Taken> taken;
};

// A condition, of a step or of a `without`.
struct Condition {
  FlowRowFn function = nullptr;
  std::vector<int> reads;  // steps whose rows it looks at
};

struct Step {
  Condition condition;
  std::vector<Condition> without;  // between the step before and this one
  int64_t least = 1;
  int64_t most = 1;  // -1: no end
  bool next = false;
  bool own_rows = false;   // its condition looks at other steps: which rows fit depends on the run
  int last_reader = -1;    // the last step that looks at its rows, itself or by its `without`
  uint64_t following = 0;  // steps that may take the row after its last
  uint32_t steps_offset = 0;
  uint32_t result_offset = 0;
};

class MatchOperator final : public TimedOperator {
 public:
  MatchOperator(const MatchPlan& plan, OperatorContext context)
      : TimedOperator({&plan.input}, std::move(context)),
        key_(Resolve(*this->context().program, plan.key)),
        key_offsets_(plan.key_offsets),
        result_(this->context().program->FindType(plan.result_type_symbol)),
        result_time_offset_(plan.result_time_offset),
        within_(this->context().program->Int(plan.within).value_or(1)),
        overlapping_(plan.overlapping),
        row_size_(plan.row_size),
        steps_memory_(plan.steps_size / sizeof(std::max_align_t) + 1),
        result_memory_(static_cast<size_t>(result_->size) / sizeof(std::max_align_t) + 1) {
    for (const MatchStepPlan& step : plan.steps) AddStep(step);
    Connect();
  }

  // With the rows that have begun a match.
  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    out.count += std::ssize(starts_);
    return out;
  }

 protected:
  void Take(int, int64_t time, HeldRow row) override {
    Key& key = Find(row);
    Forget(key, time);
    row_ = std::move(row);
    time_ = time;
    BeginTask();
    if (!Judge(key)) {
      Flush();
      EndTask();
    } else {
      Advance(key);
      if (++rows_of_task_ >= context().batch_rows) EndTask();
    }
    row_ = {};
    if (key.runs.empty()) key.fitting.clear();
    if (key.starts == 0) Erase(&key);
  }

  void Pass(int64_t watermark) override {
    EndTask();
    while (!starts_.empty() && IsOld(starts_.front().time, watermark, within_)) {
      Key* key = starts_.front().key;
      starts_.pop_front();
      --key->starts;
      Forget(*key, watermark);
      if (key->starts == 0) Erase(key);
    }
  }

 private:
  struct Key {
    Key(uint64_t key_hash, HeldRow first, MemoryBudget* budget)
        : hash(key_hash), row(std::move(first)), runs(budget) {}
    uint64_t hash;
    HeldRow row;  // one of its rows
    int64_t rows = 0;
    int64_t starts = 0;       // in starts_
    ChargedVector<Run> runs;  // by their starts
    // By step, rows that fit whatever was taken before; shared by all runs.
    std::vector<std::shared_ptr<FittingRows>> fitting;
  };
  // What the row at hand means to a run: steps that take it, and steps it takes the prospect from.
  struct Judgement {
    uint64_t takes = 0;
    uint64_t closes = 0;
  };
  struct Start {
    int64_t time;
    Key* key;
  };

  // ---- The automaton

  void AddStep(const MatchStepPlan& plan) {
    Condition condition;
    condition.function =
        reinterpret_cast<FlowRowFn>(context().program->symbols->Find(plan.condition_symbol));
    condition.reads = plan.reads;
    if (plan.without) {
      without_.push_back(std::move(condition));
      return;
    }
    auto number = static_cast<int>(steps_.size());
    for (int read : plan.reads) steps_[static_cast<size_t>(read)].last_reader = number;
    for (const Condition& before : without_) {
      for (int read : before.reads) steps_[static_cast<size_t>(read)].last_reader = number;
    }
    Step& step = steps_.emplace_back();
    step.own_rows = !condition.reads.empty();
    step.condition = std::move(condition);
    step.without = std::exchange(without_, {});
    step.least = plan.least;
    step.most = plan.most;
    step.next = plan.next;
    step.steps_offset = plan.steps_offset;
    step.result_offset = plan.result_offset;
  }
  // A step that took no row is as if it were not there, with the word before it.
  void Connect() {
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].next) next_ |= Bit(i);
      steps_[i].following = Following(i + 1);
    }
    fits_.resize(steps_.size());
    excluded_.resize(steps_.size());
    for (size_t i = 0; i < steps_.size(); ++i) excluded_[i].resize(steps_[i].without.size());
  }
  uint64_t Following(size_t first) const {
    uint64_t out = 0;
    for (size_t i = first; i < steps_.size(); ++i) {
      out |= Bit(i);
      if (steps_[i].least > 0) break;
    }
    return out;
  }
  static uint64_t Bit(size_t step) { return uint64_t{1} << step; }

  // What may follow once `run` has taken a row.
  uint64_t OptionsOf(const Run& run) const {
    const Step& step = steps_[static_cast<size_t>(run.step)];
    int64_t count = run.taken[static_cast<size_t>(run.step)].count;
    uint64_t out = count >= step.least ? step.following : 0;
    if (step.most < 0 || count < step.most) out |= Bit(static_cast<size_t>(run.step));
    return out;
  }

  // ---- Keys

  Key& Find(const HeldRow& held) {
    const void* row = held.get();
    uint64_t hash = 0;
    for (const ResolvedKey& key : key_) {
      uint64_t part = flow_value_hash(key.type, static_cast<const char*>(row) + key.offset);
      hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
    }
    std::vector<std::unique_ptr<Key>>& found = keys_[hash];
    for (const std::unique_ptr<Key>& key : found) {
      if (SameKey(key->row.get(), row)) return *key;
    }
    return *found.emplace_back(std::make_unique<Key>(hash, held, context().budget));
  }
  bool SameKey(const void* a, const void* b) const {
    for (const ResolvedKey& key : key_) {
      if (!flow_value_equal(key.type, static_cast<const char*>(a) + key.offset,
                            static_cast<const char*>(b) + key.offset)) {
        return false;
      }
    }
    return true;
  }
  void Erase(Key* key) {
    auto at = keys_.find(key->hash);
    std::erase_if(at->second, [&](const std::unique_ptr<Key>& one) { return one.get() == key; });
    if (at->second.empty()) keys_.erase(at);
  }

  // Runs that cannot end any more at `time` or later.
  void Forget(Key& key, int64_t time) const {
    size_t old = 0;
    while (old < key.runs.size() && IsOld(key.runs[old].start_time, time, within_)) ++old;
    if (old == 0) return;
    key.runs.erase(key.runs.begin(), key.runs.begin() + static_cast<std::ptrdiff_t>(old));
    if (key.runs.empty()) return key.fitting.clear();
    for (const auto& rows : key.fitting) {
      if (rows != nullptr) rows->DropBefore(key.runs.front().start);
    }
  }

  // ---- Conditions

  void BeginTask() {
    if (task_ == nullptr) task_ = context().begin_task();
    task_->event_time = time_;
  }
  void EndTask() {
    if (task_ == nullptr) return;
    task_ = nullptr;
    rows_of_task_ = 0;
    context().end_task();
  }

  // The rows of a step as its column has them.
  void PutStep(const Run& run, size_t index, char* to) const {
    const Step& step = steps_[index];
    const Taken& taken = run.taken[index];
    if (step.most != 1) {
      FlowArray array{nullptr, taken.count};
      if (taken.count > 0) array.data = const_cast<char*>(taken.rows->At(taken.begin));
      std::memcpy(to, &array, sizeof array);
      return;
    }
    if (taken.count > 0) {
      std::memcpy(to, taken.rows->At(taken.begin), static_cast<size_t>(row_size_));
    } else {
      std::memset(to, 0, static_cast<size_t>(row_size_));
    }
    if (step.least == 0) to[row_size_] = taken.count > 0 ? 1 : 0;
  }

  // False: the condition rejects the row at hand. `known`: the answer, where it is the same for all
  // runs.
  bool Ask(const Condition& condition, const Run& run, std::optional<bool>* known, bool* fits) {
    if (known->has_value()) {
      *fits = **known;
      return true;
    }
    char* steps = reinterpret_cast<char*>(steps_memory_.data());
    for (int read : condition.reads) {
      auto index = static_cast<size_t>(read);
      PutStep(run, index, steps + steps_[index].steps_offset);
    }
    const void* rows[] = {row_.get(), steps};
    if (!condition.function(task_, rows, fits)) return false;
    if (condition.reads.empty()) *known = *fits;
    return true;
  }

  // Asks for the row at hand on behalf of all runs, and of the one that may start with it: step by
  // step, and what must not come before a step after it. False: the row was rejected, and nothing
  // has changed.
  bool Judge(Key& key) {
    std::fill(fits_.begin(), fits_.end(), std::nullopt);
    for (auto& known : excluded_) std::fill(known.begin(), known.end(), std::nullopt);
    Run fresh;
    fresh.start_time = time_;
    fresh.start = key.rows;
    fresh.options = Following(0);
    fresh.taken = ChargedVector<Taken>(steps_.size(), Taken{}, context().budget);
    key.runs.push_back(std::move(fresh));
    judgements_.assign(key.runs.size(), {});
    bool good = true;
    for (size_t j = 0; good && j < steps_.size(); ++j) good = JudgeStep(key, j);
    if (!good) key.runs.pop_back();
    return good;
  }
  bool JudgeStep(Key& key, size_t j) {
    const Step& step = steps_[j];
    for (size_t i = 0; i < key.runs.size(); ++i) {
      if ((key.runs[i].options & Bit(j)) == 0) continue;
      bool fits = false;
      if (!Ask(step.condition, key.runs[i], &fits_[j], &fits)) return false;
      if (fits) judgements_[i].takes |= Bit(j);
    }
    if (step.next) return true;
    // All `without` since the step that took the last row.
    for (size_t between = 0; between <= j; ++between) {
      for (size_t w = 0; w < steps_[between].without.size(); ++w) {
        for (size_t i = 0; i < key.runs.size(); ++i) {
          const Run& run = key.runs[i];
          Judgement& judgement = judgements_[i];
          bool waits = run.step >= 0 && static_cast<size_t>(run.step) < between &&
                       (run.options & ~judgement.takes & ~judgement.closes & Bit(j)) != 0;
          bool came = false;
          if (!waits) continue;
          if (!Ask(steps_[between].without[w], run, &excluded_[between][w], &came)) return false;
          if (came) judgement.closes |= Bit(j);
        }
      }
    }
    return true;
  }

  // ---- Runs

  // `run` with the row at hand as the next of step `j`.
  Run Extended(Key& key, const Run& run, size_t j) {
    Run out = run;
    Taken& taken = out.taken[j];
    if (taken.count == 0) {
      taken.rows = RowsFor(key, j);
      taken.begin = taken.rows->end();
      // Another run may have brought the row already.
      if (taken.rows->LastNumber() == key.rows) --taken.begin;
    }
    taken.rows->Add(row_, key.rows);
    ++taken.count;
    out.step = static_cast<int>(j);
    out.options = OptionsOf(out);
    return out;
  }
  std::shared_ptr<FittingRows> RowsFor(Key& key, size_t j) const {
    if (steps_[j].own_rows) return std::make_shared<FittingRows>(context().budget, row_size_);
    key.fitting.resize(steps_.size());
    if (key.fitting[j] == nullptr) {
      key.fitting[j] = std::make_shared<FittingRows>(context().budget, row_size_);
    }
    return key.fitting[j];
  }

  // All runs take or skip the row at hand; matches that end with it are sent.
  void Advance(Key& key) {
    if (!Changes(key)) {
      ++key.rows;
      key.runs.pop_back();
      return;
    }
    ChargedVector<Run> runs(context().budget);
    complete_.clear();
    for (size_t i = 0; i < key.runs.size();) {
      size_t first = runs.size();  // of the runs with this start
      int64_t start = key.runs[i].start;
      fresh_.clear();
      for (; i < key.runs.size() && key.runs[i].start == start; ++i) {
        Move(key, key.runs[i], judgements_[i], &runs);
      }
      Prune(&runs, first);
    }
    if (!runs.empty() && runs.back().start == key.rows) {
      starts_.push_back({time_, &key});
      ++key.starts;
    }
    ++key.rows;
    key.runs = std::move(runs);
    SendMatches(key);
  }

  // Most rows fit nowhere.
  bool Changes(const Key& key) const {
    for (size_t i = 0; i < key.runs.size(); ++i) {
      const Run& run = key.runs[i];
      if ((judgements_[i].takes | judgements_[i].closes) != 0) return true;
      if (run.step >= 0 && (run.options & next_ & ~Bit(Own(run))) != 0) return true;
    }
    return false;
  }

  void Move(Key& key, Run& run, const Judgement& judgement, ChargedVector<Run>* runs) {
    for (uint64_t takes = judgement.takes; takes != 0; takes &= takes - 1) {
      auto j = static_cast<size_t>(std::countr_zero(takes));
      Run next = Extended(key, run, j);
      if (j + 1 == steps_.size() && next.taken[j].count >= steps_[j].least) {
        complete_.push_back(std::move(next));
      } else {
        fresh_.push_back(runs->size());
        runs->push_back(std::move(next));
      }
    }
    if (run.step < 0) return;
    run.options &= ~(judgement.takes | judgement.closes | (next_ & ~Bit(Own(run))));
    // Whoever goes on in the step can do all that one who stays behind can, if nobody looks.
    bool repeats = (judgement.takes & Bit(Own(run))) != 0;
    bool outdone = repeats && steps_[Own(run)].last_reader < 0;
    if (run.options != 0 && !outdone) runs->push_back(std::move(run));
  }
  static size_t Own(const Run& run) { return static_cast<size_t>(run.step); }

  // Takes out runs of one start, from place `first` on, that others outdo; of those that stand
  // already, only what is fresh can outdo one.
  void Prune(ChargedVector<Run>* runs, size_t first) const {
    if (fresh_.empty() || runs->size() - first < 2) return;
    for (size_t made : fresh_) {
      Run& run = (*runs)[made];
      for (size_t k = first; k < runs->size() && run.options != 0; ++k) {
        Run& other = (*runs)[k];
        if (k == made || other.options == 0) continue;
        if (Dominates(other, run)) {
          run.options = 0;
        } else if (Dominates(run, other)) {
          other.options = 0;
        }
      }
    }
    auto from = runs->begin() + static_cast<std::ptrdiff_t>(first);
    runs->erase(std::remove_if(from, runs->end(), [](const Run& run) { return run.options == 0; }),
                runs->end());
  }
  // Whether `a` ranks before `b`, has its options, and every condition sees the same.
  bool Dominates(const Run& a, const Run& b) const {
    if (a.step != b.step || (b.options & ~a.options) != 0) return false;
    size_t own = Own(a);
    const Step& step = steps_[own];
    int64_t x = a.taken[own].count;
    int64_t y = b.taken[own].count;
    bool repeats = (b.options & Bit(own)) != 0;
    bool unbounded = step.most < 0 && x >= step.least && y >= step.least;
    if (repeats && x != y && !unbounded) return false;
    for (size_t k = 0; k <= own; ++k) {
      int reader = steps_[k].last_reader;
      bool read = reader > b.step || (reader == b.step && repeats);
      if (read && !SameRows(a.taken[k], b.taken[k])) return false;
    }
    return Outranks(a, b);
  }
  static bool SameRows(const Taken& a, const Taken& b) {
    if (a.count != b.count) return false;
    for (int64_t i = 0; i < a.count; ++i) {
      if (a.rows->NumberAt(a.begin + i) != b.rows->NumberAt(b.begin + i)) return false;
    }
    return true;
  }
  // More rows in the first step where they differ; of one start.
  static bool Outranks(const Run& a, const Run& b) {
    for (size_t k = 0; k < a.taken.size(); ++k) {
      if (a.taken[k].count != b.taken[k].count) return a.taken[k].count > b.taken[k].count;
    }
    return false;
  }

  // ---- Matches

  void SendMatches(Key& key) {
    if (complete_.empty()) return;
    int64_t start = -1;
    for (size_t i = 0; i < complete_.size(); ++i) {
      const Run* best = &complete_[i];
      if (best->start == start) continue;
      start = best->start;
      for (size_t k = i + 1; k < complete_.size() && complete_[k].start == start; ++k) {
        if (Outranks(complete_[k], *best)) best = &complete_[k];
      }
      SendMatch(*best);
      if (!overlapping_) break;
    }
    complete_.clear();
    if (!overlapping_) return key.runs.clear();
    std::erase_if(key.runs, [&](const Run& run) { return run.start <= start; });
  }
  void SendMatch(const Run& run) {
    char* result = reinterpret_cast<char*>(result_memory_.data());
    const char* row = static_cast<const char*>(row_.get());
    for (size_t i = 0; i < key_.size(); ++i) {
      std::memcpy(result + key_offsets_[i], row + key_[i].offset,
                  static_cast<size_t>(key_[i].type->size));
    }
    for (size_t i = 0; i < steps_.size(); ++i) PutStep(run, i, result + steps_[i].result_offset);
    std::memcpy(result + result_time_offset_, &time_, sizeof time_);
    Send(HeldRow(context().budget, result_, result));
  }

  std::vector<ResolvedKey> key_;
  std::vector<uint32_t> key_offsets_;
  const FlowType* result_;
  int64_t result_time_offset_;
  int64_t within_;
  bool overlapping_;
  int64_t row_size_;
  std::vector<Step> steps_;
  std::vector<Condition> without_;  // read from the plan, waiting for their step
  uint64_t next_ = 0;               // steps after `next`

  std::unordered_map<uint64_t, std::vector<std::unique_ptr<Key>>> keys_;
  std::deque<Start> starts_;  // by their time

  // The row at hand.
  HeldRow row_;
  int64_t time_ = 0;
  FlowTask* task_ = nullptr;
  int64_t rows_of_task_ = 0;
  std::vector<Judgement> judgements_;  // by run
  std::vector<std::optional<bool>> fits_;
  std::vector<std::vector<std::optional<bool>>> excluded_;
  std::vector<size_t> fresh_;  // places of runs that have just taken it
  std::vector<Run> complete_;
  std::vector<std::max_align_t> steps_memory_;
  std::vector<std::max_align_t> result_memory_;
};

}  // namespace

std::unique_ptr<Operator> MakeMatch(const MatchPlan& plan, OperatorContext context) {
  return std::make_unique<MatchOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
