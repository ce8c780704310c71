#pragma once
// A plan with its symbols found, its parameters read and its start-up constants computed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/abi.h"
#include "runtime/memory.h"
#include "runtime/plan.h"
#include "runtime/run.h"
#include "runtime/status.h"

namespace flow::runtime {

struct Program {
  const Plan* plan = nullptr;
  const SymbolResolver* symbols = nullptr;
  std::vector<FlowFragmentFn> fragments;
  Arena arena;  // texts of parameters and constants
  const void* params = nullptr;
  const void* consts = nullptr;
  std::vector<void*> regexes;
  std::vector<void (*)(void*)> regex_deleters;

  ~Program();
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Status Load(const Plan& plan, const SymbolResolver& symbols, const RunOptions& options, Env& env);

  // Start-up constants; nullopt when the index is kNoConst or the value is none.
  std::optional<int64_t> Int(int constant) const;
  std::optional<bool> Bool(int constant) const;
  std::optional<std::string> Text(int constant) const;
  std::optional<std::vector<std::string>> Texts(int constant) const;  // a text is a list of one

  // Constant of a connector's or format's argument; kNoConst when it was not given.
  static int FindArg(const std::vector<ArgPlan>& args, std::string_view name);

  const FlowType* FindType(const std::string& symbol) const;

 private:
  Status LoadParams(const RunOptions& options, char* block);
  Status JudgeConstants() const;
  Status Require(const std::string& symbol, void** address) const;
  const void* Value(int constant, const FlowType** type) const;
};

// Reads the text of a parameter as a value of `type`; false when it is none.
bool ReadParameter(const FlowType* type, std::string_view text, FlowArena* arena, void* out);

}  // namespace flow::runtime
