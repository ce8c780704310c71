// Stages about where rows go: union, branch, on error, into, as, pipes, peek.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {
namespace {

// The arm's number is one expression as deep as there are arms.
constexpr size_t kArmsMax = 100;

}  // namespace

void StageChecker::Check(const ast::Union& many, Cursor& at) {
  if (at.stream.windowed) {
    auto builder =
        checker_.diagnostics.Emit(stage_->span, Diag::MisplacedStage,
                                  "the rows of a `union` come from outside of this window");
    builder.Here("inside a window scope");
    if (at.window) builder.Label(*at.window, "the scope begins here");
    builder.Fix("put the `union` above the `window`");
    at.live = false;
    return;
  }
  bool ok = checker_.CheckAppend(at, stage_->verb, "union");
  checker_.EndScope(at, stage_->span, "union");
  std::vector<Cursor> inputs = {at};
  std::vector<Span> spans = {stage_->verb};
  for (const ast::Relation& relation : many.others) {
    Cursor other = Open(relation);
    ok = ok && other.live && checker_.CheckAppend(other, relation.span, "union");
    inputs.push_back(std::move(other));
    spans.push_back(relation.span);
  }
  Cursor all;
  if (!ok || !checker_.Unite(inputs, spans, "union", &all)) {
    at.live = false;
    return;
  }
  at.node = all.node;
  at.stream = std::move(all.stream);
}

// The conditions are evaluated once, into the number of the arm; each arm then keeps its rows.
void StageChecker::Check(const ast::Branch& branch, Cursor& at) {
  ended_ = true;
  Span span = stage_->verb;
  if (branch.arms.size() > kArmsMax) {
    checker_.diagnostics
        .Emit(branch.arms[kArmsMax].span, Diag::TooDeep,
              Cat("a `branch` has at most ", kArmsMax, " arms"))
        .Here("one too many")
        .Fix("end this one in `else => as rest`, and go on with `from rest |> branch { .. }`");
    at.live = false;
    return;
  }
  FactSet facts = at.facts;  // with what is known because earlier arms did not hold
  std::vector<FactSet> arm_facts;
  std::vector<TypedExprPtr> conditions;
  bool ok = true;
  for (const ast::BranchArm& arm : branch.arms) {
    if (!conditions.empty() && conditions.back() == nullptr) {
      checker_.diagnostics
          .Emit(arm.span, Diag::MisplacedStage, "no row comes here: `else` takes all that are left")
          .Here("below the `else`")
          .Fix("make the `else` arm the last one");
      ok = false;
      break;
    }
    FactSet inside = facts;
    if (!arm.condition) {
      conditions.push_back(nullptr);
      arm_facts.push_back(std::move(inside));
      continue;
    }
    ExprScope scope = ScopeAt(at);
    scope.facts = facts;
    TypedExprPtr condition = CheckExpr(*arm.condition, scope, Type::Bool(), checker_.diagnostics);
    ok = ok && !condition->poisoned();
    if (!condition->poisoned()) {
      inside.merge(FactsWhenTrue(*condition));
      facts.merge(FactsWhenFalse(*condition));
    }
    conditions.push_back(std::move(condition));
    arm_facts.push_back(std::move(inside));
  }
  if (!ok) {
    at.live = false;
    return;
  }

  TypedExprPtr number = MakeInt(-1, span);  // fits no arm
  for (size_t i = conditions.size(); i-- > 0;) {
    TypedExprPtr arm = MakeInt(static_cast<int64_t>(i), span);
    if (conditions[i] == nullptr) {
      number = arm;
      continue;
    }
    auto choice = std::make_shared<TypedExpr>();
    choice->type = Type::Int();
    choice->span = span;
    choice->may_fail = conditions[i]->may_fail || number->may_fail;
    choice->node = typed::If{conditions[i], arm, number};
    number = std::move(choice);
  }
  std::vector<NamedValue> columns = AllColumns(at);
  columns.push_back({"$arm", std::move(number)});
  AddMap(at, std::move(columns));

  for (size_t i = 0; i < conditions.size(); ++i) {
    Cursor arm = at;
    arm.late.reset();  // its rows come late once, not in every arm
    arm.facts.merge(arm_facts[i]);
    TypedExprPtr is_arm =
        MakeExpr(Type::Bool(), span,
                 typed::Compare{typed::CompareOp::Equal, MakeColumn(arm, "$arm", span),
                                MakeInt(static_cast<int64_t>(i), span)});
    std::vector<NodeId> outer_open;
    std::swap(outer_open, open_);
    Pass(arm, node::Filter{arm.node, std::move(is_arm)});
    AddMap(arm, AllColumns(arm));
    ended_ = false;
    CheckStages(branch.arms[i].stages, arm);
    if (arm.live && !ended_) {
      checker_.diagnostics
          .Emit(branch.arms[i].span, Diag::MisplacedStage, "the rows of this arm go nowhere")
          .Here("an arm ends in `into sink` or `as name`")
          .Fix("add `|> into ..` or `|> as ..` at its end");
    }
    std::swap(outer_open, open_);
  }
  ended_ = true;
}

