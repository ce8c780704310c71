#pragma once
// Sizes as people write them on a command line.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace flow {

// The units of sizes, in scripts and on command lines. None begins with a unit before it.
struct ByteUnit {
  std::string_view name;
  int64_t bytes;
};
std::span<const ByteUnit> ByteUnits();

// `4096`, `64KiB`, `1.5GB`: whole bytes; false for anything else, or when it is no whole number.
bool ReadBytes(std::string_view text, int64_t* out);

// `64 KiB`, `1000 bytes`: in the largest binary unit that gives a whole number.
std::string BytesText(int64_t bytes);

}  // namespace flow
