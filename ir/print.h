#pragma once
// The textual form of a module (docs/ir.md): the mnemonic, then the fields of the op in order, then
// `: type`, the guard and, when asked for, the place. ir/parse.h reads it back.

#include <string>

#include "ir/module.h"

namespace flow::ir {

struct PrintOptions {
  bool places = false;  // ` at line:column` behind each op
};

std::string Print(const Module& module, const PrintOptions& options = {});
std::string PrintFunction(const Module& module, FnId fn, const PrintOptions& options = {});
// One op as its line of text, for messages.
std::string PrintOp(const Module& module, FnId fn, ValueId op);
std::string PrintOp(const Module& module, ValueId op);
std::string PrintStreamType(const StreamType& type);
// The value of a literal as IR text writes it.
std::string PrintLiteral(const Literal& literal);

}  // namespace flow::ir
