// Windows of the row at hand, and rows that come too late.

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

// How far `time` is into its step: steps begin at `offset` and whole steps from it, at Mondays
// where a window (of `size`) is whole weeks.
llvm::Value* IntoStep(FunctionContext& fn, llvm::Value* time, llvm::Value* step, llvm::Value* size,
                      llvm::Value* offset) {
  llvm::Value* weeks = fn.b.CreateICmpEQ(fn.b.CreateSRem(size, fn.Int(kWeek)), fn.Int(0));
  llvm::Value* base = fn.b.CreateSelect(weeks, fn.Int(kFirstMonday), fn.Int(0));
  auto floor_mod = [&](llvm::Value* x) {
    llvm::Value* rest = fn.b.CreateSRem(x, step);
    llvm::Value* negative = fn.b.CreateICmpSLT(rest, fn.Int(0));
    return fn.b.CreateSelect(negative, fn.b.CreateAdd(rest, step), rest);
  };
  llvm::Value* shift = floor_mod(fn.b.CreateAdd(floor_mod(offset), floor_mod(base)));
  llvm::Value* into = fn.b.CreateSub(floor_mod(time), shift);
  llvm::Value* wraps = fn.b.CreateICmpSLT(into, fn.Int(0));
  return fn.b.CreateSelect(wraps, fn.b.CreateAdd(into, step), into);
}

// a - b or a + b, with what says that it lies beyond the timestamps joined to `beyond`.
llvm::Value* Checked(FunctionContext& fn, llvm::Intrinsic::ID which, llvm::Value* a, llvm::Value* b,
                     llvm::Value** beyond) {
  llvm::Value* result = fn.b.CreateBinaryIntrinsic(which, a, b);
  llvm::Value* overflow = fn.b.CreateExtractValue(result, 1);
  *beyond = *beyond == nullptr ? overflow : fn.b.CreateOr(*beyond, overflow);
  return fn.b.CreateExtractValue(result, 0);
}

}  // namespace

// P before the row, as far as the unit knows it; kNoTime, which nothing is before, at its start.
// Null for rows that an operator made, which are never late (semantics.md 29).
llvm::Value* FragmentEmitter::UnitWatermark() {
  if (greatest_ == nullptr) return floor_;
  llvm::Value* greatest = fn_.b.CreateLoad(m_.i64, greatest_);
  llvm::Value* watermark = fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::ssub_sat, greatest, delay_);
  return fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::smax, watermark, floor_);
}

FragmentEmitter::Block* FragmentEmitter::JudgeLate(ir::ValueId id, const Row& row, Block* next,
                                                   int port) {
  if (UnitWatermark() == nullptr) return next;
  LeaveLate(id, row, After(EventTime()), next, port);
  if (late_from_ == nullptr) return next;
  // The operator counts those that are collected.
  llvm::IRBuilderBase::InsertPointGuard keep(fn_.b);
  Block* rejected = fn_.Block("rejected");
  fn_.b.SetInsertPoint(rejected);
  Tally(LateCounter(id), /*late=*/true);
  fn_.b.CreateBr(next);
  return rejected;
}

// The least P for which a row of that time is late.
llvm::Value* FragmentEmitter::After(llvm::Value* time) {
  return fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::sadd_sat, time, fn_.Int(1));
}

void FragmentEmitter::LeaveLate(ir::ValueId id, const Row& row, llvm::Value* late_from, Block* next,
                                int port) {
  Block* is_late = fn_.Block("late");
  Block* in_time = fn_.Block("in_time");
  fn_.CondBrUnlikely(fn_.b.CreateICmpSLE(late_from, UnitWatermark()), is_late, in_time);
  fn_.b.SetInsertPoint(is_late);
  SendLate(id, row, port);
  fn_.b.CreateBr(next);
  fn_.b.SetInsertPoint(in_time);
  // An operator's rows come with P as it was before their unit.
  if (source_ == nullptr) return;
  // A row that the fold finds late for two stages would be so for the first alone.
  plan_.in_order |= late_from_ != nullptr;
  late_from_ = late_from;
}

