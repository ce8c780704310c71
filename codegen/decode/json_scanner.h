#pragma once
// The function that walks JSON records of one source, made for its columns in use.
//
//   i1 scan(state, want): goes on from state.at until every column of the mask `want` is found or
//   the object ends (state.at is then null). state.stop is where it stands, before the record's
//   newline. False: the text is no JSON at state.at, and every
//   further call says so again.
//
// The record is expected to have the columns in the order of the schema: after a column the next
// one's key is compared with a constant, and only when it is another key all columns are tried.
// Members that nobody wants are passed over. Of duplicate keys the first counts.

#include <vector>

#include "codegen/decode/columns.h"

namespace flow::codegen {

class JsonScanner {
 public:
  JsonScanner(ModuleContext& module, ColumnSlots& columns);

  // Stack space of the state in `fn`.
  void Begin(FunctionContext& fn);
  // A record starts at `record`, with its brace.
  void Start(FunctionContext& fn, llvm::Value* record);
  // Scans for the columns that every record is asked for, which are said at the end of the record's
  // code. Where it stopped; what it found wrong every later Scan finds again.
  llvm::Value* ScanAhead(FunctionContext& fn);
  void SetAhead(llvm::ArrayRef<bool> columns);
  // i1: the columns are found or the record has no more; false when it is no JSON.
  llvm::Value* Scan(FunctionContext& fn, llvm::ArrayRef<int> columns);
  // Where the scan stands: the fault, after Scan was false.
  llvm::Value* At(FunctionContext& fn);
  // i1: the record has the column.
  llvm::Value* Found(FunctionContext& fn, int column);

  struct Span {
    llvm::Value* begin;
    llvm::Value* size;   // i64
    llvm::Value* flags;  // i64
  };
  Span Load(FunctionContext& fn, int column);

 private:
  // Offsets in the state: { at, stop, expected, passed, found mask, spans, guesses }. `passed`
  // counts the members that nobody wants; each place among them has a guess of its key, kept over
  // records.
  static constexpr uint64_t kStop = 8;
  static constexpr uint64_t kExpected = 16;
  static constexpr uint64_t kPassed = 20;
  static constexpr uint64_t kFound = 32;
  uint64_t SpanOffset(int column) const;

  void EmitFunction();

  ModuleContext& module_;
  ColumnSlots& columns_;
  llvm::IntegerType* mask_;
  llvm::Function* function_ = nullptr;
  llvm::Value* state_ = nullptr;
  llvm::CallInst* ahead_ = nullptr;
};

}  // namespace flow::codegen
