#pragma once
// Machine code for people: without what is for assemblers and unwinders, and with the lines of the
// script that it is for.

#include <string>

#include "base/source.h"

namespace flow::cli {

// `assembly` has `.loc` directives of `script`, which is its file 1.
std::string Listing(const std::string& assembly, const SourceFile& script);

}  // namespace flow::cli
