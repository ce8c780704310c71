// f(x) over (by k last ..), lag(x, n) over (..): what an expression says of earlier rows is a
// column that an `over` node adds before the stage.

#include "base/text.h"
#include "base/words.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {
namespace {

// The call of `lag`, or null.
const ast::Call* LagCall(const ast::Expr& expr) {
  const auto* call = std::get_if<ast::Call>(&expr.node);
  const auto* name = call == nullptr ? nullptr : std::get_if<ast::NameRef>(&call->callee->node);
  return name != nullptr && name->name.text == kLag ? call : nullptr;
}

}  // namespace

TypedAggregate StageChecker::CheckLag(const ast::Expr& expr, const ast::Call& call,
                                      const ExprScope& scope, const ExprScope& row_free) {
  TypedAggregate out;
  out.function = kLag;
  out.poisoned = true;
  bool fits = call.args.size() == 1 || call.args.size() == 2;
  for (const ast::Arg& arg : call.args) fits = fits && arg.kind == ast::Arg::Kind::Positional;
  if (!fits) {
    checker_.diagnostics
        .Emit(expr.span, Diag::WrongArguments, "`lag` takes a value and how many rows to go back")
        .Here("other arguments")
        .Fix("`lag(x)` for the row before, `lag(x, 2)` for the one before that");
    return out;
  }
  TypedExprPtr value = CheckExpr(*call.args[0].value, scope, std::nullopt, checker_.diagnostics);
  TypedExprPtr count = MakeInt(1, expr.span);
  if (call.args.size() == 2) {
    count = CheckRowFree(*call.args[1].value, row_free, Type::Int(), checker_.diagnostics);
  }
  if (value->poisoned() || count == nullptr || count->poisoned()) return out;
  std::optional<Constant> constant = EvaluateConstant(*count);
  if (constant && constant->int_value < 1) {
    checker_.diagnostics
        .Emit(call.args[1].span, Diag::WrongArguments,
              Cat("`lag` goes back one row or more, this is ", constant->int_value))
        .Here("no earlier row");
    return out;
  }
  out.type = value->type.is_optional() ? value->type : Type::Optional(value->type);
  out.args.push_back(std::move(value));
  out.consts.push_back(std::move(count));
  out.poisoned = false;
  return out;
}

bool StageChecker::CheckFrame(const ast::Over& over, const ExprScope& row_free, const Cursor& at,
                              node::OverItem* item) {
  if (over.last == nullptr) return true;
  if (!over.last_rows) {
    if (!checker_.CheckEventTime(at, over.last->span, "over (last ..)")) return false;
  }
  Type type = over.last_rows ? Type::Int() : Type::Duration();
  TypedExprPtr last = CheckRowFree(*over.last, row_free, type, checker_.diagnostics);
  if (last == nullptr || last->poisoned()) return false;
  std::optional<Constant> constant = EvaluateConstant(*last);
  if (constant && constant->int_value <= 0) {
    checker_.diagnostics
        .Emit(over.last->span, Diag::InconsistentWindow,
              over.last_rows ? "`last` takes one row or more: the row itself is one of them"
                             : "`last` needs a duration above zero")
        .Here(over.last_rows ? Cat(constant->int_value, " rows")
                             : DurationText(constant->int_value));
    return false;
  }
  (over.last_rows ? item->rows : item->last) = std::move(last);
  return true;
}

TypedExprPtr StageChecker::CheckOver(const ast::Expr& expr, const ast::Over& over,
                                     const Cursor& at) {
  std::string text(checker_.TextOf(expr.span));
  for (size_t i = 0; i < overs_.size(); ++i) {
    if (over_texts_[i] == text) {
      return MakeExpr(overs_[i].call.type, expr.span, typed::Column{0, overs_[i].name});
    }
  }
  ExprScope scope = ScopeAt(at);
  scope.over = nullptr;
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  node::OverItem item;
  const ast::Call* lag = LagCall(*over.call);
  item.call = lag != nullptr ? CheckLag(*over.call, *lag, scope, row_free)
                             : CheckAggregateCall(*over.call, scope, false, checker_.diagnostics);
  bool ok = !item.call.poisoned;
  for (const ast::ExprPtr& by : over.by) {
    TypedExprPtr value = CheckExpr(*by, scope, std::nullopt, checker_.diagnostics);
    ok = ok && !value->poisoned();
    if (!value->poisoned() && !CanBeKey(value->type)) {
      checker_.diagnostics
          .Emit(by->span, Diag::TypeMismatch,
                Cat("rows cannot be told apart by a ", value->type.ToText()))
          .Here("has no equality")
          .Fix("use a field of it, converted: `string(..)`");
      ok = false;
    }
    item.keys.push_back(std::move(value));
  }
  ok = CheckFrame(over, row_free, at, &item) && ok;
  ok = checker_.CheckAppend(at, expr.span, "over") && ok;
  if (at.stream.has_time && over.last_rows)
    ok = checker_.CheckEventTime(at, expr.span, "over") && ok;
  if (over.last == nullptr && lag == nullptr && !at.stream.bounded) {
    checker_.diagnostics
        .Emit(expr.span, Diag::UnboundedState,
              Cat("this looks back over all rows of `", at.from, "`, which has no end"))
        .Here("nothing bounds it")
        .Label(at.from_span, "input without an end")
        .Fix("say how far to look back: `last 1h` or `last 100 rows`");
    ok = false;
  }
  if (!ok) return PoisonAt(expr.span);
  size_t number = overs_.size() + 1;
  do {
    item.name = Cat("$over", number++);
  } while (at.Has(item.name));
  TypedExprPtr out = MakeExpr(item.call.type, expr.span, typed::Column{0, item.name});
  overs_.push_back(std::move(item));
  over_texts_.push_back(std::move(text));
  return out;
}

bool StageChecker::PlaceOver(Cursor& at) {
  if (overs_.empty()) return false;
  StreamInfo stream = at.stream;
  std::vector<StructField> fields = stream.row.fields();
  for (const node::OverItem& item : overs_) fields.push_back({item.name, item.call.type, {}});
  stream.row = Type::Struct(std::move(fields));
  stream.ordered = false;
  at.node = Add(node::Over{at.node, std::move(overs_)}, stream);
  at.stream = std::move(stream);
  overs_.clear();
  over_texts_.clear();
  return true;
}

}  // namespace flow::frontend
