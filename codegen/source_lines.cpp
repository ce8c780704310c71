#include "codegen/source_lines.h"

#include "llvm/BinaryFormat/Dwarf.h"

namespace flow::codegen {

SourceLines::SourceLines(llvm::Module& module, const std::string& script)
    : builder_(module), file_(builder_.createFile(script, ".")) {
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  // Directives alone: the line table is made by whoever assembles, nothing describes types.
  builder_.createCompileUnit(llvm::dwarf::DW_LANG_C, file_, "flowc", /*isOptimized=*/true,
                             /*Flags=*/"", /*RV=*/0, /*SplitName=*/"",
                             llvm::DICompileUnit::DebugDirectivesOnly);
}

void SourceLines::Describe(llvm::Function* function) {
  llvm::DISubroutineType* type = builder_.createSubroutineType(builder_.getOrCreateTypeArray({}));
  function->setSubprogram(builder_.createFunction(
      file_, function->getName(), function->getName(), file_, /*LineNo=*/0, type, /*ScopeLine=*/0,
      llvm::DINode::FlagZero, llvm::DISubprogram::SPFlagDefinition));
}

llvm::DebugLoc SourceLines::At(const llvm::Function* function, uint32_t line,
                               uint32_t column) const {
  return llvm::DILocation::get(function->getContext(), line, column, function->getSubprogram());
}

}  // namespace flow::codegen
