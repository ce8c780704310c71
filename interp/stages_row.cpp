// Stages that look at one row at a time.

#include "interp/interpreter.h"

#include <algorithm>

#include "base/text.h"
#include "interp/constants.h"
#include "interp/messages.h"
#include "interp/rejected_row.h"
#include "ir/reject_sites.h"
#include "ir/visit.h"

namespace flow::interp {

void Interpreter::Take(ValueId id, const ir::Filter& op, Row& row) {
  Value keep;
  if (Evaluate(id, op.predicate, InputType(op), &row, &keep) && keep.whole != 0) Send(id, row);
}

void Interpreter::Take(ValueId id, const ir::Map& op, Row& row) {
  const Type& type = InputType(op);
  Value made;
  if (!Evaluate(id, op.row, type, &row, &made, true)) return;
  std::vector<const StructField*> undecoded;
  std::vector<std::string> passed = ir::PassedColumns(module_.functions[op.row]);
  for (size_t i = 0; !row.undecoded.empty() && i < passed.size(); ++i) {
    int column = passed[i].empty() ? -1 : type.FieldIndex(passed[i]);
    undecoded.push_back(column < 0 ? nullptr : row.undecoded[static_cast<size_t>(column)]);
  }
  row.value = std::move(made);
  row.undecoded = std::move(undecoded);
  Send(id, row);
}

void Interpreter::Take(ValueId id, const ir::Assert& op, Row& row) {
  const Type& type = InputType(op);
  if (!Ensure(type, op.condition, false, &row)) return;
  if (op.message.valid() && !Ensure(type, op.message, false, &row)) return;
  Value holds;
  if (!Evaluate(id, op.condition, type, &row, &holds)) return;
  if (holds.whole != 0) return Send(id, row);
  Rejection rejection{ir::kAssertion.code, ir::kAssertion.message, {}};
  Value message;
  if (op.message.valid()) {
    if (!Evaluate(id, op.message, type, &row, &message)) return;
    Append(rejection.message, Cat(": ", message.text));
  }
  Reject(id, row, rejection);
}

void Interpreter::Take(ValueId id, const ir::Unnest& op, Row& row) {
  Value array;
  if (!Evaluate(id, op.array, InputType(op), &row, &array)) return;
  if (array.items.empty() && op.keep_empty) array.items.push_back(Value::None());
  if (!row.undecoded.empty()) row.undecoded.push_back(nullptr);
  row.value.items.emplace_back();
  for (Value& element : array.items) {
    row.value.items.back() = std::move(element);
    Send(id, row);
  }
}

void Interpreter::Take(ValueId id, const ir::Window& op, Row& row) {
  int64_t size = Constant(op.size).whole;
  int64_t offset = op.offset.valid() ? Constant(op.offset).whole : 0;
  int64_t start = 0;
  int64_t end = 0;
  if (!WindowOf(row.event_time, size, offset, op.tz, &start, &end)) {
    return Reject(id, row, {ir::kWindowRange.code, ir::kWindowRange.message, {}});
  }
  int64_t last = end;
  int64_t more = op.late_for.valid() ? Constant(op.late_for).whole : 0;
  if (__builtin_add_overflow(end, more, &last)) last = INT64_MAX;
  if (row.watermark != kNoTime && last <= row.watermark) {
    ++result_.late;
    return;
  }
  const Type& type = InputType(op);
  Row out = row;
  out.value.items = {Value::Of(start), Value::Of(end)};
  if (!row.undecoded.empty()) out.undecoded = {nullptr, nullptr};
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const std::string& name = type.fields()[i].name;
    if (name == "window_start" || name == "window_end") continue;
    out.value.items.push_back(row.value.items[i]);
    if (!row.undecoded.empty()) out.undecoded.push_back(row.undecoded[i]);
  }
  Send(id, out);
}

void Interpreter::Take(ValueId id, const ir::Peek& op, Row& row) {
  if (!EnsureAll(&row)) return;
  if (passed_[id.index] < Constant(op.count).whole) {
    ++passed_[id.index];
    std::string text = Constant(op.label).text + ": ";
    AppendJson(InputType(op), row.value, &text);
    Say(text + "\n");
  }
  Send(id, row);
}

void Interpreter::Take(ValueId id, const ir::Sink&, Row& row) {
  SinkWriter& sink = *sinks_[id.index];
  if (!EnsureAll(&row)) return;
  if (options_.limit >= 0 && sink.rows() >= options_.limit) return;
  sink.Write(row.value);
  ++result_.rows_out;
}

}  // namespace flow::interp
