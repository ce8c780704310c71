// Append and updating streams, bounded and unbounded state.

#include <algorithm>
#include <set>

#include "base/few_values.h"
#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

std::string Listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) Append(out, Cat(out.empty() ? "" : ", ", name));
  return out;
}

}  // namespace

bool Checker::CheckState(const Cursor& at, Span verb_span, std::string_view verb) {
  // Tables are aggregated with what their rows become.
  if (verb == "order by" && !CheckAppend(at, verb_span, verb)) return false;
  if (at.stream.bounded || at.stream.windowed) return true;
  bool order = verb == "order by";
  bool emits = !order;
  auto builder = diagnostics.Emit(
      verb_span, Diag::UnboundedState,
      order ? Cat("`order by` waits for the end of `", at.from, "`, which has none")
            : Cat("this `", verb, "` would remember rows of `", at.from, "` for ever"));
  builder.Here("no window bounds it");
  builder.Label(at.from_span, "input without an end");
  if (at.stream.has_time) {
    builder.Fix(Cat("add `|> window tumble 1m` above the `", verb, "`",
                    emits ? ", or `|> emit on change` below it" : ""));
  } else {
    builder.Fix(Cat("give the source `time COLUMN`, and add `|> window tumble 1m` above the `",
                    verb, "`", emits ? "; or add `|> emit on change` below it" : ""));
  }
  return false;
}

void Checker::WarnOfKeys(const Cursor& at, Span verb_span, std::string_view verb,
                         const std::vector<NamedValue>& keys, const ast::Stage* taker) {
  std::vector<StructField> fields;
  std::vector<std::string> names;
  for (const NamedValue& key : keys) {
    if (key.value->type.is_error()) return;
    fields.push_back({key.name, key.value->type, {}});
    names.push_back(key.name);
  }
  if (FewValuesOf(Type::Struct(std::move(fields))) != 0) return;
  auto builder = diagnostics.Emit(
      verb_span, Diag::EndlessKeys,
      taker == nullptr
          ? Cat("this `", verb, "` remembers each `", Listed(names), "` it has seen, for ever")
          : Cat("this `", verb, "` remembers the row of each `", Listed(names),
                "` for ever, in spite of `retain`"));
  builder.Here("its memory grows with the keys");
  builder.Label(at.from_span, "input without an end");
  if (taker != nullptr) builder.Label(taker->verb, "may have to take the row back");
  bool lost = !at.stream.has_time && at.time_lost;
  if (lost) builder.Label(*at.time_lost, "event time ends here");
  const char* time = at.stream.has_time ? ""
                     : lost             ? "keep event time down to here, and "
                                        : "give the source `time COLUMN`, and ";
  builder.Fix(Cat(time, "bound them by a window: `|> window tumble 1d` above it"));
}

bool Checker::CheckAppend(const Cursor& at, Span verb_span, std::string_view verb) {
  if (!at.stream.updating) return true;
  auto builder = diagnostics.Emit(
      verb_span, Diag::UpdatingIntoAppend,
      Cat("`", verb, "` takes rows that stay as they are, and these are rewritten"));
  builder.Here("needs final rows");
  if (at.updates) builder.Label(*at.updates, "updates start here");
  builder.Fix("leave out that `emit` to send each result once");
  return false;
}

bool Checker::CheckKeyKept(const Cursor& at, Span span) {
  if (!at.stream.updating || at.stream.key) return true;
  if (at.stream.key_lost.empty()) return true;  // rows stand for themselves
  auto builder = diagnostics.Emit(
      span, Diag::UpdatingIntoAppend,
      Cat("these rows replace each other by `", at.stream.key_lost, "`, which they have lost"));
  builder.Here(Cat("does not know which row is replaced"));
  auto lost = at.lost.find(at.stream.key_lost);
  if (lost != at.lost.end()) builder.Label(lost->second.span, "lost here");
  if (at.updates) builder.Label(*at.updates, "updates start here");
  builder.Fix(Cat("keep `", at.stream.key_lost,
                  "` among the columns, or leave out that `emit` to send each result once"));
  return false;
}

bool Checker::CheckSinkKey(const Cursor& at, const std::string& sink,
                           const std::vector<ast::Word>& key, Span span) {
  Span key_span = Join(key.front().span, key.back().span);
  for (const ast::Word& word : key) {
    if (at.Has(word.text)) continue;
    diagnostics
        .Emit(span, Diag::UnknownColumn,
              Cat("sink `", sink, "` goes by `", word.text, "`, which these rows do not have"))
        .Here(Cat("no column `", word.text, "`"))
        .Label(word.span, "the key");
    return false;
  }
  if (!at.stream.updating) return true;
  if (!at.stream.key) {
    auto builder = diagnostics.Emit(
        span, Diag::UpdatingIntoAppend,
        Cat("the rows of `", at.from, "` have no key, but sink `", sink, "` keeps rows by one"));
    builder.Here("which row replaces which?");
    builder.Label(key_span, "the key of the sink");
    if (at.updates) builder.Label(*at.updates, "updates start here");
    builder.Fix(
        "below a `top` add `|> extend rank() as place`, and `place` to the key; rows of a `join` "
        "have a key when those of both sides have one");
    return false;
  }
  std::set<std::string> wanted(at.stream.key->begin(), at.stream.key->end());
  std::set<std::string> given;
  for (const ast::Word& word : key) given.insert(word.text);
  // Either bound tells a window of the scope from its others.
  const char* bounds[] = {"window_start", "window_end"};
  if (wanted.count(bounds[0]) != 0 && wanted.count(bounds[1]) != 0 &&
      (given.count(bounds[0]) != 0 || given.count(bounds[1]) != 0)) {
    given.insert(bounds, bounds + 2);
  }
  if (wanted == given) return true;
  std::string names = Listed(*at.stream.key);
  auto builder = diagnostics.Emit(
      span, Diag::UpdatingIntoAppend,
      names.empty() ? Cat("`", at.from, "` is one row, but sink `", sink, "` keeps rows by key")
                    : Cat("the rows of `", at.from, "` replace each other by `", names,
                          "`, those of sink `", sink, "` by another key"));
  builder.Here("the keys differ");
  builder.Label(key_span, "the key of the sink");
  if (at.updates) builder.Label(*at.updates, "updates start here");
  auto nested = std::find_if(wanted.begin(), wanted.end(), [](const std::string& column) {
    return column.find('.') != std::string::npos;
  });
  if (nested != wanted.end()) {
    builder.Fix(Cat("give `", *nested, "` a name, `|> extend ", *nested, " as ",
                    nested->substr(nested->find('.') + 1), "_key`, and go by that"));
    return false;
  }
  builder.Fix(names.empty() ? "leave the `key` of the sink out and send the row to `stdout`"
                            : Cat("write `key ", names, "`"));
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
  std::string key = at.stream.key ? Listed(*at.stream.key) : "";
  builder.Fix(!declared || key.empty()
                  ? "leave out that `emit` to send each result once"
                  : Cat("add `key ", key,
                        "` to the sink, or leave out that `emit` to send each result once"));
}

}  // namespace flow::frontend
