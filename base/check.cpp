#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace flow {
namespace {

constinit CheckHook check_hook = nullptr;

}  // namespace

CheckHook SetCheckHook(CheckHook hook) {
  CheckHook before = check_hook;
  check_hook = hook;
  return before;
}

void CheckFailed(const char* file, int line, const char* condition, const char* message) {
  std::fprintf(stderr,
               "flowc: internal error: %s\n  at %s:%d: `%s`\n"
               "  this is a defect of flowc, not of the script; please report it with the script\n",
               message, file, line, condition);
  if (check_hook != nullptr) check_hook();
  std::_Exit(70);
}

}  // namespace flow
