#pragma once
// Where the CPU time of a run goes, by sampling: a timer of the process's CPU time interrupts
// whichever thread is running, and what that thread is at is counted. What costs is one store per
// stage and row, in code that was compiled for it, and one per piece of work elsewhere.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace flow::runtime {

// What a thread is at: a number of Plan::stages, or one of these.
enum Place : int32_t {
  kAtRest = -1,  // handing over, folding, waiting for others
  kAtReading = -2,
  kAtWriting = -3,
  kAtCompiling = -4,  // the better code that takes over
};
inline constexpr int kPlacesBeside = 4;

struct ProfileCounts {
  std::vector<int64_t> stages;  // samples, as Plan::stages
  int64_t rest = 0;
  int64_t reading = 0;
  int64_t writing = 0;
  int64_t compiling = 0;
  int64_t total() const;
};

// Samples from its beginning to its end; one at a time in a process.
class Profile {
 public:
  explicit Profile(size_t stages);
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  ProfileCounts Counts() const;
};

// While it lives, its thread is at `*place`, which may change.
class AtPlace {
 public:
  explicit AtPlace(const int32_t* place);
  ~AtPlace();
  AtPlace(const AtPlace&) = delete;
  AtPlace& operator=(const AtPlace&) = delete;

 private:
  const int32_t* before_;
};

// For the rest of the thread.
void StayAtCompiling();

}  // namespace flow::runtime
