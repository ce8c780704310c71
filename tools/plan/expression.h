#pragma once
// Row-level functions of the IR as the language would write them, for people.

#include <string>
#include <vector>

#include "ir/module.h"

namespace flow::plan {

// What `fn` computes. `rows`: the names of its row arguments; columns of a row called "" stand
// alone, those of others behind its name: `r.x`.
std::string ExpressionText(const ir::Module& module, ir::FnId fn,
                           const std::vector<std::string>& rows = {""});

// The same for each field of the struct that `fn` gives.
std::vector<std::string> FieldTexts(const ir::Module& module, ir::FnId fn,
                                    const std::vector<std::string>& rows = {""});

// The same of a key, shortened, without the numbers of windows.
std::vector<std::string> KeyTexts(const ir::Module& module, ir::FnId fn);

// The constant that a function without arguments is, or null.
const ir::Literal* ConstantOf(const ir::Module& module, ir::FnId fn);

// A pattern as a string of the language.
std::string PatternText(const std::string& pattern);

// `text`, cut to so many characters with `..` at the end.
std::string Shortened(std::string text, size_t characters);

// Whether the compiler made the column, for itself.
bool IsHidden(const std::string& column);

// The row's type, without the columns that the compiler added.
Type VisibleRow(const Type& row);

// "a", "a, b"; `none` when there is nothing.
std::string Joined(const std::vector<std::string>& parts, std::string_view none = "");

}  // namespace flow::plan