void StageChecker::Check(const ast::OnError& handler, Cursor&) {
  if (open_.empty()) {
    checker_.diagnostics
        .Emit(stage_->span, Diag::NothingAbove, "no stage above this `on error` can send it rows")
        .Here("nothing above, up to the handler before it")
        .Note("rows that a named source cannot read go to the `on error` of its declaration")
        .Fix("put it below the stages whose rejected rows it is to take");
    return;
  }
  TypedHandlerId id;
  switch (handler.action) {
    case ast::OnError::Action::Fail:
      id = checker_.AddHandler(TypedHandlerKind::kFail, "");
      break;
    case ast::OnError::Action::Drop:
      id = checker_.AddHandler(TypedHandlerKind::kDrop, "");
      break;
    case ast::OnError::Action::Into:
    case ast::OnError::Action::As:
      id = checker_.AddHandler(TypedHandlerKind::kRoute, handler.name.text);
      break;
  }
  bool bounded = true;
  for (NodeId node : open_) {
    checker_.program.nodes[node].handler = id;
    bounded = bounded && checker_.program.nodes[node].stream.bounded;
  }
  open_.clear();
  if (handler.action == ast::OnError::Action::Into) {
    checker_.RouteInto(scope_, handler.name, id, bounded);
  }
  if (handler.action != ast::OnError::Action::As || RefuseInPipe("on error as")) return;
  auto found = scope_.names.find(handler.name.text);
  if (found == scope_.names.end() || found->second.kind != NameKind::kRejects) return;
  Name& name = found->second;
  if (name.progress == Progress::kDone) return;  // declared twice, which was said
  name.progress = Progress::kDone;
  name.handler = id;
  name.bounded = bounded;
}

void StageChecker::Check(const ast::Into& into, Cursor& at) {
  ended_ = true;
  if (into.file) return checker_.IntoFile(scope_, *into.file, at, stage_->span);
  IntoNamed(*into.target, at);
}

void StageChecker::IntoNamed(const ast::NamedRelation& target, Cursor& at) {
  if (!target.is_call) {
    auto found = scope_.names.find(target.name.text);
    if (found != scope_.names.end() && found->second.kind == NameKind::kSink) {
      return checker_.IntoSink(found->second, at, stage_->span);
    }
    if (found != scope_.names.end() || !IsConnector(target.name.text)) {
      std::vector<std::string_view> known;
      for (const auto& [text, name] : scope_.names) {
        if (name.kind == NameKind::kSink) known.push_back(text);
      }
      for (const ConnectorDef* def : checker_.catalog.connectors) {
        if (def->is_sink) known.push_back(def->name);
      }
      checker_.UnknownName(scope_, target.name, "sink", known);
      return;
    }
  }
  checker_.IntoConnector(scope_, target, at, stage_->span);
}

void StageChecker::Check(const ast::As& as, Cursor& at) {
  ended_ = true;
  if (RefuseInPipe("as")) return;
  auto found = scope_.names.find(as.name.text);
  if (found == scope_.names.end() || found->second.kind != NameKind::kStream) return;
  Name& name = found->second;
  if (name.span != as.name.span) return;  // declared twice, which was said
  checker_.EndScope(at, stage_->span, "select");
  checker_.Define(name, at);
}

// A pipe may be used many times; what it named would be there as often.
bool StageChecker::RefuseInPipe(const char* stage) {
  if (pipes_.empty()) return false;
  checker_.diagnostics
      .Emit(stage_->span, Diag::MisplacedStage,
            Cat("a pipe cannot name streams, so it has no `", stage, "`"))
      .Here("would name a stream each time the pipe is used")
      .Label(pipes_.back()->name.span, "in this pipe")
      .Fix("write it behind the pipe where it is used");
  return true;
}

void StageChecker::Check(const ast::PipeCall& call, Cursor& at) {
  auto found = scope_.names.find(call.name.text);
  if (found == scope_.names.end() || found->second.kind != NameKind::kPipe) {
    if (call.name.text == "peek" && found == scope_.names.end()) return CheckPeek(call, at);
    std::vector<std::string_view> known = {"peek"};
    for (const auto& [text, name] : scope_.names) {
      if (name.kind == NameKind::kPipe) known.push_back(text);
    }
    checker_.UnknownName(scope_, call.name, "pipe", known);
    at.live = false;
    return;
  }
  found->second.used = true;
  const auto& pipe = std::get<ast::PipeDecl>(found->second.item->node);
  if (std::find(pipes_.begin(), pipes_.end(), &pipe) != pipes_.end()) {
    checker_.diagnostics
        .Emit(call.name.span, Diag::CyclicDefinition,
              Cat("pipe `", call.name.text, "` uses itself"))
        .Here("used here, while it is still being put in")
        .Label(pipe.name.span, "its definition")
        .Note("a pipe's stages are put in where it is used, so it cannot be a part of itself");
    at.live = false;
    return;
  }
  std::vector<Binding> bindings;
  if (!BindArguments(call, pipe, &bindings)) {
    at.live = false;
    return;
  }
  std::swap(bindings_, bindings);
  pipes_.push_back(&pipe);
  size_t errors_before = checker_.diagnostics.error_count();
  CheckStages(pipe.stages, at);
  if (checker_.diagnostics.error_count() > errors_before) at.live = false;
  pipes_.pop_back();
  std::swap(bindings_, bindings);
}

