#include "codegen/build.h"

#include "base/check.h"
#include "codegen/program.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

namespace flow::codegen {
namespace {

void Verify(const llvm::Module& module, const Options& options, const char* when) {
  if (!options.verify) return;
  std::string text;
  llvm::raw_string_ostream out(text);
  if (!llvm::verifyModule(module, &out)) return;
  module.print(llvm::errs(), nullptr);
  llvm::errs() << text;
  FLOW_CHECK(false, when);
}

// F becomes `F.first`; the new F jumps to where `F.code` points.
void MakeReplaceable(ModuleContext& m) {
  for (const runtime::FragmentPlan& fragment : m.plan.fragments) {
    llvm::Function* body = m.llvm_module.getFunction(fragment.symbol);
    body->setName(fragment.symbol + ".first");
    auto* code = new llvm::GlobalVariable(m.llvm_module, m.ptr, /*isConstant=*/false,
                                          llvm::GlobalValue::ExternalLinkage, body,
                                          fragment.symbol + ".code");
    auto* entry =
        llvm::Function::Create(body->getFunctionType(), llvm::GlobalValue::ExternalLinkage,
                               fragment.symbol, m.llvm_module);
    llvm::IRBuilder<> b(llvm::BasicBlock::Create(m.context, "entry", entry));
    llvm::LoadInst* target = b.CreateAlignedLoad(m.ptr, code, llvm::Align(8));
    target->setAtomic(llvm::AtomicOrdering::Acquire);
    llvm::CallInst* result =
        b.CreateCall(body->getFunctionType(), target, {entry->getArg(0), entry->getArg(1)});
    b.CreateRet(result);
  }
}

}  // namespace

bool BuildModule(const ir::Module& module, const Catalog& catalog, const Options& options,
                 Purpose purpose, Built* built, std::string* error) {
  built->context = std::make_unique<llvm::LLVMContext>();
  built->module = std::make_unique<llvm::Module>(module.name, *built->context);
  built->machine = MakeTargetMachine(options, error);
  if (built->machine == nullptr) return false;
  PrepareModule(*built->module, *built->machine);
  ModuleContext context(*built->module, module, catalog, options);
  Program program(context);
  if (!program.Emit(error)) return false;
  if (purpose == Purpose::kProgram) AddFlowProgram(context);
  if (purpose == Purpose::kFirstTier) MakeReplaceable(context);
  if (context.lines) context.lines->Finish();
  Verify(*built->module, options, "generated code is not well-formed");
  if (options.opt_level > 0) LinkHelpers(*built->module);
  Optimize(*built->module, *built->machine, options, built->cancelled);
  Verify(*built->module, options, "optimised code is not well-formed");
  built->plan = std::move(context.plan);
  return true;
}

}  // namespace flow::codegen
