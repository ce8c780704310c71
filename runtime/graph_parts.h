#pragma once
// What a graph is made of; internal to graph.cpp and graph_account.cpp.

#include <set>

#include "runtime/graph.h"
#include "runtime/profile.h"

namespace flow::runtime {

// A fragment whose input is rows made here. It is never entered while it runs: the graph has no
// cycles.
struct Graph::OperatorFragment {
  OperatorFragment(int fragment_index, const FragmentPlan& fragment, MemoryBudget* budget)
      : index(fragment_index),
        slots(fragment.outputs.size(), fragment.tables.size(), fragment.collectors.size(),
              fragment.tallies.size()),
        arena(budget) {}
  int index;
  Slots slots;
  Arena arena;
  RejectLog rejects;
};

struct Graph::OperatorNode {
  int32_t stage = kAtRest;                  // Plan::stages
  int64_t kept_most = 0;                    // rows or groups, for a profile
  std::vector<OperatorFragment> fragments;  // that read its rows
  std::set<int> sources;                    // that feed it directly; their time rules it
  std::vector<int> inputs;                  // operators that feed it
  std::set<int> all_sources;                // through whatever stands between
  // What feeds input 1 of a lookup in a table that ends: its sources, and whether rows come to it
  // from elsewhere too, whose end only the end of all input tells.
  bool reads_table = false;
  bool table_ended = false;
  bool table_made = false;
  std::set<int> table_sources;
  int64_t watermark = INT64_MIN;
  bool left_out = false;  // nothing that feeds it and has not ended has ever told a time
  int64_t rows_out = 0;
  int64_t late = 0;
  // Of the call to generated code in progress.
  TaskContext task_context;
  FlowTask task{};
  std::unique_ptr<Arena> task_arena;
  RejectLog rejects;
};

// A rejected row on its way to the stream of its handler, with the texts its row refers to.
struct Graph::RoutedRow {
  int handler;
  Reject reject;
  RejectPlace place;
  RejectText text;
};

}  // namespace flow::runtime
