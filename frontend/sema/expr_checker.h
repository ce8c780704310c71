#pragma once
// The walk over one expression. Its methods are spread over the expr_*.cpp by construct; nothing
// outside of those files and aggregate.cpp uses it.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/sema/expr.h"
#include "frontend/sema/signature.h"

namespace flow::frontend {

// A fn by name and the file whose names its body sees.
struct FnRef {
  FnEntry* entry = nullptr;
  Declarations* home = nullptr;
};
FnRef FindFn(Declarations& decls, std::string_view name);
// Works out parameters and result; false after an error.
bool ResolveSignature(FnRef fn, Diagnostics& diagnostics);
// Works out the body, too; false after an error, a call from within the fn's own body included.
bool ResolveBody(FnRef fn, Span use, Diagnostics& diagnostics);

class ExprChecker {
 public:
  ExprChecker(const ExprScope& scope, Diagnostics& diagnostics);

  // The value of `expr`; a failure that nothing handles is reported.
  TypedExprPtr Value(const ast::Expr& expr);
  // The same, but the result may still be T!.
  TypedExprPtr Fallible(const ast::Expr& expr);
  // Value with the type `to`, widened if need be. `what` says who wants it: "`where`".
  TypedExprPtr ValueOf(const ast::Expr& expr, const Type& to, std::string_view what);
  // `value`, the value of `expr`, with the type `to`; reports what is in the way.
  TypedExprPtr Convert(const ast::Expr& expr, const TypedExprPtr& value, const Type& to,
                       std::string_view what);
  // Refuses what has no type of its own: `none` and `[]` with no neighbour.
  TypedExprPtr Settled(const ast::Expr& expr, const TypedExprPtr& value);
  // CheckReplacement.
  TypedExprPtr Replacement(const ast::Expr& expr, const TypedExprPtr& value, const Type& old);

  // Arguments of a call put in the order of `names`; nullptr where one was not given. False after
  // reporting. `skip` names an argument that the caller takes itself (`where`).
  bool OrderArguments(const ast::Call& call, Span span, std::string_view function,
                      const std::vector<std::string>& names, std::vector<const ast::Expr*>* out,
                      std::string_view skip = {});
  void ReportOptional(const ast::Expr& expr, const TypedExprPtr& value, std::string_view operation,
                      std::string fix = {});

  DiagnosticBuilder Report(Span span, Diag diag, std::string message) {
    return diagnostics_.Emit(span, diag, std::move(message));
  }
  const ExprScope& scope() const { return scope_; }
  Diagnostics& diagnostics() { return diagnostics_; }

  // The row as messages show it; empty without a row.
  std::string RowText() const;

  // Native functions and aggregates share this: the overload that takes the arguments `given` in
  // order, or a report. `asts` are the same arguments as written.
  std::optional<OverloadChoice> ChooseOverload(Span span, std::string_view name,
                                               const std::vector<std::string_view>& signatures,
                                               const ast::Call& call, bool skip_none,
                                               std::string_view skip_argument);

