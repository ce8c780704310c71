// Stages with state: aggregate, top, order by, limit; and what speaks about them: emit.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"
#include "frontend/sema/uses.h"

namespace flow::frontend {
// ---------------------------------------------------------------- aggregate

// semantics.md 40.
bool StageChecker::CheckRetain(const ast::Expr& retain, const Cursor& at, TypedExprPtr* out) {
  if (at.stream.windowed) {
    auto builder = checker_.diagnostics.Emit(retain.span, Diag::MisplacedStage,
                                             "in a window, groups end with the window");
    builder.Here("a second bound");
    if (at.window) builder.Label(*at.window, "the window");
    builder.Fix("leave out `retain`");
    return false;
  }
  if (!checker_.CheckAppend(at, stage_->verb, "aggregate .. retain") ||
      !checker_.CheckEventTime(at, retain.span, "retain")) {
    return false;
  }
  *out = Within(retain, "retain");
  return *out != nullptr;
}

void StageChecker::Check(const ast::Aggregate& aggregate, Cursor& at) {
  bool windowed = at.stream.windowed;
  node::Aggregate node;
  if (aggregate.retain && !CheckRetain(*aggregate.retain, at, &node.retain)) {
    at.live = false;
    return;
  }
  node.input = at.node;
  node.windowed = windowed;
  bool ok = true;
  if (windowed) {
    for (const char* name : kWindowColumns) {
      node.keys.push_back(WindowColumn(at, name, stage_->verb));
    }
    for (NamedValue& key : WindowKeys(at)) node.keys.push_back(std::move(key));
  }
  std::vector<NamedValue> taken = node.keys;  // names so far, keys and results
  for (const ast::NamedExpr& key : aggregate.keys) {
    TypedExprPtr value = CheckExpr(*key.value, ScopeAt(at), std::nullopt, checker_.diagnostics);
    std::string name = ItemName(key.name, *key.value, value->poisoned(), key.span);
    if (value->poisoned() || name.empty()) {
      // The columns below are told from names, so that one bad key is one error.
      if (!name.empty()) taken.push_back({name, value});
      node.keys.push_back({name.empty() ? "$key" : name, value});
      continue;
    }
    // Naming the window's own columns among the keys changes nothing.
    const auto* column = std::get_if<typed::Column>(&value->node);
    if (windowed && column != nullptr && column->name == name && IsWindowKey(at, name)) continue;
    if (!CanBeKey(value->type)) {
      checker_.diagnostics
          .Emit(key.span, Diag::TypeMismatch,
                Cat("rows cannot be grouped by a ", value->type.ToText()))
          .Here("has no equality")
          .Fix("group by a field of it, converted: `string(..)`");
      ok = false;
      continue;
    }
    Span span = key.name ? key.name->span : key.span;
    if (!CheckNew(taken, name, span)) {
      ok = false;
      continue;
    }
    taken.push_back({name, value});
    node.keys.push_back({std::move(name), std::move(value)});
  }
  bool may_be_empty = aggregate.keys.empty() && !windowed && at.stream.bounded;
  for (const ast::NamedExpr& item : aggregate.items) {
    ExprScope scope = ScopeAt(at);
    TypedAggregate call =
        CheckAggregateCall(*item.value, scope, may_be_empty, checker_.diagnostics);
    std::string name = ItemName(item.name, *item.value, call.poisoned, item.span);
    if (name.empty()) {
      ok = false;
      continue;
    }
    Span span = item.name ? item.name->span : item.span;
    if (!CheckNew(taken, name, span)) {
      ok = false;
      continue;
    }
    Type type = call.poisoned ? Type::Error() : call.type;
    taken.push_back({name, MakeExpr(type, item.span, typed::Poison{})});
    node.items.push_back({std::move(name), std::move(call)});
  }
  bool sends = !windowed && EmitFollows();
  if ((!sends && !checker_.CheckState(at, stage_->verb, "aggregate")) || !ok) {
    at.live = false;
    return;
  }
  if (!at.stream.bounded && !windowed) {
    // With `retain` the row that a group was sent as stays where something below may take it back.
    const ast::Stage* taker = aggregate.retain ? TakerOfOldRows() : nullptr;
    if (!aggregate.retain || taker != nullptr) {
      checker_.WarnOfKeys(at, stage_->verb, "aggregate", node.keys, taker);
    }
  }

  std::vector<StructField> fields;
  FactSet facts;
  std::map<std::string, Span> optionals;
  for (const NamedValue& key : node.keys) fields.push_back({key.name, key.value->type, {}});
  for (const node::AggregateItem& item : node.items) {
    fields.push_back({item.name, item.call.poisoned ? Type::Error() : item.call.type, {}});
  }
  Type row = Type::Struct(std::move(fields));
  for (const StructField& field : at.stream.row.fields()) {
    if (!IsHidden(field.name)) at.lost[field.name] = Loss{stage_->span, "aggregate", {}};
  }
  for (const StructField& field : row.fields()) at.lost.erase(field.name);
  for (const NamedValue& key : node.keys) {
    auto place = at.optionals.find(key.name);
    if (key.value->type.is_optional() && place != at.optionals.end()) {
      optionals[key.name] = place->second;
    }
  }
  StreamInfo stream = at.stream;
  stream.row = std::move(row);
  stream.updating = false;  // until an `emit` says so
  stream.key.reset();
  stream.key_lost.clear();
  stream.has_time = windowed;
  stream.window_rows = windowed;
  stream.ordered = false;
  at.node = Add(std::move(node), stream);
  if (!windowed) {
    at.time_lost = stage_->span;
    at.window_node = NodeId();
  }
  if (!windowed) at.emitted.reset();
  at.stream = std::move(stream);
  at.facts = std::move(facts);
  at.optionals = std::move(optionals);
  at.rank_column.clear();
  at.grouped = true;
  KeepWindowKeys(at);
  EndSpan(at);
}

// ---------------------------------------------------------------- top, order by, limit

TypedExprPtr StageChecker::Count(const ast::Expr& count, const Cursor&) {
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  TypedExprPtr value = CheckRowFree(count, row_free, Type::Int(), checker_.diagnostics);
  if (value == nullptr || value->poisoned()) return nullptr;
  std::optional<Constant> constant = EvaluateConstant(*value);
  if (constant && constant->int_value < 0) {
    checker_.diagnostics
        .Emit(count.span, Diag::WrongArguments,
              Cat("a number of rows is not negative, this is ", constant->int_value))
        .Here("below zero");
    return nullptr;
  }
  return value;
}

namespace {

// Whether the stage behind a `top` asks for `rank()`.
bool WantsRank(const ast::Stage* next) {
  if (next == nullptr) return false;
  if (const auto* select = std::get_if<ast::Select>(&next->node)) {
    return std::any_of(select->items.begin(), select->items.end(), [](const auto& item) {
      return item.value && CallsBare(*item.value, "rank");
    });
  }
  const auto* extend = std::get_if<ast::Extend>(&next->node);
  return extend != nullptr &&
         std::any_of(extend->items.begin(), extend->items.end(),
                     [](const auto& item) { return item.value && CallsBare(*item.value, "rank"); });
}

}  // namespace

// A value to rank or sort by: comparable by order.
TypedExprPtr StageChecker::SortKey(const ast::Expr& expr, const Cursor& at) {
  TypedExprPtr value = CheckExpr(expr, ScopeAt(at), std::nullopt, checker_.diagnostics);
  if (value->poisoned()) return nullptr;
  if (CanBeKey(value->type)) return value;
  checker_.diagnostics
      .Emit(expr.span, Diag::TypeMismatch, Cat("rows cannot be sorted by a ", value->type.ToText()))
      .Here("has no order")
      .Fix("sort by a field of it, converted: `try int(..)`");
  return nullptr;
}

void StageChecker::Check(const ast::Top& top, Cursor& at) {
  TypedExprPtr count = Count(*top.count, at);
  bool ok = count != nullptr;
  bool windowed = at.stream.windowed;
  bool sends = !windowed && EmitFollows();
  if (!sends && !checker_.CheckState(at, stage_->verb, "top")) {
    at.live = false;
    return;
  }
  bool hidden = RestoreWindow(at);
  TypedExprPtr by = SortKey(*top.by.value, at);
  ok = by != nullptr && ok;
  std::vector<TypedExprPtr> per;
  // Spans that end together are still apart.
  if (at.span) per.push_back(MakeColumn(at, kWindowColumns[0], stage_->verb));
  for (const ast::ExprPtr& expr : top.per) {
    TypedExprPtr value = CheckExpr(*expr, ScopeAt(at), std::nullopt, checker_.diagnostics);
    if (!value->poisoned() && !CanBeKey(value->type)) {
      checker_.diagnostics
          .Emit(expr->span, Diag::TypeMismatch,
                Cat("rows cannot be grouped by a ", value->type.ToText()))
          .Here("has no equality");
      ok = false;
    }
    ok = ok && !value->poisoned();
    per.push_back(std::move(value));
  }
  if (!ok) return;
  if (sends && !at.stream.bounded && !per.empty()) {
    std::vector<NamedValue> keys;
    for (const TypedExprPtr& key : per) {
      keys.push_back({std::string(checker_.TextOf(key->span)), key});
    }
    checker_.WarnOfKeys(at, stage_->verb, "top", keys);
  }
  for (NamedValue& key : KeysBesideEnd(at)) per.push_back(std::move(key.value));
  bool rank = WantsRank(next_);
  StreamInfo stream = at.stream;
  stream.has_time = windowed;
  stream.window_rows = windowed;
  stream.ordered = true;
  stream.updating = false;  // until an `emit` says so
  if (rank) {
    std::vector<StructField> fields = stream.row.fields();
    fields.push_back({"$rank", Type::Int(), {}});
    stream.row = Type::Struct(std::move(fields));
  }
  at.node = Add(node::Top{.input = at.node,
                          .count = std::move(count),
                          .by = std::move(by),
                          .ascending = top.by.ascending.value_or(false),
                          .per = std::move(per),
                          .ties = top.with_ties,
                          .rank = rank,
                          .windowed = windowed,
                          .emit = {},
                          .key = {}},
                stream);
  if (!windowed) {
    at.time_lost = stage_->span;
    at.emitted.reset();
  }
  at.stream = std::move(stream);
  at.grouped = true;
  at.rank_column = rank ? "$rank" : "";
  HideWindow(at, hidden);
  EndSpan(at);
}

void StageChecker::Check(const ast::Order& order, Cursor& at) {
  if (!RefuseInSpan(at, "order by")) return;
  if (!checker_.CheckState(at, stage_->verb, "order by")) {
    at.live = false;
    return;
  }
  bool windowed = at.stream.windowed;
  if (windowed && at.late_update) {
    checker_.diagnostics
        .Emit(stage_->span, Diag::UpdatingIntoAppend,
              "`order by` sends a window once, and `on late update` asks to send it again")
        .Here("sends sorted rows, which cannot be rewritten")
        .Label(at.late_update->span, "keeps the window open")
        .Fix("leave one of the two out")
        .Fix("rank the rows with `top N by ..` and `rank()`");
    at.live = false;
    return;
  }
  bool hidden = RestoreWindow(at);
  std::vector<node::OrderKey> keys;
  for (NamedValue& key : KeysBesideEnd(at)) keys.push_back({std::move(key.value), false});
  bool ok = true;
  for (const ast::OrderItem& item : order.items) {
    TypedExprPtr value = SortKey(*item.value, at);
    ok = ok && value != nullptr;
    keys.push_back({std::move(value), !item.ascending.value_or(true)});
  }
  if (ok) {
    StreamInfo stream = at.stream;
    stream.has_time = windowed;
    stream.window_rows = windowed;
    stream.ordered = true;
    at.node = Add(node::Order{at.node, std::move(keys), windowed}, stream);
    if (!windowed) at.time_lost = stage_->span;
    at.stream = std::move(stream);
    at.grouped = true;
  }
  HideWindow(at, hidden);
}

void StageChecker::Check(const ast::Limit& limit, Cursor& at) {
  TypedExprPtr count = Count(*limit.count, at);
  if (!checker_.CheckAppend(at, stage_->verb, "limit")) {
    at.live = false;
    return;
  }
  if (!count) return;
  bool hidden = at.stream.windowed && WindowHidden(at);
  if (hidden) RestoreWindow(at);
  Pass(at, node::Limit{at.node, std::move(count)});
  HideWindow(at, hidden);
  if (at.stream.window_rows && !at.stream.windowed) {
    // Their time is the end of a window that nothing keeps any more.
    at.stream.has_time = false;
    at.time_lost = stage_->span;
  }
}

}  // namespace flow::frontend
