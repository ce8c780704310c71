#pragma once
// Text to syntax tree: the first phase.

#include <span>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/source.h"
#include "frontend/ast/ast.h"

namespace flow::frontend {

// Bounds of a tree, so that no walk over it can exhaust the stack; E0107 beyond them.
inline constexpr int kBracketDepthMax = 200;
inline constexpr int kExprHeightMax = 1000;
inline constexpr size_t kScriptBytesMax = size_t{64} << 20;

// Reads a whole script. What cannot be read is reported and becomes ErrorExpr, ErrorStage or
// nothing; later phases need not run when `diagnostics` has errors.
ast::File Parse(const SourceFile& file, Diagnostics& diagnostics);

// The text of `flowc -e`: with "from stdin |> " put in front when it begins with a stage.
std::string CompleteOneLiner(std::string_view text);

// The words that begin a stage, for "did you mean": where, select, ..
std::span<const std::string_view> StageVerbs();

// What the language calls the thing that `word` means elsewhere ("filter" is `where`), a whole
// phrase for a message; else the nearest verb in backquotes; else empty.
std::string SuggestVerb(std::string_view word);

}  // namespace flow::frontend
