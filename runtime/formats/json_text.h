#pragma once

#include <string>
#include <string_view>

namespace flow::runtime {

// What stands between the quotes of a JSON string, as UTF-8; false when it is not well-formed.
bool JsonStringText(std::string_view inside, std::string* out);

}  // namespace flow::runtime
