// lld initialises every target LLVM knows, and would pull all of them in: 100 MB instead of 45.
// Only X86 is linked; the others' entry points do nothing.
//
// The rename below keeps X86's own, real ones out of the expansion.

#define LLVMInitializeX86TargetInfo FlowUnusedX86TargetInfo
#define LLVMInitializeX86Target FlowUnusedX86Target
#define LLVMInitializeX86TargetMC FlowUnusedX86TargetMC
#define LLVMInitializeX86AsmPrinter FlowUnusedX86AsmPrinter
#define LLVMInitializeX86AsmParser FlowUnusedX86AsmParser

#define LLVM_TARGET(name)                        \
  void LLVMInitialize##name##TargetInfo(void) {} \
  void LLVMInitialize##name##Target(void) {}     \
  void LLVMInitialize##name##TargetMC(void) {}
#include "llvm/Config/Targets.def"

#define LLVM_ASM_PRINTER(name) \
  void LLVMInitialize##name##AsmPrinter(void) {}
#include "llvm/Config/AsmPrinters.def"

#define LLVM_ASM_PARSER(name) \
  void LLVMInitialize##name##AsmParser(void) {}
#include "llvm/Config/AsmParsers.def"
