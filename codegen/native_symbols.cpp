// Name to address, for code in memory. The helpers of runtime/inline are listed by the build from their own bitcode.

#include <cstring>

#include "codegen/backend.h"
#include "codegen/helpers.h"
#include "runtime/abi.h"
#include "runtime/value.h"

extern "C" {
__int128 __divti3(__int128, __int128);
__int128 __modti3(__int128, __int128);
unsigned __int128 __udivti3(unsigned __int128, unsigned __int128);
unsigned __int128 __umodti3(unsigned __int128, unsigned __int128);
int bcmp(const void*, const void*, size_t);
}

namespace flow::codegen {
namespace {

struct Symbol {
  std::string_view name;
  void* address;
};

#define FLOW_SYMBOL(name) Symbol{#name, reinterpret_cast<void*>(&name)},

void* Find(std::string_view name) {
  static const Symbol kSymbols[] = {
#include "codegen/helper_symbols.inc"
      FLOW_SYMBOL(flow_now) FLOW_SYMBOL(flow_regex_capture) FLOW_SYMBOL(flow_regex_match) FLOW_SYMBOL(flow_reject)
      FLOW_SYMBOL(flow_rows_grow) FLOW_SYMBOL(flow_value_compare) FLOW_SYMBOL(flow_value_copy)
      FLOW_SYMBOL(flow_value_equal) FLOW_SYMBOL(flow_value_hash) FLOW_SYMBOL(__divti3) FLOW_SYMBOL(__modti3)
      FLOW_SYMBOL(__udivti3) FLOW_SYMBOL(__umodti3) FLOW_SYMBOL(bcmp) FLOW_SYMBOL(memmove) FLOW_SYMBOL(memset)
      // Overloaded in C++: one of the forms has C's name.
      Symbol{"memcpy", reinterpret_cast<void*>(static_cast<void* (*)(void*, const void*, size_t)>(&memcpy))},
      Symbol{"memcmp", reinterpret_cast<void*>(static_cast<int (*)(const void*, const void*, size_t)>(&memcmp))},
      Symbol{"memchr", reinterpret_cast<void*>(static_cast<const void* (*)(const void*, int, size_t)>(&memchr))},
  };
  for (const Symbol& symbol : kSymbols) {
    if (symbol.name == name) return symbol.address;
  }
  return nullptr;
}

#undef FLOW_SYMBOL

}  // namespace

void* NativeSymbol(std::string_view name) { return Find(name); }

void* KernelSymbol(const Catalog& catalog, std::string_view name) {
  for (const FunctionDef* function : catalog.functions) {
    for (const FunctionOverload& overload : function->overloads) {
      if (name == overload.symbol) return overload.address;
    }
  }
  for (const AggregateDef* aggregate : catalog.aggregates) {
    for (const AggregateOverload& overload : aggregate->overloads) {
      if (!name.starts_with(overload.symbol)) continue;
      std::string_view suffix = name.substr(std::strlen(overload.symbol));
      if (suffix == "_init") return overload.init;
      if (suffix == "_update") return overload.update;
      if (suffix == "_merge") return overload.merge;
      if (suffix == "_final") return overload.final;
    }
  }
  return nullptr;
}

}  // namespace flow::codegen
