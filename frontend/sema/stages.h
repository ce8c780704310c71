#pragma once
// The stages of one pipeline's text, one after the other. Each has one Check, which says what is
// wrong with the stage, adds its nodes to the program, and leaves in the cursor what the next stage
// sees.

#include <string>
#include <string_view>
#include <vector>

#include "frontend/ast/ast.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {

// The columns of a window's bounds; the script may drop them out of its sight, and then they go on
// under a hidden name.
inline constexpr const char* kWindowColumns[] = {"window_start", "window_end"};

class StageChecker {
 public:
  StageChecker(Checker& checker, Scope& scope) : checker_(checker), scope_(scope) {}

  // A whole pipeline; what it leaves in the cursor can be read on, if it did not end in a sink or
  // names.
  Cursor Check(const ast::Pipeline& pipeline);
  // True when the last stage checked ended the pipeline (into, as, branch).
  bool ended() const { return ended_; }

 private:
  Cursor Open(const ast::Relation& relation, bool as_table = false);
  void CheckStages(const std::vector<ast::Stage>& stages, Cursor& at);
  void CheckStage(const ast::Stage& stage, const ast::Stage* next, Cursor& at);

  // ---- stages_row.cpp: row by row
  void Check(const ast::Where& where, Cursor& at);
  void Check(const ast::Assert& assert, Cursor& at);
  void Check(const ast::Select& select, Cursor& at);
  void Check(const ast::Extend& extend, Cursor& at);
  void Check(const ast::Set& set, Cursor& at);
  void Check(const ast::Drop& drop, Cursor& at);
  void Check(const ast::Rename& rename, Cursor& at);
  void Check(const ast::Unnest& unnest, Cursor& at);

  // ---- stages_group.cpp: with state
  void Check(const ast::Aggregate& aggregate, Cursor& at);
  bool CheckRetain(const ast::Expr& retain, const Cursor& at, TypedExprPtr* out);
  void Check(const ast::Top& top, Cursor& at);
  void Check(const ast::Order& order, Cursor& at);
  void Check(const ast::Limit& limit, Cursor& at);
  void Check(const ast::Emit& emit, Cursor& at);

  // ---- stages_window.cpp: windows, late rows
  void Check(const ast::Window& window, Cursor& at);
  void Check(const ast::OnLate& late, Cursor& at);
  struct WindowParts;
  bool CheckParts(const ast::Window& window, WindowParts* out);
  bool CheckSize(const ast::Window& window, const WindowParts& parts);
  bool CheckZoneName(const ast::Window& window, const WindowParts& parts);
  bool CheckZone(const ast::Window& window, const WindowParts& parts);
  bool CheckWindowKeys(const ast::Window& window, const Cursor& at, std::vector<NamedValue>* out);
  void OpenScope(Cursor& at, decltype(TypedNode::node) node, bool resting);
  // Notes the stage that may find rows late, when the stage at hand added one.
  void NoteTimeBound(const Cursor& before, uint32_t first_node, Cursor& at);

  // ---- stages_match.cpp: patterns
  void Check(const ast::Match& match, Cursor& at);
  bool CheckSteps(const std::vector<ast::MatchStep>& steps);
  bool CheckStepName(const Cursor& at, const ast::MatchStep& step,
                     const std::vector<ast::MatchStep>& steps);
  TypedExprPtr StepCondition(const Cursor& at, const std::vector<ast::MatchStep>& steps,
                             size_t index, const Type& earlier, const FactSet& facts);
  std::string KeyName(const ast::Expr& key, const std::vector<NamedValue>& keys);
  // ---- stages_dedup.cpp
  void Check(const ast::Dedup& dedup, Cursor& at);
  bool CheckDedupKeys(const ast::Dedup& dedup, Cursor& at, std::vector<TypedExprPtr>* keys);
  bool CheckDedupState(const ast::Dedup& dedup, const Cursor& at, bool forever, bool sends);
  // A duration above zero that does not depend on rows; null after an error.
  TypedExprPtr Within(const ast::Expr& within, std::string_view word = "within");

  // ---- stages_over.cpp
  // The column of an `over` expression, which PlaceOver adds before the stage.
  TypedExprPtr CheckOver(const ast::Expr& expr, const ast::Over& over, const Cursor& at);
  TypedAggregate CheckLag(const ast::Expr& expr, const ast::Call& call, const ExprScope& scope,
                          const ExprScope& row_free);
  bool CheckFrame(const ast::Over& over, const ExprScope& row_free, const Cursor& at,
                  node::OverItem* item);
  // False when the stage has none.
  bool PlaceOver(Cursor& at);

  // ---- stages_emit.cpp: when rows are sent
  bool EmitFollows() const;
  bool FinalFollows() const;
  const ast::Stage* TakerOfOldRows() const;
  std::vector<NodeId> PathFromGroups(const Cursor& at) const;
  bool UpdateLate(const ast::OnLate& late, Cursor& at);
  // Lets the stages from `first_node` on send again what late rows change, where a window asks so.
  void SendLateUpdates(Cursor& at, uint32_t first_node);
  bool MakeUpdating(Cursor& at, const node::Emit& emit, bool final);
  static void SendAgain(const node::Emit& emit, bool first, node::Emit* own);
  std::optional<std::vector<std::string>> ColumnsOf(const std::vector<TypedExprPtr>& values,
                                                    bool windowed, const Type& row,
                                                    std::string* lost) const;
  void KeyOfJoin(node::Join& join, StreamInfo* stream) const;
  void KeyOfTop(node::Top& top, const StreamInfo& input, StreamInfo* stream) const;

