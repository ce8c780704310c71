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

}  // namespace

bool BuildModule(const ir::Module& module, const Catalog& catalog, const Options& options, bool with_program, Built* built,
           std::string* error) {
  built->context = std::make_unique<llvm::LLVMContext>();
  built->module = std::make_unique<llvm::Module>(module.name, *built->context);
  built->machine = MakeTargetMachine(options, error);
  if (built->machine == nullptr) return false;
  PrepareModule(*built->module, *built->machine);
  ModuleContext context(*built->module, module, catalog, options);
  Program program(context);
  if (!program.Emit(error)) return false;
  if (with_program) AddFlowProgram(context);
  Verify(*built->module, options, "generated code is not well-formed");
  if (options.opt_level > 0) LinkHelpers(*built->module);
  Optimize(*built->module, *built->machine, options);
  Verify(*built->module, options, "optimised code is not well-formed");
  built->plan = std::move(context.plan);
  return true;
}

}  // namespace flow::codegen
