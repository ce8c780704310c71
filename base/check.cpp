#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace flow {

void CheckFailed(const char* file, int line, const char* condition, const char* message) {
  std::fprintf(stderr,
               "flowc: internal error: %s\n  at %s:%d: `%s`\n"
               "  this is a defect of flowc, not of the script; please report it with the script\n",
               message, file, line, condition);
  std::_Exit(70);
}

}  // namespace flow
