#include "codegen/values.h"

#include "base/check.h"
#include "codegen/function_context.h"

namespace flow::codegen {
namespace {

using Leaves = llvm::SmallVector<llvm::Type*, 4>;

void AddLeafTypes(llvm::LLVMContext& context, const Type& type, Leaves* out) {
  switch (type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kNone:
    case TypeKind::kError:
      out->push_back(llvm::Type::getInt1Ty(context));
      return;
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      out->push_back(llvm::Type::getInt64Ty(context));
      return;
    case TypeKind::kFloat:
      out->push_back(llvm::Type::getDoubleTy(context));
      return;
    case TypeKind::kDecimal:
      out->push_back(llvm::Type::getInt128Ty(context));
      return;
    case TypeKind::kSet:
      out->push_back(llvm::Type::getInt32Ty(context));
      return;
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
      out->push_back(llvm::PointerType::getUnqual(context));
      out->push_back(llvm::Type::getInt64Ty(context));
      return;
    case TypeKind::kStruct:
      for (const StructField& field : type.fields()) AddLeafTypes(context, field.type, out);
      return;
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      AddLeafTypes(context, type.inner(), out);
      out->push_back(llvm::Type::getInt1Ty(context));
      return;
  }
  FLOW_UNREACHABLE("type kind");
}

// Bytes before the presence byte of an optional.
uint64_t PresenceOffset(const Type& type) { return LayoutOf(type.inner()).size; }

llvm::Value* LoadLeaf(FunctionContext& fn, llvm::Type* leaf, llvm::Value* address, uint64_t offset,
                      uint32_t align) {
  if (!leaf->isIntegerTy(1)) {
    return fn.b.CreateAlignedLoad(leaf, fn.At(address, offset), llvm::Align(align));
  }
  llvm::Value* byte = fn.b.CreateAlignedLoad(fn.module.i8, fn.At(address, offset), llvm::Align(1));
  return fn.b.CreateICmpNE(byte, llvm::ConstantInt::get(fn.module.i8, 0));
}

void StoreLeaf(FunctionContext& fn, llvm::Value* leaf, llvm::Value* address, uint64_t offset,
               uint32_t align) {
  if (leaf->getType()->isIntegerTy(1)) leaf = fn.b.CreateZExt(leaf, fn.module.i8);
  fn.b.CreateAlignedStore(leaf, fn.At(address, offset), llvm::Align(align));
}

// Calls visit(leaf type, byte offset, alignment) for each leaf in order.
template <class Visit>
void ForEachLeaf(llvm::LLVMContext& context, const Type& type, uint64_t offset,
                 const Visit& visit) {
  switch (type.kind()) {
    case TypeKind::kStruct: {
      std::vector<uint32_t> offsets = FieldOffsets(type);
      for (size_t i = 0; i < offsets.size(); ++i) {
        ForEachLeaf(context, type.fields()[i].type, offset + offsets[i], visit);
      }
      return;
    }
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      ForEachLeaf(context, type.inner(), offset, visit);
      visit(llvm::Type::getInt1Ty(context), offset + PresenceOffset(type), 1u);
      return;
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
      visit(llvm::PointerType::getUnqual(context), offset, 8u);
      visit(llvm::Type::getInt64Ty(context), offset + 8, 8u);
      return;
    default: {
      Leaves leaves;
      AddLeafTypes(context, type, &leaves);
      visit(leaves[0], offset, LayoutOf(type).align);
    }
  }
}

}  // namespace

Leaves LeafTypes(llvm::LLVMContext& context, const Type& type) {
  Leaves out;
  AddLeafTypes(context, type, &out);
  return out;
}

int LeafCount(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kStruct: {
      int count = 0;
      for (const StructField& field : type.fields()) count += LeafCount(field.type);
      return count;
    }
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      return LeafCount(type.inner()) + 1;
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
      return 2;
    default:
      return 1;
  }
}

Value ZeroValue(llvm::LLVMContext& context, const Type& type) {
  Value out{type, {}};
  for (llvm::Type* leaf : LeafTypes(context, type))
    out.leaves.push_back(llvm::Constant::getNullValue(leaf));
  return out;
}

Value LoadValue(FunctionContext& fn, const Type& type, llvm::Value* address) {
  Value out{type, {}};
  ForEachLeaf(fn.module.context, type, 0, [&](llvm::Type* leaf, uint64_t offset, uint32_t align) {
    out.leaves.push_back(LoadLeaf(fn, leaf, address, offset, align));
  });
  return out;
}

void StoreValue(FunctionContext& fn, const Value& value, llvm::Value* address) {
  size_t next = 0;
  ForEachLeaf(fn.module.context, value.type, 0, [&](llvm::Type*, uint64_t offset, uint32_t align) {
    StoreLeaf(fn, value.leaves[next++], address, offset, align);
  });
}

Value FieldOf(const Value& struct_value, int field) {
  const std::vector<StructField>& fields = struct_value.type.fields();
  size_t begin = 0;
  for (int i = 0; i < field; ++i)
    begin += static_cast<size_t>(LeafCount(fields[static_cast<size_t>(i)].type));
  const Type& type = fields[static_cast<size_t>(field)].type;
  auto first = struct_value.leaves.begin() + begin;
  return {type, {first, first + LeafCount(type)}};
}

Value MakeStructValue(const Type& type, llvm::ArrayRef<Value> fields) {
  Value out{type, {}};
  for (const Value& field : fields) out.leaves.append(field.leaves.begin(), field.leaves.end());
  FLOW_CHECK(static_cast<int>(out.leaves.size()) == LeafCount(type),
             "fields do not make the struct");
  return out;
}

Value InnerOf(const Value& optional_or_fallible) {
  return {optional_or_fallible.type.inner(),
          {optional_or_fallible.leaves.begin(), optional_or_fallible.leaves.end() - 1}};
}

llvm::Value* PresentOf(const Value& optional_or_fallible) {
  return optional_or_fallible.leaves.back();
}

Value WithPresence(const Type& type, const Value& inner, llvm::Value* present) {
  Value out{type, inner.leaves};
  out.leaves.push_back(present);
  FLOW_CHECK(static_cast<int>(out.leaves.size()) == LeafCount(type),
             "value does not make the optional");
  return out;
}

ValueSlot MakeSlot(FunctionContext& fn, const Type& type, const char* name) {
  ValueSlot out{type, {}};
  for (llvm::Type* leaf : LeafTypes(fn.module.context, type))
    out.leaves.push_back(fn.Alloca(leaf, name));
  return out;
}

Value LoadSlot(FunctionContext& fn, const ValueSlot& slot) {
  Value out{slot.type, {}};
  auto types = LeafTypes(fn.module.context, slot.type);
  for (size_t i = 0; i < types.size(); ++i)
    out.leaves.push_back(fn.b.CreateLoad(types[i], slot.leaves[i]));
  return out;
}

void StoreSlot(FunctionContext& fn, const ValueSlot& slot, const Value& value) {
  FLOW_CHECK(slot.leaves.size() == value.leaves.size(), "value does not fit its slot");
  for (size_t i = 0; i < slot.leaves.size(); ++i) fn.b.CreateStore(value.leaves[i], slot.leaves[i]);
}

llvm::Value* MakeMemory(FunctionContext& fn, const Type& type, const char* name) {
  TypeLayout layout = LayoutOf(type);
  return fn.AllocaBytes(layout.size == 0 ? 1 : layout.size, layout.align, name);
}

}  // namespace flow::codegen
