#pragma once
// Writing rows: code that appends one encoded row (with its newline) to a FlowBuffer, one function
// per format. The row is in registers and complete; columns stand in the order of its type, under
// their external names. Encoding never fails.

#include "codegen/function_context.h"
#include "codegen/values.h"
#include "ir/ops.h"

namespace flow::codegen {

// `endpoint` carries the format and its arguments (see FormatLiteral in decode/decode.h); `row` is
// a struct value; `buffer` points to the FlowBuffer.
void EncodeJsonRow(FunctionContext& fn, const ir::Endpoint& endpoint, const Value& row,
                   llvm::Value* buffer);
void EncodeCsvRow(FunctionContext& fn, const ir::Endpoint& endpoint, const Value& row,
                  llvm::Value* buffer);
void EncodeTextRow(FunctionContext& fn, const ir::Endpoint& endpoint, const Value& row,
                   llvm::Value* buffer);

}  // namespace flow::codegen
