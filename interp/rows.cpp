// A row on its way: to the ops that read it, and to a handler when an op rejects it.

#include "interp/interpreter.h"

#include <algorithm>

#include "base/text.h"
#include "interp/constants.h"
#include "interp/messages.h"
#include "interp/rejected_row.h"
#include "ir/reject_sites.h"
#include "ir/visit.h"

namespace flow::interp {

void Interpreter::Send(ValueId from, const Row& row) {
  ValueId last;
  for (ValueId consumer : consumers_[from.index]) {
    if (consumer == last) continue;  // both inputs of a join: sent by either port below
    last = consumer;
    if (std::holds_alternative<ir::Late>(graph_.ops[consumer])) continue;  // sent by their op
    std::vector<ValueId> inputs = ir::OperandsOf(graph_.ops[consumer]);
    for (size_t port = 0; port < inputs.size(); ++port) {
      if (inputs[port] != from) continue;
      if (stopped_) return;
      Row copy = row;
      copy.port = static_cast<int>(port);
      if (!graph_.types[from].has_time) copy.event_time = kNoTime;
      std::visit([&](const auto& op) { Take(consumer, op, copy); }, graph_.ops[consumer]);
    }
  }
}

bool Interpreter::Ensure(const Type& type, FnId fn, bool makes_row, Row* row) {
  if (row->undecoded.empty()) return true;
  ir::FieldsRead read = ir::FieldsReadBy(module_.functions[fn], makes_row);
  if (read.all) return EnsureAll(row);
  for (const std::string& name : read.names) {
    if (!Decode(static_cast<size_t>(type.FieldIndex(name)), row)) return false;
  }
  return true;
}

bool Interpreter::EnsureAll(Row* row) {
  for (size_t i = 0; i < row->undecoded.size(); ++i) {
    if (!Decode(i, row)) return false;
  }
  return true;
}

bool Interpreter::Decode(size_t column, Row* row) {
  const StructField* field = row->undecoded[column];
  if (field == nullptr) return true;
  // The type as the source gives it: nested fields nobody reads are gone there.
  StructField wanted = *field;
  DecodeFault fault;
  if (!row->origin->record->Decode(wanted, &row->value.items[column], &fault)) {
    RejectRecord(*row, fault);
    return false;
  }
  row->undecoded[column] = nullptr;
  return true;
}

bool Interpreter::Evaluate(ValueId id, FnId fn, const Type& type, Row* row, Value* out,
                           bool makes_row) {
  if (!Ensure(type, fn, makes_row, row)) return false;
  Rejection rejection;
  RowContext context{row->event_time, row->now};
  if (evaluator_.Call(fn, {&row->value}, context, out, &rejection)) return true;
  Reject(id, *row, rejection);
  return false;
}

void Interpreter::RejectRecord(const Row& row, const DecodeFault& fault) {
  if (row.origin->record->rejected) return;
  row.origin->record->rejected = true;
  Reject(row.origin->source_id, row, {fault.code, fault.message, {}});
}

void Interpreter::Reject(ValueId id, const Row& row, const Rejection& rejection) {
  ++result_.rejected;
  std::string stage = ir::StageName(module_, graph_.ops[id]);
  ++rejected_by_stage_[stage];
  ir::HandlerId handler = graph_.handlers[id];
  switch (module_.handlers[handler].kind) {
    case ir::HandlerKind::kDrop:
      return;
    case ir::HandlerKind::kRoute:
      return SendRejected(handler, stage, row, rejection);
    case ir::HandlerKind::kFail:
      break;
  }
  const ir::Place& place = rejection.place.line != 0 ? rejection.place : graph_.places[id];
  std::string text = Cat("error[", rejection.code, "]: ", rejection.message, "\n");
  if (row.origin != nullptr) {
    const Record& record = *row.origin->record;
    Append(text, Cat("  --> ", row.origin->partition->name, ":", record.line, " (line ",
                     record.line, ")\n   | ", WithoutBreak(record.text), "\n"));
  }
  Append(text, Cat("   = stage: ", stage, " (", module_.name, ":", place.line, ":", place.column,
                   ")\n   = help: `on error drop` leaves such rows out, `on error into <sink>` or "
                   "`on error as <name>` sends them elsewhere\n"));
  Say(text);
  result_.exit_code = kExitBadData;
  stopped_ = true;
}

void Interpreter::SendRejected(ir::HandlerId handler, const std::string& stage, const Row& row,
                               const Rejection& rejection) {
  Row out = RejectedRow(stage, row, rejection);
  for (size_t i = 0; i < graph_.ops.size(); ++i) {
    const auto* rejects = std::get_if<ir::Rejects>(&graph_.ops[graph_.ops.IdAt(i)]);
    if (rejects != nullptr && rejects->of == handler) Send(graph_.ops.IdAt(i), out);
  }
}

}  // namespace flow::interp
