// The stages of a fragment that hand rows on: one Consume overload per op.

#include "base/check.h"
#include "base/text.h"
#include "codegen/fragment.h"
#include "llvm/IR/Intrinsics.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

constexpr int64_t kWeek = 7LL * 24 * 3600 * 1000000000;
// From the epoch, a Thursday, to the first Monday.
constexpr int64_t kFirstMonday = 4LL * 24 * 3600 * 1000000000;

}  // namespace

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
  CountAt(m_.AddCounter(Cat("where on line ", graph_.places[id].line), static_cast<int>(id.index)));
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

// Rows of operators are never late (semantics.md 29).
void FragmentEmitter::JudgeLate(ir::ValueId id, const Row& row, Block* next) {
  if (greatest_ == nullptr) return;
  LeaveLate(id, row, fn_.b.CreateICmpSLT(EventTime(), UnitWatermark()), next);
}

// P before the row, as far as the unit knows it; kNoTime, which nothing is before, at its start.
llvm::Value* FragmentEmitter::UnitWatermark() {
  llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
  llvm::Value* watermark = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::ssub_sat, greatest, delay_);
  return fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, watermark, floor_);
}

void FragmentEmitter::LeaveLate(ir::ValueId id, const Row& row, llvm::Value* late, Block* next) {
  Block* is_late = fn_.Block("late");
  Block* in_time = fn_.Block("in_time");
  fn_.CondBrUnlikely(late, is_late, in_time);
  fn_.b.SetInsertPoint(is_late);
  SendLate(id, row);
  fn_.b.CreateBr(next);
  fn_.b.SetInsertPoint(in_time);
}

void FragmentEmitter::SendLate(ir::ValueId id, const Row& row) {
  const std::string stage = ir::StageName(m_.module, graph_.ops[id]);
  CountAt(m_.AddCounter(Cat("late for ", stage, " on line ", graph_.places[id].line),
                        static_cast<int>(id.index), /*late=*/true));
  for (ir::ValueId consumer : p_.consumers[id.index]) {
    if (!std::holds_alternative<ir::Late>(graph_.ops[consumer])) continue;
    // Whoever wants the rows themselves has them judged by all rows before.
    plan_.in_order = true;
    EmitConsumers(consumer, row);
  }
}

void FragmentEmitter::Consume(ir::ValueId, const ir::Late&, const Row&, Block*) {
  FLOW_UNREACHABLE("late rows come from SendLate");
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Window& op, const Row& row, Block* next) {
  ScalarScope scope = Scope(id, next);
  ScalarEmitter scalar(fn_, scope);
  FLOW_CHECK(scope.event_time != nullptr, "a window needs event time");
  plan_.in_order |= p_.WindowRowsLeave(id) && source_ != nullptr;
  llvm::Value* time = scope.event_time;
  Value start{Type::Timestamp(), {}};
  Value end{Type::Timestamp(), {}};
  llvm::Value* size = p_.ConstValue(fn_, op.size, "size of `window`", 1).leaves[0];
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
    llvm::Value* last = end.leaves[0];
    if (op.late_for.valid()) {
      llvm::Value* more =
          p_.ConstValue(fn_, op.late_for, "duration of `on late update`", 0).leaves[0];
      last = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::sadd_sat, last, more);
    }
    LeaveLate(id, row, fn_.b.CreateICmpSLE(last, UnitWatermark()), next);
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

}  // namespace flow::codegen
