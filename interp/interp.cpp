// Pushes rows through the graph, one record at a time; operators that look at all rows send theirs
// when everything above them has ended. Since lateness is judged row by row from the row's own
// partition (semantics.md 28), windows may all close at the end: what they hold is the same.

#include "interp/interp.h"

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
namespace {

using ir::FnId;
using ir::ValueId;

constexpr int kExitBadData = 65;
constexpr int kExitUsage = 2;

void Say(const std::string& text) { fwrite(text.data(), 1, text.size(), stderr); }

class Interpreter {
 public:
  Interpreter(const ir::Module& module, const Catalog& catalog, const Options& options)
      : module_(module),
        graph_(module.graph),
        options_(options),
        evaluator_(module, catalog),
        uses_time_(ir::UsesOfTime(module, &catalog)),
        consumers_(ir::ConsumersOf(module.graph)),
        groups_(graph_.ops.size()),
        kept_(graph_.ops.size()),
        passed_(graph_.ops.size()),
        sinks_(graph_.ops.size()),
        done_(graph_.ops.size()) {}

  Result Run() {
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

 private:
  // ---- Before the first row

  bool Prepare() {
    for (size_t i = 0; i < graph_.ops.size() && !stopped_; ++i) JudgeConstants(graph_.ops.IdAt(i));
    if (stopped_) return false;
    for (size_t i = 0; i < graph_.ops.size(); ++i) {
      ValueId id = graph_.ops.IdAt(i);
      if (const auto* sink = std::get_if<ir::Sink>(&graph_.ops[id])) {
        InputError error;
        const Type& row = graph_.types[sink->input].row;
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

  // Counts and durations that a parameter may have made too small.
  void JudgeConstants(ValueId id) {
    for (const BoundedConstant& bounded : BoundedConstants(graph_.ops[id])) {
      AtLeast(bounded.least, bounded.fn, bounded.what);
    }
  }

  void AtLeast(int64_t least, FnId fn, const std::string& what) {
    Value value = Constant(fn);
    if (stopped_ || !value.there() || value.whole >= least) return;
    bool duration = module_.functions[fn].result.is(TypeKind::kDuration);
    Say(Cat(runtime::TooSmall(what, duration, value.whole, least), "\n"));
    result_.exit_code = kExitUsage;
    stopped_ = true;
  }

  // Without groups and windows one row always comes (semantics.md 35).
  bool OneRowAlways(const ir::Aggregate& op) const {
    return !op.windowed && module_.functions[op.key].result.fields().empty() &&
           graph_.types[op.input].bounded;
  }

  bool Stop(const InputError& error) {
    Say(Cat("flowc: ", error.message, "\n"));
    result_.exit_code = error.exit_code;
    stopped_ = true;
    return false;
  }

  // A constant of an op; what fails there ends the run.
  Value Constant(FnId fn) {
    Value out;
    Rejection rejection;
    if (evaluator_.Constant(fn, &out, &rejection)) return out;
    Stop({kExitUsage, Cat("a constant of the script fails: ", rejection.message)});
    return Value::Of(0);
  }

  // ---- Sources

  void ReadSource(ValueId id, const ir::Source& source) {
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

  // The source's event time where a stage uses it (semantics.md 19).
  std::optional<ir::TimeSpec> TimeOf(ValueId id, const ir::Source& source) {
    return uses_time_[id.index] ? source.time : std::nullopt;
  }

  void ReadRecord(const Origin& origin, int64_t delay, int64_t jump, int64_t* greatest) {
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

  static int64_t Clock() {
    auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  }

  // Whether anything below still takes rows: `limit` stops what nothing else reads.
  bool Wanted(ValueId id) {
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

  // ---- Rows

  void Send(ValueId from, const Row& row) {
    for (ValueId consumer : consumers_[from.index]) {
      if (stopped_) return;
      Row copy = row;
      std::visit([&](const auto& op) { Take(consumer, op, copy); }, graph_.ops[consumer]);
    }
  }

  // Makes the columns that `fn` reads available; false when one is bad.
  bool Ensure(const Type& type, FnId fn, bool makes_row, Row* row) {
    if (row->undecoded.empty()) return true;
    ir::FieldsRead read = ir::FieldsReadBy(module_.functions[fn], makes_row);
    if (read.all) return EnsureAll(row);
    for (const std::string& name : read.names) {
      if (!Decode(static_cast<size_t>(type.FieldIndex(name)), row)) return false;
    }
    return true;
  }

  bool EnsureAll(Row* row) {
    for (size_t i = 0; i < row->undecoded.size(); ++i) {
      if (!Decode(i, row)) return false;
    }
    return true;
  }

  bool Decode(size_t column, Row* row) {
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

  bool Evaluate(ValueId id, FnId fn, const Type& type, Row* row, Value* out,
                bool makes_row = false) {
    if (!Ensure(type, fn, makes_row, row)) return false;
    Rejection rejection;
    RowContext context{row->event_time, row->now};
    if (evaluator_.Call(fn, {&row->value}, context, out, &rejection)) return true;
    Reject(id, *row, rejection);
    return false;
  }

  template <class OpT>
  const Type& InputType(const OpT& op) const {
    return graph_.types[op.input].row;
  }

  // ---- One rule per op

  void Take(ValueId, const ir::Source&, Row&) { FLOW_UNREACHABLE("a source takes no rows"); }
  void Take(ValueId, const ir::Rejects&, Row&) { FLOW_UNREACHABLE("rejects take no rows"); }
  void Take(ValueId id, const ir::Filter& op, Row& row) {
    Value keep;
    if (Evaluate(id, op.predicate, InputType(op), &row, &keep) && keep.whole != 0) Send(id, row);
  }
  void Take(ValueId id, const ir::Map& op, Row& row) {
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
  void Take(ValueId id, const ir::Assert& op, Row& row) {
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
  void Take(ValueId id, const ir::Unnest& op, Row& row) {
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
  void Take(ValueId id, const ir::Window& op, Row& row) {
    int64_t size = Constant(op.size).whole;
    int64_t offset = op.offset.valid() ? Constant(op.offset).whole : 0;
    int64_t start = 0;
    int64_t end = 0;
    if (!WindowOf(row.event_time, size, offset, op.tz, &start, &end)) {
      return Reject(id, row, {ir::kWindowRange.code, ir::kWindowRange.message, {}});
    }
    if (row.watermark != kNoTime && end <= row.watermark) {
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
  void Take(ValueId id, const ir::Aggregate& op, Row& row) {
    const Type& type = InputType(op);
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
  void Take(ValueId id, const ir::Top& op, Row& row) {
    KeptRow kept;
    if (!Evaluate(id, op.by, InputType(op), &row, &kept.by)) return;
    if (op.per.valid() && !Evaluate(id, op.per, InputType(op), &row, &kept.per)) return;
    if (!EnsureAll(&row)) return;
    Keep(id, std::move(kept), row);
  }
  void Take(ValueId id, const ir::Order& op, Row& row) {
    KeptRow kept;
    if (!Evaluate(id, op.by, InputType(op), &row, &kept.by) || !EnsureAll(&row)) return;
    Keep(id, std::move(kept), row);
  }
  void Take(ValueId id, const ir::Limit& op, Row& row) {
    if (!EnsureAll(&row)) return;
    if (passed_[id.index] >= Constant(op.count).whole) return;
    ++passed_[id.index];
    Send(id, row);
  }
  void Take(ValueId id, const ir::Union&, Row& row) { Send(id, row); }
  void Take(ValueId id, const ir::Peek& op, Row& row) {
    if (!EnsureAll(&row)) return;
    if (passed_[id.index] < Constant(op.count).whole) {
      ++passed_[id.index];
      std::string text = Constant(op.label).text + ": ";
      AppendJson(InputType(op), row.value, &text);
      Say(text + "\n");
    }
    Send(id, row);
  }
  void Take(ValueId id, const ir::Sink&, Row& row) {
    SinkWriter& sink = *sinks_[id.index];
    if (!EnsureAll(&row)) return;
    if (options_.limit >= 0 && sink.rows() >= options_.limit) return;
    sink.Write(row.value);
    ++result_.rows_out;
  }
  // Made by passes that the interpreter does without.
  void Take(ValueId, const ir::AggregateLocal&, Row&) { FLOW_UNREACHABLE("a split aggregate"); }
  void Take(ValueId, const ir::AggregateMerge&, Row&) { FLOW_UNREACHABLE("a split aggregate"); }
  void Take(ValueId id, const ir::Exchange&, Row& row) { Send(id, row); }

  void Keep(ValueId id, KeptRow kept, Row& row) {
    kept.row = std::move(row);
    // Ties go by event time where rows have one, whatever the operator's own result has.
    kept.row.origin = nullptr;
    kept.row.undecoded.clear();
    kept.number = kept_[id.index].size();
    kept_[id.index].push_back(std::move(kept));
  }

  // ---- What is sent at the end

  // Everything above first: inputs, and for a stream of rejected rows all ops that may reject into
  // it.
  void Finish(ValueId id) {
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
    if (const auto* aggregate = std::get_if<ir::Aggregate>(&op)) FinishAggregate(id, *aggregate);
    if (const auto* top = std::get_if<ir::Top>(&op)) FinishTop(id, *top);
    if (const auto* order = std::get_if<ir::Order>(&op)) FinishOrder(id, *order);
  }

  // Groups come sorted by key, which a window leads.
  void FinishAggregate(ValueId id, const ir::Aggregate& op) {
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
        Send(id, row);
      } else {
        Reject(id, row, {ir::kResultRange.code, ir::kResultRange.message, {}});
      }
    }
    groups_[id.index].reset();
  }

  void FinishTop(ValueId id, const ir::Top& op) {
    RankOrder order{InputType(op),
                    module_.functions[op.by].result,
                    op.per.valid() ? module_.functions[op.per].result : Type::Struct({}),
                    {!op.ascending},
                    op.windowed};
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

  void FinishOrder(ValueId id, const ir::Order& op) {
    RankOrder order{InputType(op), module_.functions[op.by].result, Type::Struct({}), op.descending,
                    op.windowed};
    order.Sort(&kept_[id.index]);
    for (KeptRow& kept : kept_[id.index]) {
      if (stopped_) return;
      SendRanked(id, kept.row, op.windowed, 0);
    }
    kept_[id.index].clear();
  }

  void SendRanked(ValueId id, Row& row, bool windowed, int64_t rank) {
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

  // ---- Rejected rows

  // Of the source: each record once (semantics.md 20).
  void RejectRecord(const Row& row, const DecodeFault& fault) {
    if (row.origin->record->rejected) return;
    row.origin->record->rejected = true;
    Reject(row.origin->source_id, row, {fault.code, fault.message, {}});
  }

  void Reject(ValueId id, const Row& row, const Rejection& rejection) {
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
    Append(text,
           Cat("   = stage: ", stage, " (", module_.name, ":", place.line, ":", place.column,
               ")\n   = help: `on error drop` leaves such rows out, `on error into <sink>` or "
               "`on error as <name>` sends them elsewhere\n"));
    Say(text);
    result_.exit_code = kExitBadData;
    stopped_ = true;
  }

  void SendRejected(ir::HandlerId handler, const std::string& stage, const Row& row,
                    const Rejection& rejection) {
    Row out = RejectedRow(stage, row, rejection);
    for (size_t i = 0; i < graph_.ops.size(); ++i) {
      const auto* rejects = std::get_if<ir::Rejects>(&graph_.ops[graph_.ops.IdAt(i)]);
      if (rejects != nullptr && rejects->of == handler) Send(graph_.ops.IdAt(i), out);
    }
  }

  // ---- The end

  void FinishSinks() {
    for (const std::unique_ptr<SinkWriter>& sink : sinks_) {
      InputError error;
      if (sink != nullptr && !sink->Finish(!stopped_, &error)) Stop(error);
    }
  }

  void Summarise() {
    if (result_.rejected == 0 && result_.late == 0) return;
    Say(SummaryText(rejected_by_stage_, result_.rejected, result_.late));
  }

  const ir::Module& module_;
  const ir::Graph& graph_;
  const Options& options_;
  Evaluator evaluator_;
  std::vector<bool> uses_time_;
  std::vector<std::vector<ValueId>> consumers_;
  std::vector<std::unique_ptr<Groups>> groups_;
  std::vector<std::vector<KeptRow>> kept_;
  std::vector<int64_t> passed_;  // rows a limit let through or a peek showed
  std::vector<std::unique_ptr<SinkWriter>> sinks_;
  std::vector<bool> done_;
  std::map<std::string, int64_t> rejected_by_stage_;
  Result result_;
  bool stopped_ = false;
};

}  // namespace

Result Run(const ir::Module& module, const Catalog& catalog, const Options& options) {
  return Interpreter(module, catalog, options).Run();
}

}  // namespace flow::interp
