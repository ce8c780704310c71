#pragma once
// Row-level functions: ScalarOps to LLVM instructions, emitted into the fragment at hand.
//
// A guarded op that can fail or costs much stands in a branch; neighbours with one guard share it.
// Values that leave the branch pass through a phi with zero from the other side. All else is
// computed unconditionally: it is total and cheap, and what the guard excludes nobody looks at.

#include <string>
#include <vector>

#include "codegen/decode/decode.h"
#include "codegen/function_context.h"
#include "codegen/values.h"
#include "ir/reject_sites.h"

namespace flow::codegen {

// A column of the row at one point of the pipeline: a value, or a column of the source that is read
// on demand (`lazy`).
struct Column {
  std::string name;
  Type type;
  int lazy = -1;
  Value value;
};

struct Row {
  std::vector<Column> columns;
  int Find(std::string_view name) const;  // -1 when absent
};

// What surrounds a function.
struct ScalarScope {
  SourceDecoder* decoder = nullptr;   // of lazy columns, which were ensured
  llvm::Value* event_time = nullptr;  // i64; null when the stream has none
  std::function<llvm::Value*()> now;  // the clock of the row
  FailTarget fail;                    // rejects the row
  runtime::SitePlan site;             // of the stage; code and message are filled in
};

// The columns of argument 0 that `fn` reads, as its stage is said to (semantics.md 18).
// `makes_row`: the result is the next row, and a column handed on unchanged as a field of it is not
// read yet.
std::vector<std::string> ColumnsRead(const ir::Function& fn, const Type& row, bool makes_row);

class ScalarEmitter {
 public:
  ScalarEmitter(FunctionContext& fn, const ScalarScope& scope)
      : fn_(fn), m_(fn.module), scope_(scope) {}

  // The value of `function` for the row (argument 0; null when it has none).
  Value Emit(ir::FnId function, const Row* row);
  // The value of `function` for arguments at hand.
  Value EmitCall(ir::FnId function, llvm::ArrayRef<Value> args);
  // The same where the result is a row: columns handed on unchanged stay lazy.
  Row EmitRow(ir::FnId function, const Row& row);

  // A site of this stage, and leaving through it: goes on when `ok`.
  int Site(const ir::RejectText& text, const ir::Place& place = {});
  int Site(const char* code, std::string message, const ir::Place& place = {});

  // ---- Shared with the emitters of the single constructs (scalar_*.cpp)
  FunctionContext& fn() { return fn_; }
  ModuleContext& module() { return m_; }
  const ScalarScope& scope() const { return scope_; }
  Value ColumnValue(const Column& column);

 private:
  friend class BodyEmitter;
  FunctionContext& fn_;
  ModuleContext& m_;
  ScalarScope scope_;
};

// ---- Comparison (scalar_compare.cpp), by semantics.md 6 to 8.
llvm::Value* EmitEqual(FunctionContext& fn, const Value& a, const Value& b);
llvm::Value* EmitCompare(FunctionContext& fn, ir::CompareKind kind, const Value& a, const Value& b);
// The one form of a float used as a key: NaNs and zeros made one (semantics.md 6), in every part of
// the value that has float leaves.
Value NormalizeKey(FunctionContext& fn, const Value& value);
// 64 well-mixed bits; equal values have equal hashes.
llvm::Value* EmitHash(FunctionContext& fn, const Value& value);

// ---- Arithmetic (scalar_arith.cpp). `ok` and `not_zero` are null where it cannot fail.
// May fail in two ways: `zero` (a divisor) is judged first.
struct ArithResult {
  Value value;
  llvm::Value* not_zero = nullptr;
  llvm::Value* ok = nullptr;
  const ir::RejectText* why = nullptr;
};
ArithResult EmitArith(FunctionContext& fn, ir::ArithKind kind, const Value& a, const Value& b,
                      const Type& result);
ArithResult EmitNeg(FunctionContext& fn, const Value& a);
Value EmitConvert(FunctionContext& fn, const Value& a, const Type& to);
Value EmitLiteral(ModuleContext& module, const ir::Literal& literal);

// ---- Loops: body(i) for i in [0, count); `body` may end in another block than it began in.
void EmitLoop(FunctionContext& fn, llvm::Value* count,
              const std::function<void(llvm::Value* index)>& body);
// Runs `then` only if `condition`; the value is zero otherwise.
Value EmitIf(FunctionContext& fn, llvm::Value* condition, const Type& type,
             const std::function<Value()>& then);
// Memory of the unit's arena.
llvm::Value* EmitArenaAlloc(FunctionContext& fn, llvm::Value* size, int64_t align);

}  // namespace flow::codegen
