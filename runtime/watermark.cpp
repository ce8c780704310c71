#include "runtime/watermark.h"

#include <algorithm>

namespace flow::runtime {

static int64_t Minus(int64_t time, int64_t delay) {
  if (time == INT64_MIN) return INT64_MIN;
  return time < INT64_MIN + delay ? INT64_MIN : time - delay;
}

int Watermarks::AddSource(SourceTimes times) {
  has_idle_ = has_idle_ || times.idle >= 0;
  Source source;
  source.times = times;
  sources_.push_back(std::move(source));
  return static_cast<int>(sources_.size()) - 1;
}

int Watermarks::AddPartition(int source, bool bounded) {
  Partition partition;
  partition.source = source;
  partition.bounded = bounded;
  partitions_.push_back(partition);
  int index = static_cast<int>(partitions_.size()) - 1;
  sources_[static_cast<size_t>(source)].partitions.push_back(index);
  return index;
}

int64_t Watermarks::AfterDelay(int source, int64_t time) const {
  return Minus(time, times(source).delay);
}

int64_t Watermarks::PartitionWatermark(int partition) const {
  const Partition& p = At(partition);
  return std::max(p.floor, AfterDelay(p.source, p.max_event_time));
}

void Watermarks::Speaks(int partition, int64_t now) {
  Partition& p = partitions_[static_cast<size_t>(partition)];
  const Source& source = sources_[static_cast<size_t>(p.source)];
  if (Idle(source, p, now)) p.floor = std::max(p.floor, source.acted_on);
  p.last_heard = now;
}

void Watermarks::Advance(int partition, int64_t max_event_time) {
  Partition& p = partitions_[static_cast<size_t>(partition)];
  p.max_event_time = std::max(p.max_event_time, max_event_time);
}

void Watermarks::End(int partition) {
  partitions_[static_cast<size_t>(partition)].ended = true;
  Source& source = sources_[static_cast<size_t>(At(partition).source)];
  while (source.first_open < source.partitions.size() &&
         At(source.partitions[source.first_open]).ended) {
    ++source.first_open;
  }
}

bool Watermarks::Idle(const Source& source, const Partition& p, int64_t now) const {
  if (p.bounded || source.times.idle < 0) return false;
  // A partition that never spoke is silent from the start of the run, when its clock was set.
  return p.last_heard >= 0 && now - p.last_heard >= source.times.idle;
}

int64_t Watermarks::NextIdle(int64_t now) const {
  int64_t next = INT64_MAX;
  for (const Partition& p : partitions_) {
    int64_t idle = sources_[static_cast<size_t>(p.source)].times.idle;
    if (p.bounded || p.ended || idle < 0 || p.last_heard < 0) continue;
    int64_t at = p.last_heard > INT64_MAX - idle ? INT64_MAX : p.last_heard + idle;
    if (at > now) next = std::min(next, at);
  }
  return next;
}

Watermarks::Standing Watermarks::StandingOf(int partition, int64_t now) const {
  const Partition& p = At(partition);
  Standing out;
  out.ended = p.ended;
  out.idle = !p.ended && Idle(sources_[static_cast<size_t>(p.source)], p, now);
  out.silent = p.last_heard < 0 ? 0 : now - p.last_heard;
  return out;
}

bool Watermarks::SourceEnded(int source) const {
  const Source& s = sources_[static_cast<size_t>(source)];
  return s.first_open == s.partitions.size();
}

bool Watermarks::SourceLeftOut(int source, int64_t now) const {
  const Source& s = sources_[static_cast<size_t>(source)];
  if (SourceEnded(source) || s.times.idle < 0) return false;
  return std::all_of(s.partitions.begin(), s.partitions.end(), [&](int partition) {
    const Partition& p = At(partition);
    return p.ended || (p.max_event_time == INT64_MIN && Idle(s, p, now));
  });
}

int64_t Watermarks::SourceWatermark(int source, int64_t now) {
  Source& s = sources_[static_cast<size_t>(source)];
  if (SourceEnded(source)) return INT64_MAX;
  if (!s.times.has_time) return INT64_MIN;
  int64_t least = INT64_MAX;
  int64_t last_time = INT64_MIN;
  int64_t last_heard = -1;
  bool someone_speaks = false;
  for (size_t i = s.first_open; i < s.partitions.size(); ++i) {
    Partition& p = partitions_[static_cast<size_t>(s.partitions[i])];
    if (p.ended) continue;
    if (p.last_heard < 0) p.last_heard = now;
    if (p.max_event_time > last_time) last_time = p.max_event_time;
    last_heard = std::max(last_heard, p.last_heard);
    if (Idle(s, p, now)) continue;
    someone_speaks = true;
    least = std::min(least, PartitionWatermark(s.partitions[i]));
    if (least == INT64_MIN) break;
  }
  if (!someone_speaks) {
    // All silent: time goes on with the clock from the last event.
    least =
        last_time == INT64_MIN ? INT64_MIN : Minus(last_time + (now - last_heard), s.times.delay);
  }
  return least;
}

void Watermarks::ActedOn(int source, int64_t watermark) {
  Source& s = sources_[static_cast<size_t>(source)];
  if (watermark != INT64_MAX) s.acted_on = std::max(s.acted_on, watermark);
}

}  // namespace flow::runtime
