#include "runtime/profile.h"

#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <memory>
#include <numeric>

namespace flow::runtime {
namespace {

constexpr int64_t kEveryMicroseconds = 1000;

constexpr int32_t kRest = kAtRest;
thread_local const int32_t* t_place = &kRest;

// What the signal handler works on: it can be given nothing.
std::atomic<std::atomic<int64_t>*> g_counts;  // kPlacesBeside first
std::atomic<int32_t> g_stages;

void Sample(int) {
  std::atomic<int64_t>* counts = g_counts.load(std::memory_order_acquire);
  if (counts == nullptr) return;
  int32_t place = *const_cast<const volatile int32_t*>(t_place);
  if (place < -kPlacesBeside || place >= g_stages.load(std::memory_order_relaxed)) place = kAtRest;
  counts[place + kPlacesBeside].fetch_add(1, std::memory_order_relaxed);
}

void SetTimer(int64_t microseconds) {
  itimerval every{};
  every.it_interval.tv_usec = every.it_value.tv_usec = microseconds;
  setitimer(ITIMER_PROF, &every, nullptr);
}

}  // namespace

int64_t ProfileCounts::total() const {
  return std::accumulate(stages.begin(), stages.end(), rest + reading + writing + compiling);
}

Profile::Profile(size_t stages) {
  g_stages = static_cast<int32_t>(stages);
  g_counts = new std::atomic<int64_t>[stages + kPlacesBeside]();
  struct sigaction action{};
  action.sa_handler = Sample;
  action.sa_flags = SA_RESTART;
  sigaction(SIGPROF, &action, nullptr);
  SetTimer(kEveryMicroseconds);
}

Profile::~Profile() {
  SetTimer(0);
  // A signal on its way would end the process if nobody took it.
  signal(SIGPROF, SIG_IGN);
  delete[] g_counts.exchange(nullptr);
}

ProfileCounts Profile::Counts() const {
  const std::atomic<int64_t>* counts = g_counts;
  ProfileCounts out;
  out.rest = counts[kAtRest + kPlacesBeside];
  out.reading = counts[kAtReading + kPlacesBeside];
  out.writing = counts[kAtWriting + kPlacesBeside];
  out.compiling = counts[kAtCompiling + kPlacesBeside];
  for (int32_t i = 0; i < g_stages; ++i) out.stages.push_back(counts[i + kPlacesBeside]);
  return out;
}

void StayAtCompiling() {
  static constexpr int32_t kPlace = kAtCompiling;
  t_place = &kPlace;
}

AtPlace::AtPlace(const int32_t* place) : before_(t_place) { t_place = place; }
AtPlace::~AtPlace() { t_place = before_; }

}  // namespace flow::runtime
