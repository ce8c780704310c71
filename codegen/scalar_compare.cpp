// Comparison, keys and hashes of values (semantics.md 6 to 8).

#include "base/check.h"
#include "codegen/scalar.h"

namespace flow::codegen {
namespace {

using ir::CompareKind;

llvm::Value* IsNan(FunctionContext& fn, llvm::Value* x) { return fn.b.CreateFCmpUNO(x, x); }

llvm::Value* FloatEqual(FunctionContext& fn, llvm::Value* a, llvm::Value* b) {
  return fn.b.CreateOr(fn.b.CreateFCmpOEQ(a, b), fn.b.CreateAnd(IsNan(fn, a), IsNan(fn, b)));
}

llvm::Value* FloatLess(FunctionContext& fn, llvm::Value* a, llvm::Value* b) {
  llvm::Value* below_nan = fn.b.CreateAnd(fn.b.CreateNot(IsNan(fn, a)), IsNan(fn, b));
  return fn.b.CreateOr(fn.b.CreateFCmpOLT(a, b), below_nan);
}

llvm::Value* TextEqual(FunctionContext& fn, const Value& a, const Value& b) {
  // Sizes first, then bytes: a constant size lets LLVM expand memcmp in place.
  llvm::Value* same_size = fn.b.CreateICmpEQ(a.leaves[1], b.leaves[1]);
  llvm::Value* size = llvm::isa<llvm::Constant>(a.leaves[1]) ? a.leaves[1] : b.leaves[1];
  Value equal = EmitIf(fn, same_size, Type::Bool(), [&]() -> Value {
    if (!llvm::isa<llvm::Constant>(size)) {
      return {Type::Bool(),
              {fn.Call("flow_text_equal", fn.module.i1, {a.leaves[0], b.leaves[0], size})}};
    }
    llvm::Value* order = fn.Call("memcmp", fn.module.i32, {a.leaves[0], b.leaves[0], size});
    return {Type::Bool(), {fn.b.CreateICmpEQ(order, fn.Int32(0))}};
  });
  return equal.leaves[0];
}

llvm::Value* Order(FunctionContext& fn, CompareKind kind, llvm::Value* order) {
  llvm::Value* zero = fn.Int32(0);
  switch (kind) {
    case CompareKind::kEq:
      return fn.b.CreateICmpEQ(order, zero);
    case CompareKind::kNe:
      return fn.b.CreateICmpNE(order, zero);
    case CompareKind::kLt:
      return fn.b.CreateICmpSLT(order, zero);
    case CompareKind::kLe:
      return fn.b.CreateICmpSLE(order, zero);
    case CompareKind::kGt:
      return fn.b.CreateICmpSGT(order, zero);
    case CompareKind::kGe:
      return fn.b.CreateICmpSGE(order, zero);
  }
  FLOW_UNREACHABLE("compare kind");
}

llvm::Value* Spill(FunctionContext& fn, const Value& value) {
  llvm::Value* memory = MakeMemory(fn, value.type, "spill");
  StoreValue(fn, value, memory);
  return memory;
}

// Through memory and the type descriptor: arrays, structs, sets.
llvm::Value* GenericOrder(FunctionContext& fn, const Value& a, const Value& b) {
  return fn.Call("flow_value_compare", fn.module.i32,
                 {fn.module.TypeDescriptor(a.type), Spill(fn, a), Spill(fn, b)});
}

llvm::Value* IntOrder(FunctionContext& fn, CompareKind kind, llvm::Value* a, llvm::Value* b) {
  switch (kind) {
    case CompareKind::kEq:
      return fn.b.CreateICmpEQ(a, b);
    case CompareKind::kNe:
      return fn.b.CreateICmpNE(a, b);
    case CompareKind::kLt:
      return fn.b.CreateICmpSLT(a, b);
    case CompareKind::kLe:
      return fn.b.CreateICmpSLE(a, b);
    case CompareKind::kGt:
      return fn.b.CreateICmpSGT(a, b);
    case CompareKind::kGe:
      return fn.b.CreateICmpSGE(a, b);
  }
  FLOW_UNREACHABLE("compare kind");
}

CompareKind Swapped(CompareKind kind) {
  switch (kind) {
    case CompareKind::kLt:
      return CompareKind::kGt;
    case CompareKind::kLe:
      return CompareKind::kGe;
    case CompareKind::kGt:
      return CompareKind::kLt;
    case CompareKind::kGe:
      return CompareKind::kLe;
    default:
      return kind;
  }
}

llvm::Value* DecimalOrder(FunctionContext& fn, const Value& a, const Value& b) {
  return fn.Call("flow_decimal_compare", fn.module.i32,
                 {Spill(fn, a), fn.Int32(a.type.scale()), Spill(fn, b), fn.Int32(b.type.scale())});
}

}  // namespace

llvm::Value* EmitEqual(FunctionContext& fn, const Value& a, const Value& b) {
  if (a.type.is_optional() || b.type.is_optional()) {
    if (a.type.is(TypeKind::kNone) || b.type.is(TypeKind::kNone)) {
      const Value& other = a.type.is_optional() ? a : b;
      return fn.b.CreateNot(PresentOf(other));
    }
    Value x = a.type.is_optional() ? a : WithPresence(Type::Optional(a.type), a, fn.Bool(true));
    Value y = b.type.is_optional() ? b : WithPresence(Type::Optional(b.type), b, fn.Bool(true));
    llvm::Value* both = fn.b.CreateAnd(PresentOf(x), PresentOf(y));
    Value equal = EmitIf(fn, both, Type::Bool(), [&]() -> Value {
      return {Type::Bool(), {EmitEqual(fn, InnerOf(x), InnerOf(y))}};
    });
    llvm::Value* neither = fn.b.CreateNot(fn.b.CreateOr(PresentOf(x), PresentOf(y)));
    return fn.b.CreateOr(equal.leaves[0], neither);
  }
  if (a.type.kind() != b.type.kind() || a.type.is(TypeKind::kDecimal)) {
    return EmitCompare(fn, CompareKind::kEq, a, b);
  }
  switch (a.type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return fn.b.CreateICmpEQ(a.leaves[0], b.leaves[0]);
    case TypeKind::kSet:
      if (a.type == b.type) return fn.b.CreateICmpEQ(a.leaves[0], b.leaves[0]);
      return TextEqual(fn, EmitConvert(fn, a, Type::String()), EmitConvert(fn, b, Type::String()));
    case TypeKind::kFloat:
      return FloatEqual(fn, a.leaves[0], b.leaves[0]);
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return TextEqual(fn, a, b);
    case TypeKind::kStruct: {
      llvm::Value* all = fn.Bool(true);
      for (size_t i = 0; i < a.type.fields().size(); ++i) {
        all = fn.b.CreateAnd(
            all, EmitEqual(fn, FieldOf(a, static_cast<int>(i)), FieldOf(b, static_cast<int>(i))));
      }
      return all;
    }
    default:
      return fn.b.CreateICmpEQ(GenericOrder(fn, a, b), fn.Int32(0));
  }
}

llvm::Value* EmitCompare(FunctionContext& fn, CompareKind kind, const Value& a, const Value& b) {
  bool mixed_numbers = a.type.kind() != b.type.kind() && a.type.is_number() && b.type.is_number();
  if (mixed_numbers && a.type.is(TypeKind::kInt) && b.type.is(TypeKind::kFloat)) {
    return Order(fn, kind,
                 fn.Call("flow_compare_int_float", fn.module.i32, {a.leaves[0], b.leaves[0]}));
  }
  if (mixed_numbers && a.type.is(TypeKind::kFloat) && b.type.is(TypeKind::kInt)) {
    return EmitCompare(fn, Swapped(kind), b, a);
  }
  if (a.type.is(TypeKind::kDecimal) && b.type.is(TypeKind::kDecimal)) {
    if (a.type.scale() == b.type.scale()) return IntOrder(fn, kind, a.leaves[0], b.leaves[0]);
    return Order(fn, kind, DecimalOrder(fn, a, b));
  }
  if (kind == CompareKind::kEq) return EmitEqual(fn, a, b);
  if (kind == CompareKind::kNe) return fn.b.CreateNot(EmitEqual(fn, a, b));
  switch (a.type.kind()) {
    case TypeKind::kBool:
      return IntOrder(fn, kind, fn.b.CreateZExt(a.leaves[0], fn.module.i32),
                      fn.b.CreateZExt(b.leaves[0], fn.module.i32));
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return IntOrder(fn, kind, a.leaves[0], b.leaves[0]);
    case TypeKind::kFloat: {
      bool swap = kind == CompareKind::kGt || kind == CompareKind::kLe;
      llvm::Value* less =
          swap ? FloatLess(fn, b.leaves[0], a.leaves[0]) : FloatLess(fn, a.leaves[0], b.leaves[0]);
      bool negate = kind == CompareKind::kLe || kind == CompareKind::kGe;
      return negate ? fn.b.CreateNot(less) : less;
    }
    case TypeKind::kString:
    case TypeKind::kBytes:
      return Order(fn, kind,
                   fn.Call("flow_text_compare", fn.module.i32,
                           {a.leaves[0], a.leaves[1], b.leaves[0], b.leaves[1]}));
    default:
      return Order(fn, kind, GenericOrder(fn, a, b));
  }
}

Value NormalizeKey(FunctionContext& fn, const Value& value) {
  Value out = value;
  for (llvm::Value*& leaf : out.leaves) {
    if (!leaf->getType()->isDoubleTy()) continue;
    llvm::Value* zero = llvm::ConstantFP::get(leaf->getType(), 0.0);
    llvm::Value* nan = llvm::ConstantFP::getNaN(leaf->getType());
    llvm::Value* is_zero = fn.b.CreateFCmpOEQ(leaf, zero);
    leaf = fn.b.CreateSelect(is_zero, zero, fn.b.CreateSelect(IsNan(fn, leaf), nan, leaf));
  }
  return out;
}

namespace {

// Folds one 64-bit word into the hash: a multiplication whose high half is folded in, so that both
// low and high bits of the result depend on all of the word.
llvm::Value* Mix(FunctionContext& fn, llvm::Value* hash, llvm::Value* word) {
  llvm::Value* x = fn.b.CreateXor(hash, word);
  llvm::Value* wide = fn.b.CreateMul(fn.b.CreateZExt(x, fn.module.i128),
                                     llvm::ConstantInt::get(fn.module.i128, 0x9E3779B97F4A7C15ull));
  llvm::Value* low = fn.b.CreateTrunc(wide, fn.module.i64);
  llvm::Value* high = fn.b.CreateTrunc(fn.b.CreateLShr(wide, 64), fn.module.i64);
  return fn.b.CreateXor(low, high);
}

llvm::Value* HashInto(FunctionContext& fn, llvm::Value* hash, const Value& value) {
  switch (value.type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kSet:
      return Mix(fn, hash, fn.b.CreateZExt(value.leaves[0], fn.module.i64));
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Mix(fn, hash, value.leaves[0]);
    case TypeKind::kFloat:
      return Mix(fn, hash, fn.b.CreateBitCast(value.leaves[0], fn.module.i64));
    case TypeKind::kDecimal: {
      llvm::Value* low = fn.b.CreateTrunc(value.leaves[0], fn.module.i64);
      llvm::Value* high = fn.b.CreateTrunc(fn.b.CreateLShr(value.leaves[0], 64), fn.module.i64);
      return Mix(fn, Mix(fn, hash, low), high);
    }
    case TypeKind::kString:
    case TypeKind::kBytes:
      return Mix(fn, hash,
                 fn.Call("flow_hash_text", fn.module.i64, {value.leaves[0], value.leaves[1]}));
    case TypeKind::kStruct:
      for (size_t i = 0; i < value.type.fields().size(); ++i) {
        hash = HashInto(fn, hash, FieldOf(value, static_cast<int>(i)));
      }
      return hash;
    case TypeKind::kOptional: {
      Value there = EmitIf(fn, PresentOf(value), Type::Int(), [&]() -> Value {
        return {Type::Int(), {HashInto(fn, hash, InnerOf(value))}};
      });
      return fn.b.CreateSelect(PresentOf(value), there.leaves[0],
                               Mix(fn, hash, fn.Int(0x6e6f6e65)));
    }
    default:
      return Mix(fn, hash,
                 fn.Call("flow_value_hash", fn.module.i64,
                         {fn.module.TypeDescriptor(value.type), Spill(fn, value)}));
  }
}

}  // namespace

llvm::Value* EmitHash(FunctionContext& fn, const Value& value) {
  return HashInto(fn, fn.Int(0x51ed270b153a4d2f), value);
}

}  // namespace flow::codegen
