#pragma once
// What an op does besides giving a value: whether it can reject the row, and which fields of the
// row it reads.

#include <string>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::ir {

// Whether evaluating `op` of `fn` can reject the row. Ops whose failure is a value (`yield`)
// cannot.
bool CanReject(const Module& module, const Catalog* catalog, const Function& fn, ValueId op);
// Whether any op of `fn` can.
bool CanReject(const Module& module, const Catalog* catalog, FnId fn);

// Whether the native function may fail or fault; true when the catalog is not known.
bool CallMayFail(const Catalog* catalog, const Call& call);

// The columns that a stage reads through `fn` (semantics.md 18), in the order of first use: every
// field of argument 0 that the body names, its value used or not, because passes leave a field op
// behind where they drop what was computed with it. `makes_row`: the function of a map; a column
// that its result struct takes as it is, and nothing else uses, is passed on unread.
struct FieldsRead {
  bool all = false;  // the row is used as a whole
  std::vector<std::string> names;
};
FieldsRead FieldsReadBy(const Function& fn, bool makes_row = false);

// For each field of the struct that a map's function gives, the column of its row that it is as it
// stands, or empty.
std::vector<std::string> PassedColumns(const Function& fn);

// Whether `op` ranks rows by keys of which equal ones are decided by event time (semantics.md 26):
// rows made by a stage of a window scope come in the order of theirs anyway.
bool TiesGoByTime(const Graph& graph, const Op& op);

// Whether `op` is an aggregate whose silent groups start anew.
bool RetainsGroups(const Op& op);

// Whether a stage below an updating `id` has to be given the rows that others replace. A sink has
// not, nor what gives it a row for each row.
bool AsksForOldRows(const Module& module, const Catalog* catalog, ValueId id);

// Whether `id` is a join of rows that are rewritten, or whose results are.
bool JoinsTables(const Graph& graph, ValueId id);

// Whether `op` looks at the event time of its rows, by itself or to tell equal ones apart.
bool WorksInTime(const Graph& graph, const Op& op);

// For each op, whether a stage below it uses event time: only then its source reads the time column
// (semantics.md 19).
std::vector<bool> UsesOfTime(const Module& module, const Catalog* catalog);

// The rows that function `fn` of `op`, no constant, takes: that of one input or of both; for a step
// of a pattern the row and the struct of the steps before it.
std::vector<Type> RowsOf(const Graph& graph, const Op& op, FnId fn);

// Whether rows of `op` (which may be late: the window op itself, or an op that works in event time)
// are wanted as a stream.
bool LateRowsWanted(const Graph& graph, ValueId op);

// Whether the sink publishes its partitions by event time.
bool PublishesByTime(const Sink& sink);

// Whether `id` is a field of argument 0, or a field of such a field.
bool IsRowPath(const Function& fn, ValueId id);

}  // namespace flow::ir
