// f(x) over (by k last ..): an aggregate of the trailing rows of each row's key, or an earlier
// row's value (semantics.md 65). Each call keeps the rows of a key in row order and, over them, a
// tree of partial states: blocks of kFan rows, of kFan blocks, and so on. The state of any range is
// merged from few blocks, oldest first, so no state ever needs a row taken out of it.

#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <unordered_map>

#include "runtime/operators/sort_key.h"
#include "runtime/operators/timed.h"

namespace flow::runtime {
namespace {

constexpr int64_t kFan = 16;
constexpr int64_t kResultBytes = 1 << 20;   // of results that wait to be sent
constexpr int64_t kGarbageBytes = 1 << 20;  // of states that are gone, before they are cleaned up

struct Functions {
  int64_t entry_size = 0;
  FlowEntryInitFn init = nullptr;
  FlowMergeFn update = nullptr;  // with a row
  FlowMergeFn merge = nullptr;
  FlowFinalFn final = nullptr;
};

void* NewEntry(const Functions& functions, Arena* arena) {
  void* entry = arena->Allocate(std::max<int64_t>(functions.entry_size, 1), 16);
  functions.init(arena->get(), entry);
  return entry;
}

void* CopyEntry(const Functions& functions, Arena* arena, const void* from) {
  if (from == nullptr) return nullptr;
  void* entry = NewEntry(functions, arena);
  functions.merge(arena->get(), entry, from);
  return entry;
}

// The rows of one key that a later row may look back to, by number from 0 on.
class Trail {
 public:
  explicit Trail(const Functions& functions) : functions_(functions) {}

  int64_t begin() const { return first_; }
  int64_t end() const { return first_ + static_cast<int64_t>(rows_.size()); }
  const HeldRow& row(int64_t number) const { return rows_[static_cast<size_t>(number - first_)]; }

  // With `blocks`, states go there; without, only rows are kept.
  void Add(HeldRow row, Arena* blocks) {
    rows_.push_back(std::move(row));
    if (blocks != nullptr) Build(0, end(), blocks);
  }

  void DropBefore(int64_t number) {
    for (; first_ < number && !rows_.empty(); ++first_) rows_.pop_front();
    int64_t size = kFan;
    for (Level& level : levels_) {
      while (!level.blocks.empty() && level.first * size < first_) {
        level.blocks.pop_front();
        ++level.first;
      }
      size *= kFan;
    }
  }

  // Folds the rows from `from` up to `to`, excluded, into `entry`.
  void Fold(int64_t from, int64_t to, FlowArena* arena, void* entry) const {
    while (from < to) {
      const void* block = nullptr;  // the largest that fits
      int64_t folded = 1;
      int64_t size = kFan;
      for (const Level& level : levels_) {
        if (from % size != 0 || from + size > to) break;
        if (const void* state = level.At(from / size)) {
          block = state;
          folded = size;
        }
        size *= kFan;
      }
      if (block != nullptr) {
        functions_.merge(arena, entry, block);
      } else {
        functions_.update(arena, entry, row(from).get());
      }
      from += folded;
    }
  }

  // Copies all states to `arena`.
  void MoveTo(Arena* arena) {
    for (Level& level : levels_) {
      for (void*& block : level.blocks) block = CopyEntry(functions_, arena, block);
    }
  }

 private:
  // Block i of a level holds the rows [i * size, (i + 1) * size); null when some had gone before.
  struct Level {
    std::deque<void*> blocks;
    int64_t first = 0;
    void* At(int64_t index) const {
      bool there = index >= first && index - first < static_cast<int64_t>(blocks.size());
      return there ? blocks[static_cast<size_t>(index - first)] : nullptr;
    }
  };

  // `count` blocks of the level below, or rows, have been completed in all.
  void Build(size_t depth, int64_t count, Arena* arena) {
    if (count % kFan != 0) return;
    if (depth == levels_.size()) levels_.emplace_back();
    int64_t index = count / kFan - 1;
    if (levels_[depth].blocks.empty()) levels_[depth].first = index;
    levels_[depth].blocks.push_back(Make(depth, index * kFan, arena));
    Build(depth + 1, index + 1, arena);
  }

  void* Make(size_t depth, int64_t from, Arena* arena) const {
    if (depth == 0 ? from < first_ : levels_[depth - 1].At(from) == nullptr) return nullptr;
    void* entry = NewEntry(functions_, arena);
    for (int64_t i = from; i < from + kFan; ++i) {
      if (depth == 0) {
        functions_.update(arena->get(), entry, row(i).get());
      } else {
        functions_.merge(arena->get(), entry, levels_[depth - 1].At(i));
      }
    }
    return entry;
  }

