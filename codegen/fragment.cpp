// One function per fragment: everything a row meets between two points where it rests. The ops
// below the root are emitted depth first, in program order, each into the block of the row at hand;
// whatever ends a row's way through one consumer (filtered, rejected, written) goes on at the next
// consumer, and after the last one at the next record.

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/text.h"
#include "codegen/encode/encode.h"
#include "codegen/program.h"
#include "ir/visit.h"
#include "llvm/IR/Intrinsics.h"
#include "runtime/abi.h"
#include "runtime/inline/table.h"

namespace flow::codegen {
namespace {

constexpr int64_t kNoTime = INT64_MIN;
constexpr int64_t kWeek = 7LL * 24 * 3600 * 1000000000;
// From the epoch, a Thursday, to the first Monday.
constexpr int64_t kFirstMonday = 4LL * 24 * 3600 * 1000000000;

class FragmentEmitter {
 public:
  FragmentEmitter(Program& program, ir::ValueId root)
      : p_(program),
        m_(program.m),
        graph_(program.graph),
        root_(root),
        source_(std::get_if<ir::Source>(&program.graph.ops[root])),
        symbol_(Cat("fragment_", program.m.plan.fragments.size())),
        fn_(program.Begin(symbol_, program.m.i32, {program.m.ptr, program.m.ptr})) {}

  void Emit();

 private:
  using Block = llvm::BasicBlock;

  void EmitConsumers(ir::ValueId op, const Row& row);
  std::unique_ptr<SourceDecoder> MakeDecoder();
  Row SourceRow();
  void EmitEventTime(const Row& row, Block* next);
  void EmitJump(const ScalarScope& scope, llvm::Value* time);

  // One per op: what happens to a row of its input; ends with the row's way at `next`.
  void Consume(ir::ValueId id, const ir::Aggregate& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::AggregateLocal& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::AggregateMerge& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Assert& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Exchange& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Filter& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Limit& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Map& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Order& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Peek& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Rejects& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Sink& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Source& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Top& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Union& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Unnest& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Window& op, const Row& row, Block* next);

  void UpdateGroups(ir::ValueId id, ir::FnId key, const std::vector<ir::AggregateCall>& calls,
                    const Row& row, Block* next);
  void UpdateCall(const CallState& call, llvm::Value* arena, llvm::Value* entry, llvm::Value* time,
                  const Value& args, llvm::Value* wanted);
  void Collect(ir::ValueId id, const Type& row_type, const Row& row, llvm::ArrayRef<Value> extras);
  void CountAt(int counter);
  llvm::Value* Table(int operator_index);

  ScalarScope Scope(ir::ValueId id, Block* next);
  FailTarget DecodeFail(Block* next);
  // Blocks that report a rejected row, by where they go on.
  using Ways = std::map<Block*, llvm::PHINode*>;
  void Leave(Ways* ways, int site, Block* next, const std::function<void(llvm::Value* site)>& way);
  void Report(llvm::Value* site, Block* next);
  void Reject(int site, Block* next);
  // Makes the columns that `functions` read available; a bad one rejects the record and goes on at
  // `next`.
  void Ensure(const Row& row, llvm::ArrayRef<ir::FnId> functions, Block* next,
              bool makes_row = false);
  void EnsureAll(const Row& row, Block* next);
  void EnsureColumns(std::vector<int> columns, Block* next);
  Value WholeRow(const Row& row, const Type& type);
  llvm::Value* Now();
  llvm::Value* EventTime();
  static int Slot(std::vector<int>* slots, int index);

