#pragma once
// From an LLVM module to machine code: linking helpers in, optimising, emitting.

#include <atomic>
#include <memory>
#include <string>

#include "codegen/codegen.h"
#include "codegen/llvm_compat.h"

namespace llvm {
class TargetMachine;
}

namespace flow::codegen {

// bitcode.cpp: links the helpers of runtime/inline that `module` calls into it, so that they can be
// inlined.
void LinkHelpers(llvm::Module& module);

// optimize.cpp
// Machine for `options`; null with *error when this LLVM cannot make it.
std::unique_ptr<llvm::TargetMachine> MakeTargetMachine(const Options& options, std::string* error);
// Name and features of the processor at hand, as far as code is made for them.
std::string NativeProcessor();
void PrepareModule(llvm::Module& module, llvm::TargetMachine& machine);
// Gives up early, leaving a valid module, when *cancelled becomes true (may be null).
void Optimize(llvm::Module& module, llvm::TargetMachine& machine, const Options& options,
              const std::atomic<bool>* cancelled);
// The object file (or assembly) of `module`.
std::string EmitMachineCode(llvm::Module& module, llvm::TargetMachine& machine, bool assembly);

// native_symbols.cpp: address of a helper that generated code calls by name; null when unknown.
void* NativeSymbol(std::string_view name);
// The same for kernels of the catalog.
void* KernelSymbol(const Catalog& catalog, std::string_view name);

}  // namespace flow::codegen
