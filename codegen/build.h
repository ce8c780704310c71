#pragma once
// A script's LLVM module, verified and optimised, and its plan: what the JIT and object files start
// from.

#include <memory>
#include <string>

#include "codegen/backend.h"
#include "codegen/module_context.h"
#include "llvm/Target/TargetMachine.h"

namespace flow::codegen {

struct Built {
  const std::atomic<bool>* cancelled = nullptr;  // set before: gives up early when it becomes true
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  std::unique_ptr<llvm::TargetMachine> machine;
  runtime::Plan plan;
};

enum class Purpose : uint8_t {
  kCode,       // functions only
  kFirstTier,  // each fragment F jumps through a pointer `F.code`, so that better code can take
               // over
  kProgram,    // exports `flow_program` (runtime/abi.h)
};

// False with *error on limits of the machine.
bool BuildModule(const ir::Module& module, const Catalog& catalog, const Options& options,
                 Purpose purpose, Built* built, std::string* error);

// object.cpp: adds `flow_program`, with the plan as text and a table of the symbols it names.
void AddFlowProgram(ModuleContext& module);

}  // namespace flow::codegen
