// Where the rows of a fragment come to rest: sinks, groups of aggregates, rows collected for
// operators.

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "codegen/encode/encode.h"
#include "codegen/fragment.h"
#include "ir/effects.h"
#include "ir/visit.h"
#include "llvm/IR/Intrinsics.h"
#include "runtime/abi.h"
#include "runtime/inline/table.h"

namespace flow::codegen {

void FragmentEmitter::Consume(ir::ValueId id, const ir::Sink& op, const Row& row, Block* next) {
  EnsureAll(row, next);
  int slot = Slot(&plan_.outputs, p_.sink_of[id.index]);
  Value whole = WholeRow(row, graph_.types[op.input].row);
  llvm::Value* outputs = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, outputs));
  llvm::Value* buffer = fn_.At(outputs, static_cast<uint64_t>(slot) * sizeof(FlowBuffer));
  if (CarriesChange(graph_.types[op.input])) whole = BeginChange(whole, slot, buffer);
  std::vector<std::string> parts = p_.PartitionColumns(op);
  if (!parts.empty()) return EncodeFrame(op, parts, whole, buffer);
  EncodeRow(op, whole, buffer);
}

void FragmentEmitter::EncodeRow(const ir::Sink& op, const Value& whole, llvm::Value* buffer) {
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

// A row of a partitioned sink: the columns in `parts` say where, the others are the row.
void FragmentEmitter::EncodeFrame(const ir::Sink& op, const std::vector<std::string>& parts,
                                  const Value& whole, llvm::Value* buffer) {
  llvm::Value* frame = fn_.Call("flow_partition_begin", m_.i64, {buffer});
  for (const std::string& part : parts) {
    Value value = FieldOf(whole, whole.type.FieldIndex(part));
    llvm::Value* memory = MakeMemory(fn_, value.type, "part");
    StoreValue(fn_, value, memory);
    fn_.Call("flow_partition_part", m_.void_type,
             {buffer, frame, m_.Bytes(part), fn_.Int(static_cast<int64_t>(part.size())),
              m_.TypeDescriptor(value.type), memory});
  }
  llvm::Value* time = time_ == nullptr ? static_cast<llvm::Value*>(fn_.Int(kNoTime)) : EventTime();
  fn_.Call("flow_partition_row", m_.void_type, {buffer, frame, time});
  std::vector<StructField> fields;
  llvm::SmallVector<Value, 8> values;
  for (const StructField& field : whole.type.fields()) {
    if (std::find(parts.begin(), parts.end(), field.name) != parts.end()) continue;
    fields.push_back(field);
    values.push_back(FieldOf(whole, whole.type.FieldIndex(field.name)));
  }
  EncodeRow(op, MakeStructValue(Type::Struct(std::move(fields)), values), buffer);
  fn_.Call("flow_partition_end", m_.void_type, {buffer, frame});
}

// What a consumer remembers of the old half of an update until the new one comes, -1 when there is
// none: an old half whose new half never came is nobody else's.
llvm::Value* FragmentEmitter::OldHalf(llvm::Value** memory) {
  if (*memory != nullptr) return *memory;
  *memory = fn_.Alloca(m_.i64, "pending");
  llvm::IRBuilderBase::InsertPointGuard keep(fn_.b);
  fn_.b.SetInsertPoint(prelude_->getTerminator());
  fn_.b.CreateStore(fn_.Int(-1), *memory);
  if (change_store_ == nullptr) return *memory;
  Block* block = change_store_->getParent();
  llvm::Instruction* behind = change_store_->getNextNode();
  if (behind != nullptr) {
    fn_.b.SetInsertPoint(behind);
  } else {
    fn_.b.SetInsertPoint(block);
  }
  llvm::Value* change = fn_.b.CreateLoad(m_.i64, change_);
  llvm::Value* before = fn_.b.CreateLoad(m_.i64, *memory);
  llvm::Value* second = fn_.b.CreateICmpEQ(change, fn_.Int(kFlowNew));
  fn_.b.CreateStore(fn_.b.CreateSelect(second, before, fn_.Int(-1)), *memory);
  return *memory;
}

// What a collected row does. A new half whose old one did not come here (`where` took it) is an
// insertion, so that halves that follow one another belong together.
llvm::Value* FragmentEmitter::CollectedChange(int slot) {
  if (change_ == nullptr) return fn_.Int(kFlowInsert);
  llvm::Value* pending = OldHalf(&collected_[slot]);
  llvm::Value* change = fn_.b.CreateLoad(m_.i64, change_);
  llvm::Value* before = fn_.b.CreateLoad(m_.i64, pending);
  llvm::Value* alone = fn_.b.CreateAnd(fn_.b.CreateICmpEQ(change, fn_.Int(kFlowNew)),
                                       fn_.b.CreateICmpSLT(before, fn_.Int(0)));
  llvm::Value* old = fn_.b.CreateICmpEQ(change, fn_.Int(kFlowOld));
  fn_.b.CreateStore(fn_.b.CreateSelect(old, fn_.Int(0), fn_.Int(-1)), pending);
  return fn_.b.CreateSelect(alone, fn_.Int(kFlowInsert), change);
}

// The row with its first field `_op` (semantics.md 60). When both halves of an update come here,
// the new one replaces the old one, whose bytes are the last in the buffer, again; where only the
// old one comes (`where` took the other), it stands, as the deletion that it is.
Value FragmentEmitter::BeginChange(const Value& row, int slot, llvm::Value* buffer) {
  llvm::Value* pending = OldHalf(&pending_[slot]);
  llvm::Value* change = change_ == nullptr
                            ? static_cast<llvm::Value*>(fn_.Int(kFlowInsert))
                            : static_cast<llvm::Value*>(fn_.b.CreateLoad(m_.i64, change_));
  llvm::Value* size = fn_.LoadAt(m_.i64, buffer, offsetof(FlowBuffer, size));
  llvm::Value* before = fn_.b.CreateLoad(m_.i64, pending);
  llvm::Value* replaces = fn_.b.CreateAnd(fn_.b.CreateICmpEQ(change, fn_.Int(kFlowNew)),
                                          fn_.b.CreateICmpSGE(before, fn_.Int(0)));
  fn_.StoreAt(fn_.b.CreateSelect(replaces, before, size), buffer, offsetof(FlowBuffer, size));
  llvm::Value* old = fn_.b.CreateICmpEQ(change, fn_.Int(kFlowOld));
  fn_.b.CreateStore(fn_.b.CreateSelect(old, size, fn_.Int(-1)), pending);

  llvm::Value* gone = fn_.b.CreateICmpSLT(change, fn_.Int(0));
  Value sign{Type::String(), {fn_.b.CreateSelect(gone, m_.Bytes("-"), m_.Bytes("+")), fn_.Int(1)}};
  llvm::SmallVector<Value, 8> values = {sign};
  for (size_t i = 0; i < row.type.fields().size(); ++i) {
    values.push_back(FieldOf(row, static_cast<int>(i)));
  }
  return MakeStructValue(ChangelogRow(row.type), values);
}

int FragmentEmitter::CollectorSlot(int operator_index, int port) {
  for (size_t i = 0; i < plan_.collectors.size(); ++i) {
    if (plan_.collectors[i] == operator_index && plan_.ports[i] == port) return static_cast<int>(i);
  }
  plan_.collectors.push_back(operator_index);
  plan_.ports.push_back(port);
  return static_cast<int>(plan_.collectors.size()) - 1;
}

void FragmentEmitter::Collect(ir::ValueId id, int port, const Row& row,
                              llvm::ArrayRef<Value> extras) {
  int slot = CollectorSlot(p_.operator_of[id.index], port);
  const ir::Op& op = graph_.ops[id];
  const ir::StreamType& input = graph_.types[ir::OperandsOf(op)[static_cast<size_t>(port)]];
  std::vector<StructField> fields;
  llvm::SmallVector<Value, 8> values;
  for (const Column& column : row.columns) {
    fields.push_back({column.name, column.type, {}});
    values.push_back(column.lazy >= 0 ? decoder_->Column(fn_, column.lazy) : column.value);
  }
  std::vector<Type> extra_types;
  for (const Value& extra : extras) extra_types.push_back(extra.type);
  bool timed = ir::WorksInTime(graph_, op);
  CollectedRow layout = LayOutCollected(Type::Struct(fields), input, timed, extra_types);
  if (layout.time_offset >= 0) {
    values.push_back({Type::Timestamp(), {time_ == nullptr ? fn_.Int(kNoTime) : EventTime()}});
  }
  if (layout.change_offset >= 0) {
    values.push_back({Type::Int(), {CollectedChange(slot)}});
  }
  for (const Value& extra : extras) {
    for (size_t i = 0; i < extra.type.fields().size(); ++i) {
      values.push_back(FieldOf(extra, static_cast<int>(i)));
    }
  }
  TypeLayout memory_layout = LayoutOf(layout.type);
  llvm::Value* memory = EmitArenaAlloc(fn_, fn_.Int(memory_layout.size), memory_layout.align);
  StoreValue(fn_, MakeStructValue(layout.type, values), memory);

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
  Collect(id, 0, row, {});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Peek&, const Row& row, Block* next) {
  EnsureAll(row, next);
  Collect(id, 0, row, {});
  EmitConsumers(id, row);
}

// A column that the operator fills in.
void FragmentEmitter::LeaveRoom(Row* row, const char* column, const Type& type) {
  row->columns.push_back({column, type, -1, ZeroValue(m_.context, type)});
}

// Whether rows can be left out of a `top` in the fragment already: one group, ranked by a number.
bool FragmentEmitter::Outranks(ir::ValueId id, const ir::Top& op) const {
  bool rewrites = graph_.types[id].updating || graph_.types[op.input].updating;
  if (op.per.valid() || rewrites) return false;
  switch (m_.module.functions[op.by].result.fields()[0].type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kDecimal:
      return true;
    default:
      return false;
  }
}

// Leaves out a row that N rows of its unit and window outrank. The N-th best so far would take a
// heap to know; the worst of N rows that came together is as sure, and the best of such worst ones
// is soon as good.
void FragmentEmitter::LeaveOutranked(const ir::Top& op, const Column* window_end, const Value& by,
                                     Block* next) {
  llvm::Value* value = by.leaves[0];
  llvm::Type* type = value->getType();
  unsigned bits = type->getIntegerBitWidth();
  bool up = op.ascending;
  llvm::Value* none = llvm::ConstantInt::get(
      type, up ? llvm::APInt::getSignedMaxValue(bits) : llvm::APInt::getSignedMinValue(bits));
  llvm::Value* of_window = fn_.Alloca(m_.i64, "ranked_window");
  llvm::Value* bound = fn_.Alloca(type, "outranked");
  llvm::Value* worst = fn_.Alloca(type, "worst");
  llvm::Value* together = fn_.Alloca(m_.i64, "together");
  {
    llvm::IRBuilderBase::InsertPointGuard keep(fn_.b);
    fn_.b.SetInsertPoint(prelude_->getTerminator());
    fn_.b.CreateStore(fn_.Int(kNoTime), of_window);
    fn_.b.CreateStore(none, bound);
    fn_.b.CreateStore(none, worst);
    fn_.b.CreateStore(fn_.Int(0), together);
  }
  llvm::Value* count = p_.ConstValue(fn_, op.count, "number of rows of `top`", 0).leaves[0];
  if (window_end != nullptr) {
    Value end = window_end->lazy >= 0 ? decoder_->Column(fn_, window_end->lazy) : window_end->value;
    llvm::Value* window = end.leaves[0];
    Block* fresh = fn_.Block("other_window");
    Block* same = fn_.Block("same_window");
    llvm::Value* before = fn_.b.CreateLoad(m_.i64, of_window);
    fn_.CondBrLikely(fn_.b.CreateICmpEQ(window, before), same, fresh);
    fn_.b.SetInsertPoint(fresh);
    fn_.b.CreateStore(window, of_window);
    fn_.b.CreateStore(none, bound);
    fn_.b.CreateStore(fn_.Int(0), together);
    fn_.b.CreateBr(same);
    fn_.b.SetInsertPoint(same);
  }
  Block* stays = fn_.Block("ranks");
  llvm::Value* known = fn_.b.CreateLoad(type, bound);
  fn_.CondBr(up ? fn_.b.CreateICmpSGT(value, known) : fn_.b.CreateICmpSLT(value, known), next,
             stays);
  fn_.b.SetInsertPoint(stays);
  llvm::Intrinsic::ID worse_of = up ? llvm::Intrinsic::smax : llvm::Intrinsic::smin;
  llvm::Intrinsic::ID better_of = up ? llvm::Intrinsic::smin : llvm::Intrinsic::smax;
  llvm::Value* number = fn_.b.CreateLoad(m_.i64, together);
  llvm::Value* least = fn_.b.CreateBinaryIntrinsic(worse_of, value, fn_.b.CreateLoad(type, worst));
  least = fn_.b.CreateSelect(fn_.b.CreateICmpEQ(number, fn_.Int(0)), value, least);
  number = fn_.b.CreateAdd(number, fn_.Int(1));
  llvm::Value* full = fn_.b.CreateICmpSGE(number, count);
  fn_.b.CreateStore(least, worst);
  fn_.b.CreateStore(fn_.b.CreateSelect(full, fn_.Int(0), number), together);
  llvm::Value* better = fn_.b.CreateBinaryIntrinsic(better_of, known, least);
  fn_.b.CreateStore(fn_.b.CreateSelect(full, better, known), bound);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Top& op, const Row& row, Block* next) {
  bool outranks = Outranks(id, op);
  // Columns that cannot be bad are made for rows that stay only.
  bool good = source_ == nullptr || source_->endpoint.format.empty();
  // As in the plan: without the column there is one window.
  int end = op.windowed ? row.Find("window_end") : -1;
  const Column* window_end = end < 0 ? nullptr : &row.columns[static_cast<size_t>(end)];
  if (outranks && good) {
    Ensure(row, {op.by}, next);
    if (window_end != nullptr && window_end->lazy >= 0) EnsureColumns({window_end->lazy}, next);
  } else {
    EnsureAll(row, next);
  }
  ScalarEmitter scalar(fn_, Scope(id, next));
  llvm::SmallVector<Value, 2> extras = {scalar.Emit(op.by, &row)};
  if (outranks) LeaveOutranked(op, window_end, extras[0], next);
  if (outranks && good) EnsureAll(row, next);
  if (op.per.valid()) extras.push_back(NormalizeKey(fn_, scalar.Emit(op.per, &row)));
  Row made = row;
  if (op.rank) LeaveRoom(&made, "$rank", Type::Int());
  if (op.emit.final) LeaveRoom(&made, "$final", Type::Bool());
  Collect(id, 0, made, extras);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Order& op, const Row& row, Block* next) {
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value by = scalar.Emit(op.by, &row);
  Collect(id, 0, row, {by});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Dedup& op, const Row& row, Block* next) {
  // Of a window the rows come in time, and of a whole stream none is late.
  if (op.within.valid()) next = JudgeLate(id, row, next);
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Row made = row;
  if (op.emit.final) LeaveRoom(&made, "$final", Type::Bool());
  Collect(id, 0, made, {NormalizeKey(fn_, scalar.Emit(op.key, &row))});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Match& op, const Row& row, Block* next) {
  next = JudgeLate(id, row, next);
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Collect(id, 0, row, {NormalizeKey(fn_, scalar.Emit(op.key, &row))});
}

// A stream joined with itself gives each row to both inputs: what the left one refuses, the right
// one may still take.
template <class JoinT, class SideT>
void FragmentEmitter::ConsumeSides(const JoinT& op, Block* next, SideT side) {
  if (from_ == op.left && from_ == op.right) {
    Block* second = fn_.Block("right_side");
    llvm::Value* late_from = late_from_;
    side(0, second);
    late_from_ = late_from;
    fn_.b.CreateBr(second);
    fn_.b.SetInsertPoint(second);
    return side(1, next);
  }
  side(from_ == op.left ? 0 : 1, next);
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Join& op, const Row& row, Block* next) {
  ConsumeSides(op, next, [&](int port, Block* leave) {
    bool timed = op.bound == ir::JoinBound::kWithin || op.bound == ir::JoinBound::kUntil;
    if (timed) leave = JudgeLate(id, row, leave, port);
    EnsureAll(row, leave);
    ScalarEmitter scalar(fn_, Scope(id, leave));
    ir::FnId key = port == 0 ? op.left_key : op.right_key;
    llvm::SmallVector<Value, 2> extras = {NormalizeKey(fn_, scalar.Emit(key, &row))};
    if (port == 0 && op.until.valid()) {
      Type until = Type::Struct({{"until", Type::Timestamp(), {}}});
      extras.push_back(MakeStructValue(until, {scalar.Emit(op.until, &row)}));
    }
    Collect(id, port, row, extras);
  });
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::AsofJoin& op, const Row& row, Block* next) {
  ConsumeSides(op, next, [&](int port, Block* leave) {
    leave = JudgeLate(id, row, leave, port);
    EnsureAll(row, leave);
    ScalarEmitter scalar(fn_, Scope(id, leave));
    ir::FnId key = port == 0 ? op.left_key : op.right_key;
    Collect(id, port, row, {NormalizeKey(fn_, scalar.Emit(key, &row))});
  });
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Lookup& op, const Row& row, Block* next) {
  ConsumeSides(op, next, [&](int port, Block* leave) {
    EnsureAll(row, leave);
    ScalarEmitter scalar(fn_, Scope(id, leave));
    ir::FnId key = port == 0 ? op.left_key : op.right_key;
    llvm::SmallVector<Value, 2> extras = {NormalizeKey(fn_, scalar.Emit(key, &row))};
    if (port == 0 && graph_.types[op.left].has_time) {
      llvm::Value* watermark = UnitWatermark();
      if (watermark == nullptr) watermark = fn_.Int(kNoTime);
      extras.push_back(MakeStructValue(ir::WatermarkExtra(), {{Type::Timestamp(), {watermark}}}));
    }
    Collect(id, port, row, extras);
  });
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
  if (p_.TakesRows(op)) return CollectForTable(id, op, row, next);
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
    CallInput input = EmitCallInput(scalar, calls[i], row);
    args[i] = input.args;
    wanted[i] = input.wanted;
  }
  llvm::Value* table = Table(p_.operator_of[id.index]);
  llvm::Value* entry = EmitFindGroup(fn_, layout, table, key);
  llvm::Value* arena = fn_.LoadAt(m_.ptr, table, offsetof(FlowTable, arena));
  for (size_t i = 0; i < calls.size(); ++i)
    EmitUpdateCall(fn_, layout.calls[i], arena, entry, time, args[i], wanted[i]);
}

FragmentEmitter::CallInput FragmentEmitter::EmitCallInput(ScalarEmitter& scalar,
                                                          const ir::AggregateCall& call,
                                                          const Row& row) {
  CallInput out;
  if (call.where.valid()) out.wanted = scalar.Emit(call.where, &row).leaves[0];
  if (!call.args.valid()) return out;
  auto evaluate = [&] { return scalar.Emit(call.args, &row); };
  const Type& type = m_.module.functions[call.args].result;
  out.args = out.wanted == nullptr ? evaluate() : EmitIf(fn_, out.wanted, type, evaluate);
  // None is no argument.
  for (size_t k = 0; k < type.fields().size(); ++k) {
    if (!type.fields()[k].type.is_optional()) continue;
    llvm::Value* present = PresentOf(FieldOf(out.args, static_cast<int>(k)));
    out.wanted = out.wanted == nullptr ? present : fn_.b.CreateAnd(out.wanted, present);
  }
  return out;
}

}  // namespace flow::codegen
