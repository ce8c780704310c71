// When rows are sent: emit, on late; and what becomes of a stream whose rows are sent again.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"
#include "frontend/sema/uses.h"

namespace flow::frontend {
namespace {

bool IsWindow(const TypedNode& node) {
  return std::holds_alternative<node::Window>(node.node) ||
         std::holds_alternative<node::WindowSession>(node.node) ||
         std::holds_alternative<node::WindowRows>(node.node);
}

// The input of a node that is in the scope of its rows.
NodeId InputOf(const TypedNode& node) {
  return std::visit(
      [](const auto& n) -> NodeId {
        using N = std::decay_t<decltype(n)>;
        if constexpr (std::is_same_v<N, node::Join>) {
          // Of the scope that both sides are in.
          return n.bound == JoinBound::kWindow ? n.left : NodeId();
        } else if constexpr (requires { n.input; }) {
          return n.input;
        } else {
          return NodeId();
        }
      },
      node.node);
}

// Whether the rows of a join are sent when both sides have them, and may be sent again.
bool JoinsAtOnce(const TypedNode& node) {
  const auto* join = std::get_if<node::Join>(&node.node);
  return join != nullptr && (join->bound == JoinBound::kNone || join->bound == JoinBound::kWindow);
}

// Whether an `emit` speaks of the stage.
bool SendsAgain(const TypedNode& node) {
  return std::holds_alternative<node::Aggregate>(node.node) ||
         std::holds_alternative<node::Top>(node.node) ||
         std::holds_alternative<node::Dedup>(node.node) || JoinsAtOnce(node);
}

// Whether what is sent below the stage is of its own making.
bool KeepsRows(const ast::Stage& stage) {
  const auto& node = stage.node;
  return std::holds_alternative<ast::Aggregate>(node) || std::holds_alternative<ast::Top>(node) ||
         std::holds_alternative<ast::Join>(node) || std::holds_alternative<ast::Dedup>(node) ||
         std::holds_alternative<ast::Window>(node);
}

bool CallsIsFinal(const ast::Stage& stage) {
  auto in = [](const ast::ExprPtr& expr) { return expr && CallsBare(*expr, "is_final"); };
  auto any = [&](const auto& items) {
    return std::any_of(items.begin(), items.end(), [&](const auto& i) { return in(i.value); });
  };
  if (const auto* select = std::get_if<ast::Select>(&stage.node)) return any(select->items);
  if (const auto* extend = std::get_if<ast::Extend>(&stage.node)) return any(extend->items);
  if (const auto* set = std::get_if<ast::Set>(&stage.node)) return any(set->assignments);
  const auto* where = std::get_if<ast::Where>(&stage.node);
  return where != nullptr && in(where->condition);
}

}  // namespace

// Below the stage at hand, before another that has state of its own.
bool StageChecker::EmitFollows() const {
  for (size_t i = following_.size(); i-- > 0;) {
    const auto& [stages, next] = following_[i];
    for (size_t k = next; k < stages->size(); ++k) {
      const auto& stage = (*stages)[k].node;
      if (const auto* emit = std::get_if<ast::Emit>(&stage)) {
        return emit->when != ast::Emit::When::OnClose;
      }
      if (KeepsRows((*stages)[k])) return false;
    }
  }
  return false;
}

// The stage of this text below the one at hand that may have to be given the rows that others
// replace; null when only sinks, and what gives them a row for each row, follow.
const ast::Stage* StageChecker::TakerOfOldRows() const {
  for (size_t i = following_.size(); i-- > 0;) {
    const auto& [stages, next] = following_[i];
    for (size_t k = next; k < stages->size(); ++k) {
      const ast::Stage& stage = (*stages)[k];
      bool takes = KeepsRows(stage) || std::holds_alternative<ast::Where>(stage.node) ||
                   std::holds_alternative<ast::Assert>(stage.node);
      if (takes) return &stage;
    }
  }
  return nullptr;
}

bool StageChecker::FinalFollows() const {
  for (size_t i = following_.size(); i-- > 0;) {
    const auto& [stages, next] = following_[i];
    for (size_t k = next; k < stages->size(); ++k) {
      if (CallsIsFinal((*stages)[k])) return true;
      if (KeepsRows((*stages)[k])) return false;
    }
  }
  return false;
}

// The stages of this text that `emit` and `on late update` speak of: all of the window scope, or
// the nearest one; from the first of them on, in the order of rows. `path` ends at the cursor.
std::vector<NodeId> StageChecker::PathFromGroups(const Cursor& at) const {
  std::vector<NodeId> path;
  size_t used = 0;
  for (NodeId id = at.node; id.valid() && id.index >= first_node_;) {
    const TypedNode& node = checker_.program.nodes[id];
    if (IsWindow(node)) break;
    path.push_back(id);
    const auto* dedup = std::get_if<node::Dedup>(&node.node);
    if (dedup != nullptr && dedup->within != nullptr) return {};  // each row is final when it comes
    if (SendsAgain(node)) {
      used = path.size();
      if (!at.stream.windowed) break;
    }
    id = InputOf(node);
  }
  path.resize(used);
  std::reverse(path.begin(), path.end());
  return path;
}

void StageChecker::SendAgain(const node::Emit& emit, bool first, node::Emit* own) {
  if (emit.kind != EmitKind::kClose) {
    // The first one keeps the clock, those below it follow.
    own->kind = first ? emit.kind : EmitKind::kChange;
    if (first) own->every = emit.every;
  }
  if (emit.late) own->late = emit.late;
}

// The columns that the values are, with those of the window; none when one is no column, which is
// `lost` then.
std::optional<std::vector<std::string>> StageChecker::ColumnsOf(
    const std::vector<TypedExprPtr>& values, bool windowed, const Type& row,
    std::string* lost) const {
  std::vector<std::string> out;
  for (const char* bound : kWindowColumns) {
    if (!windowed) break;
    std::string hidden = Cat("$", bound);
    out.push_back(row.FindField(hidden) != nullptr ? hidden : bound);
  }
  for (const TypedExprPtr& value : values) {
    const std::string* column = PassedColumn(*value);
    if (column == nullptr) {
      *lost = std::string(checker_.TextOf(value->span));
      return std::nullopt;
    }
    if (std::find(out.begin(), out.end(), *column) == out.end()) out.push_back(*column);
  }
  return out;
}

// Of a key: whether a column of it is one of a struct, as those of the right rows of a join.
static bool HasNestedColumn(const std::vector<std::string>& key) {
  return std::any_of(key.begin(), key.end(), [](const std::string& column) {
    return column.find('.') != std::string::npos;
  });
}

// semantics.md 58: `per` and the rank; without the rank, what makes rows one in the input. Where
// there is nothing, rows stand for themselves.
void StageChecker::KeyOfTop(node::Top& top, const StreamInfo& input, StreamInfo* stream) const {
  std::string lost;
  std::optional<std::vector<std::string>> per =
      ColumnsOf(top.per, top.windowed, stream->row, &lost);
  std::optional<Constant> count = EvaluateConstant(*top.count);
  bool one = count && count->int_value == 1;
  stream->key.reset();
  stream->key_lost.clear();
  if (top.ties) return;
  if (top.rank) {
    stream->key = per;
    stream->key_lost = lost;
    if (per) stream->key->push_back("$rank");
  } else if (one && per) {
    stream->key = per;
    top.key = *per;
  } else if (input.updating && input.key && !HasNestedColumn(*input.key)) {
    stream->key = input.key;
    top.key = *input.key;
  }
}

// semantics.md 58: the keys of both sides. Where one has none, rows stand for themselves.
void StageChecker::KeyOfJoin(node::Join& join, StreamInfo* stream) const {
  const StreamInfo& left = checker_.program.nodes[join.left].stream;
  const StreamInfo& right = checker_.program.nodes[join.right].stream;
  stream->key.reset();
  stream->key_lost.clear();
  bool alone = join.kind == JoinKind::kSemi || join.kind == JoinKind::kAnti;
  bool keyed = left.updating && left.key && (alone || (right.updating && right.key));
  join.bag = !keyed;
  if (!keyed) return;
  stream->key = left.key;
  if (alone) return;
  for (const std::string& column : *right.key) {
    bool bound = column == kWindowColumns[0] || column == kWindowColumns[1];
    if (bound && join.bound == JoinBound::kWindow) continue;
    stream->key->push_back(Cat(join.name, ".", column));
  }
}

bool StageChecker::MakeUpdating(Cursor& at, const node::Emit& emit, bool final) {
  std::vector<NodeId> path = PathFromGroups(at);
  StreamInfo above;  // of the node before
  NodeId last;
  for (NodeId id : path) {
    if (SendsAgain(checker_.program.nodes[id])) last = id;
  }
  bool below_last = false;
  for (NodeId id : path) {
    TypedNode& node = checker_.program.nodes[id];
    std::string_view refused;
    if (auto* aggregate = std::get_if<node::Aggregate>(&node.node)) {
      SendAgain(emit, id == path.front(), &aggregate->emit);
      node.stream.key.emplace();
      for (const NamedValue& key : aggregate->keys) node.stream.key->push_back(key.name);
      if (final && id == last) aggregate->emit.final = below_last = true;
    } else if (auto* top = std::get_if<node::Top>(&node.node)) {
      SendAgain(emit, id == path.front(), &top->emit);
      KeyOfTop(*top, checker_.program.nodes[top->input].stream, &node.stream);
      if (final && id == last) top->emit.final = below_last = true;
    } else if (auto* dedup = std::get_if<node::Dedup>(&node.node)) {
      SendAgain(emit, id == path.front(), &dedup->emit);
      node.stream.key =
          ColumnsOf(dedup->keys, dedup->windowed, node.stream.row, &node.stream.key_lost);
      if (final && id == last) dedup->emit.final = below_last = true;
    } else if (auto* join = std::get_if<node::Join>(&node.node)) {
      // Rows of its other side come between the strikes of the clock.
      SendAgain(emit, true, &join->emit);
      KeyOfJoin(*join, &node.stream);
      if (final && id == last) join->emit.final = below_last = true;
    } else if (auto* map = std::get_if<node::Map>(&node.node)) {
      if (below_last) {
        Cursor before;
        before.stream = above;
        map->columns.push_back({"$final", MakeColumn(before, "$final", node.span)});
      }
      node.stream.key = checker_.KeyBehind(above, map->columns, &node.stream.key_lost);
    } else {
      node.stream.key = above.key;
      node.stream.key_lost = above.key_lost;
      bool passes = std::holds_alternative<node::Filter>(node.node) ||
                    std::holds_alternative<node::Assert>(node.node) ||
                    std::holds_alternative<node::Peek>(node.node);
      if (!passes) refused = node.verb;
    }
    if (!refused.empty()) {
      checker_.diagnostics
          .Emit(node.span, Diag::UpdatingIntoAppend,
                Cat("`", refused, "` takes rows that stay as they are, and these are rewritten"))
          .Here("needs final rows")
          .Label(stage_->span, "updates all stages of the window")
          .Fix("leave out that `emit` to send each result once");
      return false;
    }
    if (below_last) {
      std::vector<StructField> fields = node.stream.row.fields();
      fields.push_back({"$final", Type::Bool(), {}});
      node.stream.row = Type::Struct(std::move(fields));
    }
    node.stream.updating = true;
    node.stream.ordered = false;
    above = node.stream;
  }
  at.stream = above;
  at.updates = stage_->span;
  return true;
}

void StageChecker::Check(const ast::Emit& emit, Cursor& at) {
  bool on_close = emit.when == ast::Emit::When::OnClose;
  bool something =
      on_close ? at.window.has_value() : at.emitted.has_value() || !PathFromGroups(at).empty();
  if (!something) {
    auto builder = checker_.diagnostics.Emit(
        stage_->span, Diag::NothingAbove,
        on_close
            ? "`emit on close` speaks of a window, and there is none above it"
            : "`emit` speaks of a window, an `aggregate`, `top`, `dedup` or `join` without bound "
              "in time, and there is none above it");
    builder.Here("nothing above sends results");
    builder.Fix("add `|> window tumble 1m` and an `aggregate` above it, or remove it");
    return;
  }
  if (at.emitted) {
    checker_.diagnostics
        .Emit(stage_->span, Diag::MisplacedStage, "this window scope has an `emit` already")
        .Here("the second one")
        .Label(*at.emitted, "the first one")
        .Fix("keep one of the two");
    return;
  }
  at.emitted = stage_->span;
  if (on_close) return;  // what happens anyway
  node::Emit made;
  made.kind = emit.when == ast::Emit::When::OnChange ? EmitKind::kChange : EmitKind::kEvery;
  if (emit.every) {
    ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
    row_free.bindings = bindings_;
    made.every = CheckRowFree(*emit.every, row_free, Type::Duration(), checker_.diagnostics);
    if (made.every == nullptr || made.every->poisoned()) {
      at.live = false;
      return;
    }
    std::optional<Constant> every = EvaluateConstant(*made.every);
    if (every && every->int_value <= 0) {
      checker_.diagnostics
          .Emit(emit.every->span, Diag::WrongArguments, "`emit every` needs a duration above zero")
          .Here(DurationText(every->int_value));
      at.live = false;
      return;
    }
  }
  bool final = FinalFollows();
  for (NodeId id : PathFromGroups(at)) {
    const TypedNode& node = checker_.program.nodes[id];
    if (!final) continue;
    if (const auto* aggregate = std::get_if<node::Aggregate>(&node.node)) {
      if (aggregate->retain == nullptr) continue;
      checker_.diagnostics
          .Emit(stage_->span, Diag::WrongArguments,
                "`is_final()` is never true below `retain`: a group may come back and start anew")
          .Here("sends rows of such groups")
          .Label(node.span, "forgets groups that are silent")
          .Fix("leave `is_final()` out, or bound the groups by a window");
      at.live = false;
      return;
    }
  }
  if (!MakeUpdating(at, made, final)) at.live = false;
}

// `on late update for D`: the window waits so much longer for its rows, and what they change is
// sent again, by the stages of the scope above it and below. False where no window waits.
bool StageChecker::UpdateLate(const ast::OnLate& late, Cursor& at) {
  if (!at.stream.windowed || at.late_update) return false;
  NodeId above = at.node;
  node::Window* window = nullptr;
  while (window == nullptr && above.valid()) {
    TypedNode& node = checker_.program.nodes[above];
    window = std::get_if<node::Window>(&node.node);
    above = InputOf(node);
  }
  if (window == nullptr) return false;
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  TypedExprPtr reach =
      CheckRowFree(*late.update_for, row_free, Type::Duration(), checker_.diagnostics);
  if (reach == nullptr || reach->poisoned()) {
    at.live = false;
    return true;
  }
  window->late_for = reach;
  at.late_update = LateUpdate{reach, stage_->span};
  SendLateUpdates(at, 0);
  return true;
}

void StageChecker::SendLateUpdates(Cursor& at, uint32_t first_node) {
  if (!at.live || !at.late_update || !at.stream.windowed) return;
  bool sends = false;
  for (NodeId id : PathFromGroups(at)) {
    sends |= id.index >= first_node && SendsAgain(checker_.program.nodes[id]);
  }
  if (!sends) return;
  node::Emit emit;
  emit.late = at.late_update->reach;
  if (!MakeUpdating(at, emit, FinalFollows() && !at.Has("$final"))) at.live = false;
  at.updates = at.late_update->span;
}

}  // namespace flow::frontend
