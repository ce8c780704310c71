// Rejected rows: counted, handed to their handlers, told of; the first bad one ends a run under
// `on error fail`.

#include <algorithm>

#include "base/text.h"
#include "runtime/graph_parts.h"

namespace flow::runtime {

void Graph::HandleRejects(RejectLog& rejects, int64_t watermark, int source,
                          const std::string& partition, UnitReader* reader, const Unit* unit) {
  if (rejects.rows.empty()) return;
  // Handlers' fragments may reject rows in their turn; these come with their own lists.
  std::vector<Reject> taken = std::move(rejects.rows);
  rejects.Clear();
  std::erase_if(taken, [&](const Reject& reject) { return !reject.StandsAt(watermark); });
  if (taken.empty()) return;
  for (const Reject& reject : taken) {
    site_counts_[static_cast<size_t>(reject.site)] += reject.count;
  }
  // Pipelines over one source each list their own; the first row is the one that stands first.
  const Reject* first =
      &*std::min_element(taken.begin(), taken.end(),
                         [](const Reject& a, const Reject& b) { return a.offset < b.offset; });
  // Rows made on the way stand behind those that were read.
  int64_t rank = unit != nullptr ? unit->partition : std::ssize(*partitions_);
  std::pair<int64_t, int64_t> at{rank, first->offset};
  if (!first_reject_.empty() && at >= first_reject_at_) first = nullptr;
  int64_t first_line = -1;
  std::vector<RoutedRow> routed;
  for (const Reject& reject : taken) {
    if (failed()) return;
    if (static_cast<int64_t>(routed.size()) >= options_.batch_rows) DeliverRouted(&routed);
    const SitePlan& site = plan_.sites[static_cast<size_t>(reject.site)];
    const HandlerPlan& handler = plan_.handlers[static_cast<size_t>(site.handler)];
    if (handler.kind == HandlerKind::kDrop && &reject != first) continue;
    RejectPlace place = PlaceOf(reject, source, partition, reader, unit, &first_line);
    if (&reject == first) NoteFirst(at, place, TextOf(plan_, reject));
    // Rows rejected before the one that ends the run have still to go.
    if (handler.kind == HandlerKind::kFail) DeliverRouted(&routed);
    JudgeReject(reject, place, TextOf(plan_, reject), site.handler, &routed);
    if (failed() && handler.kind == HandlerKind::kFail && unit != nullptr) FailedIn(*unit);
  }
  DeliverRouted(&routed);
}

// `first_line`: of the unit; below zero until it is asked for.
RejectPlace Graph::PlaceOf(const Reject& reject, int source, const std::string& partition,
                           UnitReader* reader, const Unit* unit, int64_t* first_line) const {
  if (*first_line < 0 && unit != nullptr && reject.line >= 0) {
    *first_line = unit->input.first_line;
    if (*first_line == 0 && reader != nullptr) {
      *first_line = reader->LineAt(unit->input.first_offset);
    }
  }
  RejectPlace place;
  int site_source = reject.site < 0 ? -1 : plan_.sites[static_cast<size_t>(reject.site)].source;
  int from = site_source >= 0 ? site_source : source;
  if (from >= 0) place.source = plan_.sources[static_cast<size_t>(from)].name;
  place.partition = partition;
  if (reject.line >= 0 && *first_line > 0) place.line = *first_line + reject.line;
  return place;
}

void Graph::FailedIn(const Unit& unit) {
  // What has no end is not read on to look for others.
  const Partition& partition = (*partitions_)[static_cast<size_t>(unit.partition)];
  if (partition.bounded) failed_partition_ = unit.partition;
}

void Graph::LookForEarlier(Work& work, UnitReader* reader) {
  const Unit& unit = work.unit;
  const Partition& partition = (*partitions_)[static_cast<size_t>(unit.partition)];
  bool before = partition.bounded && unit.partition < failed_partition_;
  if (!before || unit.kind != UnitKind::kRows) return;
  if (!work.ran) RunOrdered(work);
  int64_t watermark = watermarks_.PartitionWatermark(unit.partition);
  watermarks_.Advance(unit.partition, work.max_event_time);
  const Reject* first = nullptr;
  for (const Reject& reject : work.rejects.rows) {
    if (!reject.StandsAt(watermark) || !EndsRun(reject)) continue;
    if (first == nullptr || reject.offset < first->offset) first = &reject;
  }
  if (first != nullptr) {
    failure_ = Status::Ok();
    int64_t first_line = -1;
    RejectPlace place = PlaceOf(*first, unit.source, partition.name, reader, &unit, &first_line);
    int handler = plan_.sites[static_cast<size_t>(first->site)].handler;
    std::vector<RoutedRow> none;
    JudgeReject(*first, place, TextOf(plan_, *first), handler, &none);
    FailedIn(unit);
  } else if (unit.has_long_record &&
             EndsUnder(plan_.sources[static_cast<size_t>(unit.source)].handler)) {
    failure_ = Status::Ok();
    HandleLongRecord(unit, reader, partition.name);
  }
}

void Graph::HandleLongRecord(const Unit& unit, UnitReader* reader, const std::string& partition) {
  ++long_records_[static_cast<size_t>(unit.source)];
  ++source_rows_[static_cast<size_t>(unit.source)];
  const SourcePlan& source = plan_.sources[static_cast<size_t>(unit.source)];
  Reject reject;
  reject.offset = unit.long_record.offset;
  reject.row = unit.long_record.head;
  while (reject.row.ends_with('\n') || reject.row.ends_with('\r')) reject.row.pop_back();
  RejectPlace place;
  place.source = source.name;
  place.partition = partition;
  if (unit.long_record.line < 0 && reader != nullptr) place.line = reader->LineAt(reject.offset);
  if (unit.long_record.line >= 0) place.line = unit.input.first_line + unit.long_record.line;
  RejectText text = TextOf(plan_, reject);
  text.stage = Cat("source ", source.name);
  NoteFirst({unit.partition, reject.offset}, place, text);
  std::vector<RoutedRow> routed;
  JudgeReject(reject, place, std::move(text), source.handler, &routed);
  if (failed()) FailedIn(unit);
  DeliverRouted(&routed);
}

void Graph::NoteFirst(std::pair<int64_t, int64_t> at, const RejectPlace& place,
                      const RejectText& text) {
  if (!first_reject_.empty() && at >= first_reject_at_) return;
  first_reject_at_ = at;
  first_reject_ = text.message;
  if (place.partition.empty()) return;
  Append(first_reject_, Cat(" (", place.partition));
  if (place.line > 0) Append(first_reject_, Cat(":", place.line));
  Append(first_reject_, ")");
}

void Graph::JudgeReject(const Reject& reject, const RejectPlace& place, RejectText text,
                        int handler_index, std::vector<RoutedRow>* routed) {
  const HandlerPlan& handler = plan_.handlers[static_cast<size_t>(handler_index)];
  if (handler.kind == HandlerKind::kFail) {
    Fail(Status::Error(kExitBadData, FailureMessage(plan_, reject, place, text, options_.color)));
    return;
  }
  if (handler.kind == HandlerKind::kDrop) return;
  routed->push_back({handler_index, reject, place, std::move(text)});
  routed->back().reject.row = Readable(reject.row, SIZE_MAX);
}

void Graph::DeliverRouted(std::vector<RoutedRow>* routed) {
  std::vector<RejectedRow> rows;
  std::vector<const void*> pointers;
  for (size_t h = 0; h < plan_.handlers.size() && !routed->empty(); ++h) {
    rows.clear();
    pointers.clear();
    for (const RoutedRow& row : *routed) {
      if (row.handler == static_cast<int>(h)) {
        rows.push_back(MakeRejectedRow(row.reject, row.place, row.text));
      }
    }
    for (const RejectedRow& row : rows) pointers.push_back(&row);
    if (rows.empty()) continue;
    routed_[h] += static_cast<int64_t>(rows.size());
    Deliver(handler_fragments_[h], pointers.data(), static_cast<int64_t>(rows.size()));
  }
  routed->clear();
}

}  // namespace flow::runtime
