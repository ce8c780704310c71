#pragma once
// Running one generated fragment over one unit of input or batch of rows.

#include <vector>

#include "runtime/env.h"
#include "runtime/inline/table.h"
#include "runtime/program.h"
#include "runtime/unit.h"

namespace flow::runtime {

struct FragmentRun {
  const Program* program = nullptr;
  Env* env = nullptr;
  int fragment = 0;
  Slots* slots = nullptr;
  Arena* arena = nullptr;
  int64_t* counters = nullptr;
  RejectLog* rejects = nullptr;
  int64_t max_event_time = INT64_MIN;  // in and out
  int64_t rows = 0;                    // out: records seen
  int64_t least_watermark = INT64_MIN;
  bool knows_late = true;  // P before the unit is what the run begins with
};

// False when a row was rejected under `on error fail`.
bool RunFragment(FragmentRun& run, const FlowInput& input);

// A task outside fragments (start-up, final values) that may reject rows.
FlowTask MakeTask(const FragmentRun& run, TaskContext* context);

// Tables that a worker keeps for the whole run, per operator; null where the plan wants partials
// per unit or the operator is no aggregate.
class KeptTables {
 public:
  KeptTables(const Plan& plan, MemoryBudget* budget);
  FlowTable* Get(int op) { return tables_[static_cast<size_t>(op)].get(); }

 private:
  std::vector<Arena> arenas_;
  std::vector<std::unique_ptr<FlowTable>> tables_;
};

// Points the fragment's table slots to `kept` tables, or to new ones in `arena`.
void PrepareTables(const Plan& plan, const FragmentPlan& fragment, KeptTables* kept, Slots* slots,
                   Arena* arena);

}  // namespace flow::runtime
