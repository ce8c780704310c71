// Name to address, for code in memory. The names are listed by the build (CMakeLists.txt): the
// helpers of runtime/inline and what the runtime exports. Nothing here knows their types.

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/catalog.h"
#include "codegen/backend.h"

#define FLOW_SYMBOL(name) extern "C" void name();
#include "codegen/helper_symbols.inc"
#undef FLOW_SYMBOL

extern "C" {
void __divti3();
void __modti3();
void __udivti3();
void __umodti3();
int bcmp(const void*, const void*, size_t);
}

namespace flow::codegen {
namespace {

struct Symbol {
  std::string_view name;
  void* address;
};

#define FLOW_SYMBOL(name) Symbol{#name, reinterpret_cast<void*>(&name)},

// Sorted by name.
const Symbol kHelpers[] = {
#include "codegen/helper_symbols.inc"
};

const Symbol kBuiltins[] = {
    FLOW_SYMBOL(__divti3) FLOW_SYMBOL(__modti3) FLOW_SYMBOL(__udivti3) FLOW_SYMBOL(__umodti3)
        FLOW_SYMBOL(bcmp) FLOW_SYMBOL(memmove) FLOW_SYMBOL(memset)
    // Overloaded in C++: one of the forms is C's.
    Symbol{"memchr", reinterpret_cast<void*>(
                         static_cast<const void* (*)(const void*, int, size_t)>(&memchr))},
    Symbol{"memcmp", reinterpret_cast<void*>(
                         static_cast<int (*)(const void*, const void*, size_t)>(&memcmp))},
    Symbol{"memcpy",
           reinterpret_cast<void*>(static_cast<void* (*)(void*, const void*, size_t)>(&memcpy))},
};

#undef FLOW_SYMBOL

}  // namespace

void* NativeSymbol(std::string_view name) {
  const Symbol* first = std::begin(kHelpers);
  const Symbol* last = std::end(kHelpers);
  const Symbol* found = std::lower_bound(
      first, last, name,
      [](const Symbol& symbol, std::string_view wanted) { return symbol.name < wanted; });
  if (found != last && found->name == name) return found->address;
  for (const Symbol& symbol : kBuiltins) {
    if (symbol.name == name) return symbol.address;
  }
  return nullptr;
}

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
