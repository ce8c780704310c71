#pragma once
// The outcome of something that can fail on account of the world: exit code (docs/runtime.md) and
// what to say.

#include <string>
#include <utility>

namespace flow::runtime {

enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 2,
  kExitBadData = 65,
  kExitUnavailable = 69,
  kExitInternal = 70,
  kExitIo = 74,
  kExitTryAgain = 75,
  kExitInterrupted = 130,
};

struct [[nodiscard]] Status {
  int exit_code = kExitOk;
  std::string message;

  bool ok() const { return exit_code == kExitOk; }
  static Status Ok() { return {}; }
  static Status Error(int exit_code, std::string message) {
    return {exit_code, std::move(message)};
  }
};

// "cannot open `x.csv`: No such file or directory", with the exit code that fits `error` (an
// errno).
Status IoStatus(int error, const std::string& doing);

}  // namespace flow::runtime
