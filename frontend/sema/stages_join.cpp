// Rows of two streams: join, asof join, lookup.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {
namespace {

using Kind = ast::Join::Kind;
using Side = ast::Join::Side;
using BoundKind = ast::Bound::Kind;

bool IsWindowColumn(std::string_view name) {
  return name == kWindowColumns[0] || name == kWindowColumns[1];
}

JoinKind KindOf(Side side) {
  switch (side) {
    case Side::Inner:
      return JoinKind::kInner;
    case Side::Left:
      return JoinKind::kLeft;
    case Side::Full:
      return JoinKind::kFull;
    case Side::Semi:
      return JoinKind::kSemi;
    case Side::Anti:
      return JoinKind::kAnti;
  }
  FLOW_UNREACHABLE("join side");
}

// Which rows an expression reads: bit 0 the left one, bit 1 the right one.
unsigned RowsRead(const TypedExpr& expr) {
  if (const auto* column = std::get_if<typed::Column>(&expr.node)) return 1u << column->row;
  if (std::holds_alternative<typed::RowTime>(expr.node)) return 1;
  unsigned rows = 0;
  ForEachOperand(expr, [&](const TypedExprPtr& operand) { rows |= RowsRead(*operand); });
  return rows;
}

bool Unwraps(const TypedExpr& expr) {
  bool found = std::holds_alternative<typed::Unwrap>(expr.node);
  ForEachOperand(expr, [&](const TypedExprPtr& operand) { found = found || Unwraps(*operand); });
  return found;
}

// The operands of `and`, left to right.
void Conjuncts(const TypedExprPtr& expr, std::vector<TypedExprPtr>* out) {
  if (const auto* both = std::get_if<typed::And>(&expr->node)) {
    Conjuncts(both->a, out);
    Conjuncts(both->b, out);
    return;
  }
  out->push_back(expr);
}

// Whether two values that depend on no row are the same, as far as the script says.
bool SameValue(const TypedExprPtr& a, const TypedExprPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  if (a == b) return true;
  std::optional<Constant> x = EvaluateConstant(*a);
  std::optional<Constant> y = EvaluateConstant(*b);
  if (x && y) return x->type == y->type && x->int_value == y->int_value;
  const auto* p = std::get_if<typed::Param>(&a->node);
  const auto* q = std::get_if<typed::Param>(&b->node);
  return p != nullptr && q != nullptr && p->index == q->index;
}

// No offset is an offset of nothing.
bool SameOffset(const TypedExprPtr& a, const TypedExprPtr& b) {
  auto nothing = [](const TypedExprPtr& offset) {
    if (offset == nullptr) return true;
    std::optional<Constant> value = EvaluateConstant(*offset);
    return value && value->int_value == 0;
  };
  return SameValue(a, b) || (nothing(a) && nothing(b));
}

bool Same(const node::Window& a, const node::Window& b) {
  return a.kind == b.kind && a.tz == b.tz && SameValue(a.size, b.size) &&
         SameValue(a.step, b.step) && SameOffset(a.offset, b.offset);
}
bool Same(const node::WindowSession& a, const node::WindowSession& b) {
  return SameValue(a.gap, b.gap) && SameValue(a.max, b.max);
}
bool Same(const node::WindowRows& a, const node::WindowRows& b) {
  return SameValue(a.count, b.count) && SameValue(a.every, b.every);
}

}  // namespace

TypedExprPtr Both(const TypedExprPtr& a, const TypedExprPtr& b) {
  if (a == nullptr) return b;
  auto both = std::make_shared<TypedExpr>();
  both->type = Type::Bool();
  both->span = a->span;
  both->node = typed::And{a, b};
  both->may_fail = a->may_fail || b->may_fail;
  both->size = a->size + b->size + 1;
  return both;
}

bool IsForever(const ast::Expr& duration) {
  const auto* name = std::get_if<ast::NameRef>(&duration.node);
  return name != nullptr && name->name.text == "forever";
}

Cursor StageChecker::OpenRight(const ast::Join& join) {
  Cursor right = Open(join.right, join.kind == Kind::Lookup);
  if (right.from.empty()) right.from = std::string(checker_.TextOf(join.right.span));
  return right;
}

