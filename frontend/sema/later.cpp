// What parses and is checked as far as it goes, but does not run yet: each construct says so once,
// by name, with what to do meanwhile. docs/status.md lists them all.

#include <algorithm>
#include <array>

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

void StageChecker::Check(const ast::Join& join, Cursor& at) {
  std::string what;
  std::string meanwhile;
  switch (join.kind) {
    case ast::Join::Kind::Join: {
      constexpr std::array<const char*, 5> kNames = {"`join`", "`left join`", "`full join`",
                                                     "`semi join`", "`anti join`"};
      what = kNames[static_cast<size_t>(join.side)];
      meanwhile = "join the data before it is read";
      break;
    }
    case ast::Join::Kind::Asof:
      what = join.side == ast::Join::Side::Left ? "`left asof join`" : "`asof join`";
      meanwhile = "join the data before it is read";
      break;
    case ast::Join::Kind::Lookup:
      what = join.side == ast::Join::Side::Left ? "`left lookup`" : "`lookup`";
      meanwhile = "a small table can stand in the script as `case key { \"a\" => .. }` in a `fn`";
      break;
  }
  checker_.NotBuilt(Diag::NotBuiltStage, stage_->verb, what, meanwhile);
  at.live = false;
}

void StageChecker::Check(const ast::Match&, Cursor& at) {
  checker_.NotBuilt(Diag::NotBuiltStage, stage_->verb, "`match`", "");
  at.live = false;
}

}  // namespace flow::frontend
