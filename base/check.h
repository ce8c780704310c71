#pragma once
// Checks of our own invariants. A failure is a defect of flowc, never of a script or of data: it prints the place and
// ends the process with exit code 70.

namespace flow {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition, const char* message);

}  // namespace flow

#define FLOW_CHECK(condition, message)                                        \
  do {                                                                        \
    if (!(condition)) [[unlikely]]                                            \
      ::flow::CheckFailed(__FILE__, __LINE__, #condition, message);           \
  } while (false)

#define FLOW_UNREACHABLE(message) ::flow::CheckFailed(__FILE__, __LINE__, "unreachable", message)
