// Stages that keep rows and send when everything above them has ended: aggregate, top, order by;
// and limit.

#include "interp/interpreter.h"

#include <algorithm>

#include "base/text.h"
#include "interp/constants.h"
#include "interp/messages.h"
#include "interp/rejected_row.h"
#include "ir/reject_sites.h"
#include "ir/visit.h"

namespace flow::interp {

void Interpreter::Take(ValueId id, const ir::Aggregate& op, Row& row) {
  if (op.retain.valid() && row.watermark != kNoTime && row.event_time < row.watermark) {
    return SendLate(id, row);
  }
  if ((graph_.types[op.input].updating || op.retain.valid()) && !finishing_[id.index]) {
    // Their order counts: all of them first.
    if (EnsureAll(&row)) Keep(id, {}, row);
    return;
  }
  Value key;
  std::vector<std::optional<Sample>> given;
  if (GivenBy(id, op, row, &key, &given)) Fold(id, key, std::move(given));
}

// What a row gives to the calls, none where it does not count; false when it was rejected.
bool Interpreter::GivenBy(ValueId id, const ir::Aggregate& op, Row& row, Value* key,
                          std::vector<std::optional<Sample>>* given) {
  const Type& type = InputType(op);
  if (!Ensure(type, op.key, false, &row)) return false;
  for (const ir::AggregateCall& call : op.calls) {
    if (call.where.valid() && !Ensure(type, call.where, false, &row)) return false;
    if (call.args.valid() && !Ensure(type, call.args, false, &row)) return false;
  }
  if (!Evaluate(id, op.key, type, &row, key)) return false;
  NormalizeKey(module_.functions[op.key].result, key);
  for (const ir::AggregateCall& call : op.calls) {
    Value where = Value::Of(1);
    if (call.where.valid() && !Evaluate(id, call.where, type, &row, &where)) return false;
    bool counts = where.whole != 0;
    Value args;
    if (counts && call.args.valid()) {
      if (!Evaluate(id, call.args, type, &row, &args)) return false;
      for (const Value& arg : args.items) counts = counts && arg.there();
    }
    given->emplace_back();
    if (counts) given->back() = Sample{row.event_time, std::move(args.items)};
  }
  return true;
}

void Interpreter::Fold(ValueId id, const Value& key, std::vector<std::optional<Sample>> given) {
  std::vector<std::vector<Sample>>& samples = groups_[id.index]->groups[key];
  samples.resize(given.size());
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i]) samples[i].push_back(*std::move(given[i]));
  }
}

void Interpreter::Take(ValueId id, const ir::Top& op, Row& row) {
  KeptRow kept;
  if (!EnsureAll(&row) || !Evaluate(id, op.by, InputType(op), &row, &kept.by)) return;
  if (op.per.valid() && !Evaluate(id, op.per, InputType(op), &row, &kept.per)) return;
  Keep(id, std::move(kept), row);
}

void Interpreter::Take(ValueId id, const ir::Order& op, Row& row) {
  KeptRow kept;
  if (!EnsureAll(&row) || !Evaluate(id, op.by, InputType(op), &row, &kept.by)) return;
  Keep(id, std::move(kept), row);
}

void Interpreter::Take(ValueId id, const ir::Limit& op, Row& row) {
  if (!EnsureAll(&row)) return;
  if (passed_[id.index] >= Constant(op.count).whole) return;
  ++passed_[id.index];
  Send(id, row);
}

void Interpreter::Keep(ValueId id, KeptRow kept, Row& row) {
  kept.row = std::move(row);
  // Ties go by event time where rows have one, whatever the operator's own result has.
  kept.row.origin = nullptr;
  kept.row.undecoded.clear();
  kept.number = kept_[id.index].size();
  kept_[id.index].push_back(std::move(kept));
}