  Program& p_;
  ModuleContext& m_;
  const ir::Graph& graph_;
  ir::ValueId root_;
  const ir::Source* source_;
  std::string symbol_;
  FunctionContext fn_;
  std::unique_ptr<SourceDecoder> decoder_;
  int source_index_ = -1;
  runtime::FragmentPlan plan_;
  Block* stop_ = nullptr;            // returns 1
  Block* prelude_ = nullptr;         // before the loop; where tables are looked up
  llvm::Value* rejected_ = nullptr;  // i1 slot: the record at hand was rejected by the decoder
  llvm::Value* time_ = nullptr;  // i64 slot: event time of the row at hand; null when it has none
  llvm::Value* greatest_ = nullptr;  // i64 slot: greatest event time of the unit so far
  llvm::Value* delay_ = nullptr;     // i64, of the source
  llvm::Value* now_ = nullptr;       // i64 slot, 0: not asked yet
  std::vector<std::pair<int, llvm::Value*>> tables_;
  Ways stage_ways_;
  Ways decode_ways_;
};

int FragmentEmitter::Slot(std::vector<int>* slots, int index) {
  auto found = std::find(slots->begin(), slots->end(), index);
  if (found != slots->end()) return static_cast<int>(found - slots->begin());
  slots->push_back(index);
  return static_cast<int>(slots->size()) - 1;
}

std::unique_ptr<SourceDecoder> FragmentEmitter::MakeDecoder() {
  if (source_ == nullptr) return MakeRowsDecoder(m_, graph_.types[root_].row);
  SourceInfo info;
  info.source = source_;
  info.source_index = source_index_;
  info.columns = graph_.types[root_].row.fields();
  info.site = p_.SiteOf(root_, source_index_);
  const std::string& format = source_->endpoint.format;
  if (format == "json") return MakeJsonDecoder(m_, std::move(info));
  if (format == "csv") return MakeCsvDecoder(m_, std::move(info));
  if (format == "text") return MakeTextDecoder(m_, std::move(info));
  return MakeNexmarkDecoder(m_, std::move(info));
}

Row FragmentEmitter::SourceRow() {
  Row row;
  int index = 0;
  for (const StructField& field : graph_.types[root_].row.fields()) {
    row.columns.push_back({field.name, field.type, index++, {}});
  }
  return row;
}

void FragmentEmitter::Emit() {
  fn_.task = fn_.function->getArg(0);
  fn_.input = fn_.function->getArg(1);
  plan_.symbol = symbol_;
  if (source_ != nullptr) {
    plan_.input_kind = runtime::InputKind::kSource;
    plan_.input = source_index_ = p_.source_of[root_.index];
  } else if (const auto* rejects = std::get_if<ir::Rejects>(&graph_.ops[root_])) {
    plan_.input_kind = runtime::InputKind::kRejects;
    plan_.input = static_cast<int>(rejects->of.index);
  } else {
    plan_.input_kind = runtime::InputKind::kOperator;
    plan_.input = p_.operator_of[root_.index];
  }

  Block* done = fn_.Block("done");
  Block* next = fn_.Block("record_end");
  stop_ = fn_.Block("stop");
  rejected_ = fn_.Alloca(m_.i1, "rejected");
  now_ = fn_.Alloca(m_.i64, "now");
  const ir::StreamType& type = graph_.types[root_];
  bool window_rows = source_ == nullptr && type.has_time && type.row.FieldIndex("window_end") >= 0;
  bool source_time = source_ != nullptr && source_->time.has_value() && p_.needs_time[root_.index];
  if (window_rows || source_time) time_ = fn_.Alloca(m_.i64, "time");
  if (source_time) {
    greatest_ = fn_.Alloca(m_.i64, "greatest");
    fn_.b.CreateStore(fn_.LoadAt(m_.i64, fn_.task, offsetof(FlowTask, max_event_time)), greatest_);
    delay_ = p_.ConstValue(fn_, source_->time->delay, "watermark").leaves[0];
    plan_.in_order |= source_->time->jump.valid();
  }
  prelude_ = fn_.b.GetInsertBlock();
  Block* begin = fn_.Block("begin");
  fn_.b.CreateBr(begin);
  fn_.b.SetInsertPoint(begin);

  decoder_ = MakeDecoder();
  // Framing is judged before anything of the record is known.
  auto framing = [&](int site) {
    fn_.b.CreateStore(fn_.Bool(false), rejected_);
    if (time_ != nullptr) fn_.b.CreateStore(fn_.Int(kNoTime), time_);
    DecodeFail(next)(site);
  };
  decoder_->Begin(fn_, done, framing);
  fn_.b.CreateStore(fn_.Bool(false), rejected_);
  fn_.b.CreateStore(fn_.Int(0), now_);
  if (time_ != nullptr) fn_.b.CreateStore(fn_.Int(kNoTime), time_);

  Row row = SourceRow();
  if (source_time) EmitEventTime(row, next);
  if (window_rows) {
    EnsureColumns({row.Find("window_end")}, next);
    Value end = decoder_->Column(fn_, row.Find("window_end"));
    fn_.b.CreateStore(fn_.b.CreateSub(end.leaves[0], fn_.Int(1)), time_);
  }
  EmitConsumers(root_, row);
  fn_.b.CreateBr(next);

  // Where all ways of the record meet.
  fn_.b.SetInsertPoint(next);
  if (greatest_ != nullptr) {
    llvm::Value* time = fn_.b.CreateLoad(m_.i64, time_);
    llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
    fn_.b.CreateStore(fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, greatest, time),
                      greatest_);
  }
  decoder_->End(fn_);

