// Event time: what a source says about it, and the stages that need it.

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

// A duration clause of a source; constants must be positive, or at least not negative.
TypedExprPtr Clause(Checker& checker, Scope& scope, const ast::Expr& expr, const char* clause,
                    bool zero_allowed) {
  TypedExprPtr value = CheckRowFree(expr, checker.RowFreeScope(scope, clause), Type::Duration(),
                                    checker.diagnostics);
  if (value == nullptr || value->poisoned()) return nullptr;
  std::optional<Constant> constant = EvaluateConstant(*value);
  if (constant && (constant->int_value < 0 || (constant->int_value == 0 && !zero_allowed))) {
    checker.diagnostics
        .Emit(expr.span, Diag::InconsistentWindow,
              Cat("`", clause, "` needs a duration above zero"))
        .Here(DurationText(constant->int_value));
    return nullptr;
  }
  return value;
}

}  // namespace

std::optional<TypedTime> Checker::CheckTime(Scope& scope, const ast::SourceDecl& decl,
                                            const Type& row) {
  const ast::Expr* first = decl.watermark ? decl.watermark.get()
                           : decl.jump    ? decl.jump.get()
                                          : decl.idle.get();
  if (!decl.time) {
    if (first == nullptr) return std::nullopt;
    diagnostics
        .Emit(first->span, Diag::NoEventTime,
              Cat("source `", decl.name.text, "` has a watermark, but no event time"))
        .Here("measured from what?")
        .Fix("add `time COLUMN` before it");
    return std::nullopt;
  }

  ExprScope at = RowFreeScope(scope, "time");
  at.rows.push_back({"", row});
  at.stage_span = decl.time->span;
  TypedTime time;
  time.time = CheckExpr(*decl.time, at, std::nullopt, diagnostics);
  if (time.time->poisoned()) return std::nullopt;
  const Type& type = time.time->type;
  if (!type.is(TypeKind::kTimestamp)) {
    auto builder = diagnostics.Emit(decl.time->span,
                                    type.is_optional() ? Diag::OptionalAsValue : Diag::TypeMismatch,
                                    Cat("event time is a timestamp, this is ", type.ToText()));
    builder.Here(type.ToText());
    if (type.is_optional()) {
      builder.Fix("leave out the `?` of the column's type: rows without a time are rejected then");
    } else if (type.is(TypeKind::kInt)) {
      builder.Fix(
          "declare the column as `timestamp`, and its unit in the format: "
          "`format json(time: \"ms\")`");
    } else {
      builder.Fix("declare the column as `timestamp`");
    }
    return std::nullopt;
  }
  time.delay = decl.watermark ? Clause(*this, scope, *decl.watermark, "watermark", true)
                              : MakeDuration(0, decl.time->span);
  if (decl.jump) time.jump = Clause(*this, scope, *decl.jump, "jump", false);
  if (decl.idle) time.idle = Clause(*this, scope, *decl.idle, "idle", false);
  if (time.delay == nullptr) return std::nullopt;
  return time;
}

bool Checker::CheckEventTime(const Cursor& at, Span verb_span, std::string_view verb) {
  if (at.stream.resting && !at.stream.window_rows) {
    auto builder = diagnostics.Emit(
        verb_span, Diag::InconsistentWindow,
        Cat("`", verb, "` goes by event time, and these rows come when their window is complete"));
    builder.Here("too late for it");
    if (at.window) builder.Label(*at.window, "rows rest here until their window is known");
    builder.Fix(Cat("put an `aggregate` between the two, or the `", verb, "` first"));
    return false;
  }
  if (at.stream.has_time) return true;
  auto builder = diagnostics.Emit(verb_span, Diag::NoEventTime,
                                  Cat("`", verb, "` goes by event time, and these rows have none"));
  builder.Here("needs event time");
  if (at.time_lost) {
    builder.Label(*at.time_lost, "rows made here belong to no moment");
    builder.Fix(Cat("put the `", verb, "` above line ", LineOf(*at.time_lost)));
    return false;
  }
  builder.Label(at.from_span, Cat("`", at.from, "` gives rows without event time"));
  builder.Fix("declare the source with `time COLUMN watermark 5s`");
  return false;
}

}  // namespace flow::frontend
