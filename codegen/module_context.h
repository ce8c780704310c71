#pragma once
// What the functions of one LLVM module share: constants, type descriptors, declarations, and the
// plan being filled.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/catalog.h"
#include "codegen/codegen.h"
#include "codegen/llvm_compat.h"
#include "codegen/source_lines.h"
#include "ir/module.h"
#include "runtime/plan.h"

namespace flow::codegen {

class ModuleContext {
 public:
  ModuleContext(llvm::Module& llvm_module, const ir::Module& ir_module, const Catalog& functions,
                const Options& options);

  llvm::Module& llvm_module;
  llvm::LLVMContext& context;
  const ir::Module& module;
  const Catalog& catalog;
  const Options& options;
  runtime::Plan plan;
  std::optional<SourceLines> lines;

  llvm::Type* ptr;
  llvm::IntegerType* i1;
  llvm::IntegerType* i8;
  llvm::IntegerType* i32;
  llvm::IntegerType* i64;
  llvm::IntegerType* i128;
  llvm::Type* f64;
  llvm::Type* void_type;

  // Address of constant bytes (no terminating zero promised). Equal bytes are stored once.
  llvm::Constant* Bytes(std::string_view bytes);
  // Address of the FlowType of `type` (runtime/abi.h); TypeSymbol is its exported name.
  llvm::Constant* TypeDescriptor(const Type& type);
  const std::string& TypeSymbol(const Type& type);
  // The array of descriptors that a generic kernel gets: result first, then arguments.
  llvm::Constant* TypeList(llvm::ArrayRef<Type> types);

  // Declares a native or inlined helper (runtime/inline, runtime/abi.h); nounwind.
  llvm::FunctionCallee Helper(std::string_view name, llvm::Type* result,
                              llvm::ArrayRef<llvm::Type*> params);

  // Number of a place of rejection in Plan::sites; equal sites share a number.
  int AddSite(const runtime::SitePlan& site);
  // Number of a counter in Plan::counters.
  int AddCounter(std::string name, int place, bool late = false);
  // Number of a pattern in Plan::regexes.
  int AddRegex(const std::string& pattern);
  // Patterns compiled to code (codegen/regex.h), by pattern and use; null: RE2 does it.
  std::map<std::pair<std::string, int>, llvm::Function*> regex_functions;

 private:
  llvm::Constant* EmitDescriptor(const Type& type, const std::string& symbol);

  std::map<std::string, llvm::Constant*, std::less<>> bytes_;
  std::map<std::string, std::pair<std::string, llvm::Constant*>>
      descriptors_;  // by layout-true text
  std::map<std::string, int> regexes_;
};

}  // namespace flow::codegen
