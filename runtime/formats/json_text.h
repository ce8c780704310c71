#pragma once
// The text of JSON strings: escapes taken away, UTF-8 judged.

#include <string>
#include <string_view>

namespace flow::runtime {

// One escape after its backslash; *p is moved past it. False when it is none, or half a surrogate.
bool JsonUnescape(const char** p, const char* end, char** out);

// The text between the quotes as UTF-8, written at `out` (no longer than the input); null when an
// escape or a byte is bad.
char* JsonUnescapeAll(const char* p, const char* end, char* out);

// The same as a string; false when it is not well-formed.
bool JsonStringText(std::string_view inside, std::string* out);

}  // namespace flow::runtime