void Interpreter::Finish(ValueId id, const ir::Aggregate& op) {
  finishing_[id.index] = true;
  std::vector<KeptRow> table = std::move(kept_[id.index]);
  kept_[id.index].clear();
  std::sort(table.begin(), table.end(), [&](const KeptRow& a, const KeptRow& b) {
    // Rows of a table stand in the order of their columns.
    if (!op.retain.valid()) return Compare(InputType(op), a.row.value, b.row.value) < 0;
    if (a.row.event_time != b.row.event_time) return a.row.event_time < b.row.event_time;
    return a.number < b.number;
  });
  auto& groups = groups_[id.index]->groups;
  std::map<Value, int64_t, KeyOrder> last(KeyOrder{module_.functions[op.key].result});
  for (KeptRow& kept : table) {
    if (stopped_) return;
    Value key;
    std::vector<std::optional<Sample>> given;
    int64_t time = kept.row.event_time;
    if (!GivenBy(id, op, kept.row, &key, &given)) continue;
    if (op.retain.valid()) {
      auto before = last.try_emplace(key, time).first;
      if (__int128{time} - before->second >= Constant(op.retain).whole) groups.erase(key);
      before->second = time;
    }
    Fold(id, key, std::move(given));
  }
  for (const auto& [key, samples] : groups) {
    if (stopped_) return;
    Row row;
    row.now = Clock();
    row.value = key;
    row.value.state = Value::State::kThere;
    if (op.windowed) row.event_time = key.items[1].whole - 1;
    bool fits = true;
    for (size_t i = 0; i < op.calls.size() && fits; ++i) {
      const ir::AggregateCall& call = op.calls[i];
      std::vector<Type> types;
      if (call.args.valid()) {
        for (const StructField& field : module_.functions[call.args].result.fields()) {
          types.push_back(field.type);
        }
      }
      std::vector<Value> consts;
      for (FnId fn : call.consts) consts.push_back(Constant(fn));
      Value value;
      fits = ComputeAggregate(call, types, samples[i], consts, &value);
      row.value.items.push_back(std::move(value));
    }
    if (fits) {
      if (op.emit.final) row.value.items.push_back(Value::Of(1));
      Send(id, row);
    } else {
      Reject(id, row, {ir::kResultRange.code, ir::kResultRange.message, {}});
    }
  }
  groups_[id.index].reset();
}

void Interpreter::Finish(ValueId id, const ir::Top& op) {
  RankOrder order{InputType(op),
                  module_.functions[op.by].result,
                  op.per.valid() ? module_.functions[op.per].result : Type::Struct({}),
                  {!op.ascending},
                  op.windowed,
                  graph_.types[op.input].updating};
  std::vector<KeptRow>& rows = kept_[id.index];
  order.Sort(&rows);
  int64_t count = Constant(op.count).whole;
  size_t begin = 0;
  int64_t rank = 0;
  for (size_t i = 0; i < rows.size() && !stopped_; ++i) {
    if (i > 0 && !order.SameGroup(rows[i - 1], rows[i])) begin = i;
    auto place = static_cast<int64_t>(i - begin);  // 0-based, in its group
    bool tie = op.ties && place > 0 && order.CompareKeys(rows[i - 1], rows[i]) == 0;
    if (!tie) rank = place + 1;
    if (rank > count) continue;
    SendRanked(id, rows[i].row, op.windowed, op.rank ? rank : 0);
  }
  rows.clear();
}

void Interpreter::Finish(ValueId id, const ir::Order& op) {
  RankOrder order{InputType(op),    module_.functions[op.by].result,
                  Type::Struct({}), op.descending,
                  op.windowed,      false};
  order.Sort(&kept_[id.index]);
  for (KeptRow& kept : kept_[id.index]) {
    if (stopped_) return;
    SendRanked(id, kept.row, op.windowed, 0);
  }
  kept_[id.index].clear();
}

void Interpreter::SendRanked(ValueId id, Row& row, bool windowed, int64_t rank) {
  row.watermark = kNoTime;
  row.event_time = kNoTime;
  const Type& type = graph_.types[id].row;
  if (windowed) {
    auto end = static_cast<size_t>(type.FieldIndex("window_end"));
    row.event_time = row.value.items[end].whole - 1;
  }
  if (rank > 0) row.value.items.push_back(Value::Of(rank));
  const auto* top = std::get_if<ir::Top>(&graph_.ops[id]);
  if (top != nullptr && top->emit.final) row.value.items.push_back(Value::Of(1));
  Send(id, row);
}

}  // namespace flow::interp
