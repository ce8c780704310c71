// Pushes rows through the graph, one record at a time; operators that look at all rows send theirs
// when everything above them has ended. Since lateness is judged row by row from the row's own
// partition (semantics.md 28), windows may all close at the end: what they hold is the same.

#include "interp/interpreter.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "base/text.h"
#include "interp/constants.h"
#include "interp/messages.h"
#include "interp/rejected_row.h"
#include "interp/sinks.h"
#include "interp/stateful.h"
#include "ir/effects.h"
#include "ir/reject_sites.h"
#include "ir/rewrite.h"
#include "ir/visit.h"
#include "runtime/least.h"

namespace flow::interp {

void Say(const std::string& text) { fwrite(text.data(), 1, text.size(), stderr); }

Result Interpreter::Run() {
  if (Prepare()) {
    for (size_t i = 0; i < graph_.ops.size() && !stopped_; ++i) {
      ValueId id = graph_.ops.IdAt(i);
      if (const auto* source = std::get_if<ir::Source>(&graph_.ops[id])) ReadSource(id, *source);
    }
    for (size_t i = 0; i < graph_.ops.size() && !stopped_; ++i) Finish(graph_.ops.IdAt(i));
  }
  FinishSinks();
  if (!options_.quiet && result_.exit_code == 0) Summarise();
  return result_;
}

bool Interpreter::Prepare() {
  for (size_t i = 0; i < graph_.ops.size() && !stopped_; ++i) JudgeConstants(graph_.ops.IdAt(i));
  if (stopped_) return false;
  for (size_t i = 0; i < graph_.ops.size(); ++i) {
    ValueId id = graph_.ops.IdAt(i);
    if (const auto* sink = std::get_if<ir::Sink>(&graph_.ops[id])) {
      InputError error;
      Type row = graph_.types[sink->input].row;
      if (graph_.types[sink->input].updating) {
        std::vector<StructField> fields = row.fields();
        fields.insert(fields.begin(), {"_op", Type::String(), {}});
        row = Type::Struct(std::move(fields));
      }
      if (!SinkWriter::Open(module_, *sink, row, evaluator_, &sinks_[i], &error))
        return Stop(error);
    }
    const auto* aggregate = std::get_if<ir::Aggregate>(&graph_.ops[id]);
    if (aggregate == nullptr) continue;
    groups_[i] = std::make_unique<Groups>(module_.functions[aggregate->key].result);
    bool always = OneRowAlways(*aggregate);
    if (always) groups_[i]->groups[Value::Items({})].resize(aggregate->calls.size());
  }
  return true;
}

void Interpreter::JudgeConstants(ValueId id) {
  for (const BoundedConstant& bounded : BoundedConstants(graph_.ops[id])) {
    AtLeast(bounded.least, bounded.fn, bounded.what);
    if (bounded.step.valid()) WholeSteps(bounded.fn, bounded.step, bounded.what);
  }
}

void Interpreter::AtLeast(int64_t least, FnId fn, const std::string& what) {
  Value value = Constant(fn);
  if (stopped_ || !value.there() || value.whole >= least) return;
  bool duration = module_.functions[fn].result.is(TypeKind::kDuration);
  Say(Cat(runtime::TooSmall(what, duration, value.whole, least), "\n"));
  result_.exit_code = kExitUsage;
  stopped_ = true;
}

void Interpreter::WholeSteps(FnId fn, FnId step, const std::string& what) {
  if (stopped_) return;
  Value value = Constant(fn);
  Value part = Constant(step);
  if (stopped_ || part.whole <= 0) return;
  bool duration = module_.functions[fn].result.is(TypeKind::kDuration);
  std::string why = runtime::NoSteps(what, duration, value.whole, part.whole);
  if (why.empty()) return;
  Say(why + "\n");
  result_.exit_code = kExitUsage;
  stopped_ = true;
}

bool Interpreter::OneRowAlways(const ir::Aggregate& op) const {
  return !op.windowed && module_.functions[op.key].result.fields().empty() &&
         graph_.types[op.input].bounded;
}

bool Interpreter::Stop(const InputError& error) {
  Say(Cat("flowc: ", error.message, "\n"));
  result_.exit_code = error.exit_code;
  stopped_ = true;
  return false;
}

Value Interpreter::Constant(FnId fn) {
  Value out;
  Rejection rejection;
  if (evaluator_.Constant(fn, &out, &rejection)) return out;
  Stop({kExitUsage, Cat("a constant of the script fails: ", rejection.message)});
  return Value::Of(0);
}

void Interpreter::ReadSource(ValueId id, const ir::Source& source) {
  std::vector<std::unique_ptr<Partition>> partitions;
  InputError error;
  if (!OpenSource(module_, source, evaluator_, &partitions, &error)) {
    Stop(error);
    return;
  }
  std::optional<ir::TimeSpec> time = TimeOf(id, source);
  int64_t delay = time ? Constant(time->delay).whole : 0;
  int64_t jump = time && time->jump.valid() ? Constant(time->jump).whole : -1;
  // An unset `jump` may come as none.
  if (jump == 0) jump = -1;
  for (const auto& partition : partitions) {
    int64_t greatest = kNoTime;
    while (!stopped_ && Wanted(id)) {
      std::unique_ptr<Record> record = partition->Next(&error);
      if (record == nullptr) break;
      ReadRecord({&source, id, partition.get(), record.get()}, delay, jump, &greatest);
    }
    if (error.exit_code != 0) {
      Stop(error);
      return;
    }
  }
}

std::optional<ir::TimeSpec> Interpreter::TimeOf(ValueId id, const ir::Source& source) {
  return uses_time_[id.index] ? source.time : std::nullopt;
}

void Interpreter::ReadRecord(const Origin& origin, int64_t delay, int64_t jump, int64_t* greatest) {
  ++result_.rows_in;
  const ir::Source& source = *origin.source;
  Row row;
  row.origin = &origin;
  row.now = Clock();
  DecodeFault fault;
  if (!origin.record->Check(&fault)) {
    RejectRecord(row, fault);
    return;
  }
  const Type& type = graph_.types[origin.source_id].row;
  row.value = Value::Items(std::vector<Value>(type.fields().size()));
  for (const StructField& field : type.fields())
    row.undecoded.push_back(source.row.FindField(field.name));
  if (auto event = TimeOf(origin.source_id, source)) {
    Value time;
    if (!Evaluate(origin.source_id, event->time, type, &row, &time)) return;
    if (jump >= 0 && *greatest != kNoTime && time.whole > 0 && *greatest < time.whole - jump) {
      Reject(origin.source_id, row, {ir::kTimeJump.code, ir::kTimeJump.message, {}});
      return;
    }
    row.event_time = time.whole;
    if (*greatest != kNoTime && __builtin_sub_overflow(*greatest, delay, &row.watermark)) {
      row.watermark = kNoTime;
    }
  }
  Send(origin.source_id, row);
  // A row that the decoder rejected moves no watermark (semantics.md 19).
  if (!origin.record->rejected) *greatest = std::max(*greatest, row.event_time);
}

int64_t Interpreter::Clock() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

bool Interpreter::Wanted(ValueId id) {
  for (ValueId consumer : consumers_[id.index]) {
    const ir::Op& op = graph_.ops[consumer];
    if (std::holds_alternative<ir::Sink>(op)) {
      int64_t rows = sinks_[consumer.index]->rows();
      if (options_.limit < 0 || rows < options_.limit) return true;
      continue;
    }
    const auto* limit = std::get_if<ir::Limit>(&op);
    if (limit != nullptr && passed_[consumer.index] >= Constant(limit->count).whole) continue;
    if (std::holds_alternative<ir::Peek>(op) && consumers_[consumer.index].empty()) return true;
    if (Wanted(consumer)) return true;
  }
  return false;
}

void Interpreter::Finish(ValueId id) {
  if (done_[id.index]) return;
  done_[id.index] = true;
  const ir::Op& op = graph_.ops[id];
  for (ValueId input : ir::OperandsOf(op)) Finish(input);
  if (const auto* rejects = std::get_if<ir::Rejects>(&op)) {
    for (size_t i = 0; i < graph_.ops.size(); ++i) {
      if (graph_.handlers[graph_.ops.IdAt(i)] == rejects->of) Finish(graph_.ops.IdAt(i));
    }
  }
  if (stopped_) return;
  std::visit([&](const auto& o) { Finish(id, o); }, op);
}

void Interpreter::FinishSinks() {
  for (const std::unique_ptr<SinkWriter>& sink : sinks_) {
    InputError error;
    if (sink != nullptr && !sink->Finish(!stopped_, &error)) Stop(error);
  }
}

void Interpreter::Summarise() {
  if (result_.rejected == 0 && result_.late == 0) return;
  Say(SummaryText(rejected_by_stage_, result_.rejected, result_.late));
}

Result Run(const ir::Module& module, const Catalog& catalog, const Options& options) {
  return Interpreter(module, catalog, options).Run();
}

}  // namespace flow::interp
