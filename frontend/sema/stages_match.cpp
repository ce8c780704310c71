// match: patterns in the rows of each key (semantics.md 66).

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {
namespace {

using Link = ast::MatchStep::Link;

MatchLink LinkOf(Link link) {
  switch (link) {
    case Link::First:
      return MatchLink::kFirst;
    case Link::Then:
      return MatchLink::kThen;
    case Link::Next:
      return MatchLink::kNext;
    case Link::Without:
      return MatchLink::kWithout;
  }
  return MatchLink::kFirst;
}

}  // namespace

// Steps that contradict each other or can do nothing (E0506).
bool StageChecker::CheckSteps(const std::vector<ast::MatchStep>& steps) {
  bool ok = true;
  auto wrong = [&](Span span, std::string message) {
    ok = false;
    return checker_.diagnostics.Emit(span, Diag::InconsistentPattern, std::move(message));
  };
  bool takes_rows = false;
  size_t taking = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    const ast::MatchStep& step = steps[i];
    const std::string& name = step.name.text;
    const ast::MatchStep* next = i + 1 < steps.size() ? &steps[i + 1] : nullptr;
    if (step.link != Link::Without) {
      if (step.at_most == 0) {
        wrong(step.name.span, Cat("`", name, "` takes no row, ever"))
            .Here("at most zero rows")
            .Fix(Cat("for rows that must not come write `without ", name, ": ..`"));
      }
      takes_rows = takes_rows || step.at_least > 0;
      if (++taking == kMatchStepsMax + 1) {
        wrong(step.name.span, Cat("a pattern has at most ", kMatchStepsMax, " steps"))
            .Here("one too many");
      }
      continue;
    }
    if (step.quantified) {
      wrong(step.name.span, "a step that must not come has no number of rows")
          .Here("`without` and a number")
          .Fix(Cat("write `without ", name, ": ..`: one row is enough to break the pattern"));
    }
    if (next == nullptr) {
      wrong(step.name.span, Cat("`without ", name, "` needs a step behind it"))
          .Here("between this and what?")
          .Note(
              "it says what must not come before the next step; what never comes is seen by no row")
          .Fix("put it before the step that ends the pattern");
    } else if (next->link == Link::Next) {
      wrong(next->name.span,
            Cat("`next ", next->name.text, "` leaves no rows for `without ", name, "` to look at"))
          .Here("the very next row")
          .Label(step.name.span, "can never come in between")
          .Fix(Cat("write `then ", next->name.text, "`, or leave the `without` out"));
    }
  }
  if (!ok) return false;
  const ast::MatchStep& last = steps.back();
  if (!takes_rows) {
    wrong(last.name.span, "a match without a row would be no match")
        .Here("every step may stay empty")
        .Fix(Cat("give one of the steps rows: `", last.name.text, "+: ..`"));
  } else if (last.at_least == 0) {
    wrong(last.name.span,
          Cat("`", last.name.text, "` stays empty: a match ends as early as it can"))
        .Here("may take no row, so takes none")
        .Fix(Cat("write `", last.name.text, "+` if it must come, or leave the step out"));
  }
  return ok;
}

bool StageChecker::CheckStepName(const Cursor& at, const ast::MatchStep& step,
                                 const std::vector<ast::MatchStep>& steps) {
  const std::string& name = step.name.text;
  auto twice = [&](std::string message) {
    return checker_.diagnostics.Emit(step.name.span, Diag::DuplicateName, std::move(message));
  };
  for (const ast::MatchStep& other : steps) {
    if (&other == &step) break;
    if (other.name.text != name) continue;
    twice(Cat("two steps are called `", name, "`"))
        .Here("the second one")
        .Label(other.name.span, "the first one")
        .Fix("give it another name, or the first one a number: `one{2}: ..`");
    return false;
  }
  if (at.Has(name)) {
    twice(Cat("`", name, "` is a column of the rows, too"))
        .Here("which one would a condition mean?")
        .Fix("give the step another name");
    return false;
  }
  auto let = scope_.decls.lets.find(name);
  if (let == scope_.decls.lets.end()) return true;
  twice(Cat("`", name, "` is a step here and a `let`"))
      .Here("which one would a condition mean?")
      .Label(let->second.decl->name.span, "the `let`")
      .Fix("give the step another name");
  return false;
}

// The condition of step number `index`: it sees the columns of the row at hand, and the steps
// before by their names.
TypedExprPtr StageChecker::StepCondition(const Cursor& at, const std::vector<ast::MatchStep>& steps,
                                         size_t index, const Type& earlier, const FactSet& facts) {
  ExprScope scope = ScopeAt(at);
  scope.rows.push_back({"", earlier});
  scope.facts.insert(facts.begin(), facts.end());
  auto lost = scope.where_lost;
  scope.where_lost = [&, lost](std::string_view column) -> std::optional<LostColumn> {
    for (size_t i = 0; i < steps.size(); ++i) {
      const ast::MatchStep& step = steps[i];
      if (step.name.text != column) continue;
      if (step.link == Link::Without && i != index) {
        return LostColumn{step.name.span, "never has a row", {}};
      }
      return LostColumn{step.name.span,
                        i == index ? "the step itself: a condition sees the steps before it"
                                   : "comes later: a condition sees the steps before it",
                        "write the name of a column for the row at hand"};
    }
    return lost(column);
  };
  return CheckExpr(*steps[index].condition, scope, Type::Bool(), checker_.diagnostics);
}

