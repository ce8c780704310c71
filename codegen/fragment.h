#pragma once
// Emits one fragment. Internal to fragment*.cpp: the frame around a record (fragment.cpp), the
// stages that hand a row on (fragment_rows.cpp) and those where rows come to rest
// (fragment_state.cpp).

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codegen/program.h"

namespace flow::codegen {

constexpr int64_t kNoTime = INT64_MIN;

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
  void Consume(ir::ValueId id, const ir::AsofJoin& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Assert& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Dedup& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Exchange& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Filter& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Join& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Late& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Limit& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Lookup& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Map& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Match& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Order& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Over& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Peek& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Rejects& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Sink& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Source& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Top& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Union& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Unnest& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::Window& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::WindowRows& op, const Row& row, Block* next);
  void Consume(ir::ValueId id, const ir::WindowSession& op, const Row& row, Block* next);

  // Judges a row of a source for an op that works in event time: late when its time is before the
  // greatest of its unit less the delay (semantics.md 28). Late rows go to the op's `late`, others
  // on. Gives where a row goes that is rejected from here on: there it is counted, if it turns out
  // late.
  Block* JudgeLate(ir::ValueId id, const Row& row, Block* next, int port = 0);
  struct Bounds {
    llvm::Value* start;
    llvm::Value* end;
  };
  // Windows of the row at hand: the last of them, and what sends a row into each.
  void EmitWindows(ir::ValueId id, const Row& row, llvm::Value* last_end, llvm::Value* count,
                   Block* next, const std::function<Bounds(llvm::Value* index)>& window);
  // The pane of the row at hand, which begins at `start`; of the windows that have it, the first
  // ends at `first_end`, one more every `step`, the last at `last_end`.
  void EmitPane(ir::ValueId id, const Row& row, llvm::Value* start, llvm::Value* first_end,
                llvm::Value* last_end, llvm::Value* step, Block* next);
  void SendInto(ir::ValueId id, const Row& row, const Bounds& bounds);
  void LocalWindows(ir::ValueId id, const ir::Window& op, const Row& row, Block* next);
  // What lies below is for rows that are not late by P of the unit; the fold knows whether P before
  // the unit has reached `late_from`.
  void LeaveLate(ir::ValueId id, const Row& row, llvm::Value* late_from, Block* next, int port = 0);
  llvm::Value* After(llvm::Value* time);
  int LateCounter(ir::ValueId id);
  // What becomes of a late row of op `id`: counted, and sent on where somebody wants it, if it came
  // by the first input.
  void SendLate(ir::ValueId id, const Row& row, int port = 0);
  // Calls side(port, where to go on when the row leaves) for each input that the row comes by.
  template <class JoinT, class SideT>
  void ConsumeSides(const JoinT& op, Block* next, SideT side);
  void UpdateGroups(ir::ValueId id, ir::FnId key, const std::vector<ir::AggregateCall>& calls,
                    const Row& row, Block* next);
  // What a row gives to an aggregate; `wanted` is null where every row counts.
  struct CallInput {
    Value args;
    llvm::Value* wanted = nullptr;
  };
  void CollectForTable(ir::ValueId id, const ir::Aggregate& op, const Row& row, Block* next);
  CallInput EmitCallInput(ScalarEmitter& scalar, const ir::AggregateCall& call, const Row& row);
  Value EmitGiven(ScalarEmitter& scalar, const ir::AggregateCall& call, const Row& row);
  // Hands a row to operator `id` as its input `port`; `extras` are structs whose fields follow the
  // columns and what the stream carries beside them (LayOutCollected).
  void Collect(ir::ValueId id, int port, const Row& row, llvm::ArrayRef<Value> extras);
  bool Outranks(ir::ValueId id, const ir::Top& op) const;
  // `window_end`: null where there is one window.
  void LeaveOutranked(const ir::Top& op, const Column* window_end, const Value& by, Block* next);
  void EncodeRow(const ir::Sink& op, const Value& whole, llvm::Value* buffer);
  void EncodeFrame(const ir::Sink& op, const std::vector<std::string>& parts, const Value& whole,
                   llvm::Value* buffer);
  void CountAt(int counter);
  // Counts a row that may turn out late, among those that do or among those that do not.
  void Tally(int counter, bool late);
  llvm::Value* Table(int operator_index);

  ScalarScope Scope(ir::ValueId id, Block* next);
  FailTarget DecodeFail(Block* next);
  // Blocks that report a rejected row, by where they go on.
  struct Way {
    llvm::PHINode* site = nullptr;
    llvm::Value* late_from = nullptr;
  };
  using Ways = std::map<Block*, Way>;
  void Leave(Ways* ways, int site, Block* next, const std::function<void(llvm::Value* site)>& way);
  void Report(llvm::Value* site, llvm::Value* told, Block* next);
  void ForgetReason();
  llvm::Value* LateFrom();
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
  llvm::Value* UnitWatermark();
  static int Slot(std::vector<int>* slots, int index);
  void GoTo(ir::ValueId id);
  void LeaveRoom(Row* row, const char* column, const Type& type);
  llvm::Value* OldHalf(llvm::Value** memory);
  llvm::Value* CollectedChange(int slot);
  Value BeginChange(const Value& row, int slot, llvm::Value* buffer);
  int CollectorSlot(int operator_index, int port);
  // The rows of an operator: its columns, read on demand, and what goes beside them.
  void BeginOperatorRow(const Row& row, Block* next);

  Program& p_;
  ModuleContext& m_;
  const ir::Graph& graph_;
  ir::ValueId root_;
  const ir::Source* source_;
  ir::ValueId from_;  // whose row Consume takes: says which input of the op it is
  std::string symbol_;
  FunctionContext fn_;
  std::unique_ptr<SourceDecoder> decoder_;
  int source_index_ = -1;
  runtime::FragmentPlan plan_;
  Block* stop_ = nullptr;     // returns 1
  Block* prelude_ = nullptr;  // before the loop; where tables are looked up
  // i64 slot: the record at hand was rejected by the decoder, if P before the unit has not reached
  // this; kNoTime: it was not.
  llvm::Value* told_ = nullptr;
  llvm::Value* time_ = nullptr;  // i64 slot: event time of the row at hand; null when it has none
  llvm::Value* greatest_ = nullptr;  // i64 slot: greatest event time of the unit so far
  bool arrival_ = false;             // event time is the clock's
  llvm::Value* delay_ = nullptr;     // i64, of the source
  llvm::Value* floor_ = nullptr;     // i64: P is at least this
  // i64: the row at hand is late for a stage above if P before the unit has reached it; null: for
  // none.
  llvm::Value* late_from_ = nullptr;
  llvm::Value* change_ = nullptr;  // i64 slot: +1 or -1, of an updating stream; else null
  llvm::Value* now_ = nullptr;     // i64 slot, 0: not asked yet
  llvm::Instruction* change_store_ = nullptr;
  // i64 slots by output: where the old half of an update stands that its new half replaces, or -1.
  std::map<int, llvm::Value*> pending_;
  std::map<int, llvm::Value*> collected_;  // the same of collectors: whether one is there
  std::vector<std::pair<int, llvm::Value*>> tables_;
  Ways stage_ways_;
  Ways decode_ways_;
};

}  // namespace flow::codegen