  const Functions& functions_;
  std::deque<HeldRow> rows_;
  int64_t first_ = 0;
  std::vector<Level> levels_;
};

// One function over the rows of each key.
class Call {
 public:
  Call(const OverCallPlan& plan, const Program& program, int64_t time_offset, MemoryBudget* budget)
      : key_(Resolve(program, plan.key)),
        time_offset_(time_offset),
        budget_(budget),
        states_(budget) {
    const SymbolResolver& symbols = *program.symbols;
    functions_.entry_size = plan.entry_size;
    functions_.final = reinterpret_cast<FlowFinalFn>(symbols.Find(plan.final_symbol));
    last_ = program.Int(plan.last).value_or(-1);
    rows_ = program.Int(plan.rows).value_or(-1);
    lag_ = program.Int(plan.lag).value_or(-1);
    if (lag_ >= 0) return;
    functions_.init = reinterpret_cast<FlowEntryInitFn>(symbols.Find(plan.init_symbol));
    functions_.update = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.update_symbol));
    functions_.merge = reinterpret_cast<FlowMergeFn>(symbols.Find(plan.merge_symbol));
  }

  // Rows that later ones may look back to.
  int64_t kept() const {
    int64_t rows = 0;
    for (const auto& [hash, list] : series_) {
      for (const std::unique_ptr<Series>& series : list) {
        rows += series->trail.end() - series->trail.begin();
      }
    }
    return rows;
  }
  // Whether a row sees all rows of its time, also those behind it in row order.
  bool by_time() const { return last_ >= 0; }

  struct Series {
    Series(uint64_t own_hash, HeldRow row, const Functions& functions)
        : hash(own_hash), key(std::move(row)), trail(functions) {}
    uint64_t hash;
    HeldRow key;  // a row that has it
    Trail trail;
    void* entry = nullptr;     // the state of all rows, where none is forgotten
    int64_t count = 0;         // rows so far
    int64_t waiting_ages = 0;  // entries of `ages_`
  };

  // What a row found of its key, to compute its result with.
  struct Place {
    Series* series = nullptr;
    int64_t number = 0;
  };

  Place Add(const HeldRow& row) {
    Series& series = Find(row);
    int64_t number = series.count++;
    if (lag_ < 0 && last_ < 0 && rows_ < 0) {
      if (series.entry == nullptr) series.entry = NewEntry(functions_, &states_);
      functions_.update(states_.get(), series.entry, row.get());
      return {&series, number};
    }
    series.trail.Add(row, lag_ < 0 ? &states_ : nullptr);
    if (last_ >= 0) ages_.push_back({TimeOf(row.get()), &series});
    return {&series, number};
  }

  // Writes the result into the row. `scratch` and the rows put into `pinned` live until it is sent.
  bool Result(const Place& place, HeldRow& row, FlowTask* task, Arena* scratch,
              std::vector<HeldRow>* pinned) {
    Series& series = *place.series;
    void* out = row.mutable_row();
    if (series.entry != nullptr) return functions_.final(task, series.entry, out);
    int64_t from = series.trail.begin();
    if (rows_ >= 0) from = std::max(from, place.number + 1 - rows_);
    if (last_ >= 0) {
      int64_t oldest;
      if (__builtin_sub_overflow(TimeOf(row.get()), last_, &oldest)) oldest = INT64_MIN;
      while (from < place.number && TimeOf(series.trail.row(from).get()) < oldest) ++from;
    }
    // Later rows of the key reach back no further, except by `lag`.
    int64_t kept = lag_ >= 0 ? std::max(from, place.number - lag_) : from;
    series.trail.DropBefore(kept);
    if (lag_ >= 0) {
      int64_t wanted = place.number - lag_;
      if (wanted < from) return functions_.final(task, nullptr, out);
      pinned->push_back(series.trail.row(wanted));
      return functions_.final(task, pinned->back().get(), out);
    }
    void* entry = NewEntry(functions_, scratch);
    int64_t to = by_time() ? series.trail.end() : place.number + 1;
    series.trail.Fold(from, to, scratch->get(), entry);
    return functions_.final(task, entry, out);
  }

  // Only between rows that are sent: results may point into states.
  void CleanUp() {
    if (states_.allocated_bytes() <= used_after_cleaning_ * 4 + kGarbageBytes) return;
    Arena arena(budget_);
    for (auto& [hash, list] : series_) {
      for (const std::unique_ptr<Series>& series : list) {
        series->entry = CopyEntry(functions_, &arena, series->entry);
        series->trail.MoveTo(&arena);
      }
    }
    states_ = std::move(arena);
    used_after_cleaning_ = states_.allocated_bytes();
  }

  // Rows that no row at or after `watermark` looks back to go, and keys without rows with them.
  void Expire(int64_t watermark) {
    if (last_ < 0) return;
    int64_t oldest;
    if (__builtin_sub_overflow(watermark, last_, &oldest)) oldest = INT64_MIN;
    while (!ages_.empty() && ages_.front().time < oldest) {
      Series* series = ages_.front().series;
      ages_.pop_front();
      if (--series->waiting_ages > 0) {
        series->trail.DropBefore(series->count - series->waiting_ages);
        continue;
      }
      auto found = series_.find(series->hash);
      std::vector<std::unique_ptr<Series>>& list = found->second;
      list.erase(std::find_if(list.begin(), list.end(),
                              [&](const auto& other) { return other.get() == series; }));
      if (list.empty()) series_.erase(found);
    }
  }

