#include "base/check.h"
#include "codegen/backend.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

extern "C" {
void LLVMInitializeX86TargetInfo();
void LLVMInitializeX86Target();
void LLVMInitializeX86TargetMC();
void LLVMInitializeX86AsmPrinter();
}

namespace flow::codegen {
namespace {

// Without AVX-512: there, comparisons of bytes go through mask registers, from which the place of a
// hit is slower to come by than from a vector of bytes; decoders wait for little else.
std::string HostFeatures() {
  std::string out;
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    if (!out.empty()) out += ',';
    out += feature.second && !feature.first().starts_with("avx512") ? '+' : '-';
    out += feature.first();
  }
  return out;
}

// Small on purpose: rows are in registers once helpers are inlined and slots promoted (sroa); what
// pays after that is folding equal loads and tests (early-cse, gvn), threading the decoder's `have`
// flags (jump-threading, simplifycfg) and moving loads of a unit out of the loop over its rows
// (licm). The default -O2 takes four times as long for code that is as fast.
constexpr const char* kPipeline =
    "function(sroa,early-cse,simplifycfg),"
    "cgscc(inline,function<eager-inv>(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-"
    "fixpoint>)),"
    "globaldce,"
    "function(jump-threading,loop-mssa(licm),gvn,dse,simplifycfg<hoist-common-insts;sink-common-"
    "insts>,"
    "instcombine<no-verify-fixpoint>,adce,simplifycfg),"
    "globaldce";

}  // namespace

std::unique_ptr<llvm::TargetMachine> MakeTargetMachine(const Options& options, std::string* error) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  const char* triple = "x86_64-unknown-linux-gnu";
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, *error);
  if (target == nullptr) return nullptr;
  bool native = options.cpu == "native";
  std::string cpu = native ? llvm::sys::getHostCPUName().str() : options.cpu;
  bool fast = options.opt_level == 0;
  llvm::TargetOptions target_options;
  target_options.EnableFastISel = fast;
  target_options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  target_options.FunctionSections = true;
  target_options.DataSections = true;
  // Position independent and small: the JIT's memory may lie anywhere, and the large code model is
  // slow.
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, cpu, native ? HostFeatures() : "", target_options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, fast ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default));
  if (machine == nullptr) {
    *error = "no such processor";
    return nullptr;
  }
  machine->setFastISel(fast);
  machine->setGlobalISel(false);
  return machine;
}

std::string NativeProcessor() { return llvm::sys::getHostCPUName().str() + ' ' + HostFeatures(); }

void PrepareModule(llvm::Module& module, llvm::TargetMachine& machine) {
  module.setTargetTriple(machine.getTargetTriple().str());
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(llvm::PICLevel::BigPIC);
}

void Optimize(llvm::Module& module, llvm::TargetMachine& machine, const Options& options,
              const std::atomic<bool>* cancelled) {
  if (options.opt_level == 0) return;
  llvm::PassInstrumentationCallbacks callbacks;
  if (cancelled != nullptr) {
    callbacks.registerShouldRunOptionalPassCallback(
        [cancelled](llvm::StringRef, llvm::Any) { return !*cancelled; });
  }
  llvm::PassBuilder builder(&machine, {}, std::nullopt, &callbacks);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  // Math functions are ours: no call is to be taken for the host's libm.
  llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  for (llvm::LibFunc function : {llvm::LibFunc_memcpy, llvm::LibFunc_memmove, llvm::LibFunc_memset,
                                 llvm::LibFunc_memcmp, llvm::LibFunc_bcmp}) {
    library.setAvailable(function);
  }
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  llvm::ModulePassManager passes;
  llvm::Error failed = builder.parsePassPipeline(passes, kPipeline);
  FLOW_CHECK(!failed, "the pass pipeline does not parse");
  passes.run(module, modules);
}

std::string EmitMachineCode(llvm::Module& module, llvm::TargetMachine& machine, bool assembly) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager passes;
  auto kind = assembly ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
  bool failed = machine.addPassesToEmitFile(passes, out, nullptr, kind);
  FLOW_CHECK(!failed, "this LLVM cannot emit machine code");
  passes.run(module);
  return {bytes.data(), bytes.size()};
}

}  // namespace flow::codegen
