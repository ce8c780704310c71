// Arithmetic, conversions and constants (semantics.md 1 to 5).

#include "base/check.h"
#include "codegen/scalar.h"
#include "llvm/ADT/APInt.h"
#include "llvm/IR/Intrinsics.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

using ir::ArithKind;

constexpr int64_t kMinTimestamp = INT64_MIN + 1;
constexpr int64_t kMaxTimestamp = INT64_MAX - 1;

Value Simple(const Type& type, llvm::Value* leaf) { return {type, {leaf}}; }

llvm::APInt PowerOfTen(int exponent) {
  llvm::APInt out(128, 1);
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}

llvm::Value* ToFloat(FunctionContext& fn, const Value& a) {
  if (a.type.is(TypeKind::kFloat)) return a.leaves[0];
  return fn.b.CreateSIToFP(a.leaves[0], fn.module.f64);
}

llvm::Value* SpillDecimal(FunctionContext& fn, const Value& a) {
  llvm::Value* memory = MakeMemory(fn, a.type, "decimal");
  StoreValue(fn, a, memory);
  return memory;
}

const char* DecimalHelper(ArithKind kind) {
  switch (kind) {
    case ArithKind::kAdd:
      return "flow_decimal_add";
    case ArithKind::kSub:
      return "flow_decimal_sub";
    case ArithKind::kMul:
      return "flow_decimal_mul";
    case ArithKind::kDiv:
      return "flow_decimal_div";
    default:
      FLOW_UNREACHABLE("// and % are for int and duration");
  }
}

// Sums of small decimals of one scale cannot leave the result type: no helper, no check.
bool PlainDecimalSum(ArithKind kind, const Value& a, const Value& b, const Type& result) {
  if (kind != ArithKind::kAdd && kind != ArithKind::kSub) return false;
  return a.type.scale() == result.scale() && b.type.scale() == result.scale() &&
         std::max(a.type.precision(), b.type.precision()) < result.precision();
}

ArithResult DecimalArith(FunctionContext& fn, ArithKind kind, const Value& a, const Value& b,
                         const Type& result) {
  if (PlainDecimalSum(kind, a, b, result)) {
    llvm::Value* sum = kind == ArithKind::kAdd ? fn.b.CreateAdd(a.leaves[0], b.leaves[0])
                                               : fn.b.CreateSub(a.leaves[0], b.leaves[0]);
    return {Simple(result, sum), nullptr, nullptr, nullptr};
  }
  bool product_fits = kind == ArithKind::kMul &&
                      result.scale() == a.type.scale() + b.type.scale() &&
                      a.type.precision() + b.type.precision() <= 38 && result.precision() <= 38 &&
                      a.type.precision() + b.type.precision() <= result.precision();
  if (product_fits) {
    return {Simple(result, fn.b.CreateMul(a.leaves[0], b.leaves[0])), nullptr, nullptr, nullptr};
  }
  llvm::Value* out = MakeMemory(fn, result, "decimal");
  StoreValue(fn, ZeroValue(fn.module.context, result), out);
  llvm::Value* not_zero = nullptr;
  if (kind == ArithKind::kDiv) {
    not_zero = fn.b.CreateICmpNE(b.leaves[0], llvm::ConstantInt::get(fn.module.i128, 0));
  }
  // The helper itself refuses a zero divisor, so that it may run before the test.
  llvm::Value* ok =
      fn.Call(DecimalHelper(kind), fn.module.i1,
              {out, SpillDecimal(fn, a), fn.Int32(a.type.scale()), SpillDecimal(fn, b),
               fn.Int32(b.type.scale()), fn.Int32(result.precision()), fn.Int32(result.scale())});
  return {LoadValue(fn, result, out), not_zero, ok, &ir::kDecimalRange};
}

