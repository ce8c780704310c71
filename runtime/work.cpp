#include "runtime/work.h"

#include <algorithm>

namespace flow::runtime {

std::unique_ptr<Work> MakeWork(const Plan& plan, const Graph& graph, int source,
                               MemoryBudget* budget) {
  auto work = std::make_unique<Work>(budget);
  work->unit.source = source;
  for (int index : graph.FragmentsOf(source)) {
    const FragmentPlan& fragment = plan.fragments[static_cast<size_t>(index)];
    work->slots.emplace_back(fragment.outputs.size(), fragment.tables.size(),
                             fragment.collectors.size(), fragment.tallies.size());
  }
  work->rejects.last.resize(plan.sites.size());
  work->counters.resize(plan.counters.size());
  return work;
}

void ResetWork(Work* work) {
  Unit& unit = work->unit;
  Buffer bytes = std::move(unit.bytes);
  bytes.set_size(0);
  int source = unit.source;
  unit = Unit();
  unit.source = source;
  unit.bytes = std::move(bytes);
  ForgetResults(work);
}

void ForgetResults(Work* work) {
  work->arena.Reset();
  for (Slots& slots : work->slots) slots.Clear();
  work->rejects.Clear();
  std::fill(work->counters.begin(), work->counters.end(), 0);
  work->rows = 0;
  work->max_event_time = INT64_MIN;
  work->ran = false;
  work->failed = false;
}

void RunWork(const Program& program, Env& env, const Graph& graph, KeptTables* kept, Work* work) {
  const Plan& plan = *program.plan;
  Unit& unit = work->unit;
  if (unit.bytes.data() != nullptr) {
    unit.bytes.Reserve(unit.bytes.size() + kInputPadding);
    unit.input.begin = unit.bytes.data();
    unit.input.end = unit.bytes.data() + unit.bytes.size();
    std::fill_n(unit.bytes.data() + unit.bytes.size(), kInputPadding, '\n');
  }
  if (graph.in_order(unit.source)) return;
  work->ran = true;
  const std::vector<int>& fragments = graph.FragmentsOf(unit.source);
  for (size_t i = 0; i < fragments.size() && !work->failed; ++i) {
    const FragmentPlan& fragment = plan.fragments[static_cast<size_t>(fragments[i])];
    PrepareTables(plan, fragment, kept, &work->slots[i], &work->arena);
    FragmentRun run{&program,        &env,         fragments[i],
                    &work->slots[i], &work->arena, work->counters.data(),
                    &work->rejects};
    run.knows_late = false;
    work->failed = !RunFragment(run, unit.input);
    work->rows = std::max(work->rows, run.rows);
    work->max_event_time = std::max(work->max_event_time, run.max_event_time);
    for (size_t c = 0; c < fragment.collectors.size(); ++c) {
      FlowRows* rows = &work->slots[i].collectors[c];
      if (rows->count > 0) graph.operator_at(fragment.collectors[c])->ReduceUnit(rows);
    }
  }
}

}  // namespace flow::runtime
