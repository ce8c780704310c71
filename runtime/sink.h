#pragma once
// Where rows end. All calls come from one thread at a time.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/env.h"
#include "runtime/program.h"
#include "runtime/records.h"
#include "runtime/status.h"

namespace flow::runtime {

class Screen;

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status Open() { return Status::Ok(); }
  // Whole encoded rows.
  virtual Status Write(std::string_view bytes) = 0;
  // No more rows with event time < `watermark` will come; INT64_MIN: nothing is known.
  virtual Status Advance(int64_t /*watermark*/) { return Status::Ok(); }
  // Nothing more comes for now: shows what is held back.
  virtual Status Flush() { return Status::Ok(); }
  // All rows were written: makes them durable and visible under their name.
  virtual Status Finish() { return Status::Ok(); }
  // The run has failed: leaves nothing half done behind.
  virtual void Abandon() {}
  // True when nobody reads it any more; writes go nowhere.
  virtual bool closed() const { return false; }
};

struct SinkRequest {
  const Program& program;
  const SinkPlan& plan;
  const RunOptions& options;
  Env& env;
  Screen* screen;
};

}  // namespace flow::runtime
