#pragma once
// Holds a module against the IR's contract and reports every breach. Text of the contract: head of
// ir/verify.cpp.

#include <string>
#include <vector>

#include "ir/module.h"

namespace flow::ir {

struct VerifyError {
  FnId fn;     // invalid: the op stands in the graph
  ValueId op;  // invalid: about the function or module as a whole
  std::string message;
  std::string op_text;  // the op's line of IR text
};

std::vector<VerifyError> Verify(const Module& module);

// The errors as lines of text: "@f: %3 = ...: message".
std::string VerifyErrorsText(const Module& module, const std::vector<VerifyError>& errors);

}  // namespace flow::ir
