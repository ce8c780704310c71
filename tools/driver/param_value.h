#pragma once

#include <optional>
#include <string_view>

#include "ir/module.h"

namespace flow {

// The value of a parameter as the command line gives it, read as the runtime reads it. Null when it
// is no value of the type; `simple` is false when the type has no literal in the IR (arrays,
// structs, maps, optionals): the runtime takes those.
std::optional<ir::Literal> ReadParamLiteral(const Type& type, std::string_view text, bool* simple);

}  // namespace flow
