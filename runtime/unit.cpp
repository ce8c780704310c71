#include "runtime/unit.h"

#include <cstdlib>

namespace flow::runtime {

Slots::Slots(size_t output_count, size_t table_count, size_t collector_count, size_t tally_count)
    : outputs(output_count, FlowBuffer{}),
      tables(table_count, nullptr),
      collectors(collector_count, FlowRows{}),
      tallies(tally_count, FlowTallies{}) {}

Slots::Slots(Slots&& other) noexcept
    : outputs(std::move(other.outputs)),
      tables(std::move(other.tables)),
      collectors(std::move(other.collectors)),
      tallies(std::move(other.tallies)) {
  other.outputs.clear();
  other.collectors.clear();
  other.tallies.clear();
}

Slots::~Slots() {
  for (FlowBuffer& buffer : outputs) std::free(buffer.data);
  for (FlowRows& rows : collectors) std::free(rows.rows);
  for (FlowTallies& tally : tallies) std::free(tally.runs);
}

void Slots::Clear() {
  for (FlowBuffer& buffer : outputs) buffer.size = 0;
  for (FlowRows& rows : collectors) rows.count = 0;
  for (FlowTallies& tally : tallies) {
    tally.last = {};
    tally.count = 0;
  }
}

}  // namespace flow::runtime
