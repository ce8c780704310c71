#pragma once
// Event time of a run: P of every partition, W over those that feed a stage (semantics.md 27 to
// 31).

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flow::runtime {

// All times are nanoseconds; INT64_MIN: nothing known yet, INT64_MAX: the end was reached.
class Watermarks {
 public:
  struct SourceTimes {
    bool has_time = false;
    int64_t delay = 0;
    int64_t idle = -1;  // -1: silence means nothing
  };

  int AddSource(SourceTimes times);
  int AddPartition(int source, bool bounded);

  // Largest event time folded so far.
  int64_t max_event_time(int partition) const { return At(partition).max_event_time; }
  // What P was raised to when the partition came back from idleness; INT64_MIN: it never did.
  int64_t floor(int partition) const { return At(partition).floor; }
  // What P is when `time` is the largest event time of a partition of `source`.
  int64_t AfterDelay(int source, int64_t time) const;
  // P: no row of this partition before it.
  int64_t PartitionWatermark(int partition) const;

  // A unit of the partition is about to be folded: one that comes back from idleness starts where
  // the others are.
  void Speaks(int partition, int64_t now);
  // It was folded, and its largest event time is `max_event_time`.
  void Advance(int partition, int64_t max_event_time);
  void End(int partition);

  // Least P over the partitions of `source` that have not ended and are not idle. It falls when one
  // comes back from idleness, but never below what a stage has acted on.
  int64_t SourceWatermark(int source, int64_t now);
  bool SourceEnded(int source) const;
  // All partitions that have not ended are idle and none of them has ever told a time: they are
  // left out of the minimum over several sources, too.
  bool SourceLeftOut(int source, int64_t now) const;
  // A stage has acted on `watermark`: partitions that come back from idleness start from there.
  void ActedOn(int source, int64_t watermark);
  // What a partition looks like from outside, for the account of a run.
  struct Standing {
    bool ended = false;
    bool idle = false;
    int64_t silent = 0;  // nanoseconds since it spoke, or since the start
  };
  Standing StandingOf(int partition, int64_t now) const;
  const SourceTimes& times(int source) const { return sources_[static_cast<size_t>(source)].times; }
  bool has_idle() const { return has_idle_; }
  // When the next partition falls idle if nothing comes; INT64_MAX: none does.
  int64_t NextIdle(int64_t now) const;

 private:
  struct Partition {
    int source = 0;
    bool bounded = true;
    bool ended = false;
    int64_t max_event_time = INT64_MIN;
    int64_t floor = INT64_MIN;  // P is at least this
    int64_t last_heard = -1;    // monotonic clock
  };
  struct Source {
    SourceTimes times;
    std::vector<int> partitions;
    size_t first_open = 0;  // partitions before it have ended
    int64_t acted_on = INT64_MIN;
  };
  const Partition& At(int partition) const { return partitions_[static_cast<size_t>(partition)]; }
  bool Idle(const Source& source, const Partition& partition, int64_t now) const;

  std::vector<Source> sources_;
  std::vector<Partition> partitions_;
  bool has_idle_ = false;
};

}  // namespace flow::runtime
