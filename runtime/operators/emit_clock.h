#pragma once
// The clock of `emit every D`: strikes at whole multiples of D since the epoch (semantics.md 47).

#include <cstdint>

namespace flow::runtime {

class EmitClock {
 public:
  void Start(int64_t every) {
    every_ = every;
    next_ = INT64_MIN;
  }
  // When it wants to be asked; INT64_MAX: never.
  int64_t next() const { return next_; }
  // Whether it strikes at `now`; the first look only sets it.
  bool Strikes(int64_t now) {
    if (every_ <= 0 || now < next_) return false;
    bool strikes = next_ != INT64_MIN;
    int64_t rest = now % every_;
    int64_t ahead = rest < 0 ? -rest : every_ - rest;
    next_ = now > INT64_MAX - ahead ? INT64_MAX : now + ahead;
    return strikes;
  }

 private:
  int64_t every_ = 0;
  int64_t next_ = INT64_MAX;
};

}  // namespace flow::runtime
