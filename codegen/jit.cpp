// Code in memory: the module compiled to an object, linked by JITLink against an explicit table of
// addresses.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/check.h"
#include "base/text.h"
#include "codegen/build.h"
#include "codegen/object_cache.h"
#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/DebugObjectManagerPlugin.h"
#include "llvm/ExecutionEngine/Orc/EPCDebugObjectRegistrar.h"
#include "llvm/ExecutionEngine/Orc/ExecutorProcessControl.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderGDB.h"
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

  bool Add(const CompiledCode& code, const Catalog& catalog, std::string* error) {
    orc::SymbolMap known;
    auto define = [&](llvm::StringRef name) {
      void* address = NativeSymbol({name.data(), name.size()});
      if (address == nullptr) address = KernelSymbol(catalog, {name.data(), name.size()});
      if (address == nullptr) return false;
      known[session_.intern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                      llvm::JITSymbolFlags::Exported};
      return true;
    };
    for (const std::string& name : code.open) {
      if (define(name)) continue;
      *error = Cat("generated code calls the unknown helper ", name);
      return false;
    }
    // What the compiler calls on its own.
    for (const char* name : {"memcpy", "memmove", "memset", "memcmp", "bcmp", "__divti3",
                             "__modti3", "__udivti3", "__umodti3"}) {
      define(name);
    }
    if (llvm::Error failed = library_.define(orc::absoluteSymbols(std::move(known)))) {
      *error = TakeError(std::move(failed));
      return false;
    }
    object_ = code.object;
    auto buffer =
        llvm::MemoryBuffer::getMemBuffer(object_, "flow", /*RequiresNullTerminator=*/false);
    if (llvm::Error failed = linker_.add(library_, std::move(buffer))) {
      *error = TakeError(std::move(failed));
      return false;
    }
    return true;
  }

  // Tells gdb of the code to come, by its JIT interface. (LLVM 19 has a plugin for perf as well,
  // whose dumps have an uninitialised header that perf refuses.) Before Add.
  void ShowToDebuggers() {
    linker_.addPlugin(std::make_unique<orc::DebugObjectManagerPlugin>(
        session_,
        std::make_unique<orc::EPCDebugObjectRegistrar>(
            session_, orc::ExecutorAddr::fromPtr(&llvm_orc_registerJITLoaderGDBWrapper)),
        /*RequireDebugSections=*/true, /*AutoRegisterCode=*/true));
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

std::vector<std::string> OpenNames(const llvm::Module& module) {
  std::vector<std::string> out;
  for (const llvm::Function& function : module) {
    if (!function.isDeclaration() || function.isIntrinsic() || function.use_empty()) continue;
    out.push_back(function.getName().str());
  }
  return out;
}

// From the cache, or made now and kept there; false with *error, or when it was cancelled.
bool Compile(const ir::Module& module, const Catalog& catalog, const Options& options,
             Purpose purpose, const std::atomic<bool>* cancelled, CompiledCode* code,
             std::string* error) {
  ObjectCache cache(options.cache_folder);
  std::string key = cache.KeyOf(module, options, purpose == Purpose::kFirstTier);
  if (std::optional<CompiledCode> found = cache.Find(key)) {
    *code = std::move(*found);
    return true;
  }
  Built built;
  built.cancelled = cancelled;
  if (!BuildModule(module, catalog, options, purpose, &built, error)) return false;
  if (cancelled != nullptr && *cancelled) return false;
  code->object = EmitMachineCode(*built.module, *built.machine, /*assembly=*/false);
  code->open = OpenNames(*built.module);
  code->plan = std::move(built.plan);
  cache.Keep(key, *code);
  return true;
}

// Null with *error.
std::unique_ptr<JitSymbols> Link(const CompiledCode& code, const Catalog& catalog,
                                 const Options& options, std::string* error) {
  auto control = orc::SelfExecutorProcessControl::Create();
  if (!control) {
    *error = TakeError(control.takeError());
    return nullptr;
  }
  auto symbols = std::make_unique<JitSymbols>(std::move(*control));
  if (options.lines) symbols->ShowToDebuggers();
  if (!symbols->Add(code, catalog, error)) return nullptr;
  return symbols;
}

// Short runs end before this, and never pay for the second tier.
constexpr std::chrono::milliseconds kSecondTierDelay{10};

// Code of the first tier, into which a thread puts that of the second.
class TieredSymbols final : public runtime::SymbolResolver {
 public:
  TieredSymbols(std::unique_ptr<JitSymbols> first, runtime::Plan plan, const ir::Module& module,
                const Catalog& catalog, Options options)
      : first_(std::move(first)),
        plan_(std::move(plan)),
        module_(module),
        catalog_(catalog),
        options_(std::move(options)) {
    options_.opt_level = 2;
    thread_ = std::thread([this] { Improve(); });
  }

  ~TieredSymbols() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cancelled_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  void* Find(const std::string& symbol) const override { return first_->Find(symbol); }

 private:
  void Improve() {
    if (options_.second_tier_begins) options_.second_tier_begins();
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (wake_.wait_for(lock, kSecondTierDelay, [this] { return cancelled_.load(); })) return;
    }
    CompiledCode code;
    std::string error;
    if (!Compile(module_, catalog_, options_, Purpose::kCode, &cancelled_, &code, &error)) return;
    // Numbers of sites, slots and offsets are shared with the code that runs.
    FLOW_CHECK(code.plan == plan_, "the tiers disagree about the plan");
    second_ = Link(code, catalog_, options_, &error);
    if (second_ == nullptr || cancelled_) return;
    for (const runtime::FragmentPlan& fragment : plan_.fragments) {
      void* better = second_->Find(fragment.symbol);
      auto* code = static_cast<std::atomic<void*>*>(first_->Find(fragment.symbol + ".code"));
      if (better != nullptr && code != nullptr) code->store(better, std::memory_order_release);
    }
  }

  std::unique_ptr<JitSymbols> first_;
  std::unique_ptr<JitSymbols> second_;
  runtime::Plan plan_;
  ir::Module module_;  // outlives the caller's
  const Catalog& catalog_;
  Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> cancelled_ = false;
  std::thread thread_;
};

}  // namespace

bool CompileJit(const ir::Module& module, const Catalog& catalog, const Options& given,
                JitProgram* program, std::string* error) {
  Options options = given;
  CompiledCode code;
  bool tiered = options.tiered;
  if (tiered) {
    // Better code of an earlier run needs no first tier.
    options.opt_level = 2;
    ObjectCache cache(options.cache_folder);
    if (auto found = cache.Find(cache.KeyOf(module, options, /*first_tier=*/false))) {
      code = std::move(*found);
      tiered = false;
    }
    if (tiered) options.opt_level = 0;
  }
  Purpose purpose = tiered ? Purpose::kFirstTier : Purpose::kCode;
  if (code.object.empty() && !Compile(module, catalog, options, purpose, nullptr, &code, error)) {
    return false;
  }
  std::unique_ptr<JitSymbols> symbols = Link(code, catalog, options, error);
  if (symbols == nullptr) return false;
  program->plan = code.plan;
  if (!tiered) {
    program->symbols = std::move(symbols);
    return true;
  }
  program->symbols = std::make_unique<TieredSymbols>(std::move(symbols), std::move(code.plan),
                                                     module, catalog, options);
  return true;
}

}  // namespace flow::codegen
