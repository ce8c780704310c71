#pragma once
// Links a script's object into an executable, inside flowc: no compiler, linker or library is
// needed on the host, and the result needs none to run.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace flow::codegen {

// Links `object` (it exports `flow_program`) with `runtime` (runtime::RuntimeObject(): start files,
// main, runtime and C library in one relocatable object) into a static executable at `output_path`.
// The file appears complete or not at all. Returns false with the linker's words in `*error`.
bool LinkExecutable(std::span<const std::byte> object, std::span<const std::byte> runtime,
                    std::string_view output_path, std::string* error);

}  // namespace flow::codegen
