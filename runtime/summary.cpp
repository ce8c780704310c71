// What a run counted, for its caller and for the line at its end.

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "runtime/graph.h"

namespace flow::runtime {
namespace {

int64_t Sum(const std::vector<int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0});
}

}  // namespace

int64_t Graph::rows_in() const { return Sum(source_rows_); }
int64_t Graph::rows_out() const { return Sum(sink_rows_); }
int64_t Graph::rejected() const { return Sum(site_counts_) + Sum(long_records_); }

void Graph::Collect(RunResult* result) const {
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    result->sources.push_back({plan_.sources[i].name, source_rows_[i]});
  }
  for (size_t i = 0; i < sink_rows_.size(); ++i) {
    result->sinks.push_back({plan_.sinks[i].name, sink_rows_[i]});
  }
  auto add = [&](const std::string& stage, int64_t count) {
    if (count == 0) return;
    auto same = std::find_if(result->rejects.begin(), result->rejects.end(),
                             [&](const NamedCount& c) { return c.name == stage; });
    if (same == result->rejects.end()) {
      result->rejects.push_back({stage, count});
    } else {
      same->count += count;
    }
  };
  for (size_t i = 0; i < plan_.sites.size(); ++i) add(plan_.sites[i].stage, site_counts_[i]);
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    add(Cat("source ", plan_.sources[i].name), long_records_[i]);
  }
  result->late = late_;
  for (size_t i = 0; i < result->counters.size(); ++i) {
    if (plan_.counters[i].late) result->late += result->counters[i].count;
  }
  result->rows_in = rows_in();
  result->rows_out = rows_out();
  result->rejected = rejected();
}

std::string Graph::Summary(const RunResult& result) const {
  if (result.rejected == 0 && result.late == 0) return {};
  std::string out = "flow: ";
  if (result.rejected > 0) {
    Append(out, Cat(result.rejected, result.rejected == 1 ? " row rejected" : " rows rejected"));
    const char* between = " (";
    for (const NamedCount& stage : result.rejects) {
      Append(out, Cat(between, stage.name, ": ", stage.count));
      between = ", ";
    }
    Append(out, ")");
    if (!first_reject_.empty()) Append(out, Cat("; first: ", first_reject_));
  }
  if (result.late > 0) {
    if (result.rejected > 0) Append(out, "; ");
    Append(out, Cat(result.late, result.late == 1 ? " late row dropped" : " late rows dropped"));
  }
  Append(out, "\n");
  return out;
}

}  // namespace flow::runtime
