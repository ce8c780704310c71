// dedup: one row per key, of a span of time, of a window, or of the whole stream.

#include "base/text.h"
#include "base/words.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {

bool StageChecker::CheckDedupKeys(const ast::Dedup& dedup, Cursor& at,
                                  std::vector<TypedExprPtr>* keys) {
  bool ok = true;
  auto add = [&](TypedExprPtr value, Span span, const std::string& what, const char* fix) {
    if (value->poisoned()) {
      ok = false;
      return;
    }
    if (!CanBeKey(value->type)) {
      checker_.diagnostics.Emit(span, Diag::TypeMismatch, what).Here("has no equality").Fix(fix);
      ok = false;
      return;
    }
    keys->push_back(std::move(value));
  };
  if (dedup.all_columns) {
    for (NamedValue& column : AllColumns(at)) {
      std::string type = column.value->type.ToText();
      add(std::move(column.value), stage_->span,
          Cat("`dedup by *` compares whole rows, and `", column.name, "` is a ", type),
          "name the columns that make rows the same: `dedup by ..`");
    }
    return ok;
  }
  for (const ast::ExprPtr& expr : dedup.by) {
    TypedExprPtr value = CheckExpr(*expr, ScopeAt(at), std::nullopt, checker_.diagnostics);
    std::string type = value->type.ToText();
    add(std::move(value), expr->span, Cat("rows cannot be told apart by a ", type),
        "use a field of it, converted: `string(..)`");
  }
  return ok;
}

// E0501 unless the input ends, a window holds or the script says how long keys are remembered.
bool StageChecker::CheckDedupState(const ast::Dedup& dedup, const Cursor& at, bool forever,
                                   bool sends) {
  if (at.stream.bounded || at.stream.windowed) return true;
  bool waits = dedup.keep_last && !at.stream.has_time && !sends;
  if (forever && !waits) return true;
  auto builder = checker_.diagnostics.Emit(
      stage_->verb, Diag::UnboundedState,
      waits ? Cat("this `dedup` waits for the last rows of `", at.from, "`, which has no end")
            : Cat("this `dedup` would remember the keys of `", at.from, "` for ever"));
  builder.Here("nothing bounds it");
  builder.Label(at.from_span, "input without an end");
  const char* time = at.stream.has_time ? "" : "give the source `time COLUMN`, and ";
  builder.Fix(Cat(time, "say how long a row stands for its key: `within 10m`"));
  if (!waits) builder.Fix("if there are few keys, say so: `within forever`");
  return false;
}

void StageChecker::Check(const ast::Dedup& dedup, Cursor& at) {
  bool sends = !at.stream.windowed && EmitFollows();
  bool ok = true;
  TypedExprPtr within;
  bool forever = false;
  if (dedup.bound.kind == ast::Bound::Kind::Within) {
    within = Within(*dedup.bound.amount);
    ok = within != nullptr;
    std::optional<Constant> length = within ? EvaluateConstant(*within) : std::nullopt;
    forever = length && length->int_value == kForever;
  } else if (dedup.bound.kind != ast::Bound::Kind::None) {
    checker_.diagnostics
        .Emit(dedup.bound.span, Diag::WrongArguments,
              "the span of a `dedup` begins with the first row of a key")
        .Here("another bound")
        .Fix("say how long it is: `within 10m`");
    ok = false;
  }
  bool windowed = at.stream.windowed;
  if (within && windowed) {
    auto builder = checker_.diagnostics.Emit(dedup.bound.span, Diag::MisplacedStage,
                                             "in a window, `dedup` goes by the window");
    builder.Here("a second bound");
    if (at.window) builder.Label(*at.window, "the window");
    builder.Fix("leave out `within`, or put the `dedup` above the `window`");
    ok = false;
  }
  if (within && !windowed && !forever) {
    ok = checker_.CheckEventTime(at, stage_->verb, "dedup within") && ok;
  } else if (ok) {
    ok = CheckDedupState(dedup, at, forever, sends);
  }
  // Without event time there is no span, however long; nor where results do not wait for its end.
  if (forever && (!at.stream.has_time || sends)) within = nullptr;
  bool hidden = RestoreWindow(at);
  std::vector<TypedExprPtr> keys;
  ok = CheckDedupKeys(dedup, at, &keys) && ok;
  if (ok) {
    for (NamedValue& key : KeysBesideEnd(at)) keys.push_back(std::move(key.value));
    StreamInfo stream = at.stream;
    stream.ordered = false;
    if (windowed) stream.has_time = stream.window_rows = true;
    if (!windowed && (sends || stream.updating)) {
      // What is sent again has no time of its own.
      stream.has_time = false;
      at.time_lost = stage_->span;
      at.emitted.reset();
    }
    stream.updating = false;  // until an `emit` says so
    at.node = Add(node::Dedup{.input = at.node,
                              .keys = std::move(keys),
                              .within = std::move(within),
                              .keep_last = dedup.keep_last,
                              .windowed = windowed,
                              .emit = {}},
                  stream);
    at.stream = std::move(stream);
  }
  HideWindow(at, hidden);
}

}  // namespace flow::frontend
