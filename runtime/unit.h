#pragma once
// A unit of input on its way: read by a source, run through fragments by a worker, folded in order.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/abi.h"
#include "runtime/memory.h"
#include "runtime/status.h"

namespace flow::runtime {

class UnitReader;
struct Program;
class Env;

// Bytes that can be read from FlowInput::end on (its first is a newline).
inline constexpr int64_t kInputPadding = 64;

enum class UnitKind : uint8_t { kRows, kEndOfPartition, kFault };

// A record that is longer than the source allows: it never reaches a fragment.
struct LongRecord {
  int64_t offset = 0;  // in the partition
  int64_t line = 0;    // lines of the unit before it
  std::string head;    // its first bytes
};

struct Unit {
  UnitKind kind = UnitKind::kRows;
  int source = 0;
  int partition = 0;   // index into the run's partitions
  int64_t number = 0;  // in its sequence
  FlowInput input{};
  Buffer bytes;
  // Bytes that the worker has yet to read, by UnitReader::Load.
  UnitReader* reader = nullptr;
  int64_t load_offset = 0;
  int64_t load_size = 0;
  int64_t bytes_read = 0;  // of the partition, before decompression; for progress
  LongRecord long_record;  // after the unit's records, when has_long_record
  bool has_long_record = false;
  Status status;  // kFault
};

// What a rejected row leaves until its unit is folded.
struct Reject {
  int site = -1;        // Plan::sites; -1: the record was too long
  int64_t line = 0;     // lines of the unit before the record; -1: not from text
  int64_t offset = -1;  // in the partition
  int64_t column = 0;   // of the fault in the record, from 1; 0: not known
  int64_t event_time = INT64_MIN;
  // It stands if P before the unit is in [since, until): beyond, the row is late; below, it was
  // reported already.
  int64_t since = INT64_MIN;
  int64_t until = INT64_MAX;
  int64_t count = 1;  // of dropped rows, which are only counted, one stands for those that follow
  std::string detail;
  std::string row;
  bool StandsAt(int64_t watermark) const { return since <= watermark && watermark < until; }
};

// Rejected rows of a unit or of a batch, in the order in which they were met.
struct RejectLog {
  std::vector<Reject> rows;
  std::vector<size_t> last;  // per site: 1 + index of its last row; 0: it has none
  void Clear() {
    rows.clear();
    std::fill(last.begin(), last.end(), 0);
  }
};

// Result slots of one fragment, laid out as FlowTask wants them.
class Slots {
 public:
  Slots() = default;
  Slots(size_t outputs, size_t tables, size_t collectors, size_t tallies);
  ~Slots();
  Slots(Slots&& other) noexcept;
  Slots& operator=(Slots&&) = delete;
  Slots(const Slots&) = delete;

  void Clear();  // forgets contents, keeps memory; tables are the owner's business

  std::vector<FlowBuffer> outputs;
  std::vector<FlowTable*> tables;
  std::vector<FlowRows> collectors;
  std::vector<FlowTallies> tallies;
};

// What flow_reject and flow_now find behind FlowTask::runtime.
struct TaskContext {
  const Program* program = nullptr;
  Env* env = nullptr;
  RejectLog* rejects = nullptr;
  bool knows_late = true;  // no row that gets here turns out late
  int64_t first_offset = 0;
  const char* text_begin = nullptr;  // of the unit; null when its rows are not text
  bool failed = false;               // a row was rejected under `on error fail`
};

// A unit with everything it produces; kept in a pool per source.
struct Work {
  explicit Work(MemoryBudget* budget) : arena(budget) {}
  Unit unit;
  Arena arena;
  std::vector<Slots> slots;  // per fragment of the source
  RejectLog rejects;
  std::vector<int64_t> counters;  // Plan::counters, of this unit; added up when it is folded
  int64_t rows = 0;
  int64_t max_event_time = INT64_MIN;
  bool ran = false;
  bool failed = false;
};

}  // namespace flow::runtime
