#pragma once

#include <string>

namespace flow {

// "flowc 0.1.0 (LLVM 19.1.7, x86-64)" and a line end.
std::string VersionText();

}  // namespace flow
