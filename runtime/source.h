#pragma once
// What a connector is asked for: the partitions of a source.

#include <functional>
#include <vector>

#include "runtime/env.h"
#include "runtime/program.h"
#include "runtime/reader.h"
#include "runtime/status.h"

namespace flow::runtime {

struct SourceRequest {
  const Program& program;
  const SourcePlan& plan;
  int source = 0;
  const RunOptions& options;
  Env& env;
  std::function<void()> wake;  // for MakeReaderThread
};

// The rules by which the source's format cuts text.
TextRules MakeTextRules(const SourceRequest& request);

}  // namespace flow::runtime
