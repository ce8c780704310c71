#pragma once
// SIGINT and SIGTERM as something to look at between other things.

namespace flow::runtime {

// While it lives the signals are taken by `Next` instead of ending the process; threads started
// meanwhile inherit that.
class SignalWatch {
 public:
  explicit SignalWatch(bool enabled);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;

  // A signal that has come since the last call, or 0.
  int Next();

 private:
  int fd_ = -1;
};

}  // namespace flow::runtime
