#pragma once
// Runs a plan to its end: reads the sources, runs the fragments on all workers, folds their results
// in order, writes the sinks. What it says to people goes to the Env's standard error.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/account.h"
#include "runtime/env.h"
#include "runtime/plan.h"

namespace flow::runtime {

inline constexpr int64_t kDefaultUnitBytes = 1 << 20;
inline constexpr int64_t kDefaultBatchRows = 4096;

struct RunOptions {
  int threads = 0;  // 0: one per core
  int64_t unit_bytes = kDefaultUnitBytes;
  int64_t batch_rows = kDefaultBatchRows;  // rows an operator hands to a fragment at a time
  // Values of parameters as the command line gives them, by name. A bad one ends the run with 2.
  std::vector<std::pair<std::string, std::string>> params;
  int64_t limit = -1;            // rows each sink takes before the run ends; -1: all
  int64_t for_nanoseconds = -1;  // drain after this long; -1: until the input ends
  int64_t memory_bytes = -1;     // budget of kept state; beyond it the run ends with 75; -1: none
  bool status_line = false;      // on standard error; the caller asks whether it is a terminal
  bool quiet = false;            // no summary at the end
  bool verbose = false;          // at the end, what became of the rows of each stage
  bool profile = false;          // the same with the time of each stage
  // `flowc why`: rows are not written anywhere, and when the run is cut short by `for_nanoseconds`
  // or a signal, what is kept stays where it is, so that the account tells of it.
  bool only_account = false;
  bool stdout_is_terminal = false;
  bool color = false;          // on standard error
  int terminal_width = 0;      // columns of the terminal; 0: ask it
  bool handle_signals = true;  // SIGINT and SIGTERM drain
};

struct NamedCount {
  std::string name;
  int64_t count = 0;
};

struct RunResult {
  int exit_code = 0;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t bytes_in = 0;
  int64_t rejected = 0;
  int64_t late = 0;
  std::vector<NamedCount> counters;  // Plan::counters
  std::vector<NamedCount> sources;   // rows read of each
  std::vector<NamedCount> sinks;     // rows written to each
  std::vector<NamedCount> rejects;   // rows rejected, per stage, where there were any
  Account account;                   // when asked for
};

RunResult Run(const Plan& plan, const SymbolResolver& symbols, const RunOptions& options, Env& env);

}  // namespace flow::runtime