bool StageChecker::CheckRightName(const ast::Join& join, const Cursor& at, std::string* name) {
  Span span = join.right.span;
  if (join.name) {
    *name = join.name->text;
    span = join.name->span;
  } else if (const auto* named = std::get_if<ast::NamedRelation>(&join.right.node)) {
    *name = named->name.text;
  } else {
    checker_.diagnostics
        .Emit(join.right.span, Diag::WrongArguments, "the right side of a join needs a name")
        .Here("its columns are called what?")
        .Fix("add `as NAME`", Edit{Span{span.file, span.end, span.end}, " as r"}, Safety::Unsure);
    return false;
  }
  if (!CheckWindowName(at, *name, span)) return false;
  if (!at.Has(*name)) return true;
  checker_.diagnostics
      .Emit(span, Diag::DuplicateName, Cat("the row has a column `", *name, "` already"))
      .Here("the right columns would go by the same name")
      .Row(at.VisibleRow().ToText())
      .Fix("give the right side another name with `as`");
  return false;
}

bool StageChecker::SplitOn(const ast::Join& join, const Cursor& at, const Cursor& right,
                           const std::string& name, JoinOn* on) {
  ExprScope scope = ScopeAt(at);
  scope.rows.push_back({name, right.stream.row});
  scope.has_time = false;
  TypedExprPtr condition = CheckExpr(*join.condition, scope, Type::Bool(), checker_.diagnostics);
  if (condition->poisoned()) return false;
  std::vector<TypedExprPtr> parts;
  Conjuncts(condition, &parts);
  bool narrowed = false;  // what follows may count on a value being there
  std::optional<Span> one_sided;
  for (const TypedExprPtr& part : parts) {
    const auto* compare = std::get_if<typed::Compare>(&part->node);
    bool equality = compare != nullptr && compare->op == typed::CompareOp::Equal;
    unsigned a = equality ? RowsRead(*compare->a) : 0;
    unsigned b = equality ? RowsRead(*compare->b) : 0;
    if (equality && a == 1 && b == 1) one_sided = part->span;
    equality = equality && (a | b) == 3 && a != 3 && b != 3 && a != 0 && b != 0;
    if (!equality || (narrowed && Unwraps(*part))) {
      narrowed = narrowed || !FactsWhenTrue(*part).empty();
      on->condition = Both(on->condition, part);
      continue;
    }
    const TypedExprPtr& left_value = a == 1 ? compare->a : compare->b;
    const TypedExprPtr& right_value = a == 1 ? compare->b : compare->a;
    if (left_value->type != right_value->type) {
      checker_.diagnostics
          .Emit(part->span, Diag::TypeMismatch,
                Cat("join keys have one type, these are ", left_value->type.ToText(), " and ",
                    right_value->type.ToText()))
          .Here("rows are found by their keys")
          .Fix("convert one of the two, or add an equality of another column and keep this one");
      return false;
    }
    if (!CanBeKey(left_value->type)) {
      checker_.diagnostics
          .Emit(part->span, Diag::TypeMismatch,
                Cat("rows cannot be joined by a ", left_value->type.ToText()))
          .Here("has no equality")
          .Fix("join by a field of it, converted: `string(..)`");
      return false;
    }
    on->left.push_back(left_value);
    on->right.push_back(right_value);
    on->equalities.push_back(part);
  }
  if (!on->left.empty()) return true;
  auto builder = checker_.diagnostics.Emit(
      one_sided.value_or(join.condition->span), Diag::WrongArguments,
      Cat("`", checker_.TextOf(stage_->verb),
          "` finds rows by an equality of a left and a right column, and there is none"));
  builder.Here(one_sided ? "both sides of it are of the left row" : "no such equality here");
  if (const StructField* first =
          right.stream.row.fields().empty() ? nullptr : &right.stream.row.fields().front()) {
    builder.Fix(Cat("bare names are columns of the left row, `", name, ".", first->name,
                    "` is one of the right row: `on column == ", name, ".", first->name, "`"));
  }
  return false;
}

