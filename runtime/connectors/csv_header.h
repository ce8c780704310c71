#pragma once
// The first line of CSV output.

#include <string>

#include "runtime/sink.h"

namespace flow::runtime {

// Empty when the format is another, or is to have no header.
std::string CsvHeader(const SinkRequest& request);

}  // namespace flow::runtime
