#pragma once
// The reference interpreter: runs a module row by row, one thread, boxed values, everything kept
// until it is needed. Its operators and time rules are written from docs/semantics.md alone, apart
// from the runtime's, so that it can be the oracle of the tests. Native functions and the text
// forms of numbers and times are shared with generated code.

#include <cstdint>
#include <string>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::interp {

struct Options {
  int64_t limit = -1;  // rows each sink takes before the run ends; -1: all
  bool quiet = false;  // no summary of rejected and late rows
};

struct Result {
  int exit_code = 0;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t rejected = 0;
  int64_t late = 0;
};

// Runs a module that went through ir::InterpreterPipeline(). Reads and writes the files, standard
// input and output that it names; says on standard error what was rejected.
Result Run(const ir::Module& module, const Catalog& catalog, const Options& options);

}  // namespace flow::interp
