#pragma once
// Rows in memory on their way to an operator and from it, and entries of groups: what generated
// code writes, operators keep, and `flowc plan` counts.

#include <string>
#include <vector>

#include "base/catalog.h"
#include "ir/module.h"

namespace flow::ir {

// What goes beside the columns of a stream's rows in memory (runtime::PortPlan).
bool CarriesTime(const StreamType& stream);    // event time that no column gives
bool CarriesChange(const StreamType& stream);  // +1 or -1, of an updating stream

// The memory of rows that an operator sends: columns, then what goes beside them.
Type SentRow(const StreamType& stream);

// What a sink is given of an updating stream: `_op`, then the columns (semantics.md 60).
Type ChangelogRow(const Type& row);

// The memory of rows collected for an operator: it begins as what the operator sends does, if it
// hands on the rows it takes.
struct CollectedRow {
  Type type;
  int64_t time_offset = -1;
  int64_t change_offset = -1;
  std::vector<uint32_t> extras;  // offsets of what the operator asked for, part by part
};
// `row`: the columns, with those that the operator fills in; `input`: the stream they come from;
// `timed`: the operator wants event time, whether its result has one or not; `extras`: structs.
CollectedRow LayOutCollected(const Type& row, const StreamType& input, bool timed,
                             const std::vector<Type>& extras);

// What an operator asks for that lets rows through as they are: P just before the row.
Type WatermarkExtra();

// The rows that `op`, one where rows rest, is given of its input number `port`. Aggregates are
// given groups: their row has no fields.
CollectedRow CollectedBy(const Module& module, ValueId op, size_t port = 0);

// What a row gives to a call of an `over`: whether it counts, then the arguments.
Type GivenType(const Module& module, const AggregateCall& call);

// The kernels of a call, which the catalog must know.
const AggregateOverload& OverloadOf(const Catalog& catalog, const AggregateCall& call);

// Where one aggregate keeps its state in a group's entry.
struct CallState {
  const AggregateCall* call = nullptr;
  const AggregateOverload* overload = nullptr;
  uint64_t offset = 0;
  int64_t count_offset = -1;  // of the number of rows it has seen, where an empty one is none
  std::vector<Type> types;    // for generic kernels: result, then arguments (not optional)
};

// Groups of one aggregate: entry { u64 hash, key, states }.
struct GroupMemory {
  Type key_type;
  uint64_t key_offset = 8;
  uint64_t size = 0;
  std::vector<CallState> calls;
};
GroupMemory LayOutGroups(const Module& module, const Catalog& catalog, const Type& key_type,
                         const std::vector<const AggregateCall*>& calls);

// The window whose panes are folded by an aggregate of `input`, or null.
const Window* PanesBelow(const Graph& graph, ValueId input);
// Whether such panes are kept as stacks, which merge each state a constant number of times: not
// where the order of rows counts, nor where states grow with the rows. Windows that cumulate have
// one pane each.
bool StacksPanes(const Catalog& catalog, const Window& window, const GroupMemory& groups);
// Beside its entry a group of a stacked pane has this many bytes.
inline constexpr int64_t kPaneLinkBytes = 32;

// Whether values of the type have parts outside of their memory: text, arrays, maps.
bool HasPointers(const Type& type);

}  // namespace flow::ir
