#pragma once
// What a NEXMark generator needs beside its numbers. See runtime/inline/nexmark.h.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/inline/nexmark.h"

namespace flow::runtime {

class NexmarkTables {
 public:
  NexmarkTables(uint64_t seed, double rate, int64_t base_time);
  NexmarkTables(const NexmarkTables&) = delete;
  const FlowNexmark* generator() const { return &generator_; }

 private:
  FlowNexmark generator_{};
  std::string letters_;
  std::string words_;
  std::vector<double> powers_;
};

// Row type of a kind of event, as the language writes it; null when there is no such kind.
const char* NexmarkSchema(std::string_view kind);

}  // namespace flow::runtime
