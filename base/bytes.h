#pragma once
// Sizes as people write them on a command line.

#include <cstdint>
#include <string>
#include <string_view>

namespace flow {

// `4096`, `64KiB`, `1.5GB`: whole bytes; false for anything else, or when it is no whole number.
bool ReadBytes(std::string_view text, int64_t* out);

// `64 KiB`, `1000 bytes`: in the largest binary unit that gives a whole number.
std::string BytesText(int64_t bytes);

}  // namespace flow
