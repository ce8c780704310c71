#pragma once
// How a source gives its input: partitions (a file, a pipe, a generator), each cut into units by a
// reader.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/env.h"
#include "runtime/records.h"
#include "runtime/status.h"
#include "runtime/unit.h"

namespace flow::runtime {

enum class Next : uint8_t {
  kUnit,   // a unit was given
  kWait,   // nothing at hand now; the reader wakes the scheduler when there is
  kEnd,    // no more units
  kFault,  // Unit::status says what went wrong
};

class UnitReader {
 public:
  virtual ~UnitReader() = default;
  // Cuts the next unit. Called by one thread at a time. A blocking reader may wait here.
  virtual Next Read(Unit* unit) = 0;
  // Brings the bytes of a unit that Read left on disk; called by workers in parallel.
  virtual Status Load(Unit*) { return Status::Ok(); }
  // Wants units of at most so many bytes, or of one record; called before the first Read.
  virtual void LimitUnits(int64_t) {}
  // True when Read may wait for input: it then runs on a thread of its own, and after Stop it still
  // gives what was read before.
  virtual bool blocking() const { return false; }
  // Its turn will come soon: a reader with a thread of its own starts it.
  virtual void Prefetch() {}
  // Makes a waiting Read return kEnd soon; from any thread.
  virtual void Stop() {}
  // Number of the line that starts at `offset`, counted when asked for; 0: not known.
  virtual int64_t LineAt(int64_t) { return 0; }
};

struct Partition {
  int source = 0;
  std::string name;  // path, or the connector's name
  bool bounded = true;
  int64_t bytes = -1;  // to read, -1: not known
  std::function<Status(std::unique_ptr<UnitReader>*)> open;
};

// What readers of text need to know of their source.
struct TextRules {
  int64_t unit_bytes = 1 << 20;
  int64_t max_record_bytes = 16 << 20;
  RecordShape shape;
  bool count_lines = false;  // rows tell their line: units must know theirs before they are run
  // CSV with a header: maps the columns of a file by its first record (without the line break).
  // Null when the first record is data.
  std::function<Status(const std::string& partition, std::string_view header,
                       std::vector<int32_t>* columns)>
      map_columns;
};

// A file that can be read at any offset, from `begin` to `end`: units are ranges, read in parallel
// by the workers.
struct OpenFile {
  std::string name;
  int fd = -1;
  int64_t begin = 0;
  int64_t end = 0;
  bool owned = true;  // to be closed at the end
};
Status OpenChunkReader(Env& env, const OpenFile& file, const TextRules& rules,
                       std::unique_ptr<UnitReader>* reader);

// A stream of bytes that can be read only forward.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // > 0: bytes read; 0: the end; kNothingYet: only when !wait; kStopped: after Stop; else -errno.
  static constexpr int64_t kNothingYet = INT64_MIN;
  static constexpr int64_t kStopped = INT64_MIN + 1;
  virtual int64_t Read(char* data, int64_t size, bool wait) = 0;
  virtual void Stop() {}
  // Bytes taken from the file below, where that differs (compression).
  virtual int64_t raw_bytes() const { return -1; }
  virtual std::string fault() const { return {}; }  // words for the last failed Read
};

// Cuts whatever `stream` gives up to its last complete record; flushes when it has nothing more.
std::unique_ptr<UnitReader> MakeStreamReader(const std::string& name,
                                             std::unique_ptr<ByteStream> stream,
                                             const TextRules& rules);

// Reads `inner` on a thread of its own, a few units ahead; `wake` is called when there is news.
inline constexpr size_t kUnitsAhead = 4;
std::unique_ptr<UnitReader> MakeReaderThread(std::unique_ptr<UnitReader> inner,
                                             std::function<void()> wake);

// Pipes, terminals, sockets.
std::unique_ptr<ByteStream> MakeFdStream(Env& env, int fd, bool close_at_end);
// A growing file: never ends, survives rotation (by rename or truncation).
std::unique_ptr<ByteStream> MakeFollowStream(Env& env, const std::string& path);
// Inflates gzip or zstd when `stream` begins with their marks, else passes it on.
std::unique_ptr<ByteStream> MakeInflatingStream(std::unique_ptr<ByteStream> stream);
// True when these first bytes of a file are of a compression we read.
bool IsCompressed(std::string_view first_bytes);

}  // namespace flow::runtime
