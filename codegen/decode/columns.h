#pragma once
// What the decoders of text formats share: the columns' values once converted, where the current
// record stands, and the ways in which a record is rejected.

#include <string>
#include <vector>

#include "codegen/decode/decode.h"
#include "runtime/inline/reject_codes.h"

namespace flow::codegen {

// Sets task->detail; the builder stands in a cold block.
using SayWhy = llvm::function_ref<void()>;

class ColumnSlots {
 public:
  ColumnSlots(ModuleContext& module, const SourceInfo& info) : module_(module), info_(info) {}

  int size() const { return static_cast<int>(info_.columns.size()); }
  const StructField& field(int column) const { return info_.columns[static_cast<size_t>(column)]; }

  // Allocas.
  void Begin(FunctionContext& fn);
  // Address of the FlowDay of a column of times.
  llvm::Value* DayOf(int column) { return days_[static_cast<size_t>(column)]; }
  // At the start of a record: nothing is converted.
  void Reset(FunctionContext& fn);
  // i1: all these columns are converted already.
  llvm::Value* HaveAll(FunctionContext& fn, llvm::ArrayRef<int> columns);
  // Runs `convert` where the column is not there yet and keeps the value it returns.
  void Fill(FunctionContext& fn, int column, llvm::function_ref<Value()> convert);
  Value Load(FunctionContext& fn, int column);

  // Goes on in a new block when `ok`; else says why and fails with a site of this fault.
  void Require(FunctionContext& fn, llvm::Value* ok, const FailTarget& fail,
               const runtime::DecodeFault& fault, SayWhy say_why);
  // Address of the FlowString of the column's name in files.
  llvm::Constant* NameOf(int column);
  // Address of an array of all columns' names in files.
  llvm::Constant* Names();

 private:
  llvm::Constant* NameConstant(int column);

  ModuleContext& module_;
  const SourceInfo& info_;
  std::vector<ValueSlot> values_;
  std::vector<llvm::AllocaInst*> have_;
  std::vector<llvm::Value*> days_;  // null but for times
  llvm::Constant* names_ = nullptr;
};

// The record being worked on, in a unit of text.
class TextCursor {
 public:
  // Allocas and their start values; the builder stands before the loop head.
  void Begin(FunctionContext& fn);
  // Where `condition` holds the unit is read: says how many records it had and goes to `done`; else
  // goes on in a new block.
  void EndWhen(FunctionContext& fn, llvm::Value* condition, llvm::BasicBlock* done);
  // Steps past the record's newline.
  void Advance(FunctionContext& fn, llvm::Value* line_count);
  void StorePlace(FunctionContext& fn);

  llvm::Value* end = nullptr;           // of the unit
  llvm::AllocaInst* at = nullptr;       // where the next record is looked for
  llvm::AllocaInst* record = nullptr;   // start of the record
  llvm::AllocaInst* newline = nullptr;  // its end
  llvm::AllocaInst* lines = nullptr;    // before the record, in this unit
  llvm::AllocaInst* index = nullptr;    // records before it
};

// The value of a string or bool argument of the format, or the default.
std::string FormatText(const ModuleContext& module, const ir::Endpoint& endpoint,
                       std::string_view name, std::string_view default_text);
bool FormatBool(const ModuleContext& module, const ir::Endpoint& endpoint, std::string_view name,
                bool default_value);
// Nanoseconds per number of a timestamp by the argument `time`: 0 when numbers are no timestamps.
int64_t TimeUnit(const ModuleContext& module, const ir::Endpoint& endpoint);

}  // namespace flow::codegen
