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

class StageChecker {
 public:
  StageChecker(Checker& checker, Scope& scope) : checker_(checker), scope_(scope) {}

  // A whole pipeline; what it leaves in the cursor can be read on, if it did not end in a sink or
  // names.
  Cursor Check(const ast::Pipeline& pipeline);
  // True when the last stage checked ended the pipeline (into, as, branch).
  bool ended() const { return ended_; }

 private:
  Cursor Open(const ast::Relation& relation);
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
  void Check(const ast::Window& window, Cursor& at);
  void Check(const ast::Top& top, Cursor& at);
  void Check(const ast::Order& order, Cursor& at);
  void Check(const ast::Limit& limit, Cursor& at);
  void Check(const ast::Emit& emit, Cursor& at);
  void Check(const ast::OnLate& late, Cursor& at);

  // ---- stages_emit.cpp: when rows are sent
  bool EmitFollows() const;
  bool FinalFollows() const;
  std::vector<NodeId> PathFromGroups(const Cursor& at) const;
  bool UpdateLate(const ast::OnLate& late, Cursor& at);
  bool MakeUpdating(Cursor& at, const node::Emit& emit, bool final);

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

  // ---- later.cpp: stages that parse but do not run yet
  void Check(const ast::Join& join, Cursor& at);
  void Check(const ast::Dedup& dedup, Cursor& at);
  void Check(const ast::Match& match, Cursor& at);
  void NotBuiltWindow(const ast::Window& window);
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
  TypedExprPtr Count(const ast::Expr& count, const Cursor& at);
  TypedExprPtr SortKey(const ast::Expr& expr, const Cursor& at);

  // Stateful stages of a window scope need its columns in the row, even when the script dropped
  // them.
  void RestoreWindow(Cursor& at);
  void HideWindow(Cursor& at, bool was_hidden);
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
  std::vector<Binding> bindings_;            // arguments of the pipe being expanded
  std::vector<const ast::PipeDecl*> pipes_;  // being expanded, outermost first
};

}  // namespace flow::frontend
