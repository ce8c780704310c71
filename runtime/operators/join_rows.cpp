#include "runtime/operators/join_rows.h"

#include <algorithm>
#include <bit>

namespace flow::runtime {
namespace {

// Evaluations after which the memory of the condition's temporary values is given back.
constexpr int64_t kEvaluationsPerTask = 1024;

void Move(const std::vector<MovePlan>& moves, const void* from, char* to) {
  for (const MovePlan& move : moves) {
    std::memcpy(to + move.to, static_cast<const char*>(from) + move.from, move.size);
    if (move.flag >= 0) to[move.flag] = 1;
  }
}

void WriteInt64(char* row, int64_t offset, int64_t value) { std::memcpy(row + offset, &value, 8); }

}  // namespace

bool JoinKeys::HasNone(int port, const void* row) const {
  const auto& keys = keys_[port];
  return std::any_of(keys.begin(), keys.end(), [&](const ResolvedKey& key) {
    return static_cast<TypeKind>(key.type->kind) == TypeKind::kOptional &&
           !flow_is_present(key.type, static_cast<const char*>(row) + key.offset);
  });
}

uint64_t JoinKeys::Hash(int port, const void* row) const {
  uint64_t hash = 0;
  for (const ResolvedKey& key : keys_[port]) {
    uint64_t part = flow_value_hash(key.type, static_cast<const char*>(row) + key.offset);
    hash = (hash ^ part) * 0x9e3779b97f4a7c15u;
  }
  return hash;
}

bool JoinKeys::Equal(int port_a, const void* a, int port_b, const void* b) const {
  for (size_t i = 0; i < keys_[0].size(); ++i) {
    const ResolvedKey& x = keys_[port_a][i];
    const ResolvedKey& y = keys_[port_b][i];
    if (!flow_value_equal(x.type, static_cast<const char*>(a) + x.offset,
                          static_cast<const char*>(b) + y.offset)) {
      return false;
    }
  }
  return true;
}

JoinRows::JoinRows(const JoinRowPlan& plan, const std::string& condition_symbol,
                   const OperatorContext& context)
    : plan_(plan), context_(context), stride_((plan.size + 15) / 16 * 16) {
  if (!condition_symbol.empty()) {
    condition_ = reinterpret_cast<FlowRowFn>(context.program->symbols->Find(condition_symbol));
  }
  // One more for the new half of an update.
  memory_.resize(stride_ * static_cast<size_t>(context.batch_rows + 1));
}

bool JoinRows::Fits(const void* left, const void* right, int64_t time) {
  if (condition_ == nullptr) return true;
  if (evaluations_ >= kEvaluationsPerTask) End();
  if (task_ == nullptr) task_ = context_.begin_task();
  ++evaluations_;
  task_->event_time = time;
  const void* rows[] = {left, right};
  bool fits = false;
  return condition_(task_, rows, &fits) && fits;
}

void JoinRows::End() {
  if (task_ == nullptr) return;
  task_ = nullptr;
  evaluations_ = 0;
  context_.end_task();
}

void JoinRows::Add(const HeldRow* left, const HeldRow* right, int64_t time, JoinSpan span,
                   int64_t change) {
  if (left != nullptr) held_.push_back(*left);
  if (right != nullptr) held_.push_back(*right);
  AddBorrowed(left == nullptr ? nullptr : left->get(), right == nullptr ? nullptr : right->get(),
              time, span, change);
}

void JoinRows::AddBorrowed(const void* left, const void* right, int64_t time, JoinSpan span,
                           int64_t change) {
  char* row = memory_.data() + stride_ * rows_.size();
  std::memset(row, 0, stride_);
  if (left != nullptr) Move(plan_.left, left, row);
  if (right != nullptr) {
    Move(plan_.right, right, row);
    if (plan_.present_offset >= 0) row[plan_.present_offset] = 1;
    if (left == nullptr) Move(plan_.bounds, right, row);
  }
  if (plan_.time_offset >= 0) WriteInt64(row, plan_.time_offset, time);
  if (plan_.final_offset >= 0) row[plan_.final_offset] = final_ && change > 0;
  if (plan_.change_offset >= 0) WriteInt64(row, plan_.change_offset, change);
  if (plan_.span_offset >= 0) {
    WriteInt64(row, plan_.span_offset, span.number);
    WriteInt64(row, plan_.span_offset + 8, span.end);
  }
  rows_.push_back(row);
  if (static_cast<int64_t>(rows_.size()) >= context_.batch_rows && change != kFlowOld) Flush();
}

void JoinRows::ComeFrom(const Batch& from) {
  if (passes_ && from.rank == from_.rank && from.watermark == from_.watermark) return;
  Flush();
  passes_ = true;
  from_ = from;
}

void JoinRows::Flush() {
  if (rows_.empty()) return;
  auto count = static_cast<int64_t>(rows_.size());
  if (passes_) {
    context_.pass_on(rows_.data(), count, from_);
  } else {
    context_.emit(rows_.data(), count);
  }
  rows_.clear();
  held_.clear();
}

namespace {

// Rows by key, in open addressing: the first of each key leads to the others, in their order.
class RowsByKey {
 public:
  RowsByKey(const JoinKeys& keys, std::vector<JoinedRow>& rights)
      : keys_(keys), slots_(std::bit_ceil(rights.size() * 2 + 1)) {
    for (JoinedRow& right : rights) {
      if (keys.HasNone(1, right.row)) continue;
      uint64_t hash = keys.Hash(1, right.row);
      JoinedRow*& first = At(1, right.row, hash);
      if (first == nullptr) {
        right.hash = hash;
        right.last = &right;
        first = &right;
      } else {
        first->last = first->last->next = &right;
      }
    }
  }
  JoinedRow* Find(const void* left) { return At(0, left, keys_.Hash(0, left)); }

