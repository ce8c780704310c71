// Stages with state: aggregate, window, top, order by, limit; and what speaks about them: emit, on
// late.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"
#include "frontend/sema/uses.h"

namespace flow::frontend {
namespace {

constexpr const char* kWindowColumns[] = {"window_start", "window_end"};
constexpr int64_t kDay = int64_t{24} * 3600 * 1000000000;

std::string HiddenName(std::string_view name) { return Cat("$", name); }

bool CanBeKey(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kJson:
      return false;
    case TypeKind::kOptional:
    case TypeKind::kArray:
      return CanBeKey(type.inner());
    case TypeKind::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return CanBeKey(field.type); });
    default:
      return true;
  }
}

}  // namespace

// ---------------------------------------------------------------- columns of the window scope

bool StageChecker::WindowHidden(const Cursor& at) const {
  return at.Has(HiddenName(kWindowColumns[0])) || at.Has(HiddenName(kWindowColumns[1]));
}

NamedValue StageChecker::WindowColumn(const Cursor& at, std::string_view name, Span span) const {
  std::string hidden = HiddenName(name);
  return {std::string(name), MakeColumn(at, at.Has(hidden) ? hidden : std::string(name), span)};
}

void StageChecker::RestoreWindow(Cursor& at) {
  if (!WindowHidden(at)) return;
  std::vector<NamedValue> columns;
  for (const char* name : kWindowColumns) {
    columns.push_back(WindowColumn(at, name, stage_->verb));
  }
  for (NamedValue& column : AllColumns(at)) {
    if (column.name != kWindowColumns[0] && column.name != kWindowColumns[1]) {
      columns.push_back(std::move(column));
    }
  }
  AddMap(at, std::move(columns));
}

// Takes the bounds that the script had dropped out of its sight again.
void StageChecker::HideWindow(Cursor& at, bool was_hidden) {
  if (!was_hidden) return;
  std::vector<NamedValue> columns;
  for (const StructField& field : at.stream.row.fields()) {
    if (field.name == kWindowColumns[0] || field.name == kWindowColumns[1]) continue;
    columns.push_back({field.name, MakeColumn(at, field.name, stage_->verb)});
  }
  std::string rank = at.rank_column;
  AddMap(at, std::move(columns));
  at.rank_column = rank;
}

void StageChecker::AddMap(Cursor& at, std::vector<NamedValue> columns) {
  if (at.stream.windowed) {
    for (const char* name : kWindowColumns) {
      auto stays = [&](const NamedValue& column) { return column.name == name; };
      std::string hidden = HiddenName(name);
      bool known = at.Has(name) || at.Has(hidden);
      if (!known || std::any_of(columns.begin(), columns.end(), stays)) continue;
      columns.push_back({hidden, WindowColumn(at, name, stage_->verb).value});
    }
  }
  if (at.Has("$final")) {
    columns.push_back({"$final", MakeColumn(at, "$final", stage_->verb)});
  }
  at.rank_column.clear();
  checker_.AddMap(at, std::move(columns), stage_->span, checker_.TextOf(stage_->verb));
  open_.push_back(at.node);
}

// ---------------------------------------------------------------- window

