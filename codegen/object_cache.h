#pragma once
// Machine code of earlier runs, by what it was made from: a script that is run again starts with
// the code that the last run ended with. One file per entry; a file that cannot be read, is damaged
// or of another flowc is no entry, and one that cannot be written is not kept.

#include <optional>
#include <string>
#include <vector>

#include "codegen/codegen.h"

namespace flow::codegen {

// An object file and what goes with it.
struct CompiledCode {
  runtime::Plan plan;
  std::string object;
  std::vector<std::string> open;  // symbols that it leaves to the process
};

class ObjectCache {
 public:
  // `folder`: made when the first entry is kept; empty: there is no cache.
  explicit ObjectCache(std::string folder) : folder_(std::move(folder)) {}

  // What names the code of `module`: its text, `options`, the processor and this very flowc. Empty
  // where there is no cache.
  std::string KeyOf(const ir::Module& module, const Options& options, bool first_tier) const;

  std::optional<CompiledCode> Find(const std::string& key) const;
  // Keeps it, and removes the entries that were not used for longest where all take too much.
  void Keep(const std::string& key, const CompiledCode& code) const;

 private:
  std::string folder_;
};

}  // namespace flow::codegen
