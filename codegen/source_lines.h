#pragma once
// Which line of the script an instruction is for, as debug information: listings, perf and gdb then
// show lines of the script.

#include <string>

#include "llvm/IR/DIBuilder.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"

namespace flow::codegen {

class SourceLines {
 public:
  // `script`: a path, or what is no file.
  SourceLines(llvm::Module& module, const std::string& script);

  // Before anything is put into the function.
  void Describe(llvm::Function* function);
  // Line 0: of no line of the script.
  llvm::DebugLoc At(const llvm::Function* function, uint32_t line, uint32_t column) const;
  // Once all functions are there.
  void Finish() { builder_.finalize(); }

 private:
  llvm::DIBuilder builder_;
  llvm::DIFile* file_;
};

}  // namespace flow::codegen
