#pragma once
// Builds one scalar function from a typed expression. Used by expr.cpp and lambda.cpp only.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "frontend/lower/expr.h"

namespace flow::frontend {

// What stands for the columns and locals of the body: arguments of the function, or captures of a
// lambda.
class ExprLowerer {
 public:
  ExprLowerer(ir::Module& module, const Sources& sources, std::string name);

  // The rows are arguments 0, 1, ..
  void AddRows(const std::vector<Type>& rows);
  // The one row goes by number 1, too.
  void CallRowSecond() { rows_.push_back(rows_.front()); }
  ir::ValueId Lower(const TypedExpr& expr);
  // `costs`: evaluated only under the guard of the place it stands in.
  ir::ValueId Add(ir::ScalarOp op, const Type& type, bool costs = false);
  ir::FnId Finish(ir::ValueId result, const Type& type);

 private:
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Poison&);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Constant& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::None&);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Column& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Local& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Param& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::RowTime&);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Now&);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Field& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::OptionalField& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::JsonMember& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::FieldOfEach& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::MakeStruct& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::MakeArray& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Arith& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Negate& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Compare& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::IsNone& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Not& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::And& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Or& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::If& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Case& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Coalesce& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Unwrap& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Widen& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Call& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::FnCall& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Try& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Bang& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::RegexMatch& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Capture& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Concat& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::Index& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::MapGet& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::In& node);
  ir::ValueId LowerNode(const TypedExpr& expr, const typed::ArrayCall& node);

  // Adds an op that can fail: outside of `try` it rejects the row, inside it yields and what
  // follows runs only if it succeeded. The result is the plain value either way.
  template <class Op>
  ir::ValueId AddFailing(Op op, const Type& type);
  // Where the flow of evaluation is. `path`: the guard under which this arm began, or that of
  // `try`. `alive`: no failure since then (invalid: there can be none). `guard`: both; invalid:
  // always evaluated.
  struct Flow {
    ir::ValueId path;
    ir::ValueId alive;
    ir::ValueId guard;
  };
  Flow Enter(ir::ValueId condition);
  Flow Leave(const Flow& before);
  void GoOnIf(ir::ValueId ok);
  ir::ValueId Outcome(const Flow& arm, ir::ValueId value, const Type& type);
  // `then_value` where `condition` holds, `else_value` elsewhere; each is lowered under its guard.
  template <class Then, class Else>
  ir::ValueId Branch(ir::ValueId condition, const Type& type, Then then_value, Else else_value);
  ir::ValueId Member(ir::ValueId base, const Type& base_type, const std::string& name,
                     const Type& type);
  ir::ValueId EachField(ir::ValueId array, const Type& array_type, const std::string& name);
  ir::ValueId CaseArms(const TypedExpr& expr, const typed::Case& node, ir::ValueId subject,
                       size_t arm);
  ir::ValueId Equal(ir::ValueId subject, const Type& type, const TypedExpr& pattern);
  ir::ValueId Bool(bool value);
  std::string NameInside(const char* kind);  // of a function for a part of this one
  ir::ValueId AndGuard(ir::ValueId guard, ir::ValueId condition);

  // A lambda of this function: a function of the element and of what its body reads from here.
  void CollectCaptures(const TypedExpr& body, uint32_t element, ExprLowerer* inner,
                       std::vector<ir::ValueId>* captures);

  struct Bound {
    ir::ValueId value;
    Type type;
  };

  ir::Module& module_;
  const Sources& sources_;
  ir::Function function_;
  std::vector<Bound> rows_;                                    // row arguments, if this has any
  std::map<std::pair<uint32_t, std::string>, Bound> columns_;  // captured columns
  std::map<uint32_t, Bound> locals_;                           // of the fn or lambda being lowered
  std::optional<Bound> row_time_;                              // captured
  std::optional<Bound> now_;                                   // captured
  ir::ValueId path_;
  ir::ValueId alive_;
  ir::ValueId guard_;
  bool in_try_ = false;
  int inner_count_ = 0;
  Span span_ = kNoSpan;  // of the expression being lowered
};

}  // namespace flow::frontend
