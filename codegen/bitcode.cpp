#include "base/check.h"
#include "codegen/backend.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/MemoryBuffer.h"

__asm__(
    ".pushsection .rodata.flow_helpers,\"a\"\n"
    ".balign 16\n"
    "flow_helpers_begin:\n"
    ".incbin \"" FLOW_HELPERS_BITCODE
    "\"\n"
    "flow_helpers_end:\n"
    ".popsection\n");

extern "C" {
extern const char flow_helpers_begin[] __attribute__((visibility("hidden")));
extern const char flow_helpers_end[] __attribute__((visibility("hidden")));
}

namespace flow::codegen {
namespace {

// Attributes of the machine the helpers were compiled for: with them they would not be inlined into
// code for another.
constexpr const char* kMachineAttributes[] = {"target-cpu",      "target-features",
                                              "tune-cpu",        "min-legal-vector-width",
                                              "frame-pointer",   "stack-protector-buffer-size",
                                              "no-trapping-math"};

}  // namespace

void LinkHelpers(llvm::Module& module) {
  llvm::StringRef bytes(flow_helpers_begin,
                        static_cast<size_t>(flow_helpers_end - flow_helpers_begin));
  llvm::Expected<std::unique_ptr<llvm::Module>> helpers =
      llvm::getLazyBitcodeModule(llvm::MemoryBufferRef(bytes, "helpers"), module.getContext());
  FLOW_CHECK(static_cast<bool>(helpers), "the embedded helpers are damaged");
  for (const char* list : {"llvm.used", "llvm.compiler.used"}) {
    // Kept them in the bitcode; here only what is called counts.
    if (llvm::GlobalVariable* used = (*helpers)->getNamedGlobal(list)) used->eraseFromParent();
  }
  (*helpers)->setDataLayout(module.getDataLayout());
  (*helpers)->setTargetTriple(module.getTargetTriple());
  bool failed =
      llvm::Linker::linkModules(module, std::move(*helpers), llvm::Linker::LinkOnlyNeeded);
  FLOW_CHECK(!failed, "the embedded helpers do not link");
  for (llvm::Function& function : module) {
    for (const char* name : kMachineAttributes) function.removeFnAttr(name);
    if (function.isDeclaration() || !function.hasLinkOnceODRLinkage()) continue;
    function.setLinkage(llvm::GlobalValue::InternalLinkage);
    function.setComdat(nullptr);
    function.removeFnAttr(llvm::Attribute::UWTable);
  }
}

}  // namespace flow::codegen
