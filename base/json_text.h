#pragma once
// Text as JSON writes it.

#include <string>
#include <string_view>

namespace flow {

// Appends `text` as a string of JSON: in quotes, with the escapes that it needs.
void AppendJson(std::string& out, std::string_view text);

}  // namespace flow
