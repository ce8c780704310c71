// Append and updating streams, bounded and unbounded state.

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {

bool Checker::CheckState(const Cursor& at, Span verb_span, std::string_view verb) {
  if (!CheckAppend(at, verb_span, verb)) return false;
  if (at.stream.bounded || at.stream.windowed) return true;
  bool order = verb == "order by";
  auto builder = diagnostics.Emit(
      verb_span, Diag::UnboundedState,
      order ? Cat("`order by` waits for the end of `", at.from, "`, which has none")
            : Cat("this `", verb, "` would remember rows of `", at.from, "` for ever"));
  builder.Here("no window bounds it");
  builder.Label(at.from_span, "input without an end");
  if (at.stream.has_time) {
    builder.Fix(Cat("add `|> window tumble 1m` above the `", verb, "`"));
  } else {
    builder.Fix(
        Cat("give the source `time COLUMN`, and add `|> window tumble 1m` above the `", verb, "`"));
  }
  return false;
}

bool Checker::CheckAppend(const Cursor& at, Span verb_span, std::string_view verb) {
  if (!at.stream.updating) return true;
  auto builder = diagnostics.Emit(
      verb_span, Diag::UpdatingIntoAppend,
      Cat("`", verb, "` takes rows that stay as they are, and these are rewritten"));
  builder.Here("needs final rows");
  if (at.updates) builder.Label(*at.updates, "updates start here");
  builder.Fix("use `emit on close` to send each result once");
  return false;
}

void Checker::UpdatingSink(const Cursor& at, const std::string& sink, std::optional<Span> declared,
                           Span span) {
  auto builder = diagnostics.Emit(
      span, Diag::UpdatingIntoAppend,
      Cat("`", at.from, "` rewrites rows it has sent, but sink `", sink, "` can only append"));
  builder.Here("rows are sent again when they change");
  if (declared) builder.Label(*declared, "has no key");
  if (at.updates) builder.Label(*at.updates, "updates start here");
  builder.Fix(declared ? "add a `key` to the sink, or use `emit on close` to send each result once"
                       : "use `emit on close` to send each result once");
}

}  // namespace flow::frontend
