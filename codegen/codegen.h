#pragma once
// From an optimised ir::Module to native code and the plan that runs it. No LLVM type shows here:
// only codegen/ includes LLVM headers.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"
#include "runtime/plan.h"

namespace flow::codegen {

struct Options {
  int opt_level =
      2;  // 0: fast first tier, helpers as native symbols; 2: helpers inlined from bitcode
  std::string cpu = "native";  // "native" for JIT, "x86-64-v2" by default for AOT
#ifdef NDEBUG
  bool verify = false;
#else
  bool verify = true;  // run LLVM's verifier
#endif
  // CompileJit: gives code of level 0 at once, compiles level 2 on a thread of its own when the
  // program lives long enough, and lets it take over between two units of input. `opt_level` is not
  // looked at.
  bool tiered = false;
  // Says which line of the script an instruction is for: in listings; in object files and to
  // debuggers of code in memory as DWARF.
  bool lines = false;
  bool profile = false;                      // keeps up FlowTask::stage
  std::function<void()> second_tier_begins;  // told on the thread that compiles it; may be empty
  // CompileJit: where machine code is kept from one run to the next; empty: nowhere.
  std::string cache_folder;
};

// Code in memory and the plan over it. `symbols` owns the code.
struct JitProgram {
  runtime::Plan plan;
  std::unique_ptr<runtime::SymbolResolver> symbols;
};

// A relocatable object that exports `flow_program` (runtime/abi.h), to be linked with the runtime
// archive.
struct ObjectProgram {
  runtime::Plan plan;
  std::string object;  // ELF bytes
};

// Compiles `module`, which must have been through fuse_rows. Failing is a defect of flowc (exit
// code 70), except for machine limits reported in *error.
bool CompileJit(const ir::Module& module, const Catalog& catalog, const Options& options,
                JitProgram* program, std::string* error);
bool CompileObject(const ir::Module& module, const Catalog& catalog, const Options& options,
                   ObjectProgram* program, std::string* error);

// LLVM IR or assembly of the module's code, for `--print=llvm` and `--print=asm`.
std::string LlvmText(const ir::Module& module, const Catalog& catalog, const Options& options);
std::string AsmText(const ir::Module& module, const Catalog& catalog, const Options& options);

}  // namespace flow::codegen
