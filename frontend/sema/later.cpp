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

// Rows keep their columns, so that the stages below are judged.
void StageChecker::Check(const ast::Dedup& dedup, Cursor&) {
  checker_.NotBuilt(Diag::NotBuiltStage, stage_->verb, "`dedup`",
                    dedup.all_columns
                        ? "`|> aggregate count() as n group by ..` with all columns as keys"
                        : "`|> aggregate first(..) as .. group by` the keys, in a window if the "
                          "input has no end");
}

}  // namespace flow::frontend