TypedExprPtr StageChecker::JoinReach(const ast::Expr& duration) {
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  TypedExprPtr value = CheckRowFree(duration, row_free, Type::Duration(), checker_.diagnostics);
  if (value == nullptr || value->poisoned()) return nullptr;
  std::optional<Constant> constant = EvaluateConstant(*value);
  if (!constant || constant->int_value >= 0) return value;
  checker_.diagnostics
      .Emit(duration.span, Diag::InconsistentWindow, "the reach of a join is not below zero")
      .Here(DurationText(constant->int_value));
  return nullptr;
}

bool StageChecker::SameWindow(NodeId left, NodeId right) const {
  if (left == right) return true;
  const auto& a = checker_.program.nodes[left].node;
  const auto& b = checker_.program.nodes[right].node;
  return std::visit(
      [](const auto& x, const auto& y) {
        using X = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<X, std::decay_t<decltype(y)>> && requires { Same(x, y); }) {
          return Same(x, y);
        } else {
          return false;
        }
      },
      a, b);
}

// semantics.md 54.
bool StageChecker::ShareWindow(const ast::Join& join, Cursor& at, Cursor& right) {
  if (right.window_node.valid()) {
    if (SameWindow(at.window_node, right.window_node)) return true;
    auto builder = checker_.diagnostics.Emit(
        join.right.span, Diag::InconsistentWindow,
        Cat("`", right.from, "` has windows of its own, which are not those of the left side"));
    builder.Here("another window");
    builder.Label(checker_.program.nodes[right.window_node].span, "the window of the right side");
    if (at.window) builder.Label(*at.window, "the window of the left side");
    builder.Fix("use the same `window` on both sides, or none on the right one");
    return false;
  }
  const auto* window = std::get_if<node::Window>(&checker_.program.nodes[at.window_node].node);
  if (window == nullptr) {
    auto builder = checker_.diagnostics.Emit(
        join.right.span, Diag::InconsistentWindow,
        Cat("rows of `", right.from, "` cannot be put into windows that the left rows make"));
    builder.Here("has no window of its own");
    if (at.window) builder.Label(*at.window, "these windows depend on the rows in them");
    builder.Fix("join above the `window`, `within` a duration");
    return false;
  }
  if (!checker_.CheckEventTime(right, join.right.span, "join")) return false;
  node::Window own = *window;
  own.input = right.node;
  StreamInfo stream = right.stream;
  std::vector<StructField> fields = {{kWindowColumns[0], Type::Timestamp(), {}},
                                     {kWindowColumns[1], Type::Timestamp(), {}}};
  for (const StructField& field : stream.row.fields()) {
    if (!IsWindowColumn(field.name)) fields.push_back(field);
  }
  stream.row = Type::Struct(std::move(fields));
  stream.windowed = true;
  stream.window_rows = false;
  right.node = Add(std::move(own), stream);
  right.stream = std::move(stream);
  return true;
}

// semantics.md 55.
bool StageChecker::CheckJoinState(const ast::Join& join, const Cursor& at, const Cursor& right) {
  bool forever = join.bound.kind == BoundKind::Within && IsForever(*join.bound.amount);
  if (at.stream.bounded && right.stream.bounded) return true;
  std::string verb(checker_.TextOf(stage_->verb));
  bool tables = at.stream.updating || right.stream.updating;
  if (forever && tables && !EmitFollows()) {
    auto builder = checker_.diagnostics.Emit(
        stage_->verb, Diag::UnboundedState,
        Cat("this `", verb, "` sends its rows when they are final, and they never are"));
    builder.Here("joins rows that are rewritten without end");
    if (at.updates) builder.Label(*at.updates, "updates start here");
    bool other = right.updates && (!at.updates || right.updates->begin != at.updates->begin);
    if (other) builder.Label(*right.updates, "updates start here");
    builder.Fix("add `|> emit on change` below it");
    return false;
  }
  if (forever) return true;
  bool both = !at.stream.bounded && !right.stream.bounded && at.from != right.from;
  std::string who = both ? Cat("`", at.from, "` and `", right.from, "`")
                         : Cat("`", at.stream.bounded ? right.from : at.from, "`");
  auto builder = checker_.diagnostics.Emit(
      stage_->verb, Diag::UnboundedState,
      Cat("this ", verb, " would remember every row of ", who, " for ever"));
  builder.Here("no bound in time on either side");
  Span end = stage_->span;
  bool timed = at.stream.has_time && right.stream.has_time;
  if (tables) {
    builder.Fix("write `within forever`, if it is to remember them");
    return false;
  }
  if (timed) {
    builder.Fix("bound it: `.. within 10m`", Edit{Span{end.file, end.end, end.end}, " within 10m"},
                Safety::Unsure);
    builder.Fix("put `|> window tumble 1m` above it");
  } else {
    builder.Fix("give both sources `time COLUMN`, and bound the join: `.. within 10m`");
  }
  builder.Fix(Cat("give `", right.from, "` a `key` in its source and use `lookup`"));
  builder.Fix("write `within forever`, if it is to remember them");
  return false;
}

