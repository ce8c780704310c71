#pragma once
// The type of an op's result, one rule per op, and with it what its operands must be. The front
// end, the reader of IR text and the passes add ops through it; the verifier holds every op against
// it.

#include <string>

#include "ir/module.h"

namespace flow::ir {

// The result type of `op` when it stands in `fn` (operands are ops of `fn` already there).
// Type::Error() when the operands do not fit; *why then says what is wrong.
Type InferScalar(const Module& module, const Function& fn, const ScalarOp& op, std::string* why);

// The same for a dataflow op of the module's graph. A sink has the type of its input. On an error
// the row type is Type::Error().
StreamType InferStream(const Module& module, const Op& op, std::string* why);

// Adds `op` with its inferred type; operands that do not fit are a defect of the caller.
ValueId AddOp(const Module& module, Function& fn, ScalarOp op, ValueId guard = {},
              Place place = {});
ValueId AddOp(Module& module, Op op, HandlerId handler, Place place = {});

// Result of decimal arithmetic (semantics.md 4); kind is add, sub, mul or div.
Type DecimalResult(ArithKind kind, const Type& a, const Type& b);

// Result of arithmetic on these operand types, or Type::Error().
Type ArithResult(ArithKind kind, const Type& a, const Type& b);

// Whether values of these types can be compared: for equality, or for order (semantics.md 6 to 8,
// 13).
bool CanCompare(CompareKind kind, const Type& a, const Type& b);

// The column of a step of a pattern whose rows are `row` (semantics.md 66).
Type MatchStepType(const MatchStep& step, const Type& row);

// Whether Convert is a total widening from `from` to `to`.
bool CanConvert(const Type& from, const Type& to);

}  // namespace flow::ir
