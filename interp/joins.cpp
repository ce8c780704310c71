// Joins, by nested loops over all rows in row order.

#include <algorithm>

#include "interp/interpreter.h"

namespace flow::interp {
namespace {

bool IsWindowColumn(const std::string& name) {
  return name == "window_start" || name == "window_end";
}

// One row of an input, with its key, and the end of its span where it opens one.
struct Side {
  KeptRow* kept = nullptr;
  bool matched = false;

  const Row& row() const { return kept->row; }
  int64_t time() const { return kept->row.event_time; }
  int64_t until() const { return kept->per.whole; }
};

std::vector<Side> SideOf(std::vector<KeptRow>* rows, int port, bool by_time) {
  std::vector<Side> out;
  for (KeptRow& kept : *rows) {
    if (kept.row.port == port) out.push_back({&kept});
  }
  if (!by_time) return out;
  std::sort(out.begin(), out.end(), [](const Side& a, const Side& b) {
    if (a.time() != b.time()) return a.time() < b.time();
    return a.kept->number < b.kept->number;
  });
  return out;
}

// Keys of one type; none in either matches nothing.
bool SameKey(const Type& type, const Side& a, const Side& b) {
  for (const Value& value : a.kept->by.items) {
    if (!value.there()) return false;
  }
  return Compare(type, a.kept->by, b.kept->by) == 0;
}

bool SameWindow(const Type& left_type, const Side& left, const Type& right_type,
                const Side& right) {
  for (const char* name : {"window_start", "window_end"}) {
    auto i = static_cast<size_t>(left_type.FieldIndex(name));
    auto j = static_cast<size_t>(right_type.FieldIndex(name));
    if (left.row().value.items[i].whole != right.row().value.items[j].whole) return false;
  }
  return true;
}

int64_t Saturated(__int128 time) {
  return static_cast<int64_t>(std::clamp<__int128>(time, INT64_MIN, INT64_MAX));
}

}  // namespace

bool Interpreter::KeepSide(ValueId id, FnId left_key, FnId right_key, const Type& type, bool timed,
                           Row& row, KeptRow* kept) {
  if (timed && row.watermark != kNoTime && row.event_time < row.watermark) {
    // Late rows have the columns of the left input (semantics.md 48).
    if (row.port == 0) {
      SendLate(id, row);
    } else {
      ++result_.late;
    }
    return false;
  }
  if (!EnsureAll(&row)) return false;
  FnId key = row.port == 0 ? left_key : right_key;
  if (!Evaluate(id, key, type, &row, &kept->by)) return false;
  NormalizeKey(module_.functions[key].result, &kept->by);
  return true;
}

void Interpreter::KeepSide(ValueId id, KeptRow kept, Row& row) {
  int port = row.port;
  Keep(id, std::move(kept), row);
  kept_[id.index].back().row.port = port;
}

bool Interpreter::Fits(ValueId id, FnId condition, const Row& left, const Row& right) {
  if (!condition.valid()) return true;
  Value out;
  Rejection rejection;
  RowContext context{left.event_time, Clock()};
  if (evaluator_.Call(condition, {&left.value, &right.value}, context, &out, &rejection)) {
    return out.whole != 0;
  }
  Row pair = left;
  Reject(id, pair, rejection);
  return false;
}

void Interpreter::SendJoined(ValueId id, const Row* left, const Type& left_type, const Row* right,
                             const Type& right_type, const std::string& name,
                             std::vector<Value> before, int64_t time, int64_t watermark) {
  const ir::StreamType& out = graph_.types[id];
  bool span = !before.empty();
  Row row;
  row.now = Clock();
  row.event_time = out.has_time ? time : kNoTime;
  row.watermark = watermark;
  std::vector<Value> items = std::move(before);
  for (size_t i = 0; i < left_type.fields().size(); ++i) {
    const std::string& column = left_type.fields()[i].name;
    if (span && IsWindowColumn(column)) continue;
    if (left != nullptr) {
      items.push_back(left->value.items[i]);
    } else if (out.window_rows && IsWindowColumn(column)) {
      items.push_back(right->value.items[static_cast<size_t>(right_type.FieldIndex(column))]);
    } else {
      items.push_back(Value::None());
    }
  }
  if (!name.empty()) {
    const StructField* field = out.row.FindField(name);
    if (right == nullptr) {
      items.push_back(Value::None());
    } else {
      std::vector<Value> columns;
      Type kept = field->type.strip_optional();
      for (const StructField& column : kept.fields()) {
        columns.push_back(
            right->value.items[static_cast<size_t>(right_type.FieldIndex(column.name))]);
      }
      items.push_back(Value::Items(std::move(columns)));
    }
  }
  const auto* join = std::get_if<ir::Join>(&graph_.ops[id]);
  if (join != nullptr && join->emit.final) items.push_back(Value::Of(1));
  row.value = Value::Items(std::move(items));
  Send(id, row);
}

// ---------------------------------------------------------------- join

void Interpreter::Take(ValueId id, const ir::Join& op, Row& row) {
  bool timed = op.bound == ir::JoinBound::kWithin || op.bound == ir::JoinBound::kUntil;
  const Type& type = graph_.types[row.port == 0 ? op.left : op.right].row;
  KeptRow kept;
  if (!KeepSide(id, op.left_key, op.right_key, type, timed, row, &kept)) return;
  bool spans = row.port == 0 && op.until.valid();
  if (spans && !Evaluate(id, op.until, type, &row, &kept.per)) return;
  KeepSide(id, std::move(kept), row);
}

void Interpreter::Finish(ValueId id, const ir::Join& op) {
  using ir::JoinBound;
  using ir::JoinKind;
  const Type& left_type = graph_.types[op.left].row;
  const Type& right_type = graph_.types[op.right].row;
  bool by_time = op.bound != JoinBound::kNone;
  std::vector<Side> lefts = SideOf(&kept_[id.index], 0, by_time);
  std::vector<Side> rights = SideOf(&kept_[id.index], 1, by_time);
  int64_t before = op.before.valid() ? Constant(op.before).whole : 0;
  int64_t after = op.after.valid() ? Constant(op.after).whole : 0;
  const Type& key = module_.functions[op.left_key].result;
  bool one_is_enough = op.kind == JoinKind::kSemi || op.kind == JoinKind::kAnti;
  auto in_reach = [&](const Side& l, const Side& r) {
    switch (op.bound) {
      case JoinBound::kNone:
        return true;
      case JoinBound::kWindow:
        return SameWindow(left_type, l, right_type, r);
      case JoinBound::kUntil:
        return r.time() >= l.time() && r.time() <= l.until();
      case JoinBound::kWithin:
        return r.time() >= Saturated(__int128{l.time()} - before) &&
               r.time() <= Saturated(__int128{l.time()} + after);
    }
    return false;
  };
  int64_t span = 0;
  for (Side& left : lefts) {
    int64_t end = std::max(left.time(), left.until());
    std::vector<Value> bounds;
    if (op.bound == JoinBound::kUntil) {
      bounds = {Value::Of(span++), Value::Of(Saturated(__int128{end} + 1))};
    }
    auto send = [&](const Side* right) {
      int64_t time = left.time();
      if (op.kind == JoinKind::kInner) time = std::max(time, right->time());
      if (op.bound == JoinBound::kUntil) time = end;
      if (op.bound == JoinBound::kWindow) {
        auto column = static_cast<size_t>(left_type.FieldIndex("window_end"));
        time = left.row().value.items[column].whole - 1;
      }
      SendJoined(id, &left.row(), left_type, right == nullptr ? nullptr : &right->row(), right_type,
                 one_is_enough ? "" : op.name, bounds, time);
    };
    for (Side& right : rights) {
      if (stopped_) return;
      if (!SameKey(key, left, right) || !in_reach(left, right)) continue;
      if (!Fits(id, op.condition, left.row(), right.row())) continue;
      left.matched = right.matched = true;
      if (one_is_enough) break;
      send(&right);
    }
    if (op.kind == JoinKind::kSemi && left.matched) send(nullptr);
    bool missed = !left.matched && op.kind != JoinKind::kInner && op.kind != JoinKind::kSemi;
    if (missed) send(nullptr);
  }
  for (Side& right : rights) {
    if (op.kind != JoinKind::kFull || right.matched) continue;
    int64_t time = right.time();
    if (op.bound == JoinBound::kWindow) {
      auto column = static_cast<size_t>(right_type.FieldIndex("window_end"));
      time = right.row().value.items[column].whole - 1;
    }
    SendJoined(id, nullptr, left_type, &right.row(), right_type, op.name, {}, time);
  }
  kept_[id.index].clear();
}

// ---------------------------------------------------------------- asof join

void Interpreter::Take(ValueId id, const ir::AsofJoin& op, Row& row) {
  const Type& type = graph_.types[row.port == 0 ? op.left : op.right].row;
  KeptRow kept;
  if (!KeepSide(id, op.left_key, op.right_key, type, true, row, &kept)) return;
  KeepSide(id, std::move(kept), row);
}

void Interpreter::Finish(ValueId id, const ir::AsofJoin& op) {
  std::vector<Side> lefts = SideOf(&kept_[id.index], 0, true);
  std::vector<Side> rights = SideOf(&kept_[id.index], 1, true);
  __int128 within = op.within.valid() ? Constant(op.within).whole : __int128{INT64_MAX} * 4;
  const Type& key = module_.functions[op.left_key].result;
  for (const Side& left : lefts) {
    const Row* found = nullptr;
    for (size_t i = rights.size(); i-- > 0 && found == nullptr;) {
      if (stopped_) return;
      const Side& right = rights[i];
      __int128 age = __int128{left.time()} - right.time();
      if (age < 0 || age > within || !SameKey(key, left, right)) continue;
      if (Fits(id, op.condition, left.row(), right.row())) found = &right.row();
    }
    if (found == nullptr && !op.keep_left) continue;
    SendJoined(id, &left.row(), graph_.types[op.left].row, found, graph_.types[op.right].row,
               op.name, {}, left.time());
  }
  kept_[id.index].clear();
}

// ---------------------------------------------------------------- lookup

void Interpreter::Take(ValueId id, const ir::Lookup& op, Row& row) {
  const Type& type = graph_.types[row.port == 0 ? op.left : op.right].row;
  KeptRow kept;
  if (!KeepSide(id, op.left_key, op.right_key, type, false, row, &kept)) return;
  KeepSide(id, std::move(kept), row);
}

void Interpreter::Finish(ValueId id, const ir::Lookup& op) {
  std::vector<Side> lefts = SideOf(&kept_[id.index], 0, false);
  std::vector<Side> rights = SideOf(&kept_[id.index], 1, true);
  const Type& key = module_.functions[op.left_key].result;
  for (const Side& left : lefts) {
    const Row* found = nullptr;
    for (const Side& right : rights) {
      if (SameKey(key, left, right)) found = &right.row();
    }
    if (stopped_) return;
    if (found != nullptr && !Fits(id, op.condition, left.row(), *found)) found = nullptr;
    if (found == nullptr && !op.keep_left) continue;
    SendJoined(id, &left.row(), graph_.types[op.left].row, found, graph_.types[op.right].row,
               op.name, {}, left.time(), left.row().watermark);
  }
  kept_[id.index].clear();
}

}  // namespace flow::interp