void StageChecker::Check(const ast::Window& window, Cursor& at) {
  bool built = window.kind == ast::WindowKind::Tumble;
  if (!built) NotBuiltWindow(window);
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  bool counts_rows = window.kind == ast::WindowKind::Rows;
  Type wanted = counts_rows ? Type::Int() : Type::Duration();
  TypedExprPtr size, every, offset;
  if (window.size) size = CheckRowFree(*window.size, row_free, wanted, checker_.diagnostics);
  if (window.every) every = CheckRowFree(*window.every, row_free, wanted, checker_.diagnostics);
  if (window.offset) {
    offset = CheckRowFree(*window.offset, row_free, Type::Duration(), checker_.diagnostics);
  }
  bool ok = size && !size->poisoned() && (!every || !every->poisoned()) &&
            (!offset || !offset->poisoned());
  if (!ok) {
    at.live = false;
    return;
  }

  std::optional<Constant> length = EvaluateConstant(*size);
  std::optional<Constant> step = every ? EvaluateConstant(*every) : std::nullopt;
  auto shown = [&](const Constant& value) {
    return counts_rows ? Cat(value.int_value, " rows") : DurationText(value.int_value);
  };
  if (length && length->int_value <= 0) {
    checker_.diagnostics
        .Emit(window.size->span, Diag::InconsistentWindow, "a window needs a size above zero")
        .Here(shown(*length));
    ok = false;
  }
  if (ok && length && step && (step->int_value <= 0 || length->int_value % step->int_value != 0)) {
    bool larger = step->int_value > length->int_value;
    checker_.diagnostics
        .Emit(window.every->span, Diag::InconsistentWindow,
              larger
                  ? Cat("windows of ", shown(*length), " every ", shown(*step), " would leave gaps")
                  : Cat("a window of ", shown(*length), " is no whole number of steps of ",
                        shown(*step)))
        .Here(larger ? "longer than the window" : "does not divide the window")
        .Label(window.size->span, "the size")
        .Fix(larger ? "make the step the size or a part of it, or filter the rows first"
                    : "choose a step that divides the size");
    ok = false;
  }

  std::string zone;
  if (window.zone) {
    if (const auto* text = std::get_if<ast::StringLit>(&window.zone->node)) {
      zone = text->value;
    } else {
      checker_.NotBuilt(Diag::NotBuiltStage, window.zone->span, "a time zone from a parameter",
                        "write the zone as a string: `tz \"Europe/Madrid\"`");
      ok = false;
    }
    if (ok && length && length->int_value % kDay != 0 && kDay % length->int_value != 0) {
      checker_.diagnostics
          .Emit(window.size->span, Diag::InconsistentWindow,
                Cat("with `tz`, a window divides a day or is whole days; ", shown(*length),
                    " does neither"))
          .Here("drifts over midnight")
          .Label(window.zone->span, "because days have local bounds here")
          .Fix("choose a size such as 15m, 1h, 6h, 1d or 1w");
      ok = false;
    }
  }
  bool timed = counts_rows || checker_.CheckEventTime(at, stage_->verb, "window");
  bool append = checker_.CheckAppend(at, stage_->verb, "window");
  if (!ok || !timed || !append) {
    at.live = false;
    return;
  }

  if (!built) {
    bool has_columns =
        window.kind == ast::WindowKind::Hop || window.kind == ast::WindowKind::Cumulate;
    if (!has_columns) at.live = false;
  }
  if (WindowHidden(at)) {
    at.stream.windowed = false;  // the old scope ends here, and with it its hidden bounds
    AddMap(at, AllColumns(at));
  }
  std::vector<StructField> fields = {{kWindowColumns[0], Type::Timestamp(), {}},
                                     {kWindowColumns[1], Type::Timestamp(), {}}};
  for (const StructField& field : at.stream.row.fields()) {
    if (field.name != kWindowColumns[0] && field.name != kWindowColumns[1]) fields.push_back(field);
  }
  StreamInfo stream = at.stream;
  stream.row = Type::Struct(std::move(fields));
  stream.windowed = true;
  stream.window_rows = false;
  node::Window node;
  node.input = at.node;
  node.size = std::move(size);
  node.offset = std::move(offset);
  node.tz = std::move(zone);
  at.node = Add(std::move(node), stream);
  at.stream = std::move(stream);
  for (const char* name : kWindowColumns) {
    at.facts.erase(Path{false, 0, {name}});
    at.lost.erase(name);
  }
  at.window = stage_->span;
  at.emitted.reset();
  at.rank_column.clear();
}

// ---------------------------------------------------------------- aggregate

void StageChecker::Check(const ast::Aggregate& aggregate, Cursor& at) {
  if (aggregate.retain) {
    checker_.NotBuilt(Diag::NotBuiltStage, aggregate.retain->span, "`retain`",
                      "use a window to bound the state");
  }
  bool windowed = at.stream.windowed;
  node::Aggregate node;
  node.input = at.node;
  node.windowed = windowed;
  bool ok = true;
  if (windowed) {
    for (const char* name : kWindowColumns) {
      node.keys.push_back(WindowColumn(at, name, stage_->verb));
    }
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
    if (windowed && column != nullptr && column->name == name &&
        (name == kWindowColumns[0] || name == kWindowColumns[1])) {
      continue;
    }
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
  bool sends = !windowed && EmitFollows() && checker_.CheckAppend(at, stage_->verb, "aggregate");
  if ((!sends && !checker_.CheckState(at, stage_->verb, "aggregate")) || !ok) {
    at.live = false;
    return;
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
  stream.has_time = windowed;
  stream.window_rows = windowed;
  stream.ordered = false;
  at.node = Add(std::move(node), stream);
  if (!windowed) at.time_lost = stage_->span;
  if (!windowed) at.emitted.reset();
  at.stream = std::move(stream);
  at.facts = std::move(facts);
  at.optionals = std::move(optionals);
  at.rank_column.clear();
  at.grouped = true;
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
  if (!checker_.CheckState(at, stage_->verb, "top")) {
    at.live = false;
    return;
  }
  bool windowed = at.stream.windowed;
  bool hidden = windowed && WindowHidden(at);
  if (hidden) RestoreWindow(at);
  TypedExprPtr by = SortKey(*top.by.value, at);
  ok = by != nullptr && ok;
  std::vector<TypedExprPtr> per;
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
  bool rank = WantsRank(next_);
  StreamInfo stream = at.stream;
  stream.has_time = windowed;
  stream.window_rows = windowed;
  stream.ordered = true;
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
                          .emit = {}},
                stream);
  if (!windowed) at.time_lost = stage_->span;
  at.stream = std::move(stream);
  at.grouped = true;
  at.rank_column = rank ? "$rank" : "";
  HideWindow(at, hidden);
}

void StageChecker::Check(const ast::Order& order, Cursor& at) {
  if (!checker_.CheckState(at, stage_->verb, "order by")) {
    at.live = false;
    return;
  }
  bool windowed = at.stream.windowed;
  bool hidden = windowed && WindowHidden(at);
  if (hidden) RestoreWindow(at);
  std::vector<node::OrderKey> keys;
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