ArithResult CheckedInt(FunctionContext& fn, llvm::Intrinsic::ID id, llvm::Value* a, llvm::Value* b,
                       const Type& result) {
  llvm::Value* pair = fn.b.CreateBinaryIntrinsic(id, a, b);
  llvm::Value* overflow = fn.b.CreateExtractValue(pair, 1);
  const ir::RejectText* why = result.is(TypeKind::kTimestamp) ? &ir::kTimeRange : &ir::kOverflow;
  llvm::Value* value = fn.b.CreateExtractValue(pair, 0);
  llvm::Value* ok = fn.b.CreateNot(overflow);
  // The greatest and the least int64 are no timestamps (semantics.md 11).
  if (result.is(TypeKind::kTimestamp)) {
    ok = fn.b.CreateAnd(ok, fn.b.CreateICmpSGE(value, fn.Int(kMinTimestamp)));
    ok = fn.b.CreateAnd(ok, fn.b.CreateICmpSLE(value, fn.Int(kMaxTimestamp)));
  }
  return {Simple(result, value), nullptr, ok, why};
}

ArithResult IntDivide(FunctionContext& fn, ArithKind kind, llvm::Value* a, llvm::Value* b,
                      const Type& result) {
  llvm::Value* not_zero = fn.b.CreateICmpNE(b, fn.Int(0));
  llvm::Value* minus_one = fn.b.CreateICmpEQ(b, fn.Int(-1));
  // The instruction traps on a zero divisor and on MIN / -1; both are kept from it.
  llvm::Value* unsafe = fn.b.CreateOr(fn.b.CreateNot(not_zero), minus_one);
  llvm::Value* divisor = fn.b.CreateSelect(unsafe, fn.Int(1), b);
  if (kind == ArithKind::kMod) {
    // x % -1 is 0, as x % 1 is.
    return {Simple(result, fn.b.CreateSRem(a, divisor)), not_zero, nullptr, nullptr};
  }
  llvm::Value* quotient =
      fn.b.CreateSelect(minus_one, fn.b.CreateNeg(a), fn.b.CreateSDiv(a, divisor));
  llvm::Value* is_min = fn.b.CreateICmpEQ(a, fn.Int(INT64_MIN));
  llvm::Value* ok = fn.b.CreateNot(fn.b.CreateAnd(is_min, minus_one));
  return {Simple(result, quotient), not_zero, ok, &ir::kOverflow};
}

llvm::Value* FloatArith(FunctionContext& fn, ArithKind kind, llvm::Value* a, llvm::Value* b) {
  switch (kind) {
    case ArithKind::kAdd:
      return fn.b.CreateFAdd(a, b);
    case ArithKind::kSub:
      return fn.b.CreateFSub(a, b);
    case ArithKind::kMul:
      return fn.b.CreateFMul(a, b);
    case ArithKind::kDiv:
      return fn.b.CreateFDiv(a, b);
    default:
      FLOW_UNREACHABLE("// and % are for int and duration");
  }
}

}  // namespace

ArithResult EmitArith(FunctionContext& fn, ArithKind kind, const Value& a, const Value& b,
                      const Type& result) {
  if (result.is(TypeKind::kDecimal)) return DecimalArith(fn, kind, a, b, result);
  if (result.is(TypeKind::kFloat)) {
    llvm::Value* value = FloatArith(fn, kind, ToFloat(fn, a), ToFloat(fn, b));
    return {Simple(result, value), nullptr, nullptr, nullptr};
  }
  llvm::Value* x = a.leaves[0];
  llvm::Value* y = b.leaves[0];
  switch (kind) {
    case ArithKind::kAdd:
      return CheckedInt(fn, llvm::Intrinsic::sadd_with_overflow, x, y, result);
    case ArithKind::kSub:
      return CheckedInt(fn, llvm::Intrinsic::ssub_with_overflow, x, y, result);
    case ArithKind::kMul:
      return CheckedInt(fn, llvm::Intrinsic::smul_with_overflow, x, y, result);
    case ArithKind::kDiv:
    case ArithKind::kIntDiv:
    case ArithKind::kMod:
      return IntDivide(fn, kind, x, y, result);
  }
  FLOW_UNREACHABLE("arith kind");
}

