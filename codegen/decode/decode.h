#pragma once
// What a fragment reads: one decoder per input format. A decoder is an emitter: its methods append
// code to the fragment's function. Life of the emitted code, per unit of input:
//
//   Begin: unit set-up; loop head: at the end of the input go to `done`; a record starts (blank
//   lines are skipped);
//          what is judged of every record whatever is read (framing, semantics.md 18) is judged
//          here
//   Ensure(columns): after it, these columns can be had by Column(i) in this block and all it
//   dominates
//   ...               any number of times, also in branches that are not taken by every record; a
//   column decoded
//                     before on the same path costs nothing (slots and "have" flags that LLVM
//                     folds)
//   End: the builder stands where all ways of the record meet; step to the next record and jump to
//   the loop head
//
// A bad value goes to the fail target with the site of the field (ModuleContext::AddSite of
// `info.site` with code and message filled in), task->detail saying what is wrong with it. The
// fragment sees to it that a record is reported once; a column that was bad may be asked for again
// on another path and then must fail again.

#include <memory>
#include <string>
#include <vector>

#include "codegen/function_context.h"
#include "codegen/values.h"
#include "ir/ops.h"

namespace flow::codegen {

struct SourceInfo {
  const ir::Source* source = nullptr;
  int source_index = 0;              // Plan::sources
  std::vector<StructField> columns;  // in use, in schema order
  runtime::SitePlan site;  // stage, handler, source and place of decode errors; code and message
                           // are the decoder's
  // Index into Plan::consts of each format argument, by SourcePlan::endpoint.format_args.
};

// The value of the format argument `name` when it is a constant of the script; null otherwise.
const ir::Literal* FormatLiteral(const ModuleContext& module, const ir::Endpoint& endpoint,
                                 std::string_view name);

class SourceDecoder {
 public:
  virtual ~SourceDecoder() = default;

  // Emits everything up to the start of a record. Allocas and unit-wide loads belong before the
  // loop head.
  virtual void Begin(FunctionContext& fn, llvm::BasicBlock* done, const FailTarget& fail) = 0;
  virtual void Ensure(FunctionContext& fn, llvm::ArrayRef<int> columns, const FailTarget& fail) = 0;
  // From here on not every record comes along: what is ensured later need not be looked for ahead.
  virtual void Narrow() {}
  // The value of SourceInfo::columns[column]; it was ensured on every path that leads here.
  virtual Value Column(FunctionContext& fn, int column) = 0;
  virtual void End(FunctionContext& fn) = 0;
  // Cold: stores record_begin, record_end, line and row_index of the current record into the task,
  // for flow_reject.
  virtual void StorePlace(FunctionContext& fn) = 0;
};

// One per format, each in its own file. All state between units lives in the task.
std::unique_ptr<SourceDecoder> MakeJsonDecoder(ModuleContext& module, SourceInfo info);
std::unique_ptr<SourceDecoder> MakeCsvDecoder(ModuleContext& module, SourceInfo info);
std::unique_ptr<SourceDecoder> MakeTextDecoder(ModuleContext& module, SourceInfo info);
// Generator: records are event numbers FlowInput::first_id and on.
std::unique_ptr<SourceDecoder> MakeNexmarkDecoder(ModuleContext& module, SourceInfo info);
// Rows of an operator in memory layout (FlowInput::rows); `row` is the row's struct type.
std::unique_ptr<SourceDecoder> MakeRowsDecoder(ModuleContext& module, const Type& row);

}  // namespace flow::codegen