bool StageChecker::BindArguments(const ast::PipeCall& call, const ast::PipeDecl& pipe,
                                 std::vector<Binding>* out) {
  bool ok = true;
  std::vector<const ast::Expr*> given(pipe.params.size(), nullptr);
  auto wrong = [&](Span span, std::string message) {
    ok = false;
    return checker_.diagnostics.Emit(span, Diag::WrongArguments, std::move(message));
  };
  size_t place = 0;
  for (const ast::Arg& arg : call.args) {
    size_t index = pipe.params.size();
    if (arg.kind == ast::Arg::Kind::Positional) index = std::min(place++, index);
    if (arg.kind == ast::Arg::Kind::Named) {
      for (size_t i = 0; i < pipe.params.size(); ++i) {
        if (pipe.params[i].name.text == arg.name.text) index = i;
      }
    }
    if (index == pipe.params.size()) {
      wrong(arg.span, arg.kind == ast::Arg::Kind::Named
                          ? Cat("pipe `", pipe.name.text, "` has no argument `", arg.name.text, "`")
                          : Cat("pipe `", pipe.name.text, "` takes ", pipe.params.size(),
                                pipe.params.size() == 1 ? " argument" : " arguments"))
          .Here("not expected")
          .Label(pipe.name.span, "declared here");
      continue;
    }
    if (given[index] != nullptr) {
      wrong(arg.span, Cat("`", pipe.params[index].name.text, "` is given twice"))
          .Here("the second time");
      continue;
    }
    given[index] = arg.value.get();
  }
  ExprScope outside = checker_.RowFreeScope(scope_, {});
  outside.bindings = bindings_;
  for (size_t i = 0; i < pipe.params.size(); ++i) {
    const ast::Parameter& param = pipe.params[i];
    Type type = ResolveType(*param.type, scope_.decls, checker_.diagnostics);
    const ast::Expr* value = given[i] != nullptr ? given[i] : param.default_value.get();
    if (value == nullptr) {
      wrong(call.name.span, Cat("pipe `", pipe.name.text, "` needs `", param.name.text, "`"))
          .Here("not given")
          .Label(param.span, "declared here");
      continue;
    }
    ExprScope inside = checker_.RowFreeScope(scope_, {});
    ExprScope& scope = given[i] != nullptr ? outside : inside;
    scope.stage = param.name.text;
    TypedExprPtr bound =
        type.is_error() ? nullptr : CheckRowFree(*value, scope, type, checker_.diagnostics);
    ok = ok && bound != nullptr && !bound->poisoned();
    out->push_back({param.name.text, std::move(bound)});
  }
  return ok;
}

// peek("name", 10): the first rows on standard error.
void StageChecker::CheckPeek(const ast::PipeCall& call, Cursor& at) {
  TypedExprPtr label = MakeString(at.from, call.name.span);
  TypedExprPtr count = MakeInt(10, call.name.span);
  ExprScope scope = checker_.RowFreeScope(scope_, "peek");
  scope.bindings = bindings_;
  bool ok = true;
  size_t place = 0;
  for (const ast::Arg& arg : call.args) {
    bool positional = arg.kind == ast::Arg::Kind::Positional;
    bool is_label = positional ? place == 0 : arg.name.text == "name";
    bool is_count = positional ? place == 1 : arg.name.text == "rows";
    if (positional) ++place;
    if ((!is_label && !is_count) || !arg.value) {
      checker_.diagnostics
          .Emit(arg.span, Diag::WrongArguments, "`peek` does not take this argument")
          .Here("not expected")
          .Note("it is peek(name: string, rows: int = 10)");
      ok = false;
      continue;
    }
    if (is_label) {
      label = CheckRowFree(*arg.value, scope, Type::String(), checker_.diagnostics);
      ok = ok && label != nullptr && !label->poisoned();
    } else {
      count = Count(*arg.value, at);
      ok = ok && count != nullptr;
    }
  }
  if (ok) Pass(at, node::Peek{at.node, std::move(label), std::move(count)});
}

}  // namespace flow::frontend