  for (bool stopped : {false, true}) {
    fn_.b.SetInsertPoint(stopped ? stop_ : done);
    if (greatest_ != nullptr) {
      fn_.StoreAt(fn_.b.CreateLoad(m_.i64, greatest_), fn_.task,
                  offsetof(FlowTask, max_event_time));
    }
    fn_.b.CreateRet(fn_.Int32(stopped ? 1 : 0));
  }
  m_.plan.fragments.push_back(std::move(plan_));
}

// semantics.md 19: the time column is read at the source.
void FragmentEmitter::EmitEventTime(const Row& row, Block* next) {
  Ensure(row, {source_->time->time}, next);
  ScalarScope scope = Scope(root_, next);
  ScalarEmitter scalar(fn_, scope);
  llvm::Value* time = scalar.Emit(source_->time->time, &row).leaves[0];
  if (source_->time->jump.valid()) {
    llvm::Value* jump = p_.ConstValue(fn_, source_->time->jump, "jump").leaves[0];
    llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
    llvm::Value* limit = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::sadd_sat, greatest, jump);
    llvm::Value* first = fn_.b.CreateICmpEQ(greatest, fn_.Int(kNoTime));
    llvm::Value* near = fn_.b.CreateOr(first, fn_.b.CreateICmpSLE(time, limit));
    fn_.Require(near, scope.fail, scalar.Site(ir::kTimeJump));
  }
  fn_.b.CreateStore(time, time_);
}

void FragmentEmitter::EmitConsumers(ir::ValueId op, const Row& row) {
  for (ir::ValueId consumer : p_.consumers[op.index]) {
    Block* next = fn_.Block("next_consumer");
    std::visit([&](const auto& o) { Consume(consumer, o, row, next); }, graph_.ops[consumer]);
    // Consume leaves the builder in the block of a row that came through.
    fn_.b.CreateBr(next);
    fn_.b.SetInsertPoint(next);
  }
}

// ---- Rejecting

// One block per place to go on at, however many sites lead there: `way` begins with the number of
// the site.
void FragmentEmitter::Leave(Ways* ways, int site, Block* next,
                            const std::function<void(llvm::Value* site)>& way) {
  llvm::PHINode*& number = (*ways)[next];
  if (number == nullptr) {
    Block* from = fn_.b.GetInsertBlock();
    Block* block = fn_.Block("reject");
    fn_.b.SetInsertPoint(block);
    number = fn_.b.CreatePHI(m_.i32, 2, "site");
    way(number);
    fn_.b.SetInsertPoint(from);
  }
  number->addIncoming(fn_.Int32(site), fn_.b.GetInsertBlock());
  fn_.b.CreateBr(number->getParent());
}

void FragmentEmitter::Report(llvm::Value* site, Block* next) {
  decoder_->StorePlace(fn_);
  llvm::Value* time = time_ == nullptr ? fn_.Int(kNoTime) : EventTime();
  fn_.StoreAt(time, fn_.task, offsetof(FlowTask, event_time));
  llvm::Value* stops = fn_.Call("flow_reject", m_.i1, {fn_.task, site});
  // The reason is told; it must not stand for a later one.
  fn_.StoreAt(fn_.Int(0), fn_.task, offsetof(FlowTask, detail) + offsetof(FlowString, size));
  fn_.CondBr(stops, stop_, next);
}

void FragmentEmitter::Reject(int site, Block* next) {
  Leave(&stage_ways_, site, next, [&](llvm::Value* number) { Report(number, next); });
}

// Of a stage: the row goes no further in this consumer.
ScalarScope FragmentEmitter::Scope(ir::ValueId id, Block* next) {
  ScalarScope scope;
  scope.decoder = decoder_.get();
  scope.event_time = time_ == nullptr ? nullptr : EventTime();
  scope.now = [this] { return Now(); };
  scope.fail = [this, next](int site) { Reject(site, next); };
  scope.site = p_.SiteOf(id, source_index_);
  return scope;
}

