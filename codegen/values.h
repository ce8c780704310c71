#pragma once
// A value of the language while a row is being worked on: a flat list of LLVM scalars ("leaves"),
// so that a row lives in registers and no aggregate reaches the optimiser.
//
//   bool i1 · int timestamp duration i64 · float double · decimal i128 · set i32 · string bytes
//   json array map {ptr, i64} · struct: the leaves of its fields in order · optional, fallible: the
//   leaves of T, then i1 (there, succeeded)
//
// In memory a value has the layout of base/type.h; LoadValue and StoreValue go between the two.

#include "base/type.h"
#include "codegen/llvm_compat.h"

namespace flow::codegen {

class FunctionContext;

struct Value {
  Type type;
  llvm::SmallVector<llvm::Value*, 4> leaves;
};

inline Value BoolValue(llvm::Value* leaf) { return {Type::Bool(), {leaf}}; }

// The LLVM types of the leaves of `type`, in order.
llvm::SmallVector<llvm::Type*, 4> LeafTypes(llvm::LLVMContext& context, const Type& type);
int LeafCount(const Type& type);

// All bits zero: false, 0, empty, none, failed.
Value ZeroValue(llvm::LLVMContext& context, const Type& type);

Value LoadValue(FunctionContext& fn, const Type& type, llvm::Value* address);
void StoreValue(FunctionContext& fn, const Value& value, llvm::Value* address);

// Parts. A part shares the leaves of the whole.
Value FieldOf(const Value& struct_value, int field);
Value MakeStructValue(const Type& type, llvm::ArrayRef<Value> fields);
Value InnerOf(const Value& optional_or_fallible);           // unspecified when not there
llvm::Value* PresentOf(const Value& optional_or_fallible);  // i1
Value WithPresence(const Type& type, const Value& inner, llvm::Value* present);  // T? or T!

// Stack space for a value in the function's entry block: per leaf, promoted to registers by the
// optimiser.
struct ValueSlot {
  Type type;
  llvm::SmallVector<llvm::Value*, 4> leaves;  // allocas
};
ValueSlot MakeSlot(FunctionContext& fn, const Type& type, const char* name);
Value LoadSlot(FunctionContext& fn, const ValueSlot& slot);
void StoreSlot(FunctionContext& fn, const ValueSlot& slot, const Value& value);

// Stack space for a value in its memory layout (for native kernels), in the entry block.
llvm::Value* MakeMemory(FunctionContext& fn, const Type& type, const char* name);

}  // namespace flow::codegen