void StageChecker::Check(const ast::Join& join, Cursor& at) {
  Cursor right = OpenRight(join);
  std::string name;
  JoinOn on;
  std::string verb(checker_.TextOf(stage_->verb));
  bool ok = right.live && CheckRightName(join, at, &name);
  const ast::Bound& bound = join.bound;
  bool forever = bound.kind == BoundKind::Within && IsForever(*bound.amount);
  bool timed = join.kind != Kind::Join || (bound.kind != BoundKind::None && !forever);
  bool table = join.kind == Kind::Lookup;  // of what is current, whatever it was before
  ok = ok && (!timed || (checker_.CheckAppend(at, stage_->verb, verb) &&
                         (table || checker_.CheckAppend(right, join.right.span, verb))));
  ok = ok && RefuseInSpan(at, "join") && SplitOn(join, at, right, name, &on);
  at.live = ok;
  if (!ok) return;
  if (join.kind == Kind::Asof) return CheckAsof(join, at, right, std::move(name), std::move(on));
  if (join.kind == Kind::Lookup) {
    return CheckLookup(join, at, right, std::move(name), std::move(on));
  }

  at.live = false;
  node::Join node;
  node.kind = KindOf(join.side);
  node.name = name;
  node.left_key = std::move(on.left);
  node.right_key = std::move(on.right);
  node.condition = std::move(on.condition);
  bool hidden = false;
  if (at.stream.windowed) {
    if (bound.kind != BoundKind::None) {
      auto builder = checker_.diagnostics.Emit(bound.span, Diag::InconsistentWindow,
                                               "a join in a window scope is bounded by the window");
      builder.Here("a second bound");
      if (at.window) builder.Label(*at.window, "the scope begins here");
      builder.Fix("leave it out, or put the join above the `window`");
      return;
    }
    hidden = WindowHidden(at);
    if (hidden) RestoreWindow(at);
    if (!ShareWindow(join, at, right)) return;
    node.bound = JoinBound::kWindow;
  } else if (bound.kind == BoundKind::None || forever) {
    if (!CheckJoinState(join, at, right)) return;
    node.bound = JoinBound::kNone;
  } else {
    if (!checker_.CheckEventTime(at, stage_->verb, verb) ||
        !checker_.CheckEventTime(right, join.right.span, verb)) {
      return;
    }
    if (bound.kind == BoundKind::Until) {
      if (join.side == Side::Full) {
        checker_.diagnostics
            .Emit(bound.span, Diag::InconsistentWindow,
                  "`until` opens a span for each left row, and a right row of a `full join` may "
                  "have none")
            .Here("the span of which row?")
            .Fix("use `left join`, or bound the join by `within`");
        return;
      }
      node.bound = JoinBound::kUntil;
      node.until = CheckExpr(*bound.amount, ScopeAt(at), Type::Timestamp(), checker_.diagnostics);
      if (node.until->poisoned()) return;
    } else {
      node.bound = JoinBound::kWithin;
      TypedExprPtr reach = JoinReach(*bound.amount);
      TypedExprPtr after = bound.after ? JoinReach(*bound.after) : reach;
      if (reach == nullptr || after == nullptr) return;
      TypedExprPtr nothing = MakeDuration(0, bound.span);
      node.before = bound.kind == BoundKind::After ? nothing : reach;
      node.after = bound.kind == BoundKind::Before ? nothing : after;
    }
  }
  node.left = at.node;
  node.right = right.node;
  JoinBound kind = node.bound;

  StreamInfo stream = at.stream;
  bool window = kind == JoinBound::kWindow;
  bool span = kind == JoinBound::kUntil;
  stream.bounded = at.stream.bounded && right.stream.bounded;
  stream.ordered = false;
  stream.windowed = window || span;
  stream.window_rows = window;
  stream.has_time = kind != JoinBound::kNone && stream.has_time;
  stream.updating = false;  // until an `emit` says so
  stream.key.reset();
  stream.key_lost.clear();
  bool full = join.side == Side::Full;
  bool keeps = full || join.side == Side::Left;
  std::vector<StructField> fields;
  if (span) {
    for (const char* column : kWindowColumns) fields.push_back({column, Type::Timestamp(), {}});
  }
  for (StructField field : at.stream.row.fields()) {
    bool bound_column = IsWindowColumn(field.name);
    if (bound_column && span) {
      at.lost[field.name] = Loss{stage_->span, verb, {}};
      continue;
    }
    if (full && !(bound_column && window) && !field.type.is_optional()) {
      field.type = Type::Optional(field.type);
    }
    fields.push_back(std::move(field));
  }
  if (join.side != Side::Semi && join.side != Side::Anti) {
    std::vector<StructField> columns;
    for (const StructField& field : right.stream.row.fields()) {
      if (!(window && IsWindowColumn(field.name))) columns.push_back({field.name, field.type, {}});
    }
    Type row = Type::Struct(std::move(columns));
    fields.push_back({name, keeps ? Type::Optional(row) : row, {}});
    at.lost.erase(name);
    if (keeps) at.optionals[name] = stage_->verb;
  }
  stream.row = Type::Struct(std::move(fields));
  at.node = Add(std::move(node), stream);
  at.stream = std::move(stream);
  at.rank_column.clear();
  at.key.clear();
  at.live = true;
  if (full) at.facts.clear();
  if (kind == JoinBound::kNone) {
    at.time_lost = stage_->span;
    at.emitted.reset();
  }
  if (span) {
    at.window = stage_->span;
    at.span = true;
    at.emitted.reset();
    at.window_node = NodeId();
    at.window_keys.clear();
    at.same_end = true;
    at.hide_bounds = false;
    for (const char* column : kWindowColumns) at.facts.erase(Path{false, 0, {column}});
    hidden = true;
  }
  HideWindow(at, hidden);
}