int FragmentEmitter::LateCounter(ir::ValueId id) {
  const std::string stage = ir::StageName(m_.module, graph_.ops[id]);
  return m_.AddCounter(Cat("late for ", stage, " on line ", graph_.places[id].line),
                       static_cast<int>(id.index), /*late=*/true);
}

void FragmentEmitter::SendLate(ir::ValueId id, const Row& row, int port) {
  CountAt(LateCounter(id));
  for (ir::ValueId consumer : p_.consumers[id.index]) {
    if (!std::holds_alternative<ir::Late>(graph_.ops[consumer]) || port != 0) continue;
    // Whoever wants the rows themselves has them judged by all rows before.
    plan_.in_order = true;
    EmitConsumers(consumer, row);
  }
}

void FragmentEmitter::Consume(ir::ValueId, const ir::Late&, const Row&, Block*) {
  FLOW_UNREACHABLE("late rows come from SendLate");
}

// A row late for all its windows, of which `last_end` is the last end, is late; one late for some
// enters the others (semantics.md 28). `count`: how many windows, null: one.
void FragmentEmitter::EmitWindows(ir::ValueId id, const Row& row, llvm::Value* last_end,
                                  llvm::Value* count, Block* next,
                                  const std::function<Bounds(llvm::Value* index)>& window) {
  llvm::Value* watermark = UnitWatermark();
  // Rows that come so much later still (`on late update for D`).
  ir::FnId late_for = std::get<ir::Window>(graph_.ops[id]).late_for;
  auto closes = [&](llvm::Value* end) -> llvm::Value* {
    if (!late_for.valid()) return end;
    llvm::Value* more = p_.ConstValue(fn_, late_for, "duration of `on late update`", 0).leaves[0];
    return fn_.b.CreateBinaryIntrinsic(llvm::Intrinsic::sadd_sat, end, more);
  };
  if (watermark != nullptr) {
    LeaveLate(id, row, closes(last_end), next);
    if (late_from_ != nullptr) Tally(LateCounter(id), /*late=*/true);
  }
  auto send = [&](const Bounds& bounds) { SendInto(id, row, bounds); };
  if (count == nullptr) return send(window(nullptr));
  EmitLoop(fn_, count, [&](llvm::Value* index) {
    Bounds bounds = window(index);
    if (watermark == nullptr) return send(bounds);
    Block* enter = fn_.Block("enter");
    Block* past = fn_.Block("past");
    fn_.CondBrLikely(fn_.b.CreateICmpSGT(closes(bounds.end), watermark), enter, past);
    fn_.b.SetInsertPoint(enter);
    send(bounds);
    fn_.b.CreateBr(past);
    fn_.b.SetInsertPoint(past);
  });
}

void FragmentEmitter::SendInto(ir::ValueId id, const Row& row, const Bounds& bounds) {
  Row made;
  made.columns.push_back(
      {"window_start", Type::Timestamp(), -1, {Type::Timestamp(), {bounds.start}}});
  made.columns.push_back({"window_end", Type::Timestamp(), -1, {Type::Timestamp(), {bounds.end}}});
  for (const Column& column : row.columns) {
    if (column.name != "window_start" && column.name != "window_end")
      made.columns.push_back(column);
  }
  EmitConsumers(id, made);
}

