#pragma once
// The beginning of a file, decompressed by its name (.gz, .zst).

#include <cstddef>
#include <string>

namespace flow::runtime {

struct FileHead {
  std::string text;
  bool whole = false;  // nothing follows
};

// At most `size` bytes; false and *error when it cannot be read.
bool ReadFileHead(const std::string& path, size_t size, FileHead* head, std::string* error);

}  // namespace flow::runtime
