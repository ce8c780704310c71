#pragma once

#include <string_view>

namespace flow {

// The section of docs/errors.md about `code`, or empty. The page is embedded when flowc is built.
std::string_view ErrorPage(std::string_view code);

}  // namespace flow
