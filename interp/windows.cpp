// Windows: which of them a row enters, sessions and windows of so many rows, late rows.

#include <algorithm>

#include "interp/interpreter.h"
#include "interp/window_bounds.h"
#include "ir/reject_sites.h"

namespace flow::interp {

// A row with the columns of its window in front of its own.
void Interpreter::SendInWindow(ValueId id, const Type& input, const Row& row,
                               std::vector<Value> own) {
  const std::vector<StructField>& result = graph_.types[id].row.fields();
  size_t first = own.size();
  Row out = row;
  out.value.items = std::move(own);
  if (!row.undecoded.empty()) out.undecoded.assign(first, nullptr);
  for (size_t i = first; i < result.size(); ++i) {
    auto column = static_cast<size_t>(input.FieldIndex(result[i].name));
    out.value.items.push_back(row.value.items[column]);
    if (!row.undecoded.empty()) out.undecoded.push_back(row.undecoded[column]);
  }
  Send(id, out);
}

void Interpreter::SendLate(ValueId id, const Row& row) {
  ++result_.late;
  for (ValueId consumer : consumers_[id.index]) {
    const auto* late = std::get_if<ir::Late>(&graph_.ops[consumer]);
    if (late != nullptr && !stopped_) Send(consumer, row);
  }
}

void Interpreter::Take(ValueId, const ir::Late&, Row&) {
  FLOW_UNREACHABLE("late rows come from the op they are late for");
}

// Late is what is late for all its windows (semantics.md 28).
void Interpreter::Take(ValueId id, const ir::Window& op, Row& row) {
  WindowShape shape;
  shape.kind = op.kind;
  shape.size = Constant(op.size).whole;
  if (op.step.valid()) shape.step = Constant(op.step).whole;
  if (op.offset.valid()) shape.offset = Constant(op.offset).whole;
  if (op.tz.valid()) shape.zone = Constant(op.tz).text;
  if (stopped_) return;
  std::vector<WindowBounds> windows;
  if (!WindowsOf(shape, row.event_time, &windows)) {
    return Reject(id, row, {ir::kWindowRange.code, ir::kWindowRange.message, {}});
  }
  // Rows that come so much later still (`on late update for D`).
  int64_t more = op.late_for.valid() ? Constant(op.late_for).whole : 0;
  std::vector<WindowBounds> open;
  for (const WindowBounds& window : windows) {
    int64_t closes;
    if (__builtin_add_overflow(window.end, more, &closes)) closes = INT64_MAX;
    if (row.watermark == kNoTime || closes > row.watermark) open.push_back(window);
  }
  if (open.empty()) return SendLate(id, row);
  for (const WindowBounds& window : open) {
    if (stopped_) return;
    SendInWindow(id, InputType(op), row, {Value::Of(window.start), Value::Of(window.end)});
  }
}

// ---- Windows that are known when all rows are

void Interpreter::KeepForWindow(ValueId id, FnId key, const Type& input, Row& row) {
  if (row.watermark != kNoTime && row.event_time < row.watermark) return SendLate(id, row);
  if (!EnsureAll(&row)) return;
  KeptRow kept;
  if (!Evaluate(id, key, input, &row, &kept.per)) return;
  NormalizeKey(module_.functions[key].result, &kept.per);
  Keep(id, std::move(kept), row);
}

// The kept rows of each key in row order.
std::vector<std::vector<KeptRow*>> Interpreter::RowsByKey(ValueId id, FnId key) {
  std::vector<KeptRow>& rows = kept_[id.index];
  std::sort(rows.begin(), rows.end(), [](const KeptRow& a, const KeptRow& b) {
    if (a.row.event_time != b.row.event_time) return a.row.event_time < b.row.event_time;
    return a.number < b.number;
  });
  std::map<Value, std::vector<KeptRow*>, KeyOrder> by_key(KeyOrder{module_.functions[key].result});
  for (KeptRow& row : rows) by_key[row.per].push_back(&row);
  std::vector<std::vector<KeptRow*>> out;
  for (auto& [value, list] : by_key) out.push_back(std::move(list));
  return out;
}

// A window found: its rows go on, never late below.
void Interpreter::SendWindow(ValueId id, const Type& input, const std::vector<KeptRow*>& rows,
                             std::vector<Value> own) {
  for (KeptRow* kept : rows) {
    if (stopped_) return;
    Row row = kept->row;
    row.watermark = kNoTime;
    SendInWindow(id, input, row, own);
  }
}

void Interpreter::Take(ValueId id, const ir::WindowSession& op, Row& row) {
  KeepForWindow(id, op.key, InputType(op), row);
}

void Interpreter::Finish(ValueId id, const ir::WindowSession& op) {
  int64_t gap = Constant(op.gap).whole;
  int64_t max = op.max.valid() ? Constant(op.max).whole : INT64_MAX;
  auto plus = [](int64_t time, int64_t length) {
    return static_cast<int64_t>(
        std::min<__int128>(static_cast<__int128>(time) + length, INT64_MAX));
  };
  for (const std::vector<KeptRow*>& rows : RowsByKey(id, op.key)) {
    for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      int64_t start = rows[begin]->row.event_time;
      int64_t last = start;
      std::vector<KeptRow*> session;
      for (end = begin; end < rows.size(); ++end) {
        int64_t time = rows[end]->row.event_time;
        if (time >= plus(last, gap) || time >= plus(start, max)) break;
        last = time;
        session.push_back(rows[end]);
      }
      if (session.empty()) break;  // at the end of all time
      int64_t closes = std::min(plus(last, gap), plus(start, max));
      SendWindow(id, InputType(op), session, {Value::Of(start), Value::Of(closes)});
    }
  }
  kept_[id.index].clear();
}

void Interpreter::Take(ValueId id, const ir::WindowRows& op, Row& row) {
  KeepForWindow(id, op.key, InputType(op), row);
}

void Interpreter::Finish(ValueId id, const ir::WindowRows& op) {
  auto count = static_cast<size_t>(Constant(op.count).whole);
  size_t every = op.every.valid() ? static_cast<size_t>(Constant(op.every).whole) : count;
  bool timed = graph_.types[op.input].has_time;
  int64_t number = 0;
  for (const std::vector<KeptRow*>& rows : RowsByKey(id, op.key)) {
    for (size_t begin = 0; begin < rows.size(); begin += every) {
      size_t end = std::min(rows.size(), begin + count);
      std::vector<KeptRow*> window(rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                   rows.begin() + static_cast<std::ptrdiff_t>(end));
      int64_t first = timed ? window.front()->row.event_time : number;
      int64_t last = timed ? window.back()->row.event_time + 1 : number;
      SendWindow(id, InputType(op), window, {Value::Of(first), Value::Of(last), Value::Of(number)});
      ++number;
    }
  }
  kept_[id.index].clear();
}

}  // namespace flow::interp
