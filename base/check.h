#pragma once
// Checks of our own invariants. A failure is a defect of flowc, never of a script or of data: it
// prints the place and ends the process with exit code 70.

namespace flow {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const char* message);

// `hook` runs before a failed check ends the process (to write a reproducer); null: none. Returns
// the one before.
using CheckHook = void (*)();
CheckHook SetCheckHook(CheckHook hook);

}  // namespace flow

#define FLOW_CHECK(condition, message)                              \
  do {                                                              \
    if (!(condition)) [[unlikely]]                                  \
      ::flow::CheckFailed(__FILE__, __LINE__, #condition, message); \
  } while (false)

#define FLOW_UNREACHABLE(message) ::flow::CheckFailed(__FILE__, __LINE__, "unreachable", message)