ArithResult EmitNeg(FunctionContext& fn, const Value& a) {
  if (a.type.is(TypeKind::kFloat))
    return {Simple(a.type, fn.b.CreateFNeg(a.leaves[0])), nullptr, nullptr, nullptr};
  if (a.type.is(TypeKind::kDecimal)) {
    return {Simple(a.type, fn.b.CreateNeg(a.leaves[0])), nullptr, nullptr, nullptr};
  }
  return CheckedInt(fn, llvm::Intrinsic::ssub_with_overflow, fn.Int(0), a.leaves[0], a.type);
}

Value EmitConvert(FunctionContext& fn, const Value& a, const Type& to) {
  if (a.type == to) return {to, a.leaves};
  if (to.is_optional()) {
    if (a.type.is(TypeKind::kNone)) return ZeroValue(fn.module.context, to);
    if (!a.type.is_optional())
      return WithPresence(to, EmitConvert(fn, a, to.inner()), fn.Bool(true));
    return WithPresence(to, EmitConvert(fn, InnerOf(a), to.inner()), PresentOf(a));
  }
  if (to.is(TypeKind::kFloat) && a.type.is(TypeKind::kInt)) return Simple(to, ToFloat(fn, a));
  if (to.is(TypeKind::kDecimal) && a.type.is(TypeKind::kInt)) {
    llvm::Value* wide = fn.b.CreateSExt(a.leaves[0], fn.module.i128);
    return Simple(to, fn.b.CreateMul(
                          wide, llvm::ConstantInt::get(fn.module.context, PowerOfTen(to.scale()))));
  }
  if (to.is(TypeKind::kDecimal) && a.type.is(TypeKind::kDecimal)) {
    llvm::APInt factor = PowerOfTen(to.scale() - a.type.scale());
    return Simple(to,
                  fn.b.CreateMul(a.leaves[0], llvm::ConstantInt::get(fn.module.context, factor)));
  }
  if (to.is(TypeKind::kString) && a.type.is(TypeKind::kSet)) {
    // From the labels of the type's descriptor.
    llvm::Value* descriptor = fn.module.TypeDescriptor(a.type);
    llvm::Value* labels = fn.LoadAt(fn.module.ptr, descriptor, offsetof(FlowType, labels));
    llvm::Value* index = fn.b.CreateZExt(a.leaves[0], fn.module.i64);
    llvm::Value* label =
        fn.b.CreateInBoundsGEP(llvm::ArrayType::get(fn.module.i64, 2), labels, index);
    return {to, {fn.LoadAt(fn.module.ptr, label, 0), fn.LoadAt(fn.module.i64, label, 8)}};
  }
  FLOW_CHECK(LeafCount(a.type) == LeafCount(to), "no such conversion");
  return {to, a.leaves};
}

Value EmitLiteral(ModuleContext& m, const ir::Literal& literal) {
  const Type& type = literal.type;
  switch (type.kind()) {
    case TypeKind::kBool:
      return Simple(type, llvm::ConstantInt::get(m.i1, literal.int_value != 0 ? 1 : 0));
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Simple(type, llvm::ConstantInt::get(m.i64, static_cast<uint64_t>(literal.int_value)));
    case TypeKind::kSet:
      return Simple(type, llvm::ConstantInt::get(m.i32, static_cast<uint64_t>(literal.int_value)));
    case TypeKind::kFloat:
      return Simple(type, llvm::ConstantFP::get(m.f64, literal.float_value));
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return {type, {m.Bytes(literal.text), llvm::ConstantInt::get(m.i64, literal.text.size())}};
    case TypeKind::kDecimal: {
      // The digits of "-12.50", the scale being the type's.
      llvm::APInt value(128, 0);
      int fraction = -1;
      for (char c : literal.text) {
        if (c == '.') fraction = 0;
        if (c < '0' || c > '9') continue;
        value = value * 10 + static_cast<uint64_t>(c - '0');
        if (fraction >= 0) ++fraction;
      }
      for (int i = fraction < 0 ? 0 : fraction; i < type.scale(); ++i) value *= 10;
      if (!literal.text.empty() && literal.text[0] == '-') value.negate();
      return Simple(type, llvm::ConstantInt::get(m.context, value));
    }
    case TypeKind::kNone:
      return ZeroValue(m.context, type);
    default:
      FLOW_UNREACHABLE("literals are of simple types");
  }
}

}  // namespace flow::codegen
