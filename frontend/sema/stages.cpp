// One pipeline's text from its relation to its end: what all stages have in common.

#include "frontend/sema/stages.h"

#include <utility>

#include "base/text.h"

namespace flow::frontend {

namespace {

// Bound of a program, so that pipes of pipes end in a message.
constexpr size_t kNodesMax = 20'000;

}  // namespace

Cursor StageChecker::Check(const ast::Pipeline& pipeline) {
  Cursor at = Open(pipeline.from);
  auto outer_following = std::exchange(following_, {});
  uint32_t outer_first =
      std::exchange(first_node_, static_cast<uint32_t>(checker_.program.nodes.size()));
  CheckStages(pipeline.stages, at);
  first_node_ = outer_first;
  following_ = std::move(outer_following);
  return at;
}

Cursor StageChecker::Open(const ast::Relation& relation, bool as_table) {
  Cursor out;
  if (const auto* file = std::get_if<ast::FileRelation>(&relation.node)) {
    checker_.OpenFile(scope_, *file, relation.span, out);
    if (out.live) open_.push_back(out.node);
    return out;
  }
  if (const auto* nested = std::get_if<ast::NestedRelation>(&relation.node)) {
    if (!nested->pipeline) return out;
    const ast::Stage* stage = stage_;
    const ast::Stage* next = next_;
    bool ended = ended_;
    ended_ = false;
    out = Check(*nested->pipeline);
    if (ended_ && out.live) {
      checker_.diagnostics
          .Emit(nested->pipeline->stages.back().span, Diag::MisplacedStage,
                "a pipeline in parentheses gives its rows to what stands around it")
          .Here("sends them elsewhere")
          .Fix("leave this stage out, or make the pipeline one of its own");
      out.live = false;
    }
    if (out.live) checker_.EndScope(out, nested->pipeline->span, "select");
    stage_ = stage;
    next_ = next;
    ended_ = ended;
    return out;
  }

  const auto& named = std::get<ast::NamedRelation>(relation.node);
  if (Name* name = checker_.FindName(scope_, named.module, named.name)) {
    if (named.is_call) {
      checker_.diagnostics
          .Emit(relation.span, Diag::WrongArguments,
                Cat("`", named.name.text, "` takes no arguments"))
          .Here("called like a connector")
          .Label(name->span, "declared here")
          .Fix(Cat("write `from ", named.name.text, "`"));
      return out;
    }
    checker_.OpenName(*name, relation.span, out, as_table);
    return out;
  }
  bool connector = !named.module && (named.is_call || IsConnector(named.name.text));
  if (!connector) {
    std::vector<std::string_view> known;
    Scope* in = &scope_;
    if (named.module) {
      auto module = scope_.modules.find(named.module->text);
      if (module == scope_.modules.end()) {
        for (const auto& [text, scope] : scope_.modules) known.push_back(text);
        checker_.UnknownName(scope_, *named.module, "import", known);
        return out;
      }
      in = module->second;
    }
    for (const auto& [text, name] : in->names) {
      if (name.kind != NameKind::kSink && name.kind != NameKind::kPipe) known.push_back(text);
    }
    checker_.UnknownName(scope_, named.name, "stream or source", known);
    return out;
  }
  checker_.OpenConnector(scope_, named.name, named.args, relation.span, out);
  if (out.live) open_.push_back(out.node);
  return out;
}

bool StageChecker::IsConnector(std::string_view name) const {
  return checker_.catalog.FindConnector(name) != nullptr || IsLaterConnector(name);
}

void StageChecker::CheckStages(const std::vector<ast::Stage>& stages, Cursor& at) {
  for (size_t i = 0; i < stages.size(); ++i) {
    if (!at.live) return;
    if (ended_) {
      checker_.diagnostics
          .Emit(stages[i].span, Diag::MisplacedStage, "no rows come here: the pipeline has ended")
          .Here("below the end")
          .Label(stages[i - 1].span, "the end")
          .Fix("begin a new pipeline: end this one with `|> as NAME`, then `from NAME |> ..`");
      at.live = false;
      return;
    }
    following_.emplace_back(&stages, i + 1);
    CheckStage(stages[i], i + 1 < stages.size() ? &stages[i + 1] : nullptr, at);
    following_.pop_back();
  }
}

void StageChecker::CheckStage(const ast::Stage& stage, const ast::Stage* next, Cursor& at) {
  if (checker_.program.nodes.size() > kNodesMax) {
    checker_.diagnostics
        .Emit(stage.span, Diag::TooDeep,
              Cat("the script unfolds into more than ", kNodesMax, " stages"))
        .Here("one too many")
        .Fix("use pipes that use pipes fewer times");
    at.live = false;
    return;
  }
  const ast::Stage* outer = stage_;
  const ast::Stage* outer_next = next_;
  stage_ = &stage;
  next_ = next;
  Cursor before = at;
  auto first_node = static_cast<uint32_t>(checker_.program.nodes.size());
  overs_.clear();
  over_texts_.clear();
  std::visit([&](const auto& node) { Check(node, at); }, stage.node);
  NoteTimeBound(before, first_node, at);
  SendLateUpdates(at, first_node);
  stage_ = outer;
  next_ = outer_next;
}

NodeId StageChecker::Add(decltype(TypedNode::node) node, StreamInfo stream) {
  NodeId id = checker_.AddNode(std::move(node), std::move(stream), stage_->span,
                               std::string(checker_.TextOf(stage_->verb)));
  open_.push_back(id);
  return id;
}

ExprScope StageChecker::ScopeAt(const Cursor& at) {
  ExprScope scope;
  scope.decls = &scope_.decls;
  scope.rows.push_back({"", at.stream.row});
  scope.facts = at.facts;
  scope.bindings = bindings_;
  scope.has_time = at.stream.has_time;
  scope.rank_column = at.rank_column;
  scope.is_final = at.Has("$final");
  scope.updating = at.stream.updating;
  scope.stage = std::string(checker_.TextOf(stage_->verb));
  scope.stage_span = stage_->span;
  // The scope is used while the cursor stands.
  const Cursor* cursor = &at;
  const auto& node = stage_->node;
  bool row_by_row =
      std::holds_alternative<ast::Where>(node) || std::holds_alternative<ast::Select>(node) ||
      std::holds_alternative<ast::Extend>(node) || std::holds_alternative<ast::Set>(node);
  if (row_by_row) {
    scope.over = [this, cursor](const ast::Expr& expr, const ast::Over& over) {
      return CheckOver(expr, over, *cursor);
    };
  }
  scope.where_lost = [this, cursor, verb = scope.stage](std::string_view column) {
    return ExplainLoss(cursor->lost, column, verb);
  };
  scope.where_optional = [cursor](std::string_view column) -> std::optional<Span> {
    auto place = cursor->optionals.find(std::string(column));
    if (place == cursor->optionals.end()) return std::nullopt;
    return place->second;
  };
  return scope;
}

std::optional<LostColumn> StageChecker::ExplainLoss(const std::map<std::string, Loss>& lost,
                                                    std::string_view column,
                                                    const std::string& verb) const {
  auto found = lost.find(std::string(column));
  if (found == lost.end()) return std::nullopt;
  const Loss& loss = found->second;
  std::string line = Cat(checker_.LineOf(loss.span));
  LostColumn out{loss.span, {}, {}};
  if (!loss.renamed.empty()) {
    out.label = Cat("`", column, "` is called `", loss.renamed, "` from here on");
    out.fix = Cat("write `", loss.renamed, "`");
    return out;
  }
  std::string move = Cat("move this `", verb, "` above it");
  if (loss.verb == "aggregate") {
    out.label = Cat("`", column, "` is neither a key nor a result of this aggregate");
    out.fix = Cat("add `", column, "` to the `group by` on line ", line,
                  ", or an aggregate of it, or ", move);
    return out;
  }
  if (loss.verb == "match") {
    out.label = Cat("the rows stand in the steps of this match, `", column, "` with them");
    out.fix = Cat("say of which step: `STEP.", column, "`");
    return out;
  }
  if (loss.verb == "drop") {
    out.label = Cat("`", column, "` was dropped here");
    out.fix = Cat("take `", column, "` out of the drop on line ", line, ", or ", move);
    return out;
  }
  if (loss.verb == "window") {
    out.label = "known when the window is complete";
    out.fix = Cat("use `", column, "` below the next aggregate, top or order by");
    return out;
  }
  out.label = Cat("`", column, "` was left behind by this ", loss.verb);
  out.fix = Cat("add `", column, "` to the ", loss.verb, " on line ", line, ", or ", move);
  return out;
}

}  // namespace flow::frontend
