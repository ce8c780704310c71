// dedup: one row per key and span of time, window, or stream.

#include <algorithm>

#include "interp/interpreter.h"

namespace flow::interp {

void Interpreter::Take(ValueId id, const ir::Dedup& op, Row& row) {
  bool late = row.watermark != kNoTime && row.event_time < row.watermark;
  if (op.within.valid() && late) return SendLate(id, row);
  if (!EnsureAll(&row)) return;
  KeptRow kept;
  if (!Evaluate(id, op.key, InputType(op), &row, &kept.per)) return;
  NormalizeKey(module_.functions[op.key].result, &kept.per);
  Keep(id, std::move(kept), row);
}

void Interpreter::Finish(ValueId id, const ir::Dedup& op) {
  const Type& type = InputType(op);
  bool spans = op.within.valid();
  int64_t length = spans ? Constant(op.within).whole : INT64_MAX;
  auto window_end = [&](const KeptRow& kept) {
    if (!op.windowed) return INT64_MAX;
    return kept.row.value.items[static_cast<size_t>(type.FieldIndex("window_end"))].whole;
  };
  std::vector<KeptRow>& rows = kept_[id.index];
  std::sort(rows.begin(), rows.end(), [&](const KeptRow& a, const KeptRow& b) {
    int64_t x = window_end(a);
    int64_t y = window_end(b);
    if (x != y) return x < y;
    // A table's rows stand in the order of their columns.
    if (graph_.types[op.input].updating) return Compare(type, a.row.value, b.row.value) < 0;
    if (a.row.event_time != b.row.event_time) return a.row.event_time < b.row.event_time;
    return a.number < b.number;
  });

  // What stands for a key at present, by window.
  struct Span {
    KeptRow* kept = nullptr;
    int64_t begin = 0;
  };
  std::vector<Span> found;
  std::map<int64_t, std::map<Value, size_t, KeyOrder>> open;
  for (KeptRow& row : rows) {
    KeyOrder order{module_.functions[op.key].result};
    auto& keys = open.try_emplace(window_end(row), order).first->second;
    auto [at, fresh] = keys.try_emplace(row.per, found.size());
    // As a difference, which a long span does not overflow.
    auto after = [&](const Span& span) {
      return static_cast<__int128>(row.row.event_time) - span.begin >= length;
    };
    bool opens = fresh || (spans && length != INT64_MAX && after(found[at->second]));
    if (opens) {
      at->second = found.size();
      found.push_back({&row, row.row.event_time});
    } else if (op.keep_last) {
      found[at->second].kept = &row;
    }
  }
  // Spans end in the order in which they began; what a window or stream keeps comes in row order.
  if (!spans) {
    std::sort(found.begin(), found.end(),
              [](const Span& a, const Span& b) { return a.kept < b.kept; });
  }
  for (const Span& span : found) {
    if (stopped_) return;
    Row& row = span.kept->row;
    row.watermark = kNoTime;
    if (op.windowed) row.event_time = window_end(*span.kept) - 1;
    if (op.emit.final) row.value.items.push_back(Value::Of(1));
    Send(id, row);
  }
  rows.clear();
}

}  // namespace flow::interp
