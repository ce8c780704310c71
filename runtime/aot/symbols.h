#pragma once
// The symbols that a built script brings along.

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/abi.h"
#include "runtime/plan.h"

namespace flow::runtime {

class ProgramSymbols final : public SymbolResolver {
 public:
  explicit ProgramSymbols(const FlowProgram& program)
      : symbols_(program.symbols, program.symbols + program.symbol_count) {
    std::sort(symbols_.begin(), symbols_.end(), Before);
  }
  void* Find(const std::string& symbol) const override {
    FlowSymbol wanted = {symbol.c_str(), nullptr};
    auto found = std::lower_bound(symbols_.begin(), symbols_.end(), wanted, Before);
    return found != symbols_.end() && symbol == found->name ? found->address : nullptr;
  }

 private:
  static bool Before(const FlowSymbol& a, const FlowSymbol& b) {
    return std::string_view(a.name) < std::string_view(b.name);
  }
  std::vector<FlowSymbol> symbols_;
};

}  // namespace flow::runtime