  // ---- stages_flow.cpp: where rows go
  void Check(const ast::Union& many, Cursor& at);
  void Check(const ast::Branch& branch, Cursor& at);
  void Check(const ast::OnError& handler, Cursor& at);
  void Check(const ast::Into& into, Cursor& at);
  void Check(const ast::As& as, Cursor& at);
  void Check(const ast::PipeCall& call, Cursor& at);
  void CheckPeek(const ast::PipeCall& call, Cursor& at);
  bool BindArguments(const ast::PipeCall& call, const ast::PipeDecl& pipe,
                     std::vector<Binding>* out);
  bool RefuseInPipe(const char* stage);

  // ---- stages_join.cpp: rows of two streams
  // What `on` says: equalities of a left and a right value, and what is left of it.
  struct JoinOn {
    std::vector<TypedExprPtr> left;
    std::vector<TypedExprPtr> right;  // over row 1
    std::vector<TypedExprPtr> equalities;
    TypedExprPtr condition;  // or null
  };

  void Check(const ast::Join& join, Cursor& at);
  Cursor OpenRight(const ast::Join& join);
  bool CheckRightName(const ast::Join& join, const Cursor& at, std::string* name);
  bool SplitOn(const ast::Join& join, const Cursor& at, const Cursor& right,
               const std::string& name, JoinOn* on);
  bool ShareWindow(const ast::Join& join, Cursor& at, Cursor& right);
  bool SameWindow(NodeId left, NodeId right) const;
  TypedExprPtr JoinReach(const ast::Expr& duration);
  bool CheckJoinState(const ast::Join& join, const Cursor& at, const Cursor& right);
  void FinishJoin(const ast::Join& join, Cursor& at, const Cursor& right, const std::string& name);
  void CheckAsof(const ast::Join& join, Cursor& at, Cursor& right, std::string name, JoinOn on);
  void CheckLookup(const ast::Join& join, Cursor& at, Cursor& right, std::string name, JoinOn on);
  // Ends the scope of an `until` behind its first aggregate or top: its bounds go.
  void EndSpan(Cursor& at);
  // A stage that cannot work per left row of an `until`: false after saying so.
  bool RefuseInSpan(Cursor& at, const char* stage);
  void Check(const ast::ErrorStage&, Cursor& at) { at.live = false; }

  // What an expression of the current stage sees.
  ExprScope ScopeAt(const Cursor& at);
  std::optional<LostColumn> ExplainLoss(const std::map<std::string, Loss>& lost,
                                        std::string_view column, const std::string& verb) const;
  bool IsConnector(std::string_view name) const;
  // Adds a node that stands for the current stage; its rejected rows wait for the next handler.
  NodeId Add(decltype(TypedNode::node) node, StreamInfo stream);
  void AddMap(Cursor& at, std::vector<NamedValue> columns);
  // A node that passes rows on as they are.
  void Pass(Cursor& at, decltype(TypedNode::node) node) {
    at.node = Add(std::move(node), at.stream);
  }

  // The name of an item, written or by default (semantics.md 33); empty after E0306, which a value
  // with errors of its own is spared.
  std::string ItemName(const std::optional<ast::Word>& name, const ast::Expr& value, bool poisoned,
                       Span span);
  // E0203 when `name` is taken already in `columns`.
  bool CheckNew(const std::vector<NamedValue>& columns, std::string_view name, Span span);
  // E0201 for a column named outside of expressions (drop, rename); null when there is none.
  const StructField* FindColumn(const Cursor& at, const ast::Word& word);
  bool FieldOf(const Cursor& at, const std::string& text, const ast::Word& word,
               TypedExprPtr* value);
  // E0203 for an own column that would hide a column of the window scope.
  bool CheckWindowName(const Cursor& at, std::string_view name, Span span);
  std::vector<NamedValue> AllColumns(const Cursor& at);
  // Into a sink or connector that the script names.
  void IntoNamed(const ast::NamedRelation& target, Cursor& at);
  TypedExprPtr Count(const ast::Expr& count, const Cursor& at);
  TypedExprPtr SortKey(const ast::Expr& expr, const Cursor& at);

  // Stateful stages of a window scope need its columns in the row, even when the script dropped
  // them.
  // Takes the bounds back into sight; true when they have to leave it again behind the stage.
  bool RestoreWindow(Cursor& at);
  void HideWindow(Cursor& at, bool was_hidden);
  // Keys of a session or count window, by which all stages of its scope work.
  std::vector<NamedValue> WindowKeys(const Cursor& at) const;
  // What tells windows with one end apart: their start and keys.
  std::vector<NamedValue> KeysBesideEnd(const Cursor& at) const;
  bool IsWindowKey(const Cursor& at, std::string_view name) const;
  // An aggregate gives them as columns; they stay keys of its scope whatever becomes of those.
  void KeepWindowKeys(Cursor& at);
  bool WindowHidden(const Cursor& at) const;
  NamedValue WindowColumn(const Cursor& at, std::string_view name, Span span) const;

  Checker& checker_;
  Scope& scope_;
  const ast::Stage* stage_ = nullptr;  // being checked
  const ast::Stage* next_ = nullptr;   // the one behind it, if any
  bool ended_ = false;
  uint32_t first_node_ = 0;  // nodes from here on belong to this text
  // What stands behind the stage at hand: lists of stages, pipes within pipes, and where to go on.
  std::vector<std::pair<const std::vector<ast::Stage>*, size_t>> following_;
  std::vector<NodeId> open_;                 // nodes whose rejected rows no handler has claimed yet
  std::vector<node::OverItem> overs_;        // of the stage, not placed yet
  std::vector<std::string> over_texts_;      // as they are written
  std::vector<Binding> bindings_;            // arguments of the pipe being expanded
  std::vector<const ast::PipeDecl*> pipes_;  // being expanded, outermost first
};

}  // namespace flow::frontend