void StageChecker::EndSpan(Cursor& at) {
  if (!at.span) return;
  at.stream.windowed = false;
  std::vector<NamedValue> columns;
  for (const StructField& field : at.stream.row.fields()) {
    std::string_view name = field.name;
    if (IsHidden(name)) name.remove_prefix(1);
    if (IsWindowColumn(name)) continue;
    columns.push_back({field.name, MakeColumn(at, field.name, stage_->verb)});
  }
  std::string rank = at.rank_column;
  AddMap(at, std::move(columns));
  at.rank_column = rank;
  // Rows keep the end of their span as their time.
  at.stream.window_rows = false;
  at.window.reset();
  at.span = false;
}

bool StageChecker::RefuseInSpan(Cursor& at, const char* stage) {
  if (!at.span) return true;
  auto builder = checker_.diagnostics.Emit(
      stage_->span, Diag::MisplacedStage,
      Cat("`", stage, "` does not work per left row of an `until`; `aggregate` and `top` do"));
  builder.Here("in the span of an `until`");
  if (at.window) builder.Label(*at.window, "the span begins here");
  builder.Fix(
      "put an `aggregate` or `top` above it, or end the pipeline with `as NAME` and go on "
      "from there");
  at.live = false;
  return false;
}

}  // namespace flow::frontend
