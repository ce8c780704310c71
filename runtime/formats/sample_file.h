#pragma once
// The beginning of a file, decompressed by its name (.gz, .zst),
// and of data that is compressed.

#include <cstddef>
#include <string>
#include <string_view>

namespace flow::runtime {

struct FileHead {
  std::string text;
  bool whole = false;  // nothing follows
};

// At most `size` bytes; false and *error when it cannot be read.
bool ReadFileHead(const std::string& path, size_t size, FileHead* head, std::string* error);

// At most `size` bytes of what `data` (gzip or zstd) holds; false when it is damaged or cut off,
// and the text then ends there.
bool ReadCompressedHead(std::string_view data, size_t size, FileHead* head);

}  // namespace flow::runtime
