// What parses and is checked as far as it goes, but does not run yet: each construct says so once,
// by name, with what to do meanwhile. docs/status.md lists them all.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {

void Checker::NotBuilt(Diag diag, Span span, const std::string& what,
                       const std::string& meanwhile) {
  auto builder = diagnostics.Emit(span, diag, Cat(what, " is not built yet"));
  builder.Here("does not run yet");
  if (diag == Diag::NotBuiltConnector && has_tests_) {
    builder.Note("the tests of the script run all the same: `flowc test` opens no connector");
  }
  if (!meanwhile.empty()) builder.Fix(Cat("meanwhile: ", meanwhile));
}

}  // namespace flow::frontend
