// The stages of a fragment that hand rows on: one Consume overload per op.

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "codegen/fragment.h"
#include "runtime/abi.h"

namespace flow::codegen {

void FragmentEmitter::CountAt(int counter) {
  llvm::Value* counters = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, counters));
  auto offset = static_cast<uint64_t>(counter) * sizeof(int64_t);
  fn_.StoreAt(fn_.b.CreateAdd(fn_.LoadAt(m_.i64, counters, offset), fn_.Int(1)), counters, offset);
}

void FragmentEmitter::Tally(int counter, bool late) {
  if (late_from_ == nullptr) return late ? void() : CountAt(counter);
  runtime::TallyPlan wanted{counter, late};
  auto found = std::find(plan_.tallies.begin(), plan_.tallies.end(), wanted);
  auto slot = static_cast<uint64_t>(found - plan_.tallies.begin());
  if (found == plan_.tallies.end()) plan_.tallies.push_back(wanted);
  llvm::Value* tallies = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, tallies));
  fn_.Call("flow_tally", m_.void_type, {fn_.At(tallies, slot * sizeof(FlowTallies)), late_from_});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Filter& op, const Row& row, Block* next) {
  Ensure(row, {op.predicate}, next);
  decoder_->Narrow();
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value keep = scalar.Emit(op.predicate, &row);
  Block* kept = fn_.Block("kept");
  Block* removed = fn_.Block("removed");
  fn_.CondBr(keep.leaves[0], kept, removed);
  fn_.b.SetInsertPoint(removed);
  int counter =
      m_.AddCounter(Cat("where on line ", graph_.places[id].line), static_cast<int>(id.index));
  Tally(counter, /*late=*/false);
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
  decoder_->Narrow();
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

}  // namespace flow::codegen