// The column that a key gives; empty after an error.
std::string StageChecker::KeyName(const ast::Expr& key, const std::vector<NamedValue>& keys) {
  std::string name = DefaultName(key);
  if (name.empty()) {
    checker_.diagnostics.Emit(key.span, Diag::WrongArguments, "this key needs a name")
        .Here("called what in the result?")
        .Fix("make it a column above: `|> extend .. as NAME`, then `match by NAME`");
    return name;
  }
  for (const NamedValue& other : keys) {
    if (other.name != name) continue;
    checker_.diagnostics
        .Emit(key.span, Diag::DuplicateName, Cat("two keys are called `", name, "`"))
        .Here("the second one")
        .Label(other.value->span, "the first one")
        .Fix("leave one out, or make a column of another name above: `|> extend .. as NAME`");
    return {};
  }
  return name;
}

TypedExprPtr StageChecker::Within(const ast::Expr& within, std::string_view word) {
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  TypedExprPtr value = CheckRowFree(within, row_free, Type::Duration(), checker_.diagnostics);
  if (value == nullptr || value->poisoned()) return nullptr;
  std::optional<Constant> constant = EvaluateConstant(*value);
  if (constant && constant->int_value <= 0) {
    checker_.diagnostics
        .Emit(within.span, Diag::InconsistentWindow,
              Cat("`", word, "` needs a duration above zero"))
        .Here(DurationText(constant->int_value));
    return nullptr;
  }
  return value;
}

void StageChecker::Check(const ast::Match& match, Cursor& at) {
  bool ok = checker_.CheckEventTime(at, stage_->verb, "match");
  ok = checker_.CheckAppend(at, stage_->verb, "match") && ok;
  if (at.stream.windowed && !at.stream.window_rows) {
    auto builder = checker_.diagnostics.Emit(
        stage_->verb, Diag::MisplacedStage,
        "a pattern does not stop at the bounds of windows, so it stands in none");
    builder.Here("in a window");
    if (at.window) builder.Label(*at.window, "the window");
    builder.Fix("leave the window out: `within` says how long a match may take");
    ok = false;
  }
  if (!ok) {
    at.live = false;
    return;
  }
  // The rows of a step have the columns that the script sees.
  checker_.EndScope(at, stage_->span, checker_.TextOf(stage_->verb));

  node::Match node;
  node.input = at.node;
  node.overlapping = match.overlapping;
  node.within = Within(*match.within);
  ok = node.within != nullptr;
  std::map<std::string, Span> optionals;
  for (const ast::ExprPtr& key : match.by) {
    TypedExprPtr value = CheckExpr(*key, ScopeAt(at), std::nullopt, checker_.diagnostics);
    std::string name = value->poisoned() ? "" : KeyName(*key, node.keys);
    if (name.empty()) {
      ok = false;
      continue;
    }
    if (!CanBeKey(value->type)) {
      checker_.diagnostics
          .Emit(key->span, Diag::TypeMismatch,
                Cat("rows cannot be told apart by a ", value->type.ToText()))
          .Here("has no equality")
          .Fix("use a field of it, converted: `string(..)`");
      ok = false;
      continue;
    }
    auto place = at.optionals.find(name);
    if (value->type.is_optional() && place != at.optionals.end()) optionals[name] = place->second;
    node.keys.push_back({std::move(name), std::move(value)});
  }

  ok = CheckSteps(match.steps) && ok;
  const Type row = at.stream.row;
  std::vector<StructField> earlier;
  std::vector<StructField> fields;
  FactSet seen;   // of the steps, for the conditions behind them
  FactSet facts;  // of the result
  for (const NamedValue& key : node.keys) fields.push_back({key.name, key.value->type, {}});
  for (size_t i = 0; i < match.steps.size(); ++i) {
    const ast::MatchStep& step = match.steps[i];
    const std::string& name = step.name.text;
    ok = CheckStepName(at, step, match.steps) && ok;
    auto key = std::find_if(node.keys.begin(), node.keys.end(),
                            [&](const NamedValue& column) { return column.name == name; });
    if (key != node.keys.end() && !at.Has(name)) {
      checker_.diagnostics
          .Emit(step.name.span, Diag::DuplicateName, Cat("`", name, "` is a key, too"))
          .Here("two columns of one name")
          .Label(key->value->span, "the key")
          .Fix("give the step another name");
      ok = false;
    }
    node::MatchStep typed{name, LinkOf(step.link), step.at_least, step.at_most.value_or(-1), {}};
    typed.condition = StepCondition(at, match.steps, i, Type::Struct(earlier), seen);
    ok = ok && !typed.condition->poisoned();
    if (step.link != Link::Without) {
      Type type = MatchStepType(typed.least, typed.most, row);
      if (type.is(TypeKind::kArray) && typed.least > 0) {
        seen.insert(Path{false, 1, {name, kSomeElement}});
        facts.insert(Path{false, 0, {name, kSomeElement}});
      }
      if (type.is_optional()) optionals[name] = step.name.span;
      earlier.push_back({name, type, {}});
      fields.push_back({name, std::move(type), {}});
    }
    node.steps.push_back(std::move(typed));
  }
  if (!ok) {
    at.live = false;
    return;
  }

  for (const StructField& field : at.stream.row.fields()) {
    at.lost[field.name] = Loss{stage_->span, "match", {}};
  }
  StreamInfo stream = at.stream;
  stream.row = Type::Struct(std::move(fields));
  stream.window_rows = stream.ordered = false;
  for (const StructField& field : stream.row.fields()) at.lost.erase(field.name);
  at.node = Add(std::move(node), stream);
  at.stream = std::move(stream);
  at.facts = std::move(facts);
  at.optionals = std::move(optionals);
  at.emitted.reset();
}

}  // namespace flow::frontend
