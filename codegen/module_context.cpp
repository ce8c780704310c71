#include "codegen/module_context.h"

#include "base/text.h"
#include "codegen/values.h"

namespace flow::codegen {

ModuleContext::ModuleContext(llvm::Module& llvm_module_in, const ir::Module& ir_module,
                             const Catalog& functions, const Options& options_in)
    : llvm_module(llvm_module_in),
      context(llvm_module_in.getContext()),
      module(ir_module),
      catalog(functions),
      options(options_in),
      ptr(llvm::PointerType::getUnqual(context)),
      i1(llvm::Type::getInt1Ty(context)),
      i8(llvm::Type::getInt8Ty(context)),
      i32(llvm::Type::getInt32Ty(context)),
      i64(llvm::Type::getInt64Ty(context)),
      i128(llvm::Type::getInt128Ty(context)),
      f64(llvm::Type::getDoubleTy(context)),
      void_type(llvm::Type::getVoidTy(context)) {
  if (options.lines) lines.emplace(llvm_module, module.name);
}

llvm::Constant* ModuleContext::Bytes(std::string_view bytes) {
  auto found = bytes_.find(bytes);
  if (found != bytes_.end()) return found->second;
  llvm::Constant* data =
      llvm::ConstantDataArray::getString(context, {bytes.data(), bytes.size()}, /*AddNull=*/false);
  auto* global = new llvm::GlobalVariable(llvm_module, data->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::PrivateLinkage, data, "bytes");
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  global->setAlignment(llvm::Align(1));
  bytes_.emplace(bytes, global);
  return global;
}

llvm::FunctionCallee ModuleContext::Helper(std::string_view name, llvm::Type* result,
                                           llvm::ArrayRef<llvm::Type*> params) {
  llvm::FunctionType* type = llvm::FunctionType::get(result, params, /*isVarArg=*/false);
  if (llvm::Function* found = llvm_module.getFunction({name.data(), name.size()}))
    return {type, found};
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage,
                                          llvm::StringRef(name.data(), name.size()), llvm_module);
  function->setDoesNotThrow();
  if (result->isIntegerTy(1)) function->addRetAttr(llvm::Attribute::ZExt);
  for (unsigned i = 0; i < params.size(); ++i) {
    if (params[i]->isIntegerTy(1)) function->addParamAttr(i, llvm::Attribute::ZExt);
  }
  return {type, function};
}

int ModuleContext::AddSite(const runtime::SitePlan& site) {
  for (size_t i = 0; i < plan.sites.size(); ++i) {
    if (plan.sites[i] == site) return static_cast<int>(i);
  }
  plan.sites.push_back(site);
  return static_cast<int>(plan.sites.size()) - 1;
}

int ModuleContext::AddCounter(std::string name, int place, bool late) {
  runtime::CounterPlan counter{std::move(name), late, place};
  for (size_t i = 0; i < plan.counters.size(); ++i) {
    if (plan.counters[i] == counter) return static_cast<int>(i);
  }
  plan.counters.push_back(std::move(counter));
  return static_cast<int>(plan.counters.size()) - 1;
}

int ModuleContext::AddRegex(const std::string& pattern) {
  auto [found, added] = regexes_.emplace(pattern, static_cast<int>(plan.regexes.size()));
  if (added) plan.regexes.push_back(pattern);
  return found->second;
}

}  // namespace flow::codegen
