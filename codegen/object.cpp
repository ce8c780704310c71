// Object files: the module of a script with everything an executable needs to run it.

#include "codegen/build.h"
#include "codegen/program.h"
#include "llvm/Support/raw_ostream.h"
#include "runtime/plan_text.h"

namespace flow::codegen {
namespace {

// Functions and type descriptors that the plan names: everything this module exports.
llvm::Constant* SymbolTable(ModuleContext& m, uint64_t* count) {
  auto* symbol_type = llvm::StructType::get(m.context, {m.ptr, m.ptr});
  llvm::SmallVector<llvm::Constant*, 32> symbols;
  auto add = [&](llvm::GlobalValue& value) {
    if (value.isDeclaration() || !value.hasExternalLinkage()) return;
    std::string name = value.getName().str();
    name.push_back('\0');
    symbols.push_back(llvm::ConstantStruct::get(symbol_type, {m.Bytes(name), &value}));
  };
  for (llvm::Function& function : m.llvm_module) add(function);
  llvm::SmallVector<llvm::GlobalVariable*, 32> globals;
  for (llvm::GlobalVariable& global : m.llvm_module.globals()) globals.push_back(&global);
  for (llvm::GlobalVariable* global : globals) add(*global);
  // Named only by programs with patterns, so that others are linked without the library.
  for (const char* helper : {"flow_regex_compile", "flow_regex_delete"}) {
    if (m.plan.regexes.empty()) break;
    auto* type = llvm::FunctionType::get(m.ptr, {m.ptr, m.i64}, /*isVarArg=*/false);
    llvm::Value* callee = m.llvm_module.getOrInsertFunction(helper, type).getCallee();
    std::string name = helper;
    name.push_back('\0');
    symbols.push_back(llvm::ConstantStruct::get(
        symbol_type, {m.Bytes(name), llvm::cast<llvm::Constant>(callee)}));
  }
  *count = symbols.size();
  auto* table_type = llvm::ArrayType::get(symbol_type, symbols.size());
  return new llvm::GlobalVariable(m.llvm_module, table_type, /*isConstant=*/true,
                                  llvm::GlobalValue::PrivateLinkage,
                                  llvm::ConstantArray::get(table_type, symbols), "flow_symbols");
}

}  // namespace

void AddFlowProgram(ModuleContext& m) {
  uint64_t count = 0;
  llvm::Constant* symbols = SymbolTable(m, &count);
  std::string plan = runtime::WritePlan(m.plan);
  std::string name = m.plan.script_name;
  name.push_back('\0');
  auto* type = llvm::StructType::get(m.context, {m.ptr, m.i64, m.ptr, m.i64, m.ptr});
  llvm::Constant* value = llvm::ConstantStruct::get(
      type, {m.Bytes(plan), llvm::ConstantInt::get(m.i64, plan.size()), symbols,
             llvm::ConstantInt::get(m.i64, count), m.Bytes(name)});
  new llvm::GlobalVariable(m.llvm_module, type, /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, value, "flow_program");
}

bool CompileObject(const ir::Module& module, const Catalog& catalog, const Options& options,
                   ObjectProgram* program, std::string* error) {
  Built built;
  if (!BuildModule(module, catalog, options, Purpose::kProgram, &built, error)) return false;
  program->object = EmitMachineCode(*built.module, *built.machine, /*assembly=*/false);
  program->plan = std::move(built.plan);
  return true;
}

std::string LlvmText(const ir::Module& module, const Catalog& catalog, const Options& options) {
  Built built;
  std::string error;
  if (!BuildModule(module, catalog, options, Purpose::kCode, &built, &error)) return error;
  std::string text;
  llvm::raw_string_ostream out(text);
  built.module->print(out, nullptr);
  return text;
}

std::string AsmText(const ir::Module& module, const Catalog& catalog, const Options& options) {
  Built built;
  std::string error;
  if (!BuildModule(module, catalog, options, Purpose::kCode, &built, &error)) return error;
  return EmitMachineCode(*built.module, *built.machine, /*assembly=*/true);
}

}  // namespace flow::codegen
