#pragma once
// What a worker does with one unit of input, whoever hands it the unit: the scheduler's threads, or
// a simulation.

#include <memory>

#include "runtime/graph.h"

namespace flow::runtime {

// An empty unit of `source`, with slots for what its fragments give.
std::unique_ptr<Work> MakeWork(const Plan& plan, const Graph& graph, int source,
                               MemoryBudget* budget);
// Empties it for the next unit of the same source, keeping its memory.
void ResetWork(Work* work);

// Leaves the unit as it was before it was run.
void ForgetResults(Work* work);

// Runs the source's fragments over the unit. Those that want their units one after another are left
// to the graph.
void RunWork(const Program& program, Env& env, const Graph& graph, KeptTables* kept, Work* work);

}  // namespace flow::runtime