// Of the source: reported once, moves no watermark, and other consumers may still take the row if
// they do not read the bad column.
FailTarget FragmentEmitter::DecodeFail(Block* next) {
  return [this, next](int site) {
    Leave(&decode_ways_, site, next, [&](llvm::Value* number) {
      Block* report = fn_.Block("report");
      fn_.CondBr(fn_.b.CreateLoad(m_.i1, rejected_), next, report);
      fn_.b.SetInsertPoint(report);
      fn_.b.CreateStore(fn_.Bool(true), rejected_);
      Block* told = fn_.Block("told");
      Report(number, told);
      fn_.b.SetInsertPoint(told);
      if (greatest_ != nullptr) fn_.b.CreateStore(fn_.Int(kNoTime), time_);
      fn_.b.CreateBr(next);
    });
  };
}

llvm::Value* FragmentEmitter::EventTime() { return fn_.b.CreateLoad(m_.i64, time_); }

// The clock, once per row.
llvm::Value* FragmentEmitter::Now() {
  Block* ask = fn_.Block("ask_clock");
  Block* have = fn_.Block("have_clock");
  fn_.CondBr(fn_.b.CreateICmpEQ(fn_.b.CreateLoad(m_.i64, now_), fn_.Int(0)), ask, have);
  fn_.b.SetInsertPoint(ask);
  fn_.b.CreateStore(fn_.Call("flow_now", m_.i64, {fn_.task}), now_);
  fn_.b.CreateBr(have);
  fn_.b.SetInsertPoint(have);
  return fn_.b.CreateLoad(m_.i64, now_);
}

// ---- Columns on demand

void FragmentEmitter::Ensure(const Row& row, llvm::ArrayRef<ir::FnId> functions, Block* next,
                             bool makes_row) {
  std::vector<StructField> fields;
  for (const Column& column : row.columns) fields.push_back({column.name, column.type, {}});
  Type type = Type::Struct(std::move(fields));
  std::vector<int> wanted;
  for (ir::FnId function : functions) {
    if (!function.valid()) continue;
    for (const std::string& name : ColumnsRead(m_.module.functions[function], type, makes_row)) {
      const Column& column = row.columns[static_cast<size_t>(row.Find(name))];
      if (column.lazy >= 0) wanted.push_back(column.lazy);
    }
  }
  EnsureColumns(std::move(wanted), next);
}

void FragmentEmitter::EnsureAll(const Row& row, Block* next) {
  std::vector<int> wanted;
  for (const Column& column : row.columns) {
    if (column.lazy >= 0) wanted.push_back(column.lazy);
  }
  EnsureColumns(std::move(wanted), next);
}

void FragmentEmitter::EnsureColumns(std::vector<int> columns, Block* next) {
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  if (!columns.empty()) decoder_->Ensure(fn_, columns, DecodeFail(next));
}

Value FragmentEmitter::WholeRow(const Row& row, const Type& type) {
  Value out{type, {}};
  for (const Column& column : row.columns) {
    Value value = column.lazy >= 0 ? decoder_->Column(fn_, column.lazy) : column.value;
    out.leaves.append(value.leaves.begin(), value.leaves.end());
  }
  FLOW_CHECK(static_cast<int>(out.leaves.size()) == LeafCount(type), "the row is not of its type");
  return out;
}

// ---- Row-wise stages

