#pragma once
// Emits the body of one row-level function: one Lower overload per op. Internal to scalar*.cpp.

#include "codegen/scalar.h"

namespace flow::codegen {

class BodyEmitter {
 public:
  // `row` stands for argument 0 when given; otherwise all arguments are in `args`. `fail` is where
  // ops leave that reject.
  BodyEmitter(ScalarEmitter& scalar, const ir::Function& function, const Row* row,
              llvm::ArrayRef<Value> args, FailTarget fail);

  // Emits every op and gives the result.
  Value Emit();
  // The result as a row; columns handed on unchanged stay lazy.
  Row EmitRow();

 private:
  void EmitOps();
  void EmitOp(ir::ValueId id);
  bool NeedsBranch(const ir::ScalarOp& op) const;
  // True when the op only names a column of the argument row, to be handed on as it is.
  const Column* ColumnOf(ir::ValueId id) const;
  bool IsRowArgument(ir::ValueId id) const;
  bool OnlyForResult(ir::ValueId id) const;
  bool OnlyForIn(ir::ValueId id) const;
  bool OnlyForIndex(ir::ValueId id) const;

  void OpenRegion(ir::ValueId guard);
  void CloseRegion(uint32_t next);
  llvm::Value* GuardCondition(ir::ValueId guard);

  const Value& Get(ir::ValueId id);
  llvm::Value* Leaf(ir::ValueId id) { return Get(id).leaves[0]; }
  const Type& TypeOf(ir::ValueId id) const { return function_.types[id]; }
  const ir::Place& PlaceOf(ir::ValueId id) const { return function_.places[id]; }

  // Ends an op that may fail: `ok` false leaves through the site, or makes the result a failed T!.
  Value Finish(ir::ValueId id, ir::OnFail on_fail, const Value& value, llvm::Value* ok,
               const char* code, const std::string& message);
  Value FinishArith(ir::ValueId id, ir::OnFail on_fail, const ArithResult& result);

  Value Lower(ir::ValueId id, const ir::And& op);
  Value Lower(ir::ValueId id, const ir::Arg& op);
  Value Lower(ir::ValueId id, const ir::Arith& op);
  Value Lower(ir::ValueId id, const ir::ArrayOp& op);
  Value Lower(ir::ValueId id, const ir::Call& op);
  llvm::Value* CallKernel(const FunctionOverload& overload, llvm::ArrayRef<llvm::Value*> args);
  Value Lower(ir::ValueId id, const ir::Compare& op);
  Value Lower(ir::ValueId id, const ir::Concat& op);
  Value Lower(ir::ValueId id, const ir::Const& op);
  Value Lower(ir::ValueId id, const ir::Convert& op);
  Value Lower(ir::ValueId id, const ir::Field& op);
  Value Lower(ir::ValueId id, const ir::In& op);
  Value Lower(ir::ValueId id, const ir::Index& op);
  Value Lower(ir::ValueId id, const ir::IsNone& op);
  Value Lower(ir::ValueId id, const ir::IsOk& op);
  Value Lower(ir::ValueId id, const ir::JsonGet& op);
  Value Lower(ir::ValueId id, const ir::MakeArray& op);
  Value Lower(ir::ValueId id, const ir::MakeStruct& op);
  Value Lower(ir::ValueId id, const ir::MapGet& op);
  Value Lower(ir::ValueId id, const ir::Neg& op);
  Value Lower(ir::ValueId id, const ir::NoneOf& op);
  Value Lower(ir::ValueId id, const ir::Not& op);
  Value Lower(ir::ValueId id, const ir::Now& op);
  Value Lower(ir::ValueId id, const ir::Or& op);
  Value Lower(ir::ValueId id, const ir::ParamRef& op);
  Value Lower(ir::ValueId id, const ir::RegexCapture& op);
  Value Lower(ir::ValueId id, const ir::RegexMatch& op);
  Value Lower(ir::ValueId id, const ir::Return& op);
  Value Lower(ir::ValueId id, const ir::RowTime& op);
  Value Lower(ir::ValueId id, const ir::Select& op);
  Value Lower(ir::ValueId id, const ir::Some& op);
  Value Lower(ir::ValueId id, const ir::Unwrap& op);
  Value Lower(ir::ValueId id, const ir::ValueOf& op);

  llvm::Value* Regex(const std::string& pattern);

  ScalarEmitter& scalar_;
  FunctionContext& fn_;
  ModuleContext& m_;
  const ir::Function& function_;
  const Row* row_;
  llvm::SmallVector<Value, 4> args_;
  FailTarget fail_;

  std::vector<Value> values_;
  std::vector<bool> known_;
  std::vector<uint32_t> last_use_;
  std::vector<llvm::Value*> guard_conditions_;  // of ops used as guards

  // The open branch.
  ir::ValueId guard_;
  llvm::BasicBlock* merge_ = nullptr;
  llvm::BasicBlock* skip_from_ = nullptr;
  std::vector<ir::ValueId> region_;
};

}  // namespace flow::codegen
