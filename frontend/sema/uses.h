#pragma once
// Questions to an expression as it is written.

#include <set>
#include <string>

#include "frontend/ast/ast.h"

namespace flow::frontend {

// Whether `expr` names any of `names` as a column.
bool UsesNames(const ast::Expr& expr, const std::set<std::string>& names);

// Whether `expr` calls `function` without arguments.
bool CallsBare(const ast::Expr& expr, const std::string& function);

}  // namespace flow::frontend