 private:
  int64_t TimeOf(const void* row) const { return WindowEndOf(row, time_offset_); }

  Series& Find(const HeldRow& row) {
    uint64_t hash = HashKey(key_, row.get());
    std::vector<std::unique_ptr<Series>>& list = series_[hash];
    for (const std::unique_ptr<Series>& series : list) {
      if (SameKey(key_, series->key.get(), row.get())) {
        series->waiting_ages += last_ >= 0;
        return *series;
      }
    }
    list.push_back(std::make_unique<Series>(hash, row, functions_));
    list.back()->waiting_ages += last_ >= 0;
    return *list.back();
  }

  struct Age {
    int64_t time;
    Series* series;
  };

  std::vector<ResolvedKey> key_;
  int64_t time_offset_;
  MemoryBudget* budget_;
  Functions functions_;
  int64_t last_ = -1;  // a duration; -1: none
  int64_t rows_ = -1;
  int64_t lag_ = -1;
  std::unordered_map<uint64_t, std::vector<std::unique_ptr<Series>>> series_;  // by hash
  Arena states_;                                                               // of all keys
  int64_t used_after_cleaning_ = 0;
  std::deque<Age> ages_;  // of the rows of all keys, oldest first
};

class OverOperator final : public TimedOperator {
 public:
  OverOperator(const OverPlan& plan, OperatorContext own)
      : TimedOperator({&plan.input}, std::move(own)),
        timed_(plan.input.time_offset >= 0),
        scratch_(context().budget) {
    for (const OverCallPlan& call : plan.calls) {
      calls_.push_back(std::make_unique<Call>(call, *context().program, plan.input.time_offset,
                                              context().budget));
    }
  }

  Backlog backlog() const override {
    Backlog out = TimedOperator::backlog();
    out.count += std::ssize(moment_);
    for (const std::unique_ptr<Call>& call : calls_) out.count += call->kept();
    return out;
  }

 protected:
  // Rows of one time wait for each other.
  void Take(int, int64_t time, HeldRow row) override {
    if (!moment_.empty() && time != time_) Settle();
    time_ = time;
    moment_.push_back(std::move(row));
    if (!timed_) Settle();
  }

  void Pass(int64_t watermark) override {
    Settle();
    for (const std::unique_ptr<Call>& call : calls_) call->Expire(watermark);
  }

  void Flush() override {
    if (task_ == nullptr) return;
    pointers_.clear();
    for (const HeldRow& row : ready_) pointers_.push_back(row.get());
    context().emit(pointers_.data(), static_cast<int64_t>(pointers_.size()));
    task_ = nullptr;
    context().end_task();
    ready_.clear();
    pinned_.clear();
    scratch_.Reset();
    scratch_kept_ = scratch_.allocated_bytes();
    for (const std::unique_ptr<Call>& call : calls_) call->CleanUp();
  }

 private:
  void Settle() {
    places_.resize(moment_.size() * calls_.size());
    for (size_t c = 0; c < calls_.size(); ++c) {
      if (!calls_[c]->by_time()) continue;
      for (size_t i = 0; i < moment_.size(); ++i) {
        places_[i * calls_.size() + c] = calls_[c]->Add(moment_[i]);
      }
    }
    for (size_t i = 0; i < moment_.size() && !context().stopped(); ++i) {
      Compute(moment_[i], &places_[i * calls_.size()]);
    }
    moment_.clear();
  }

  void Compute(HeldRow& row, Call::Place* places) {
    if (task_ == nullptr) task_ = context().begin_task();
    bool good = true;
    for (size_t c = 0; c < calls_.size(); ++c) {
      if (!calls_[c]->by_time()) places[c] = calls_[c]->Add(row);
      good = good && calls_[c]->Result(places[c], row, task_, &scratch_, &pinned_);
    }
    if (good) ready_.push_back(row);
    bool full = static_cast<int64_t>(ready_.size()) >= context().batch_rows ||
                scratch_.allocated_bytes() - scratch_kept_ > kResultBytes;
    // A row that is rejected is judged when those before it have gone.
    if (!good || full) Flush();
  }

  bool timed_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<HeldRow> moment_;  // the rows of one time
  int64_t time_ = INT64_MIN;
  std::vector<Call::Place> places_;  // of these rows, call by call
  // Rows with their results, on their way down, and what these point into.
  std::vector<HeldRow> ready_;
  std::vector<const void*> pointers_;
  std::vector<HeldRow> pinned_;
  Arena scratch_;
  int64_t scratch_kept_ = 0;  // of its memory, after the last reset
  FlowTask* task_ = nullptr;
};

}  // namespace

std::unique_ptr<Operator> MakeOver(const OverPlan& plan, OperatorContext context) {
  return std::make_unique<OverOperator>(plan, std::move(context));
}

}  // namespace flow::runtime
