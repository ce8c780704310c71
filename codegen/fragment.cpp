// One function per fragment: everything a row meets between two points where it rests. The ops
// below the root are emitted depth first, in program order, each into the block of the row at hand;
// whatever ends a row's way through one consumer (filtered, rejected, written) goes on at the next
// consumer, and after the last one at the next record.

#include "codegen/fragment.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "ir/clock.h"
#include "llvm/IR/Intrinsics.h"
#include "runtime/abi.h"

namespace flow::codegen {

int FragmentEmitter::Slot(std::vector<int>* slots, int index) {
  auto found = std::find(slots->begin(), slots->end(), index);
  if (found != slots->end()) return static_cast<int>(found - slots->begin());
  slots->push_back(index);
  return static_cast<int>(slots->size()) - 1;
}

std::unique_ptr<SourceDecoder> FragmentEmitter::MakeDecoder() {
  if (std::holds_alternative<ir::Rejects>(graph_.ops[root_])) {
    return MakeRowsDecoder(m_, graph_.types[root_].row);
  }
  if (source_ == nullptr) return MakeRowsDecoder(m_, SentRow(graph_.types[root_]));
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
  told_ = fn_.Alloca(m_.i64, "told");
  now_ = fn_.Alloca(m_.i64, "now");
  const ir::StreamType& type = graph_.types[root_];
  bool operator_time = source_ == nullptr && type.has_time;
  bool source_time = source_ != nullptr && source_->time.has_value() && p_.needs_time[root_.index];
  if (operator_time || source_time) time_ = fn_.Alloca(m_.i64, "time");
  if (source_ == nullptr && CarriesChange(type)) change_ = fn_.Alloca(m_.i64, "change");
  if (source_time) {
    greatest_ = fn_.Alloca(m_.i64, "greatest");
    fn_.b.CreateStore(fn_.LoadAt(m_.i64, fn_.task, offsetof(FlowTask, max_event_time)), greatest_);
    floor_ = fn_.LoadAt(m_.i64, fn_.task, offsetof(FlowTask, least_watermark));
    delay_ = p_.ConstValue(fn_, source_->time->delay, "watermark", 0).leaves[0];
    // Time of arrival follows the order of the input, or rows would come too late for windows that
    // later units have closed.
    arrival_ = ir::ReadsClock(m_.module, source_->time->time);
    plan_.in_order |= source_->time->jump.valid() || arrival_;
  }
  // Rows that pass through are judged by P as it was where they came from.
  if (operator_time && std::holds_alternative<ir::Lookup>(graph_.ops[root_])) {
    floor_ = fn_.LoadAt(m_.i64, fn_.task, offsetof(FlowTask, least_watermark));
  }
  prelude_ = fn_.b.GetInsertBlock();
  Block* begin = fn_.Block("begin");
  fn_.b.CreateBr(begin);
  fn_.b.SetInsertPoint(begin);

  decoder_ = MakeDecoder();
  // Framing is judged before anything of the record is known.
  auto framing = [&](int site) {
    fn_.b.CreateStore(fn_.Int(kNoTime), told_);
    if (time_ != nullptr) fn_.b.CreateStore(fn_.Int(kNoTime), time_);
    DecodeFail(next)(site);
  };
  GoTo(root_);
  decoder_->Begin(fn_, done, framing);
  fn_.b.CreateStore(fn_.Int(kNoTime), told_);
  fn_.b.CreateStore(fn_.Int(0), now_);
  if (time_ != nullptr) fn_.b.CreateStore(fn_.Int(kNoTime), time_);

  Row row = SourceRow();
  if (source_time) EmitEventTime(row, next);
  BeginOperatorRow(row, next);
  EmitConsumers(root_, row);
  fn_.b.CreateBr(next);

  // Where all ways of the record meet.
  fn_.b.SetInsertPoint(next);
  if (greatest_ != nullptr) {
    llvm::Value* time = fn_.b.CreateLoad(m_.i64, time_);
    llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
    // What the source rejects moves no watermark (semantics.md 19); a late row does not either.
    llvm::Value* good = fn_.b.CreateICmpEQ(fn_.b.CreateLoad(m_.i64, told_), fn_.Int(kNoTime));
    time = fn_.b.CreateSelect(good, time, fn_.Int(kNoTime));
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

void FragmentEmitter::BeginOperatorRow(const Row& row, Block* next) {
  int beside = static_cast<int>(row.columns.size());  // columns of SentRow
  if (source_ == nullptr && time_ != nullptr) {
    bool carried = CarriesTime(graph_.types[root_]);
    int column = carried ? beside++ : row.Find("window_end");
    EnsureColumns({column}, next);
    llvm::Value* time = decoder_->Column(fn_, column).leaves[0];
    // Rows that a stage of a window makes stand at its last moment (semantics.md 44).
    fn_.b.CreateStore(carried ? time : fn_.b.CreateSub(time, fn_.Int(1)), time_);
  }
  if (change_ != nullptr) {
    change_store_ = fn_.b.CreateStore(decoder_->Column(fn_, beside).leaves[0], change_);
  }
}

// semantics.md 19: the time column is read at the source.
void FragmentEmitter::EmitEventTime(const Row& row, Block* next) {
  Ensure(row, {source_->time->time}, next);
  ScalarScope scope = Scope(root_, next);
  ScalarEmitter scalar(fn_, scope);
  llvm::Value* time = scalar.Emit(source_->time->time, &row).leaves[0];
  if (source_->time->jump.valid()) {
    llvm::Value* jump = p_.ConstValue(fn_, source_->time->jump, "jump", 1).leaves[0];
    llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
    llvm::Value* limit = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::sadd_sat, greatest, jump);
    llvm::Value* first = fn_.b.CreateICmpEQ(greatest, fn_.Int(kNoTime));
    llvm::Value* near = fn_.b.CreateOr(first, fn_.b.CreateICmpSLE(time, limit));
    fn_.Require(near, scope.fail, scalar.Site(ir::kTimeJump));
  }
  if (arrival_) {  // clocks are set back at times, arrival is not
    llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
    time = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, time, greatest);
  }
  fn_.b.CreateStore(time, time_);
}

// What follows is for the stage `id`: for listings, and for a profile, where a signal handler reads
// it.
void FragmentEmitter::GoTo(ir::ValueId id) {
  if (m_.lines) {
    const ir::Place& place = graph_.places[id];
    fn_.b.SetCurrentDebugLocation(m_.lines->At(fn_.function, place.line, place.column));
  }
  if (!m_.options.profile) return;
  llvm::Value* stage = fn_.At(fn_.task, offsetof(FlowTask, stage));
  fn_.b.CreateStore(fn_.Int32(static_cast<int32_t>(id.index)), stage, /*isVolatile=*/true);
}

void FragmentEmitter::EmitConsumers(ir::ValueId op, const Row& row) {
  for (ir::ValueId consumer : p_.consumers[op.index]) {
    const auto* late = std::get_if<ir::Late>(&graph_.ops[consumer]);
    if (late != nullptr) continue;  // SendLate's
    Block* next = fn_.Block("next_consumer");
    from_ = op;
    GoTo(consumer);
    llvm::Value* late_from = late_from_;
    std::visit([&](const auto& o) { Consume(consumer, o, row, next); }, graph_.ops[consumer]);
    late_from_ = late_from;
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
  Way& to = (*ways)[next];
  if (to.site == nullptr) {
    Block* from = fn_.b.GetInsertBlock();
    Block* block = fn_.Block("reject");
    fn_.b.SetInsertPoint(block);
    to = {fn_.b.CreatePHI(m_.i32, 2, "site"), late_from_};
    way(to.site);
    fn_.b.SetInsertPoint(from);
  }
  FLOW_CHECK(to.late_from == late_from_, "rows that are late for different stages meet");
  to.site->addIncoming(fn_.Int32(site), fn_.b.GetInsertBlock());
  fn_.b.CreateBr(to.site->getParent());
}

// `told`: what was told of the record before, or null.
void FragmentEmitter::Report(llvm::Value* site, llvm::Value* told, Block* next) {
  decoder_->StorePlace(fn_);
  llvm::Value* time = time_ == nullptr ? fn_.Int(kNoTime) : EventTime();
  fn_.StoreAt(time, fn_.task, offsetof(FlowTask, event_time));
  fn_.StoreAt(LateFrom(), fn_.task, offsetof(FlowTask, late_from));
  fn_.StoreAt(told == nullptr ? fn_.Int(kNoTime) : told, fn_.task, offsetof(FlowTask, told_from));
  llvm::Value* stops = fn_.Call("flow_reject", m_.i1, {fn_.task, site});
  ForgetReason();
  fn_.CondBr(stops, stop_, next);
}

// What was told must not stand for the next row as well.
void FragmentEmitter::ForgetReason() {
  fn_.StoreAt(fn_.Int(0), fn_.task, offsetof(FlowTask, detail) + offsetof(FlowString, size));
  fn_.StoreAt(llvm::Constant::getNullValue(m_.ptr), fn_.task, offsetof(FlowTask, record_fault));
}

llvm::Value* FragmentEmitter::LateFrom() {
  return late_from_ == nullptr ? fn_.Int(INT64_MAX) : late_from_;
}

void FragmentEmitter::Reject(int site, Block* next) {
  Leave(&stage_ways_, site, next, [&](llvm::Value* number) { Report(number, nullptr, next); });
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
// they do not read the bad column. Where one of them may find it late and another may not, it is
// reported for both, and the fold knows which one holds.
FailTarget FragmentEmitter::DecodeFail(Block* next) {
  return [this, next](int site) {
    Leave(&decode_ways_, site, next, [&](llvm::Value* number) {
      Block* known = fn_.Block("known");
      Block* report = fn_.Block("report");
      llvm::Value* told = fn_.b.CreateLoad(m_.i64, told_);
      fn_.CondBr(fn_.b.CreateICmpSGE(told, LateFrom()), known, report);
      fn_.b.SetInsertPoint(known);
      ForgetReason();
      fn_.b.CreateBr(next);
      fn_.b.SetInsertPoint(report);
      fn_.b.CreateStore(LateFrom(), told_);
      Report(number, told, next);
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

void EmitFragment(Program& program, ir::ValueId root) { FragmentEmitter(program, root).Emit(); }

}  // namespace flow::codegen
