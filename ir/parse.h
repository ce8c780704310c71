#pragma once
// Reads the textual form of a module that ir/print.h writes. Types behind ops may be left out: they
// are inferred; printed ones are kept, and the verifier holds them against the inferred ones. In
// its own target, flow_ir_text.

#include <string>
#include <string_view>
#include <vector>

#include "ir/module.h"

namespace flow::ir {

struct TextError {
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1
  std::string message;
};

struct ParsedModule {
  Module module;
  // The line of each op, for messages about it.
  std::vector<std::vector<uint32_t>> function_lines;
  std::vector<uint32_t> graph_lines;
};

// False when `text` is not a module; *error says where.
bool ParseModule(std::string_view text, ParsedModule* out, TextError* error);

}  // namespace flow::ir