void FragmentEmitter::CountAt(int counter) {
  llvm::Value* counters = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, counters));
  auto offset = static_cast<uint64_t>(counter) * sizeof(int64_t);
  fn_.StoreAt(fn_.b.CreateAdd(fn_.LoadAt(m_.i64, counters, offset), fn_.Int(1)), counters, offset);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Filter& op, const Row& row, Block* next) {
  Ensure(row, {op.predicate}, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value keep = scalar.Emit(op.predicate, &row);
  Block* kept = fn_.Block("kept");
  Block* removed = fn_.Block("removed");
  fn_.CondBr(keep.leaves[0], kept, removed);
  fn_.b.SetInsertPoint(removed);
  CountAt(m_.AddCounter(Cat("where on line ", graph_.places[id].line)));
  fn_.b.CreateBr(next);
  fn_.b.SetInsertPoint(kept);
  EmitConsumers(id, row);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Map& op, const Row& row, Block* next) {
  Ensure(row, {op.row}, next, /*makes_row=*/true);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Row made = scalar.EmitRow(op.row, row);
  EmitConsumers(id, made);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Assert& op, const Row& row, Block* next) {
  Ensure(row, {op.condition, op.message}, next);
  ScalarScope scope = Scope(id, next);
  ScalarEmitter scalar(fn_, scope);
  Value holds = scalar.Emit(op.condition, &row);
  // The message is computed for rows that fail only, and becomes the detail.
  auto fail = [&](int site) {
    if (op.message.valid()) {
      ScalarScope inner = scope;
      ScalarEmitter text(fn_, inner);
      Value message = text.Emit(op.message, &row);
      StoreValue(fn_, message, fn_.At(fn_.task, offsetof(FlowTask, detail)));
    }
    scope.fail(site);
  };
  fn_.Require(holds.leaves[0], fail, scalar.Site(ir::kAssertion));
  EmitConsumers(id, row);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Exchange&, const Row& row, Block*) {
  EmitConsumers(id, row);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Union&, const Row& row, Block*) {
  EmitConsumers(id, row);
}

void FragmentEmitter::Consume(ir::ValueId, const ir::Source&, const Row&, Block*) {
  FLOW_UNREACHABLE("a source has no input");
}

void FragmentEmitter::Consume(ir::ValueId, const ir::Rejects&, const Row&, Block*) {
  FLOW_UNREACHABLE("a stream of rejects has no input");
}

void FragmentEmitter::Consume(ir::ValueId, const ir::AggregateMerge&, const Row&, Block*) {
  FLOW_UNREACHABLE("rows end at the local half");
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Unnest& op, const Row& row, Block* next) {
  Ensure(row, {op.array}, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value array = scalar.Emit(op.array, &row);
  const Type& element = array.type.inner();
  uint64_t size = LayoutOf(element).size;
  const Type column_type = op.keep_empty ? Type::Optional(element) : element;

  auto pass = [&](const Value& value) {
    Row made = row;
    made.columns.push_back({op.name, column_type, -1, value});
    EmitConsumers(id, made);
  };
  llvm::Value* count = array.leaves[1];
  if (op.keep_empty) {
    // One more round for the empty array, with none.
    llvm::Value* empty = fn_.b.CreateICmpEQ(count, fn_.Int(0));
    llvm::Value* rounds = fn_.b.CreateSelect(empty, fn_.Int(1), count);
    EmitLoop(fn_, rounds, [&](llvm::Value* index) {
      Value inner = EmitIf(fn_, fn_.b.CreateNot(empty), element, [&] {
        llvm::Value* address =
            fn_.b.CreateInBoundsGEP(llvm::ArrayType::get(m_.i8, size), array.leaves[0], index);
        return LoadValue(fn_, element, address);
      });
      if (element.is_optional()) {
        pass(inner);
      } else {
        pass(WithPresence(column_type, inner, fn_.b.CreateNot(empty)));
      }
    });
    return;
  }
  EmitLoop(fn_, count, [&](llvm::Value* index) {
    llvm::Value* address =
        fn_.b.CreateInBoundsGEP(llvm::ArrayType::get(m_.i8, size), array.leaves[0], index);
    pass(LoadValue(fn_, element, address));
  });
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Window& op, const Row& row, Block* next) {
  ScalarScope scope = Scope(id, next);
  ScalarEmitter scalar(fn_, scope);
  FLOW_CHECK(scope.event_time != nullptr, "a window needs event time");
  plan_.in_order |= p_.WindowRowsLeave(id) && source_ != nullptr;
  llvm::Value* time = scope.event_time;
  Value start{Type::Timestamp(), {}};
  Value end{Type::Timestamp(), {}};
  llvm::Value* size = p_.ConstValue(fn_, op.size, "size of `window`", /*positive=*/true).leaves[0];
  llvm::Value* offset = fn_.Int(0);
  if (op.offset.valid()) offset = p_.ConstValue(fn_, op.offset, "offset of `window`").leaves[0];
  if (!op.tz.empty()) {
    llvm::Value* bounds = fn_.AllocaBytes(16, 8, "window");
    llvm::Value* ok =
        fn_.Call("flow_window_local", m_.i1,
                 {fn_.task, m_.Bytes(op.tz), fn_.Int(static_cast<int64_t>(op.tz.size())), size,
                  offset, time, bounds});
    fn_.Require(ok, scope.fail, scalar.Site(ir::kWindowRange));
    start.leaves.push_back(fn_.LoadAt(m_.i64, bounds, 0));
    end.leaves.push_back(fn_.LoadAt(m_.i64, bounds, 8));
  } else {
    // Whole weeks begin on Monday.
    llvm::Value* weeks = fn_.b.CreateICmpEQ(fn_.b.CreateSRem(size, fn_.Int(kWeek)), fn_.Int(0));
    llvm::Value* base = fn_.b.CreateSelect(weeks, fn_.Int(kFirstMonday), fn_.Int(0));
    auto floor_mod = [&](llvm::Value* x) {
      llvm::Value* rest = fn_.b.CreateSRem(x, size);
      llvm::Value* negative = fn_.b.CreateICmpSLT(rest, fn_.Int(0));
      return fn_.b.CreateSelect(negative, fn_.b.CreateAdd(rest, size), rest);
    };
    llvm::Value* shift = floor_mod(fn_.b.CreateAdd(floor_mod(offset), floor_mod(base)));
    llvm::Value* into = fn_.b.CreateSub(floor_mod(time), shift);
    llvm::Value* wraps = fn_.b.CreateICmpSLT(into, fn_.Int(0));
    into = fn_.b.CreateSelect(wraps, fn_.b.CreateAdd(into, size), into);
    llvm::Value* low = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::ssub_with_overflow, time, into);
    llvm::Value* first = fn_.b.CreateExtractValue(low, 0);
    llvm::Value* high =
        fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::sadd_with_overflow, first, size);
    llvm::Value* overflow =
        fn_.b.CreateOr(fn_.b.CreateExtractValue(low, 1), fn_.b.CreateExtractValue(high, 1));
    fn_.Require(fn_.b.CreateNot(overflow), scope.fail, scalar.Site(ir::kWindowRange));
    start.leaves.push_back(first);
    end.leaves.push_back(fn_.b.CreateExtractValue(high, 0));
  }
  // Late within the unit; the runtime knows of the units before it. Rows of operators are never
  // late.
  if (greatest_ != nullptr) {
    llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
    llvm::Value* watermark =
        fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::ssub_sat, greatest, delay_);
    llvm::Value* late = fn_.b.CreateAnd(fn_.b.CreateICmpSLE(end.leaves[0], watermark),
                                        fn_.b.CreateICmpNE(greatest, fn_.Int(kNoTime)));
    Block* is_late = fn_.Block("late");
    Block* in_time = fn_.Block("in_time");
    fn_.CondBrUnlikely(late, is_late, in_time);
    fn_.b.SetInsertPoint(is_late);
    CountAt(m_.AddCounter(Cat("late for window on line ", graph_.places[id].line), /*late=*/true));
    fn_.b.CreateBr(next);
    fn_.b.SetInsertPoint(in_time);
  }
  Row made;
  made.columns.push_back({"window_start", Type::Timestamp(), -1, start});
  made.columns.push_back({"window_end", Type::Timestamp(), -1, end});
  for (const Column& column : row.columns) {
    if (column.name != "window_start" && column.name != "window_end")
      made.columns.push_back(column);
  }
  EmitConsumers(id, made);
}

