#pragma once
// What to run: sources feed fragments (generated functions), fragments feed sinks and operators,
// operators feed fragments. Built by codegen/plan.cpp; in an ahead-of-time executable read back
// from its serialised form. Code and constants are named by symbol and resolved through a
// SymbolResolver, so that the same plan serves JIT and AOT.
//
// Start-up constants: every connector argument, count or duration is a field of one struct that the
// generated function `init_symbol` computes from the parameters before anything runs; the plan
// refers to fields by index.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/stages.h"

namespace flow::runtime {

inline constexpr int kNoConst = -1;

struct ConstPlan {
  std::string name;           // for messages, e.g. "path of source `logs`"
  std::string type_symbol;    // FlowType
  uint32_t offset = 0;        // in the constants struct
  int64_t least = INT64_MIN;  // a lower value ends the run before it begins
  int step = -1;              // index of a constant of which this must be a whole number
  friend bool operator==(const ConstPlan&, const ConstPlan&) = default;
};

struct ParamPlan {
  std::string name;
  std::string type_text;    // as the script writes it, for --help
  std::string type_symbol;  // FlowType
  uint32_t offset = 0;      // in the parameters struct
  bool has_default = false;
  std::string default_text;  // value as the command line would write it
  std::string doc;
  friend bool operator==(const ParamPlan&, const ParamPlan&) = default;
};

// A named argument of a connector or format.
struct ArgPlan {
  std::string name;
  int constant = kNoConst;  // index into Plan::consts
  friend bool operator==(const ArgPlan&, const ArgPlan&) = default;
};

struct EndpointPlan {
  std::string connector;  // "file", "stdin", "stdout", "nexmark", "blackhole"
  std::vector<ArgPlan> args;
  std::string format;  // "json", "csv", "text", "" (generator, blackhole)
  std::vector<ArgPlan> format_args;
  friend bool operator==(const EndpointPlan&, const EndpointPlan&) = default;
};

struct SourcePlan {
  std::string name;  // as the script calls it
  EndpointPlan endpoint;
  std::string row_type_symbol;  // FlowType of the columns in use
  std::vector<std::string>
      all_columns;  // external names in schema order (CSV without header counts by them)
  int fields_used = 0;
  int fields_total = 0;
  bool bounded = true;
  bool has_time = false;
  int delay = kNoConst;  // watermark delay
  int jump = kNoConst;
  int idle = kNoConst;
  int handler = 0;           // Plan::handlers, for decode errors
  bool needs_lines = false;  // FlowInput::first_line must be counted
  friend bool operator==(const SourcePlan&, const SourcePlan&) = default;
};

struct SinkPlan {
  std::string name;
  EndpointPlan endpoint;
  std::string row_type_symbol;
  std::vector<std::string> columns;  // external names: CSV header, table header
  bool ordered = false;              // the pipeline promises the order of one partition
  bool framed = false;               // rows come in frames (runtime/partition.h)
  bool changes = false;              // rows replace and delete others: the first column says which
  friend bool operator==(const SinkPlan&, const SinkPlan&) = default;
};

// Where a fragment's input comes from.
enum class InputKind : uint8_t { kSource, kOperator, kRejects };
// Rows that count only where the fold finds them late, or in time (FlowTallies).
struct TallyPlan {
  int counter = 0;    // Plan::counters
  bool late = false;  // late rows are counted, else those in time
  friend bool operator==(const TallyPlan&, const TallyPlan&) = default;
};
struct FragmentPlan {
  std::string symbol;  // FlowFragmentFn
  InputKind input_kind = InputKind::kSource;
  int input = 0;                   // index of source, operator or handler
  std::vector<int> outputs;        // output slot -> sink index
  std::vector<int> tables;         // table slot -> operator index (aggregates)
  std::vector<int> collectors;     // collector slot -> operator index (others)
  std::vector<int> ports;          // collector slot -> input of that operator; where it ends, 0
  std::vector<TallyPlan> tallies;  // tally slot ->
  // Rows of a window leave the fragment without meeting windowed state (`window … |> select`): the
  // units are run one after another, each starting with the true largest event time before it.
  bool in_order = false;
  friend bool operator==(const FragmentPlan&, const FragmentPlan&) = default;
};

// When groups are sent, and what an updating stream carries beside their columns (semantics.md 46
// to 48).
struct EmitPlan {
  EmitKind kind = EmitKind::kClose;
  int every = kNoConst;          // a duration, of kEvery
  int late = kNoConst;           // a duration: windows are kept that much longer and sent again
  std::string sent_type_symbol;  // FlowType of what is sent: the result row and what goes with it
  int64_t change_offset = -1;    // of an int; -1: rows are sent once and stay as they are
  int64_t final_offset = -1;     // of a bool of the result row: no later row replaces it
  bool updating() const { return change_offset >= 0; }
  friend bool operator==(const EmitPlan&, const EmitPlan&) = default;
};

// Windows that overlap, put together from panes when they close. In the key of a partial group
// stand where its pane begins (of kCumulate: where its windows begin) and where the first window
// ends that it is for.
struct PanePlan {
  int size = kNoConst;  // durations; kNoConst: there are no panes
  int step = kNoConst;
  bool hops = false;    // windows hop, else they cumulate
  bool stacks = false;  // of hopping windows whose states are small and know no order
  bool in_use() const { return size != kNoConst; }
  friend bool operator==(const PanePlan&, const PanePlan&) = default;
};

// Groups. Entry: { u64 hash, key struct at key_offset, states }.
struct AggregatePlan {
  uint32_t entry_size = 0;
  uint32_t key_offset = 8;
  std::string
      key_type_symbol;  // FlowType of the key struct: window_start, window_end first when windowed
  std::string eq_symbol;        // FlowEqualFn on key structs
  std::string init_symbol;      // FlowEntryInitFn
  std::string merge_symbol;     // FlowMergeFn
  std::string final_symbol;     // FlowFinalFn
  std::string row_type_symbol;  // result row
  bool windowed =
      false;  // window_end is the second int64 of the key; groups leave when W >= window_end
  bool per_unit = false;        // partials per unit of input, folded in order (windowed or
                                // order-dependent aggregates)
  bool always_one_row = false;  // semantics.md 35: no group by, no window, bounded
  bool ordered = false;         // a result depends on the order of the rows
  EmitPlan emit;
  PanePlan panes;
  friend bool operator==(const AggregatePlan&, const AggregatePlan&) = default;
};

struct SortKey {
  uint32_t offset = 0;      // in the collected row
  std::string type_symbol;  // FlowType
  bool descending = false;
  friend bool operator==(const SortKey&, const SortKey&) = default;
};

// Collected rows are { result row, then sort keys, then `per` keys, then event time if ties go by
// it }; results are pointers to their beginnings.
struct TopPlan {
  std::string row_type_symbol;  // whole collected row (to copy it)
  int count = kNoConst;
  SortKey by;
  std::vector<SortKey> per;
  std::vector<SortKey> then;  // decide between equal ones, before the order of coming does
  bool ties = false;
  int64_t rank_offset = -1;        // of an int in the result row, or -1
  int64_t window_end_offset = -1;  // of the timestamp in the result row, or -1: whole stream
  friend bool operator==(const TopPlan&, const TopPlan&) = default;
};

struct OrderPlan {
  std::string row_type_symbol;
  std::vector<SortKey> by;
  int64_t window_end_offset = -1;
  friend bool operator==(const OrderPlan&, const OrderPlan&) = default;
};

struct LimitPlan {
  std::string row_type_symbol;
  int count = kNoConst;
  friend bool operator==(const LimitPlan&, const LimitPlan&) = default;
};

// Shows rows on standard error and ends there (the stream itself goes on beside it).
struct PeekPlan {
  std::string row_type_symbol;
  int label = kNoConst;
  int count = kNoConst;
  friend bool operator==(const PeekPlan&, const PeekPlan&) = default;
};

// How rows come to an operator: { columns, event time, change, what the operator asked for }. A row
// that it sends begins with its result's columns, followed by event time and change if the result
// has them; so an operator that passes rows on sends what it collected.
struct PortPlan {
  std::string row_type_symbol;  // the whole collected row
  int64_t time_offset = -1;     // of a timestamp; -1: the stream has no event time
  int64_t change_offset = -1;   // of an int, +1 or -1; -1: rows stay as they are
  friend bool operator==(const PortPlan&, const PortPlan&) = default;
};

// One row per key and span of time (semantics.md 63).
struct DedupPlan {
  PortPlan input;
  std::vector<SortKey> key;
  int within = kNoConst;  // a duration; without it one row per key
  bool keep_last = false;
  int64_t window_end_offset = -1;  // of the timestamp in the row: per window; -1: whole stream
  friend bool operator==(const DedupPlan&, const DedupPlan&) = default;
};

// Windows of a key's rows: sessions, and so many rows (semantics.md 45). Rows begin with the
// columns window_start, window_end, which the operator fills in; behind them stands the number of
// a count window.
struct SessionPlan {
  PortPlan input;
  std::vector<SortKey> key;
  int gap = kNoConst;
  int max = kNoConst;
  friend bool operator==(const SessionPlan&, const SessionPlan&) = default;
};
struct CountWindowPlan {
  PortPlan input;
  std::vector<SortKey> key;
  int count = kNoConst;
  int every = kNoConst;  // none: as `count`
  bool bounded = true;   // the input ends, and windows that are not complete are sent then
  friend bool operator==(const CountWindowPlan&, const CountWindowPlan&) = default;
};

// A step of a pattern, or what must not come before the next one.
struct MatchStepPlan {
  std::string condition_symbol;  // FlowRowFn over the row and the struct of the steps before
  std::vector<int> reads;        // steps, `without` not counted, whose rows the condition looks at
  bool without = false;
  bool next = false;  // takes the very next row
  int64_t least = 1;
  int64_t most = 1;           // -1: no end
  uint32_t steps_offset = 0;  // of its rows in the struct that conditions see
  uint32_t result_offset = 0;
  friend bool operator==(const MatchStepPlan&, const MatchStepPlan&) = default;
};

// Patterns in the rows of each key (semantics.md 66).
struct MatchPlan {
  PortPlan input;
  std::vector<SortKey> key;
  std::vector<uint32_t> key_offsets;  // in the result
  int within = kNoConst;              // a duration
  bool overlapping = false;
  uint32_t row_size = 0;  // of the columns, as they stand in steps
  std::vector<MatchStepPlan> steps;
  uint32_t steps_size = 0;  // of the struct that conditions see
  std::string result_type_symbol;
  int64_t result_time_offset = 0;
  friend bool operator==(const MatchPlan&, const MatchPlan&) = default;
};

// Bytes of a collected row that go into a row being made.
struct MovePlan {
  uint32_t from = 0;
  uint32_t to = 0;
  uint32_t size = 0;
  int64_t flag = -1;  // of a byte that says that the value is there, where it became optional
  friend bool operator==(const MovePlan&, const MovePlan&) = default;
};

// The first rows of each group by rank, where rows are rewritten or results are (semantics.md 57,
// 62, 63): `top`, and `dedup`, which keeps one of its key.
struct TableTopPlan {
  PortPlan input;
  std::string columns_type_symbol;  // FlowType of the input's columns, which a row begins with
  std::string result_type_symbol;   // FlowType of the result's
  int count = kNoConst;             // none: one
  std::vector<SortKey> by;
  std::vector<SortKey> then;  // decide between equal ones
  bool last = false;          // of equal ones the last comes first
  std::vector<SortKey> per;
  bool ties = false;
  int64_t rank_offset = -1;
  int64_t window_end_offset = -1;  // of the timestamp in the row; -1: whole stream
  bool by_place = false;           // what stands at a place replaces what stood there
  std::vector<SortKey> identity;   // else: the columns by which a row replaces another; none: whole
  EmitPlan emit;
  friend bool operator==(const TableTopPlan&, const TableTopPlan&) = default;
};

// When groups start anew (semantics.md 40).
struct RetainPlan {
  int after = kNoConst;  // a duration without a row of theirs; none: never
  bool forgets = false;  // nobody asks what a silent group was sent as
  friend bool operator==(const RetainPlan&, const RetainPlan&) = default;
};

// Groups that take rows, with key and arguments behind their columns: of rows that are rewritten
// the rows are kept; with `retain` rows come in row order and silent groups start anew. Entry: as
// of AggregatePlan.
struct TableAggregatePlan {
  PortPlan input;
  std::string columns_type_symbol;  // FlowType of the columns that a collected row begins with
  std::vector<SortKey> key;
  std::vector<MovePlan> key_moves;  // of the key, from a collected row into an entry
  int64_t window_end_offset = -1;   // of the timestamp in the collected row; -1: whole stream
  uint32_t entry_size = 0;
  std::string init_symbol;         // FlowEntryInitFn
  std::string update_symbol;       // FlowMergeFn of an entry and a collected row
  std::string merge_symbol;        // FlowMergeFn
  std::string final_symbol;        // FlowFinalFn
  std::string result_type_symbol;  // FlowType of the result row
  bool always_one_row = false;     // semantics.md 35: no group by, no window, bounded
  RetainPlan retain;
  EmitPlan emit;
  friend bool operator==(const TableAggregatePlan&, const TableAggregatePlan&) = default;
};

// How a row is made of a left row and the right one it matched. What no move fills is none.
struct JoinRowPlan {
  uint32_t size = 0;
  std::vector<MovePlan> left;
  std::vector<MovePlan> right;   // into the struct of right columns
  std::vector<MovePlan> bounds;  // of the window, from a right row that no left one matched
  int64_t present_offset = -1;   // of a byte: the right struct is there
  int64_t time_offset = -1;      // of event time
  int64_t change_offset = -1;    // of what the row does to an updating stream
  int64_t final_offset = -1;     // of a bool: no later row replaces it
  int64_t span_offset = -1;      // of the bounds of an `until` span
  friend bool operator==(const JoinRowPlan&, const JoinRowPlan&) = default;
};

// Rows of two inputs with equal keys (semantics.md 49 to 55).
struct JoinPlan {
  PortPlan left;
  PortPlan right;
  JoinKind kind = JoinKind::kInner;
  JoinBound bound = JoinBound::kNone;
  bool bounded = true;  // both inputs end
  std::vector<SortKey> left_key;
  std::vector<SortKey> right_key;
  std::string condition_symbol;  // FlowRowFn on left and right row; may be empty
  int before = kNoConst;         // kWithin: durations
  int after = kNoConst;
  int64_t until_offset = -1;            // kUntil: of a timestamp in the left row
  std::vector<int64_t> window_offsets;  // kWindow: of start and end in the left, then the right row
  JoinRowPlan row;
  friend bool operator==(const JoinPlan&, const JoinPlan&) = default;
};

// The same where rows are rewritten or results are (semantics.md 57), without bound in time or
// within the same window.
struct TableJoinPlan {
  PortPlan left;
  PortPlan right;
  std::string left_columns_symbol;  // FlowType of the columns that a collected row begins with
  std::string right_columns_symbol;
  JoinKind kind = JoinKind::kInner;
  std::vector<SortKey> left_key;  // in a window its start is the last
  std::vector<SortKey> right_key;
  std::string condition_symbol;             // as of JoinPlan
  std::vector<int64_t> window_end_offsets;  // in the left and the right row; none: whole stream
  JoinRowPlan row;
  bool bag = false;  // changes go by no key
  EmitPlan emit;
  friend bool operator==(const TableJoinPlan&, const TableJoinPlan&) = default;
};

// The newest right row that is not after the left one.
struct AsofPlan {
  PortPlan left;
  PortPlan right;
  bool keep_left = false;
  std::vector<SortKey> left_key;
  std::vector<SortKey> right_key;
  std::string condition_symbol;
  int within = kNoConst;  // a duration, or none
  JoinRowPlan row;
  friend bool operator==(const AsofPlan&, const AsofPlan&) = default;
};

// The last row of each key of the right input (semantics.md 56).
struct LookupPlan {
  PortPlan left;
  PortPlan right;
  bool keep_left = false;
  bool bounded = true;            // the right input ends, and is read before any left row looks up
  int64_t watermark_offset = -1;  // in the left row: P before it, as far as its unit knew
  std::vector<SortKey> left_key;
  std::vector<SortKey> right_key;  // the key of the table
  std::string condition_symbol;
  JoinRowPlan row;
  friend bool operator==(const LookupPlan&, const LookupPlan&) = default;
};

// A function over the trailing rows of each row (semantics.md 65): of the last `last`, of the last
// `rows`, or of all so far. The collected row has room for the results; what the function is given
// of a row stands behind them.
struct OverCallPlan {
  std::vector<SortKey> key;
  int last = kNoConst;  // a duration
  int rows = kNoConst;
  int lag = kNoConst;  // the value so many rows before; then there is no state
  uint32_t entry_size = 0;
  std::string init_symbol;    // FlowEntryInitFn
  std::string update_symbol;  // FlowMergeFn: of an entry with a collected row
  std::string merge_symbol;   // FlowMergeFn
  std::string final_symbol;   // FlowFinalFn: of an entry, for `lag` of a row or null
  friend bool operator==(const OverCallPlan&, const OverCallPlan&) = default;
};
struct OverPlan {
  PortPlan input;
  std::vector<OverCallPlan> calls;
  friend bool operator==(const OverPlan&, const OverPlan&) = default;
};

using OperatorPlan =
    std::variant<TableAggregatePlan, TableJoinPlan, TableTopPlan, AggregatePlan, AsofPlan,
                 CountWindowPlan, DedupPlan, JoinPlan, LimitPlan, LookupPlan, MatchPlan, OrderPlan,
                 OverPlan, PeekPlan, SessionPlan, TopPlan>;

enum class HandlerKind : uint8_t { kFail, kDrop, kRoute };
struct HandlerPlan {
  HandlerKind kind = HandlerKind::kFail;
  std::string name;  // of the stream for kRoute
  friend bool operator==(const HandlerPlan&, const HandlerPlan&) = default;
};

// A place where a row can be rejected (semantics.md 22).
struct SitePlan {
  std::string stage;    // e.g. "where", "set", "source logs"
  std::string code;     // e.g. "R0101"
  std::string message;  // without the detail
  int handler = 0;
  int source = -1;  // Plan::sources the rows come from, -1 when derived
  uint32_t script_line = 0;
  uint32_t script_column = 0;
  int place = -1;  // Plan::stages
  friend bool operator==(const SitePlan&, const SitePlan&) = default;
};

struct CounterPlan {
  std::string name;   // e.g. "where on line 3", counted: rows removed
  bool late = false;  // counted: rows late for their window
  int place = -1;     // Plan::stages
  friend bool operator==(const CounterPlan&, const CounterPlan&) = default;
};

// A stage of the script as it runs, in program order: for the account of a run (runtime/account.h).
// At most one of the numbers says where its rows come from or go.
struct StagePlan {
  std::string name;          // "where", "source logs", "into out"
  uint32_t script_line = 0;  // 0: made by the compiler
  std::vector<int> inputs;   // Plan::stages
  int source = -1;
  int sink = -1;
  int op = -1;              // Plan::operators
  int handler = -1;         // it gives the rows rejected there
  int late_of = -1;         // it gives the rows that come too late for this stage
  bool multiplies = false;  // one row may become several
  bool looks_up = false;    // its second input is a table
  friend bool operator==(const StagePlan&, const StagePlan&) = default;
};

struct Plan {
  std::string script_name;
  std::vector<ParamPlan> params;
  uint32_t params_size = 0;
  std::vector<ConstPlan> consts;
  uint32_t consts_size = 0;
  std::string init_symbol;  // FlowInitFn
  std::vector<SourcePlan> sources;
  std::vector<SinkPlan> sinks;
  std::vector<FragmentPlan> fragments;
  std::vector<OperatorPlan> operators;
  std::vector<HandlerPlan> handlers;
  std::vector<SitePlan> sites;
  std::vector<CounterPlan> counters;
  std::vector<StagePlan> stages;
  std::vector<std::string> regexes;  // patterns, compiled before the run
  friend bool operator==(const Plan&, const Plan&) = default;
};

// Finds code and constants of a plan by symbol.
class SymbolResolver {
 public:
  virtual ~SymbolResolver() = default;
  virtual void* Find(const std::string& symbol) const = 0;  // null when unknown
};

}  // namespace flow::runtime
