#pragma once
// What the joins share: keys of both inputs, the condition over a pair of rows, and the rows made
// of pairs on their way down.

#include <memory>
#include <string>
#include <vector>

#include "runtime/operator.h"
#include "runtime/operators/held_row.h"
#include "runtime/operators/sort_key.h"

namespace flow::runtime {

// Keys of the rows of input 0, the left one, and of input 1.
class JoinKeys {
 public:
  JoinKeys(const Program& program, const std::vector<SortKey>& left,
           const std::vector<SortKey>& right)
      : keys_{Resolve(program, left), Resolve(program, right)} {}

  // A key with none in it matches nothing (semantics.md 50).
  bool HasNone(int port, const void* row) const;
  uint64_t Hash(int port, const void* row) const;
  bool Equal(int port_a, const void* a, int port_b, const void* b) const;

 private:
  std::vector<ResolvedKey> keys_[2];
};

// What an operator keeps per key. Entries stay where they are until they are erased.
template <class State>
class JoinStates {
 public:
  struct Entry {
    State state;
    uint64_t hash = 0;
    int port = 0;  // of the row that shows the key
    HeldRow row;
  };

  explicit JoinStates(const JoinKeys& keys) : keys_(keys) {}

  Entry* Find(int port, const void* row) const { return Find(port, row, keys_.Hash(port, row)); }
  Entry& FindOrAdd(int port, const HeldRow& row) {
    uint64_t hash = keys_.Hash(port, row.get());
    if (Entry* found = Find(port, row.get(), hash)) return *found;
    if (static_cast<size_t>(count_ + 1) * 2 > slots_.size()) Grow();
    auto entry = std::make_unique<Entry>();
    entry->hash = hash;
    entry->port = port;
    entry->row = row;
    ++count_;
    return *Place(std::move(entry));
  }
  void Erase(Entry* entry) {
    size_t at = Home(entry->hash);
    while (slots_[at].get() != entry) at = Next(at);
    slots_[at].reset();
    --count_;
    // What was pushed past the gap moves up, so that no search ends there.
    for (size_t next = Next(at); slots_[next] != nullptr; next = Next(next)) {
      size_t pushed = (next - Home(slots_[next]->hash)) & (slots_.size() - 1);
      if (pushed < ((next - at) & (slots_.size() - 1))) continue;
      slots_[at] = std::move(slots_[next]);
      at = next;
    }
  }
  void Clear() {
    slots_.clear();
    count_ = 0;
  }
  template <class F>
  void ForEach(F f) const {
    for (const auto& entry : slots_) {
      if (entry != nullptr) f(entry->state);
    }
  }
  int64_t size() const { return count_; }

 private:
  // Open addressing: an entry stands at home or behind it, with no gap in between.
  size_t Home(uint64_t hash) const { return (hash ^ (hash >> 32)) & (slots_.size() - 1); }
  size_t Next(size_t at) const { return (at + 1) & (slots_.size() - 1); }
  Entry* Find(int port, const void* row, uint64_t hash) const {
    if (count_ == 0) return nullptr;
    for (size_t at = Home(hash); slots_[at] != nullptr; at = Next(at)) {
      Entry& entry = *slots_[at];
      if (entry.hash == hash && keys_.Equal(entry.port, entry.row.get(), port, row)) return &entry;
    }
    return nullptr;
  }
  Entry* Place(std::unique_ptr<Entry> entry) {
    size_t at = Home(entry->hash);
    while (slots_[at] != nullptr) at = Next(at);
    slots_[at] = std::move(entry);
    return slots_[at].get();
  }
  void Grow() {
    constexpr size_t kFirst = 16;
    std::vector<std::unique_ptr<Entry>> old(slots_.empty() ? kFirst : slots_.size() * 2);
    old.swap(slots_);
    for (auto& entry : old) {
      if (entry != nullptr) Place(std::move(entry));
    }
  }

  const JoinKeys& keys_;
  std::vector<std::unique_ptr<Entry>> slots_;  // a power of two of them, at most half of them full
  int64_t count_ = 0;
};

// The bounds of the span that an `until` opens.
struct JoinSpan {
  int64_t number = 0;
  int64_t end = 0;
};

// Makes rows of pairs and sends them, a batch at a time: however many rows a row matches, no more
// than a batch of results is in memory.
class JoinRows {
 public:
  // Both outlive it.
  JoinRows(const JoinRowPlan& plan, const std::string& condition_symbol,
           const OperatorContext& context);

  bool has_condition() const { return condition_ != nullptr; }
  // Whether the condition holds for a pair; `time` is that of the left row. A pair that the
  // condition rejects does not fit. End, after the last Fits of a call, hands over what was
  // rejected.
  bool Fits(const void* left, const void* right, int64_t time);
  void End();

  // Either row may be missing: none is made of its columns. The new half of an update comes behind
  // its old one, and both go together.
  void Add(const HeldRow* left, const HeldRow* right, int64_t time, JoinSpan span = {},
           int64_t change = kFlowInsert);
  // The same of rows that stay where they are until Flush.
  void AddBorrowed(const void* left, const void* right, int64_t time, JoinSpan span = {},
                   int64_t change = kFlowInsert);
  // Rows that come from here on, and replace others or none, are final.
  void SayFinal() { final_ = true; }
  // Left rows pass through, and this is where those of the next Add come from. One that may be late
  // below goes alone.
  void ComeFrom(const Batch& from);
  void Flush();

 private:
  const JoinRowPlan& plan_;
  const OperatorContext& context_;
  FlowRowFn condition_ = nullptr;
  FlowTask* task_ = nullptr;
  int64_t evaluations_ = 0;  // of the task
  size_t stride_;
  std::vector<char> memory_;
  std::vector<const void*> rows_;
  std::vector<HeldRow> held_;  // what rows point into that were not borrowed
  bool passes_ = false;
  bool final_ = false;
  Batch from_;
};

// A row of a side that is complete before it is joined.
struct JoinedRow {
  int64_t time = INT64_MIN;
  int64_t rank = 0;
  int64_t number = 0;
  const void* row = nullptr;  // stays where it is until the sides are joined
  bool matched = false;
  // For JoinOnce: the next one of the same key; of the first of them, the last one and the hash.
  JoinedRow* next = nullptr;
  JoinedRow* last = nullptr;
  uint64_t hash = 0;
  // Row order.
  bool operator<(const JoinedRow& other) const {
    if (time != other.time) return time < other.time;
    if (rank != other.rank) return rank < other.rank;
    return number < other.number;
  }
};
// Joins two sides: results come in the order of the left rows, then of right ones without a match.
void JoinOnce(JoinKind kind, const JoinKeys& keys, std::vector<JoinedRow>& lefts,
              std::vector<JoinedRow>& rights, const OperatorContext& context, JoinRows* rows);

// A timestamp or an int of a row.
inline int64_t ReadInt64(const void* row, int64_t offset) {
  int64_t value;
  std::memcpy(&value, static_cast<const char*>(row) + offset, 8);
  return value;
}

}  // namespace flow::runtime
