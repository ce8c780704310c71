#pragma once
// What became of the rows of a run, stage by stage, and what they wait for: `flowc why`, and
// `--verbose` at the end of a run.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/plan.h"
#include "runtime/profile.h"

namespace flow::runtime {

// What an operator holds back.
struct Backlog {
  int64_t count = 0;
  bool groups = false;            // else rows
  int64_t since = INT64_MIN;      // beginning of the first window; INT64_MIN: not known
  int64_t watermark = INT64_MAX;  // W that sends something; INT64_MAX: the end of input
};

inline constexpr int64_t kNotCounted = -1;

struct StageAccount {
  int64_t rows_in = kNotCounted;
  int64_t rows_out = kNotCounted;
  int64_t removed = 0;  // by `where`
  int64_t rejected = 0;
  int64_t late = 0;
  int64_t watermark = INT64_MIN;  // W of an operator
  Backlog backlog;
  int64_t kept_most = 0;  // rows or groups at once, as far as they were looked at; for a profile
  int64_t bytes = kNotCounted;  // read by a source, written by a sink
};

struct PartitionAccount {
  std::string name;
  int source = 0;
  bool bounded = true;
  bool ended = false;
  bool idle = false;              // left out of the watermark
  int64_t newest = INT64_MIN;     // event time
  int64_t watermark = INT64_MIN;  // P
  int64_t silent_nanoseconds = 0;
};

struct SourceAccount {
  bool has_time = false;
  bool has_idle = false;
  int64_t delay = 0;
  int64_t watermark = INT64_MIN;  // W of its partitions
};

struct Account {
  std::vector<StageAccount> stages;  // as Plan::stages
  std::vector<SourceAccount> sources;
  std::vector<PartitionAccount> partitions;
  bool ended = false;       // all input was read
  int64_t nanoseconds = 0;  // that the run took
  std::optional<ProfileCounts> profile;
};

// A table of the stages, then why a sink has got nothing and what windows wait for.
std::string AccountText(const Plan& plan, const Account& account);

// The stages with their share of the CPU time; `account.profile` is there.
std::string ProfileText(const Plan& plan, const Account& account);

// Why nothing, or nothing more, has come into a sink; empty when nothing is known.
std::string WhyNothing(const Plan& plan, const Account& account, int sink);

// R0901, for people: a window that has waited for a source that is silent and has no `idle`. Empty
// when nothing waits so; each source is told once (`told`, by source).
std::string StallText(const Plan& plan, const Account& account, int64_t silent_nanoseconds,
                      std::vector<bool>* told);

}  // namespace flow::runtime