 private:
  JoinedRow*& At(int port, const void* row, uint64_t hash) {
    size_t mask = slots_.size() - 1;
    size_t at = (hash ^ (hash >> 32)) & mask;
    while (slots_[at] != nullptr &&
           (slots_[at]->hash != hash || !keys_.Equal(1, slots_[at]->row, port, row))) {
      at = (at + 1) & mask;
    }
    return slots_[at];
  }

  const JoinKeys& keys_;
  std::vector<JoinedRow*> slots_;
};

// Sends what a left row gives with the rights of its key.
void MatchOnce(JoinKind kind, JoinedRow& left, JoinedRow* first, const OperatorContext& context,
               JoinRows* rows) {
  for (JoinedRow* right = first; right != nullptr; right = right->next) {
    if (context.stopped()) return;
    if (!rows->Fits(left.row, right->row, left.time)) continue;
    left.matched = right->matched = true;
    if (kind == JoinKind::kAnti) return;
    if (kind == JoinKind::kSemi) return rows->AddBorrowed(left.row, nullptr, left.time);
    rows->AddBorrowed(left.row, right->row, left.time);
  }
}

}  // namespace

void JoinOnce(JoinKind kind, const JoinKeys& keys, std::vector<JoinedRow>& lefts,
              std::vector<JoinedRow>& rights, const OperatorContext& context, JoinRows* rows) {
  RowsByKey by_key(keys, rights);
  bool keeps_left = kind != JoinKind::kInner && kind != JoinKind::kSemi;
  for (JoinedRow& left : lefts) {
    if (context.stopped()) return;
    if (!keys.HasNone(0, left.row)) MatchOnce(kind, left, by_key.Find(left.row), context, rows);
    if (keeps_left && !left.matched) rows->AddBorrowed(left.row, nullptr, left.time);
  }
  for (JoinedRow& right : rights) {
    if (kind == JoinKind::kFull && !right.matched) {
      rows->AddBorrowed(nullptr, right.row, right.time);
    }
  }
  rows->End();
  rows->Flush();
}

}  // namespace flow::runtime
