#include "runtime/fragment.h"

#include <algorithm>

#include "runtime/profile.h"

namespace flow::runtime {

FlowTask MakeTask(const FragmentRun& run, TaskContext* context) {
  context->program = run.program;
  context->env = run.env;
  context->rejects = run.rejects;
  context->knows_late = run.knows_late;
  FlowTask task{};
  task.arena = run.arena->get();
  task.params = run.program->params;
  task.consts = run.program->consts;
  task.counters = run.counters;
  task.regexes = run.program->regexes.data();
  task.event_time = INT64_MIN;
  task.late_from = INT64_MAX;
  task.told_from = INT64_MIN;
  task.max_event_time = run.max_event_time;
  task.least_watermark = run.least_watermark;
  task.runtime = context;
  return task;
}

bool RunFragment(FragmentRun& run, const FlowInput& input) {
  TaskContext context;
  FlowTask task = MakeTask(run, &context);
  context.first_offset = input.first_offset;
  context.text_begin = input.begin;
  task.outputs = run.slots->outputs.data();
  task.tables = run.slots->tables.data();
  task.collectors = run.slots->collectors.data();
  task.stage = kAtRest;
  AtPlace at(&task.stage);
  task.tallies = run.slots->tallies.data();
  int32_t stopped = run.program->fragments[static_cast<size_t>(run.fragment)](&task, &input);
  run.max_event_time = task.max_event_time;
  run.rows = task.row_index;
  return stopped == 0 && !context.failed;
}

KeptTables::KeptTables(const Plan& plan, MemoryBudget* budget) {
  for (const OperatorPlan& op : plan.operators) {
    const auto* aggregate = std::get_if<AggregatePlan>(&op);
    arenas_.emplace_back(budget);
    if (aggregate == nullptr || aggregate->per_unit) {
      tables_.push_back(nullptr);
      continue;
    }
    tables_.push_back(std::make_unique<FlowTable>());
    flow_table_init(tables_.back().get(), nullptr, aggregate->entry_size);
  }
  // Arenas stay where they are from here on.
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (tables_[i] != nullptr) tables_[i]->arena = arenas_[i].get();
  }
}

void PrepareTables(const Plan& plan, const FragmentPlan& fragment, KeptTables* kept, Slots* slots,
                   Arena* arena) {
  for (size_t i = 0; i < fragment.tables.size(); ++i) {
    int op = fragment.tables[i];
    FlowTable* table = kept->Get(op);
    if (table == nullptr) {
      const auto& aggregate = std::get<AggregatePlan>(plan.operators[static_cast<size_t>(op)]);
      table = static_cast<FlowTable*>(arena->Allocate(sizeof(FlowTable), alignof(FlowTable)));
      flow_table_init(table, arena->get(), aggregate.entry_size);
    }
    slots->tables[i] = table;
  }
}

}  // namespace flow::runtime