 private:
  TypedExprPtr Check(const ast::Expr& expr, const ast::ErrorExpr&);
  TypedExprPtr Check(const ast::Expr& expr, const ast::NameRef& name);
  TypedExprPtr Check(const ast::Expr& expr, const ast::ColumnRef& column);
  TypedExprPtr Check(const ast::Expr& expr, const ast::ParamRef& param);
  TypedExprPtr Check(const ast::Expr& expr, const ast::IntLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::FloatLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::DurationLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::TimeLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::StringLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::FString& text);
  TypedExprPtr Check(const ast::Expr& expr, const ast::BoolLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::NoneLit&);
  TypedExprPtr Check(const ast::Expr& expr, const ast::ArrayLit& array);
  TypedExprPtr Check(const ast::Expr& expr, const ast::StructLit& literal);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Case& node);
  TypedExprPtr Check(const ast::Expr& expr, const ast::If& node);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Unary& unary);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Binary& binary);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Try& node);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Bang& bang);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Field& field);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Index& index);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Call& call);
  TypedExprPtr Check(const ast::Expr& expr, const ast::Over& over);

  // Names (expr.cpp).
  TypedExprPtr ColumnAt(uint32_t row, std::string_view name, Span span);
  TypedExprPtr UnknownName(const ast::Word& name, Span span, bool column_only);
  // Unwraps what narrowing knows to be there.
  TypedExprPtr Narrowed(TypedExprPtr value) const;
  void ReportFailure(const ast::Expr& expr, const TypedExprPtr& value);

  // Operators (expr_operators.cpp, expr_compare.cpp).
  TypedExprPtr Bool(const ast::Expr& expr, std::string_view what);
  TypedExprPtr Logic(const ast::Expr& expr, const ast::Binary& binary);
  TypedExprPtr Arithmetic(const ast::Expr& expr, const ast::Binary& binary);
  TypedExprPtr Folded(const ast::Expr& expr, const TypedExprPtr& value);
  TypedExprPtr DecimalArithmetic(const ast::Expr& expr, const ast::Binary& binary,
                                 typed::ArithOp op, TypedExprPtr a, TypedExprPtr b);
  TypedExprPtr Joined(const ast::Expr& expr, const ast::Binary& binary, const TypedExprPtr& a,
                      const TypedExprPtr& b);
  TypedExprPtr NoArithmetic(const ast::Expr& expr, const ast::Binary& binary, const Type& a,
                            const Type& b);
  TypedExprPtr Coalesce(const ast::Expr& expr, const ast::Binary& binary);
  TypedExprPtr Compare(const ast::Expr& expr, const ast::Binary& binary);
  TypedExprPtr CompareWithNone(const ast::Expr& expr, const ast::Binary& binary,
                               const ast::Expr& other, const TypedExprPtr& value);
  TypedExprPtr Membership(const ast::Expr& expr, const ast::Binary& binary);
  TypedExprPtr Matches(const ast::Expr& expr, const ast::Binary& binary);
  // Reports E0303 when `value` is a string literal that `set` lacks.
  bool ReportNotInSet(const ast::Expr& expr, const TypedExprPtr& value, const Type& set);

  // Fields (expr_access.cpp).
  TypedExprPtr FieldOf(const ast::Expr& base_expr, const TypedExprPtr& base, const ast::Word& name,
                       Span span);
  TypedExprPtr UnknownField(const Type& type, const ast::Word& name, Span span);

  // Calls (expr_call.cpp, expr_builtin.cpp).
  bool IsOfSomeElement(std::string_view function, const TypedExpr& call) const;
  TypedExprPtr CallNative(const ast::Expr& expr, const ast::Call& call, const ast::Word& name,
                          const FunctionDef& def);
  TypedExprPtr CallFn(const ast::Expr& expr, const ast::Call& call, const ast::Word& name,
                      FnRef fn);
  TypedExprPtr UnknownFunction(const ast::Expr& expr, const ast::Word& name, Declarations& decls);
  // Functions the compiler knows itself; false when `name` is none of them.
  bool CallBuiltin(const ast::Expr& expr, const ast::Call& call, const ast::Word& name,
                   TypedExprPtr* out);
  TypedExprPtr CallOnArray(const ast::Expr& expr, const ast::Call& call, std::string_view name,
                           typed::ArrayFn fn);
  TypedExprPtr CallCapture(const ast::Expr& expr, const ast::Call& call);
  TypedExprPtr CallDecimal(const ast::Expr& expr, const ast::Call& call);
  TypedExprPtr ToString(const ast::Expr& expr, const TypedExprPtr& value);
  std::optional<std::string> ConstantPattern(const ast::Expr& expr, Span where);

  // Runs `check` with more facts known.
  template <class F>
  auto WithFacts(const FactSet& facts, F check) {
    FactSet before = facts_;
    facts_.insert(facts.begin(), facts.end());
    auto result = check();
    facts_ = std::move(before);
    return result;
  }

  const ExprScope& scope_;
  Diagnostics& diagnostics_;
  FactSet facts_;
  std::vector<LocalScope> locals_;
  bool in_try_;
  bool comparing_ = false;  // a name here may be meant as a string
};

// Makes a node; it can fail when `fails` or when an operand can.
TypedExprPtr MakeNode(Type type, Span span, typed::Node node, bool fails = false);
TypedExprPtr MakeConstant(Type type, Span span, int64_t value);
TypedExprPtr StringLiteral(std::string text, Span span);

// The bound on an expression with its fns inlined; fns that call fns twice double each time.
inline constexpr uint64_t kLargestExpr = 100'000;
// Reports and is true when `expr` passes the bound.
bool ReportTooLarge(const TypedExpr& expr, Span span, std::string_view what,
                    Diagnostics& diagnostics);

// The path that `expr` reads, if it is one.
std::optional<Path> PathOf(const TypedExpr& expr);

// True for what may still take its neighbour's type: number and string literals, and arrays and
// arms made of them.
bool IsFlexible(const TypedExpr& expr);
// A number literal as the decimal it is written as (`0.908` is decimal(3, 3)); null for others.
TypedExprPtr NaturalDecimal(const TypedExprPtr& expr);
// Both with one type, by literals first and then by widening; false when there is none.
bool Unify(TypedExprPtr* a, TypedExprPtr* b);

// The decimal type of `a op b` (semantics.md 4).
Type DecimalResult(typed::ArithOp op, const Type& a, const Type& b);

// `expr` as the language writes it, on one line; "this value" when it is long.
std::string ExprText(const ast::Expr& expr);
// A value of `type` to show in fixes: `0`, `""`.
std::string SampleValue(const Type& type);
// "a, b and c" in backquotes, at most four.
std::string NameList(const std::vector<std::string>& names);
// A type in a message, shortened when it is big.
std::string TypeText(const Type& type);

}  // namespace flow::frontend
