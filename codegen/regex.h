#pragma once
// Constant patterns as machine code: an automaton of regex/ becomes one function of the module.

#include <string>

#include "codegen/module_context.h"

namespace flow::codegen {

enum class RegexUse : uint8_t {
  kSearch,   // whether the pattern is found
  kCapture,  // and where its named groups are
};

// `bool f(const char* text, int64_t size, FlowString* groups)`, made once per pattern and use:
// false when the pattern is not found, and then `groups` is left as it is. A group that took no
// part has a null address. Null when the pattern is not compiled here, so that RE2 has to do it.
llvm::Function* RegexFunction(ModuleContext& m, const std::string& pattern, RegexUse use);

}  // namespace flow::codegen