// ---- Where rows come to rest

void FragmentEmitter::Consume(ir::ValueId id, const ir::Sink& op, const Row& row, Block* next) {
  EnsureAll(row, next);
  int slot = Slot(&plan_.outputs, p_.sink_of[id.index]);
  Value whole = WholeRow(row, graph_.types[op.input].row);
  llvm::Value* outputs = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, outputs));
  llvm::Value* buffer = fn_.At(outputs, static_cast<uint64_t>(slot) * sizeof(FlowBuffer));
  const std::string& format = op.endpoint.format;
  if (format == "csv") return EncodeCsvRow(fn_, op.endpoint, whole, buffer);
  if (format == "text") return EncodeTextRow(fn_, op.endpoint, whole, buffer);
  if (op.endpoint.connector != "blackhole") return EncodeJsonRow(fn_, op.endpoint, whole, buffer);
  // Nobody looks at the bytes: one newline per row, so that rows can be counted.
  llvm::Value* at = fn_.Call("flow_buffer_reserve", m_.ptr, {buffer, fn_.Int(1)});
  fn_.b.CreateStore(llvm::ConstantInt::get(m_.i8, '\n'), at);
  llvm::Value* size = fn_.LoadAt(m_.i64, buffer, offsetof(FlowBuffer, size));
  fn_.StoreAt(fn_.b.CreateAdd(size, fn_.Int(1)), buffer, offsetof(FlowBuffer, size));
}

