#pragma once
// Typed expressions to scalar functions of the IR. Laziness becomes guards, `try` becomes yielding
// ops and checks, fns are inlined, lambdas become functions of their own.

#include <string>
#include <vector>

#include "base/source.h"
#include "base/type.h"
#include "frontend/sema/expr.h"
#include "frontend/sema/typed_expr.h"
#include "ir/module.h"

namespace flow::frontend {

// A function of `rows` (its arguments, in the order of ExprScope::rows) that gives the value of
// `body`. With no rows: a zero-argument function, for constants and parameters. `sources` tells
// lines and columns of places.
ir::FnId LowerFunction(const TypedExpr& body, const std::vector<Type>& rows, const Sources& sources,
                       ir::Module& module, std::string name);

// The same for a struct of `names` and `values`: bodies of Map, keys, arguments of aggregates.
// `second`: the one row is that which the values call row 1, the right one of a join.
ir::FnId LowerStructFunction(const std::vector<std::string>& names,
                             const std::vector<TypedExprPtr>& values, const std::vector<Type>& rows,
                             const Sources& sources, ir::Module& module, std::string name,
                             bool second = false);

// The call with its functions; `name` is the column, `rows` the input's row.
ir::AggregateCall LowerAggregate(const TypedAggregate& aggregate, std::string column,
                                 const std::vector<Type>& rows, const Sources& sources,
                                 ir::Module& module, const std::string& function_name);

ir::Place PlaceOf(Span span, const Sources& sources);

}  // namespace flow::frontend
