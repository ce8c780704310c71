#pragma once
// The contract between generated code, the runtime, the interpreter and native functions: C structs
// with fixed layout (x86-64 SysV). Layout of values: base/type.h, TypeLayout. Included by helper
// code that becomes bitcode: no exceptions, no statics, no STL here.

#include <stdint.h>

extern "C" {

// string (UTF-8), bytes, json (text of the value): a view; whoever keeps it beyond the input buffer
// copies it.
struct FlowString {
  const char* data;
  int64_t size;  // bytes
};

// array: `count` elements, each LayoutOf(element).size bytes. map: elements are { key, value }
// structs in input order.
struct FlowArray {
  void* data;
  int64_t count;
};

// ---- Type descriptors: what generic helpers know of a value. Emitted as constants by codegen,
// built by runtime/type_descriptor.h for interpreter and tests. `kind` is flow::TypeKind.
struct FlowType;
struct FlowField {
  FlowString name;
  FlowString external;  // name in files
  const FlowType* type;
  uint32_t offset;
};
struct FlowType {
  uint8_t kind;
  uint8_t precision;  // decimal
  uint8_t scale;      // decimal
  uint32_t size;
  uint32_t align;
  uint32_t count;            // struct: fields; set: labels
  const FlowField* fields;   // struct
  const FlowString* labels;  // set
  const FlowType* inner;     // optional, array element, map value
  const FlowType* key;       // map key
  const FlowType* entry;     // map: the { key, value } struct
};

// ---- Memory
// Bump allocator; blocks are freed together. `flow_arena_grow` is native and called when [at, end)
// is too small.
struct FlowArena {
  char* at;
  char* end;
  void* blocks;       // owned by the runtime
  int64_t allocated;  // bytes in blocks
};

// Growing output bytes. `flow_buffer_grow` is native.
struct FlowBuffer {
  char* data;
  int64_t size;
  int64_t capacity;
};

// Rows collected for an operator: pointers to rows in an arena, in row order. `flow_rows_grow` is
// native.
struct FlowRows {
  void** rows;
  int64_t count;
  int64_t capacity;
};

// Rows of a unit of which only its fold knows whether they are late (semantics.md 28): those of one
// `late_from` are if P before the unit has reached it. Runs of equal ones, in the order of the
// rows; the last one is in the making. `flow_tally_turn` is native and begins a run.
struct FlowTally {
  int64_t late_from;
  int64_t rows;
};
struct FlowTallies {
  FlowTally last;
  FlowTally* runs;  // before the last
  int64_t count;
  int64_t capacity;
};

// Hash table of group entries; defined in runtime/inline/table.h.
struct FlowTable;

// ---- What a fragment works on
// One unit of input: exactly one of the three forms is used, by the plan's fragment input.
struct FlowInput {
  // Text: whole records, ending after the last record's newline (or at the end of input). Padded:
  // `*end` is a newline and 64 bytes from `end` on can be read, so that vector scans need no bound.
  const char* begin;
  const char* end;
  // Rows of an operator.
  const void* const* rows;
  int64_t row_count;
  // Generator: event numbers [first_id, first_id + id_count).
  int64_t first_id;
  int64_t id_count;
  // Position of the unit in its partition.
  int64_t first_line;    // 1-based number of the first line; 0 when not counted
  int64_t first_offset;  // byte offset in the partition (event number for generators)
  // CSV: for each column of the file, its index in the source's row type, or -1 when nobody reads
  // it (runtime/formats/csv_columns.h). Null: the file has the columns of the schema in its order.
  const int32_t* columns;
  int64_t column_count;
  // Generator: its arguments (FlowNexmark of runtime/inline/nexmark.h); null for other inputs.
  const void* generator;
};

// Everything a fragment reads and writes besides its input. One per worker and unit of input; the
// slots are numbered by the fragment's plan.
struct FlowTask {
  FlowArena* arena;      // lives until the unit's results are folded
  const void* params;    // struct of the script's parameters
  const void* consts;    // struct of start-up constants (Plan::consts)
  FlowBuffer* outputs;   // encoded rows per sink slot
  FlowTable** tables;    // per aggregate slot
  FlowRows* collectors;  // per collecting operator slot
  int64_t* counters;     // Plan::counters
  FlowTallies* tallies;  // per tally slot
  void* const* regexes;  // compiled patterns, Plan::regexes
  // The record being worked on, for rejected rows: set before flow_reject.
  const char* record_begin;
  const char* record_end;
  int64_t line;  // lines of this unit before the record
  // Records of this unit before this one; when the fragment returns, the records it has seen.
  int64_t row_index;
  int64_t event_time;  // of the current row; INT64_MIN when not known
  // Of a row that is rejected: it is late instead if P before the unit has reached this; INT64_MAX:
  // it is not. And the greatest such bound under which the record was reported before, when the
  // source rejects it in several pipelines; INT64_MIN: under none.
  int64_t late_from;
  int64_t told_from;
  // Event time within this unit: largest time so far, INT64_MIN at its start; the watermark P is
  // this minus the delay, and at least `least_watermark`.
  int64_t max_event_time;
  int64_t least_watermark;  // of a partition that came back from idleness; else INT64_MIN
  // Why a native function failed: set by it before it returns false; empty when the site's message
  // says it all.
  FlowString detail;
  // Where in the record the fault lies, for the column in messages; null when not known.
  const char* record_fault;
  void* runtime;  // the runtime's own context
  // Stage that the row is at, a number of Plan::stages; kept up by code compiled for a profile.
  int32_t stage;
};

// Returns 0, or 1 when a rejected row under `on error fail` stopped the unit.
typedef int32_t (*FlowFragmentFn)(FlowTask* task, const FlowInput* input);
// Evaluates start-up constants; 0, or 1 + index of the failing constant.
typedef int32_t (*FlowInitFn)(FlowTask* task, const void* params, void* consts);

// A function of the script over rows in memory, for operators; false when it rejected the row.
typedef bool (*FlowRowFn)(FlowTask* task, const void* const* rows, void* out);

// What a row does to an updating stream. An update is the old row and the new one, adjacent and in
// one batch; below zero a row goes.
static const int64_t kFlowDelete = -1;
static const int64_t kFlowInsert = 1;
static const int64_t kFlowOld = -2;
static const int64_t kFlowNew = 2;

// ---- Group entries of an aggregate: { u64 hash, key struct, states }.
typedef bool (*FlowEqualFn)(const void* key_a, const void* key_b);
typedef void (*FlowMergeFn)(FlowArena* arena, void* into_entry, const void* from_entry);
// Fills `out_row` from an entry; false when a result does not fit its type (the row was rejected).
typedef bool (*FlowFinalFn)(FlowTask* task, const void* entry, void* out_row);
// Sets up the states of a new entry whose hash and key are already there (key strings owned by
// `arena`).
typedef void (*FlowEntryInitFn)(FlowArena* arena, void* entry);

// ---- Native helpers that generated code and inlined helpers may call. Defined in runtime/.
void* flow_arena_grow(FlowArena* arena, int64_t size, int64_t align) noexcept;
void flow_buffer_grow(FlowBuffer* buffer,
                      int64_t extra) noexcept;  // makes capacity >= size + extra
void flow_rows_grow(FlowRows* rows) noexcept;
void flow_tally_turn(FlowTallies* tallies, int64_t late_from) noexcept;
// Rejects the row being worked on at `site` (Plan::sites). Returns true when the unit must stop
// (`on error fail`).
bool flow_reject(FlowTask* task, int32_t site) noexcept;
// The clock, nanoseconds since the epoch (Env's clock, so that it can be virtual).
int64_t flow_now(FlowTask* task) noexcept;
// RE2 search in the compiled pattern `regex` (FlowTask::regexes). Captures: the named groups in the
// order of the pattern; `data` is null for a group that took no part.
bool flow_regex_match(const void* regex, const char* data, int64_t size) noexcept;
bool flow_regex_capture(const void* regex, const char* data, int64_t size, FlowString* groups,
                        int32_t count) noexcept;

// A finished script in an ahead-of-time executable: the serialised plan and the symbols it names.
struct FlowSymbol {
  const char* name;
  void* address;
};
struct FlowProgram {
  const char* plan;  // runtime/plan_text.h reads it
  int64_t plan_size;
  const FlowSymbol* symbols;
  int64_t symbol_count;
  const char* name;  // of the script, for --help
};
}