void FragmentEmitter::Collect(ir::ValueId id, const Type& row_type, const Row& row,
                              llvm::ArrayRef<Value> extras) {
  int slot = Slot(&plan_.collectors, p_.operator_of[id.index]);
  std::vector<StructField> fields = row_type.fields();
  llvm::SmallVector<Value, 8> values;
  for (const Column& column : row.columns) {
    values.push_back(column.lazy >= 0 ? decoder_->Column(fn_, column.lazy) : column.value);
  }
  // A rank column that the operator fills in.
  if (fields.size() > values.size()) values.push_back(ZeroValue(m_.context, fields.back().type));
  for (const Value& extra : extras) {
    const std::vector<StructField>& parts = extra.type.fields();
    for (size_t i = 0; i < parts.size(); ++i) {
      fields.push_back({Cat("$", fields.size()), parts[i].type, {}});
      values.push_back(FieldOf(extra, static_cast<int>(i)));
    }
  }
  Type type = Type::Struct(std::move(fields));
  TypeLayout layout = LayoutOf(type);
  llvm::Value* memory = EmitArenaAlloc(fn_, fn_.Int(layout.size), layout.align);
  StoreValue(fn_, MakeStructValue(type, values), memory);

  llvm::Value* collectors = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, collectors));
  llvm::Value* rows = fn_.At(collectors, static_cast<uint64_t>(slot) * sizeof(FlowRows));
  llvm::Value* count = fn_.LoadAt(m_.i64, rows, offsetof(FlowRows, count));
  llvm::Value* full =
      fn_.b.CreateICmpEQ(count, fn_.LoadAt(m_.i64, rows, offsetof(FlowRows, capacity)));
  Block* grow = fn_.Block("grow");
  Block* room = fn_.Block("room");
  fn_.CondBrUnlikely(full, grow, room);
  fn_.b.SetInsertPoint(grow);
  fn_.Call("flow_rows_grow", m_.void_type, {rows});
  fn_.b.CreateBr(room);
  fn_.b.SetInsertPoint(room);
  llvm::Value* list = fn_.LoadAt(m_.ptr, rows, offsetof(FlowRows, rows));
  fn_.b.CreateStore(memory, fn_.b.CreateInBoundsGEP(m_.ptr, list, count));
  fn_.StoreAt(fn_.b.CreateAdd(count, fn_.Int(1)), rows, offsetof(FlowRows, count));
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Limit&, const Row& row, Block* next) {
  EnsureAll(row, next);
  Collect(id, graph_.types[id].row, row, {});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Peek&, const Row& row, Block* next) {
  EnsureAll(row, next);
  Collect(id, graph_.types[id].row, row, {});
  EmitConsumers(id, row);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Top& op, const Row& row, Block* next) {
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  llvm::SmallVector<Value, 2> extras = {scalar.Emit(op.by, &row)};
  if (op.per.valid()) extras.push_back(NormalizeKey(fn_, scalar.Emit(op.per, &row)));
  Collect(id, graph_.types[id].row, row, extras);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Order& op, const Row& row, Block* next) {
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value by = scalar.Emit(op.by, &row);
  Collect(id, graph_.types[id].row, row, {by});
}

// The table of an aggregate, looked up once per unit.
llvm::Value* FragmentEmitter::Table(int operator_index) {
  for (const auto& [index, table] : tables_) {
    if (index == operator_index) return table;
  }
  int slot = Slot(&plan_.tables, operator_index);
  llvm::IRBuilderBase::InsertPointGuard keep(fn_.b);
  fn_.b.SetInsertPoint(prelude_->getTerminator());
  llvm::Value* tables = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, tables));
  llvm::Value* table = fn_.LoadAt(m_.ptr, tables, static_cast<uint64_t>(slot) * sizeof(void*));
  tables_.emplace_back(operator_index, table);
  return table;
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Aggregate& op, const Row& row,
                              Block* next) {
  UpdateGroups(id, op.key, op.calls, row, next);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::AggregateLocal& op, const Row& row,
                              Block* next) {
  UpdateGroups(id, op.key, op.calls, row, next);
}

