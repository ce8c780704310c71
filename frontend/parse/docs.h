#pragma once
// `##` comments: each becomes the doc of the declaration or field it stands above or behind; a
// block at the top with a blank line below it is the script's.

#include "base/source.h"
#include "frontend/ast/ast.h"
#include "frontend/parse/token.h"

namespace flow::frontend::parse {

void AttachDocs(const SourceFile& file, const Tokens& tokens, ast::File& result);

}  // namespace flow::frontend::parse