// The first window that the row enters is the first to end behind P: by the unit here, by P before
// it in the operator.
void FragmentEmitter::EmitPane(ir::ValueId id, const Row& row, llvm::Value* start,
                               llvm::Value* first_end, llvm::Value* last_end, llvm::Value* step,
                               Block* next) {
  llvm::Value* watermark = UnitWatermark();
  if (watermark != nullptr) {
    LeaveLate(id, row, last_end, next);
    if (late_from_ != nullptr) Tally(LateCounter(id), /*late=*/true);
    Block* all = fn_.b.GetInsertBlock();
    Block* passed = fn_.Block("passed");
    Block* enter = fn_.Block("enter");
    fn_.CondBrUnlikely(fn_.b.CreateICmpSLE(first_end, watermark), passed, enter);
    fn_.b.SetInsertPoint(passed);
    llvm::Value* open = fn_.Call("flow_pane_open", m_.i64, {first_end, step, watermark});
    Block* passed_end = fn_.b.GetInsertBlock();
    fn_.b.CreateBr(enter);
    fn_.b.SetInsertPoint(enter);
    llvm::PHINode* end = fn_.b.CreatePHI(m_.i64, 2, "first_end");
    end->addIncoming(first_end, all);
    end->addIncoming(open, passed_end);
    first_end = end;
  }
  SendInto(id, row, {start, first_end});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::Window& op, const Row& row, Block* next) {
  ScalarScope scope = Scope(id, next);
  ScalarEmitter scalar(fn_, scope);
  FLOW_CHECK(scope.event_time != nullptr, "a window needs event time");
  bool tumbles = op.kind == ir::WindowKind::kTumble;
  // Whether a row is late for the last of several windows is known from all rows before.
  bool by_row = !tumbles && !op.panes;
  plan_.in_order |= source_ != nullptr && (by_row || p_.WindowRowsLeave(id));
  if (!tumbles) p_.NeedSteps(op.size, "`window`", op.step);
  if (op.tz.valid()) return LocalWindows(id, op, row, next);

  llvm::Value* time = scope.event_time;
  llvm::Value* size = p_.ConstValue(fn_, op.size, "size of `window`", 1).leaves[0];
  llvm::Value* step = size;
  if (!tumbles) step = p_.ConstValue(fn_, op.step, "step of `window`", 1).leaves[0];
  llvm::Value* offset = fn_.Int(0);
  if (op.offset.valid()) offset = p_.ConstValue(fn_, op.offset, "offset of `window`").leaves[0];
  bool hops = op.kind == ir::WindowKind::kHop;
  llvm::Value* into = IntoStep(fn_, time, hops ? step : size, size, offset);
  constexpr auto kMinus = llvm::Intrinsic::ssub_with_overflow;
  constexpr auto kPlus = llvm::Intrinsic::sadd_with_overflow;
  llvm::Value* beyond = nullptr;
  llvm::Value* start = Checked(fn_, kMinus, time, into, &beyond);
  llvm::Value* end = Checked(fn_, kPlus, start, size, &beyond);
  // Of a hopping window: the start of the first that holds the row.
  llvm::Value* first = start;
  if (hops) first = Checked(fn_, kMinus, start, fn_.b.CreateSub(size, step), &beyond);
  fn_.Require(fn_.b.CreateNot(beyond), scope.fail, scalar.Site(ir::kWindowRange));
  if (tumbles) {
    return EmitWindows(id, row, end, nullptr, next,
                       [&](llvm::Value*) -> Bounds { return {start, end}; });
  }
  llvm::Value* steps = fn_.b.CreateSDiv(size, step);
  if (hops && op.panes) {
    return EmitPane(id, row, start, fn_.b.CreateAdd(start, step), end, step, next);
  }
  if (hops) {
    return EmitWindows(id, row, end, steps, next, [&](llvm::Value* index) -> Bounds {
      llvm::Value* at = fn_.b.CreateAdd(first, fn_.b.CreateMul(index, step));
      return {at, fn_.b.CreateAdd(at, size)};
    });
  }
  // The step that holds the row and those behind it end a window each.
  llvm::Value* passed = fn_.b.CreateSDiv(into, step);
  if (op.panes) {
    llvm::Value* gone = fn_.b.CreateMul(fn_.b.CreateAdd(passed, fn_.Int(1)), step);
    return EmitPane(id, row, start, fn_.b.CreateAdd(start, gone), end, step, next);
  }
  return EmitWindows(
      id, row, end, fn_.b.CreateSub(steps, passed), next, [&](llvm::Value* index) -> Bounds {
        llvm::Value* number = fn_.b.CreateAdd(fn_.b.CreateAdd(passed, index), fn_.Int(1));
        return {start, fn_.b.CreateAdd(start, fn_.b.CreateMul(number, step))};
      });
}

