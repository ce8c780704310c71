#pragma once
// The sink of `file(path, partition: "a, b")`: a folder of files by the values of columns.

#include <memory>
#include <string>

#include "runtime/sink.h"

namespace flow::runtime {

// `extension` of the files, with its dot; `header` stands at the beginning of each. `every`: how
// much event time a partition holds, in nanoseconds; 0: partitions are complete at the end.
std::unique_ptr<Sink> MakePartitionedFileSink(Env& env, std::string folder, std::string extension,
                                              std::string header, int64_t every, bool quiet);

}  // namespace flow::runtime
