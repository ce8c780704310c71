#pragma once
// Codes and titles of diagnostics as constants, for tables that name them before anything runs.

#include "base/diagnostic.h"

namespace flow {

constexpr const char* CodeOf(Diag diag) {
  constexpr const char* kCodes[] = {
#define DIAG(name, code, severity, title) #code,
#include "base/diagnostics.def"
#undef DIAG
  };
  return kCodes[static_cast<size_t>(diag)];
}

constexpr const char* TitleOf(Diag diag) {
  constexpr const char* kTitles[] = {
#define DIAG(name, code, severity, title) title,
#include "base/diagnostics.def"
#undef DIAG
  };
  return kTitles[static_cast<size_t>(diag)];
}

}  // namespace flow
