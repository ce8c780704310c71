#pragma once
// A run on a clock of its own, for tests: rows come from memory, sinks keep what they take, nothing
// is opened, and one thread does everything in the order it is asked to. The code that runs, the
// graph and the watermarks are those of any other run.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/plan.h"
#include "runtime/run.h"
#include "runtime/status.h"

namespace flow::runtime {

class Simulation {
 public:
  // The clock stands at the epoch. `plan` and `symbols` outlive the simulation.
  Simulation(const Plan& plan, const SymbolResolver& symbols, RunOptions options);
  ~Simulation();

  // `open`: by source, whether rows will be sent to it; the others have ended.
  Status Start(const std::vector<bool>& open);
  // Tables that end are read before the rows that look something up in them, as in any other run
  // (semantics.md 56): by source, whether it is one.
  std::vector<bool> Tables() const;
  // Whole records of the source's format, as one unit of input.
  void Send(int source, std::string_view records);
  // Lets the clock go on to `now`, doing what falls due on the way.
  void AdvanceTo(int64_t now);
  // The source has no more rows.
  void End(int source);
  // No more rows at all: everything kept is sent.
  void Finish();

  // What the sink has taken since it was last asked.
  std::string Take(int sink);
  // A row was rejected under `on error fail`, or the like: nothing happens any more.
  bool failed() const;
  const Status& failure() const;
  // What became of the rows so far.
  Account MakeAccount() const;
  // What stages said on standard error (`peek`).
  const std::string& said() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace flow::runtime