// Everything that may reject the row is computed before the first state changes.
void FragmentEmitter::UpdateGroups(ir::ValueId id, ir::FnId key_function,
                                   const std::vector<ir::AggregateCall>& calls, const Row& row,
                                   Block* next) {
  std::vector<ir::FnId> functions = {key_function};
  for (const ir::AggregateCall& call : calls) {
    functions.push_back(call.where);
    functions.push_back(call.args);
  }
  Ensure(row, functions, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  llvm::Value* time = time_ == nullptr ? fn_.Int(kNoTime) : EventTime();
  Value key = NormalizeKey(fn_, scalar.Emit(key_function, &row));

  const GroupLayout& layout = p_.groups.at(p_.operator_of[id.index]);
  std::vector<Value> args(calls.size());
  std::vector<llvm::Value*> wanted(calls.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    wanted[i] = calls[i].where.valid() ? scalar.Emit(calls[i].where, &row).leaves[0] : nullptr;
    if (!calls[i].args.valid()) continue;
    auto evaluate = [&] { return scalar.Emit(calls[i].args, &row); };
    const Type& type = m_.module.functions[calls[i].args].result;
    args[i] = wanted[i] == nullptr ? evaluate() : EmitIf(fn_, wanted[i], type, evaluate);
    // None is no argument.
    for (size_t k = 0; k < type.fields().size(); ++k) {
      if (!type.fields()[k].type.is_optional()) continue;
      llvm::Value* present = PresentOf(FieldOf(args[i], static_cast<int>(k)));
      wanted[i] = wanted[i] == nullptr ? present : fn_.b.CreateAnd(wanted[i], present);
    }
  }
  llvm::Value* table = Table(p_.operator_of[id.index]);
  llvm::Value* entry = EmitFindGroup(fn_, layout, table, key);
  llvm::Value* arena = fn_.LoadAt(m_.ptr, table, offsetof(FlowTable, arena));
  for (size_t i = 0; i < calls.size(); ++i)
    UpdateCall(layout.calls[i], arena, entry, time, args[i], wanted[i]);
}

void FragmentEmitter::UpdateCall(const CallState& call, llvm::Value* arena, llvm::Value* entry,
                                 llvm::Value* time, const Value& args, llvm::Value* wanted) {
  Block* update = nullptr;
  Block* after = nullptr;
  if (wanted != nullptr) {
    update = fn_.Block("update");
    after = fn_.Block("updated");
    fn_.CondBr(wanted, update, after);
    fn_.b.SetInsertPoint(update);
  }
  llvm::SmallVector<llvm::Value*, 6> kernel_args = {arena};
  if (call.overload->generic) kernel_args.push_back(m_.TypeList(call.types));
  kernel_args.push_back(fn_.At(entry, call.offset));
  if (call.overload->ordered) {
    llvm::Value* memory = fn_.Alloca(m_.i64, "event_time");
    fn_.b.CreateStore(time, memory);
    kernel_args.push_back(memory);
  }
  for (size_t k = 1; k < call.types.size(); ++k) {
    Value value = FieldOf(args, static_cast<int>(k) - 1);
    if (value.type.is_optional()) value = InnerOf(value);
    llvm::Value* memory = MakeMemory(fn_, value.type, "argument");
    StoreValue(fn_, value, memory);
    kernel_args.push_back(memory);
  }
  fn_.Call(Cat(call.overload->symbol, "_update"), m_.void_type, kernel_args);
  if (call.count_offset >= 0) {
    auto offset = static_cast<uint64_t>(call.count_offset);
    fn_.StoreAt(fn_.b.CreateAdd(fn_.LoadAt(m_.i64, entry, offset), fn_.Int(1)), entry, offset);
  }
  if (wanted == nullptr) return;
  fn_.b.CreateBr(after);
  fn_.b.SetInsertPoint(after);
}

}  // namespace

void EmitFragment(Program& program, ir::ValueId root) { FragmentEmitter(program, root).Emit(); }

}  // namespace flow::codegen