// By the clocks of a time zone: native code lists the windows.
void FragmentEmitter::LocalWindows(ir::ValueId id, const ir::Window& op, const Row& row,
                                   Block* next) {
  ScalarScope scope = Scope(id, next);
  ScalarEmitter scalar(fn_, scope);
  llvm::Value* size = p_.ConstValue(fn_, op.size, "size of `window`", 1).leaves[0];
  Value zone = p_.ConstValue(fn_, op.tz, "zone of `window`");
  llvm::Value* offset = fn_.Int(0);
  if (op.offset.valid()) offset = p_.ConstValue(fn_, op.offset, "offset of `window`").leaves[0];
  if (op.kind == ir::WindowKind::kTumble) {
    llvm::Value* bounds = fn_.AllocaBytes(16, 8, "window");
    llvm::Value* ok = fn_.Call(
        "flow_window_local", m_.i1,
        {fn_.task, zone.leaves[0], zone.leaves[1], size, offset, scope.event_time, bounds});
    fn_.Require(ok, scope.fail, scalar.Site(ir::kWindowRange));
    Bounds at = {fn_.LoadAt(m_.i64, bounds, 0), fn_.LoadAt(m_.i64, bounds, 8)};
    return EmitWindows(id, row, at.end, nullptr, next, [&](llvm::Value*) { return at; });
  }
  llvm::Value* step = p_.ConstValue(fn_, op.step, "step of `window`", 1).leaves[0];
  llvm::Value* list = fn_.AllocaBytes(16, 8, "windows");  // a FlowArray
  bool hops = op.kind == ir::WindowKind::kHop;
  llvm::Value* ok = fn_.Call("flow_windows_local", m_.i1,
                             {fn_.task, zone.leaves[0], zone.leaves[1], fn_.Bool(hops), size, step,
                              offset, scope.event_time, list});
  fn_.Require(ok, scope.fail, scalar.Site(ir::kWindowRange));
  llvm::Value* bounds = fn_.LoadAt(m_.ptr, list, 0);
  llvm::Value* count = fn_.LoadAt(m_.i64, list, 8);
  auto load = [&](llvm::Value* number) -> llvm::Value* {
    return fn_.b.CreateLoad(m_.i64, fn_.b.CreateInBoundsGEP(m_.i64, bounds, number));
  };
  llvm::Value* twice = fn_.b.CreateShl(count, fn_.Int(1));
  EmitWindows(id, row, load(fn_.b.CreateSub(twice, fn_.Int(1))), count, next,
              [&](llvm::Value* index) -> Bounds {
                llvm::Value* at = fn_.b.CreateShl(index, fn_.Int(1));
                return {load(at), load(fn_.b.CreateAdd(at, fn_.Int(1)))};
              });
}

namespace {

// The columns that the operator fills in when the window is complete, in front of the row's own.
Row WithWindow(ModuleContext& m, const Type& result, const Row& row) {
  Row made;
  for (const StructField& field : result.fields()) {
    int column = row.Find(field.name);
    bool own = field.name == "window_start" || field.name == "window_end" ||
               field.name == ir::kWindowNumber;
    if (own || column < 0) {
      made.columns.push_back({field.name, field.type, -1, ZeroValue(m.context, field.type)});
    } else {
      made.columns.push_back(row.columns[static_cast<size_t>(column)]);
    }
  }
  return made;
}

}  // namespace

void FragmentEmitter::Consume(ir::ValueId id, const ir::WindowSession& op, const Row& row,
                              Block* next) {
  next = JudgeLate(id, row, next);
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value key = NormalizeKey(fn_, scalar.Emit(op.key, &row));
  Collect(id, 0, WithWindow(m_, graph_.types[id].row, row), {key});
}

void FragmentEmitter::Consume(ir::ValueId id, const ir::WindowRows& op, const Row& row,
                              Block* next) {
  next = JudgeLate(id, row, next);
  EnsureAll(row, next);
  ScalarEmitter scalar(fn_, Scope(id, next));
  Value key = NormalizeKey(fn_, scalar.Emit(op.key, &row));
  if (op.every.valid()) p_.NeedSteps(op.count, "`window rows`", op.every);
  Collect(id, 0, WithWindow(m_, graph_.types[id].row, row), {key});
}

}  // namespace flow::codegen
