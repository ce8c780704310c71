#include "codegen/source_lines.h"

#include <filesystem>

#include "llvm/BinaryFormat/Dwarf.h"

namespace flow::codegen {

namespace {

// Of paths that do not begin at the root.
std::string CurrentFolder() {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

}  // namespace

SourceLines::SourceLines(llvm::Module& module, const std::string& script)
    : builder_(module), file_(builder_.createFile(script, CurrentFolder())) {
  module.addModuleFlag(llvm::Module::Warning, "Debug Info Version", llvm::DEBUG_METADATA_VERSION);
  module.addModuleFlag(llvm::Module::Max, "Dwarf Version", 4);
  // Functions and lines; nothing describes types.
  builder_.createCompileUnit(llvm::dwarf::DW_LANG_C, file_, "flowc", /*isOptimized=*/true,
                             /*Flags=*/"", /*RV=*/0, /*SplitName=*/"",
                             llvm::DICompileUnit::LineTablesOnly);
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
