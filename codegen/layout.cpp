// FlowType constants: what generic helpers know of a type (runtime/abi.h).

#include "base/check.h"
#include "base/text.h"
#include "codegen/module_context.h"

namespace flow::codegen {
namespace {

struct DescriptorTypes {
  explicit DescriptorTypes(ModuleContext& m)
      : string(llvm::StructType::get(m.context, {m.ptr, m.i64})),
        field(llvm::StructType::get(m.context, {string, string, m.ptr, m.i32})),
        type(llvm::StructType::get(m.context, {m.i8, m.i8, m.i8, m.i32, m.i32, m.i32, m.ptr, m.ptr,
                                               m.ptr, m.ptr, m.ptr})) {}
  llvm::StructType* string;
  llvm::StructType* field;
  llvm::StructType* type;
};

llvm::Constant* StringConstant(ModuleContext& m, const DescriptorTypes& types,
                               std::string_view text) {
  return llvm::ConstantStruct::get(types.string,
                                   {m.Bytes(text), llvm::ConstantInt::get(m.i64, text.size())});
}

llvm::Constant* ArrayConstant(ModuleContext& m, llvm::Type* element,
                              llvm::ArrayRef<llvm::Constant*> values) {
  if (values.empty()) return llvm::ConstantPointerNull::get(llvm::cast<llvm::PointerType>(m.ptr));
  auto* type = llvm::ArrayType::get(element, values.size());
  return new llvm::GlobalVariable(m.llvm_module, type, /*isConstant=*/true,
                                  llvm::GlobalValue::PrivateLinkage,
                                  llvm::ConstantArray::get(type, values), "parts");
}

}  // namespace

const std::string& ModuleContext::TypeSymbol(const Type& type) {
  TypeDescriptor(type);
  return descriptors_[type.ToText()].first;
}

llvm::Constant* ModuleContext::TypeDescriptor(const Type& type) {
  std::string text = type.ToText();
  auto found = descriptors_.find(text);
  if (found != descriptors_.end()) return found->second.second;
  std::string symbol = Cat("flow_type_", descriptors_.size());
  // A place first: parts of the type take the numbers after it.
  descriptors_[text] = {symbol, nullptr};
  llvm::Constant* made = EmitDescriptor(type, symbol);
  descriptors_[text].second = made;
  return made;
}

llvm::Constant* ModuleContext::TypeList(llvm::ArrayRef<Type> types) {
  llvm::SmallVector<llvm::Constant*, 4> parts;
  for (const Type& type : types) parts.push_back(TypeDescriptor(type));
  return ArrayConstant(*this, ptr, parts);
}

llvm::Constant* ModuleContext::EmitDescriptor(const Type& type, const std::string& symbol) {
  DescriptorTypes types(*this);
  llvm::Constant* none = llvm::ConstantPointerNull::get(llvm::cast<llvm::PointerType>(ptr));
  llvm::Constant* fields = none;
  llvm::Constant* labels = none;
  llvm::Constant* inner = none;
  llvm::Constant* key = none;
  llvm::Constant* entry = none;
  uint64_t count = 0;
  switch (type.kind()) {
    case TypeKind::kStruct: {
      std::vector<uint32_t> offsets = FieldOffsets(type);
      llvm::SmallVector<llvm::Constant*, 8> parts;
      for (const StructField& field : type.fields()) {
        parts.push_back(llvm::ConstantStruct::get(
            types.field,
            {StringConstant(*this, types, field.name),
             StringConstant(*this, types, field.external_name()), TypeDescriptor(field.type),
             llvm::ConstantInt::get(i32, offsets[count])}));
        ++count;
      }
      fields = ArrayConstant(*this, types.field, parts);
      break;
    }
    case TypeKind::kSet: {
      llvm::SmallVector<llvm::Constant*, 8> parts;
      for (const std::string& label : type.labels())
        parts.push_back(StringConstant(*this, types, label));
      count = parts.size();
      labels = ArrayConstant(*this, types.string, parts);
      break;
    }
    case TypeKind::kMap:
      key = TypeDescriptor(type.key());
      inner = TypeDescriptor(type.inner());
      entry = TypeDescriptor(Type::Struct({{"key", type.key(), {}}, {"value", type.inner(), {}}}));
      break;
    case TypeKind::kArray:
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      inner = TypeDescriptor(type.inner());
      break;
    default:
      break;
  }
  TypeLayout layout = LayoutOf(type);
  bool decimal = type.is(TypeKind::kDecimal);
  llvm::Constant* value = llvm::ConstantStruct::get(
      types.type,
      {llvm::ConstantInt::get(i8, static_cast<uint8_t>(type.kind())),
       llvm::ConstantInt::get(i8, decimal ? static_cast<uint64_t>(type.precision()) : 0),
       llvm::ConstantInt::get(i8, decimal ? static_cast<uint64_t>(type.scale()) : 0),
       llvm::ConstantInt::get(i32, layout.size), llvm::ConstantInt::get(i32, layout.align),
       llvm::ConstantInt::get(i32, count), fields, labels, inner, key, entry});
  return new llvm::GlobalVariable(llvm_module, types.type, /*isConstant=*/true,
                                  llvm::GlobalValue::ExternalLinkage, value, symbol);
}

}  // namespace flow::codegen
