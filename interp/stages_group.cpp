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
  const Type& type = InputType(op);
  if (graph_.types[op.input].updating && !finishing_[id.index]) {
    // Of a table whose rows stand in the order of their columns: all of them first.
    if (EnsureAll(&row)) Keep(id, {}, row);
    return;
  }
  if (!Ensure(type, op.key, false, &row)) return;
  for (const ir::AggregateCall& call : op.calls) {
    if (call.where.valid() && !Ensure(type, call.where, false, &row)) return;
    if (call.args.valid() && !Ensure(type, call.args, false, &row)) return;
  }
  Value key;
  if (!Evaluate(id, op.key, type, &row, &key)) return;
  NormalizeKey(module_.functions[op.key].result, &key);
  std::vector<Value> args(op.calls.size());
  std::vector<bool> counts(op.calls.size(), true);
  for (size_t i = 0; i < op.calls.size(); ++i) {
    const ir::AggregateCall& call = op.calls[i];
    Value where = Value::Of(1);
    if (call.where.valid() && !Evaluate(id, call.where, type, &row, &where)) return;
    counts[i] = where.whole != 0;
    if (!counts[i] || !call.args.valid()) continue;
    if (!Evaluate(id, call.args, type, &row, &args[i])) return;
    for (const Value& arg : args[i].items) counts[i] = counts[i] && arg.there();
  }
  std::vector<std::vector<Sample>>& samples = groups_[id.index]->groups[key];
  samples.resize(op.calls.size());
  for (size_t i = 0; i < op.calls.size(); ++i) {
    if (counts[i]) samples[i].push_back({row.event_time, std::move(args[i].items)});
  }
}

void Interpreter::Take(ValueId id, const ir::Top& op, Row& row) {
  KeptRow kept;
  if (!Evaluate(id, op.by, InputType(op), &row, &kept.by)) return;
  if (op.per.valid() && !Evaluate(id, op.per, InputType(op), &row, &kept.per)) return;
  if (!EnsureAll(&row)) return;
  Keep(id, std::move(kept), row);
}

void Interpreter::Take(ValueId id, const ir::Order& op, Row& row) {
  KeptRow kept;
  if (!Evaluate(id, op.by, InputType(op), &row, &kept.by) || !EnsureAll(&row)) return;
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
    return Compare(InputType(op), a.row.value, b.row.value) < 0;
  });
  for (KeptRow& kept : table) {
    if (!stopped_) Take(id, op, kept.row);
  }
  for (const auto& [key, samples] : groups_[id.index]->groups) {
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
  Send(id, row);
}

}  // namespace flow::interp
