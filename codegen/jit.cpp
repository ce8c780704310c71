// Code in memory: the module compiled to an object, linked by JITLink against an explicit table of addresses.

#include "base/check.h"
#include "base/text.h"
#include "codegen/build.h"
#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/ExecutorProcessControl.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/Target/TargetMachine.h"

namespace flow::codegen {
namespace {

namespace orc = llvm::orc;

std::string TakeError(llvm::Error error) { return llvm::toString(std::move(error)); }

// Owns the code.
class JitSymbols final : public runtime::SymbolResolver {
 public:
  explicit JitSymbols(std::unique_ptr<orc::ExecutorProcessControl> control)
      : session_(std::move(control)),
        linker_(session_),
        library_(session_.createBareJITDylib("flow")) {}

  ~JitSymbols() override { llvm::consumeError(session_.endSession()); }

  // Names that `module` leaves open are looked up in the tables.
  bool Add(const llvm::Module& module, std::string object, const Catalog& catalog, std::string* error) {
    orc::SymbolMap known;
    auto define = [&](llvm::StringRef name) {
      void* address = NativeSymbol({name.data(), name.size()});
      if (address == nullptr) address = KernelSymbol(catalog, {name.data(), name.size()});
      if (address == nullptr) return false;
      known[session_.intern(name)] = {orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
      return true;
    };
    for (const llvm::Function& function : module) {
      if (!function.isDeclaration() || function.isIntrinsic() || function.use_empty()) continue;
      if (!define(function.getName())) {
        *error = Cat("generated code calls the unknown helper ", std::string_view(function.getName()));
        return false;
      }
    }
    // What the compiler calls on its own.
    for (const char* name : {"memcpy", "memmove", "memset", "memcmp", "bcmp", "__divti3", "__modti3", "__udivti3",
                             "__umodti3"}) {
      if (module.getFunction(name) == nullptr || module.getFunction(name)->use_empty()) define(name);
    }
    if (llvm::Error failed = library_.define(orc::absoluteSymbols(std::move(known)))) {
      *error = TakeError(std::move(failed));
      return false;
    }
    object_ = std::move(object);
    auto buffer = llvm::MemoryBuffer::getMemBuffer(object_, "flow", /*RequiresNullTerminator=*/false);
    if (llvm::Error failed = linker_.add(library_, std::move(buffer))) {
      *error = TakeError(std::move(failed));
      return false;
    }
    return true;
  }

  void* Find(const std::string& symbol) const override {
    auto found = const_cast<orc::ExecutionSession&>(session_).lookup({&library_}, symbol);
    if (found) return found->getAddress().toPtr<void*>();
    llvm::consumeError(found.takeError());
    return NativeSymbol(symbol);  // helpers that the plan needs, though the code does not
  }

 private:
  std::string object_;
  orc::ExecutionSession session_;
  orc::ObjectLinkingLayer linker_;
  orc::JITDylib& library_;
};

}  // namespace

bool CompileJit(const ir::Module& module, const Catalog& catalog, const Options& options, JitProgram* program,
                std::string* error) {
  Built built;
  if (!BuildModule(module, catalog, options, /*with_program=*/false, &built, error)) return false;
  auto control = orc::SelfExecutorProcessControl::Create();
  if (!control) {
    *error = TakeError(control.takeError());
    return false;
  }
  auto symbols = std::make_unique<JitSymbols>(std::move(*control));
  std::string object = EmitMachineCode(*built.module, *built.machine, /*assembly=*/false);
  if (!symbols->Add(*built.module, std::move(object), catalog, error)) return false;
  program->plan = std::move(built.plan);
  program->symbols = std::move(symbols);
  return true;
}

}  // namespace flow::codegen
