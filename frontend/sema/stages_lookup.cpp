// Rows of another stream as of a time: asof join, lookup.

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {

using Side = ast::Join::Side;
using BoundKind = ast::Bound::Kind;

// The result of an asof join or lookup: the left row and the right columns.
void StageChecker::FinishJoin(const ast::Join& join, Cursor& at, const Cursor& right,
                              const std::string& name) {
  std::vector<StructField> fields = at.stream.row.fields();
  std::vector<StructField> columns;
  for (const StructField& field : right.stream.row.fields()) {
    columns.push_back({field.name, field.type, {}});
  }
  Type row = Type::Struct(std::move(columns));
  bool keeps = join.side == Side::Left;
  fields.push_back({name, keeps ? Type::Optional(row) : row, {}});
  at.stream.row = Type::Struct(std::move(fields));
  at.stream.ordered = false;
  at.lost.erase(name);
  if (keeps) at.optionals[name] = stage_->verb;
  at.key.clear();
  at.live = true;
}

void StageChecker::CheckAsof(const ast::Join& join, Cursor& at, Cursor& right, std::string name,
                             JoinOn on) {
  at.live = false;
  std::string verb(checker_.TextOf(stage_->verb));
  if (!checker_.CheckEventTime(at, stage_->verb, verb) ||
      !checker_.CheckEventTime(right, join.right.span, verb)) {
    return;
  }
  const ast::Bound& bound = join.bound;
  bool forever = bound.kind == BoundKind::Within && IsForever(*bound.amount);
  node::AsofJoin node;
  if (bound.kind == BoundKind::Within && !forever) {
    node.within = JoinReach(*bound.amount);
    if (node.within == nullptr) return;
  } else if (bound.kind != BoundKind::None && !forever) {
    checker_.diagnostics
        .Emit(bound.span, Diag::InconsistentWindow,
              "an asof join looks back from the left row, `within` a duration")
        .Here("not a bound of an asof join")
        .Fix("write `within 1h`");
    return;
  }
  // The newest row of each key is kept, but with more to ask for, all that may be it.
  bool remembers = node.within == nullptr && !forever && on.condition != nullptr;
  if (remembers && !right.stream.bounded) {
    checker_.diagnostics
        .Emit(stage_->verb, Diag::UnboundedState,
              Cat("this ", verb, " would remember every row of `", right.from, "` for ever"))
        .Here("no bound in time")
        .Label(on.condition->span, "because the newest row may not be the one that fits")
        .Fix("bound it: `.. within 1h`");
    return;
  }
  node.left = at.node;
  node.right = right.node;
  node.keep_left = join.side == Side::Left;
  node.name = name;
  node.left_key = std::move(on.left);
  node.right_key = std::move(on.right);
  node.condition = std::move(on.condition);
  FinishJoin(join, at, right, name);
  at.stream.bounded = at.stream.bounded && right.stream.bounded;
  at.node = Add(std::move(node), at.stream);
}

void StageChecker::CheckLookup(const ast::Join& join, Cursor& at, Cursor& right, std::string name,
                               JoinOn on) {
  at.live = false;
  // That of the source, or by which rows of a changelog replace one another.
  const std::vector<std::string> table_key =
      right.stream.updating ? right.stream.key.value_or(right.key) : right.key;
  if (table_key.empty()) {
    checker_.diagnostics
        .Emit(join.right.span, Diag::WrongArguments,
              Cat("`lookup` asks for the current row of a key, and `", right.from, "` has no key"))
        .Here("which row would be the current one?")
        .Fix(
            Cat("declare it as a source with `key COLUMN`, or give it groups and `emit on change`"))
        .Fix(Cat("use `join ", right.from, "`"));
    return;
  }
  node::Lookup node;
  std::vector<bool> used(on.right.size());
  for (const std::string& column : table_key) {
    size_t i = 0;
    auto is_key = [&](const TypedExprPtr& value) {
      const TypedExpr* at_value = value.get();
      if (const auto* widen = std::get_if<typed::Widen>(&at_value->node)) {
        // A plain value beside an optional one.
        if (value->type == Type::Optional(widen->a->type)) at_value = widen->a.get();
      }
      const auto* read = std::get_if<typed::Column>(&at_value->node);
      return read != nullptr && read->name == column;
    };
    while (i < on.right.size() && (used[i] || !is_key(on.right[i]))) ++i;
    if (i == on.right.size()) {
      checker_.diagnostics
          .Emit(join.condition->span, Diag::WrongArguments,
                Cat("`lookup` needs the whole key of `", right.from, "`, and `", column,
                    "` is missing"))
          .Here(Cat("no equality with `", name, ".", column, "`"))
          .Fix(
              Cat("add `.. == ", name, ".", column, "`, or use `join` for rows by another column"));
      return;
    }
    used[i] = true;
    node.left_key.push_back(on.left[i]);
    node.right_key.push_back(on.right[i]);
  }
  TypedExprPtr condition;
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) condition = Both(condition, on.equalities[i]);
  }
  if (on.condition != nullptr) condition = Both(condition, on.condition);
  node.condition = std::move(condition);
  node.left = at.node;
  node.right = right.node;
  node.keep_left = join.side == Side::Left;
  node.name = name;
  FinishJoin(join, at, right, name);
  at.node = Add(std::move(node), at.stream);
}

}  // namespace flow::frontend
