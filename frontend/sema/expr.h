#pragma once
// Checking expressions: names, types, narrowing, failure. The checker of declarations and stages
// fills a Declarations once and an ExprScope per stage, and calls in here; everything said about an
// expression is said here.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.h"
#include "base/diagnostic.h"
#include "frontend/ast/ast.h"
#include "frontend/sema/typed_expr.h"

namespace flow::frontend {

// ---------------------------------------------------------------- declarations an expression may
// name

// Entries are filled in by the declaration checker; what lies below the line is worked out here
// when first needed, so that declarations may stand in any order. A cycle is E0205.
enum class Progress : uint8_t { kUntouched, kRunning, kDone };

struct TypeEntry {
  const ast::TypeDecl* decl = nullptr;
  Type type;
  Progress progress = Progress::kUntouched;
};
struct LetEntry {
  const ast::LetDecl* decl = nullptr;
  TypedExprPtr value;
  Progress progress = Progress::kUntouched;
};
struct ParamEntry {
  const ast::ParamDecl* decl = nullptr;
  Type type;           // set by the declaration checker
  uint32_t index = 0;  // of the module's parameters
};
struct FnParam {
  std::string name;
  Type type;
  TypedExprPtr default_value;  // or null
};
struct FnEntry {
  const ast::FnDecl* decl = nullptr;
  std::vector<FnParam> params;
  Type result;
  bool signature_ok = false;
  std::shared_ptr<const typed::FnBody> body;  // null while it has errors
  Progress signature = Progress::kUntouched;
  Progress progress = Progress::kUntouched;
};

// The names of one file.
struct Declarations {
  const Catalog* catalog = nullptr;
  Declarations* prelude = nullptr;  // fns written in the language; looked up last
  std::map<std::string, TypeEntry, std::less<>> types;
  std::map<std::string, LetEntry, std::less<>> lets;
  std::map<std::string, ParamEntry, std::less<>> params;
  std::map<std::string, FnEntry, std::less<>> fns;
  std::map<std::string, Declarations*, std::less<>> modules;  // import .. as name
  // Other declared names and what they are ("stream", "source", "sink", "pipe"), for messages.
  std::map<std::string, std::string, std::less<>> others;
};

// The type a type expression means; Type::Error() after reporting.
Type ResolveType(const ast::TypeExpr& type, Declarations& decls, Diagnostics& diagnostics);

// Value of a `let`, checked when first asked for; null when there is none of that name.
TypedExprPtr ResolveLet(std::string_view name, Declarations& decls, Diagnostics& diagnostics);

// Checks a fn that nobody calls, too: signature and body.
void CheckFn(std::string_view name, Declarations& decls, Diagnostics& diagnostics);

// ---------------------------------------------------------------- narrowing

// A column and the fields below it (`user`, `user.id`), or an argument of a fn or lambda.
struct Path {
  bool local = false;
  uint32_t root = 0;               // row number, or number of the local
  std::vector<std::string> names;  // column, then fields; kSomeElement behind an array
  friend auto operator<=>(const Path&, const Path&) = default;
};
using FactSet = std::set<Path>;  // what is known not to be none
// Behind the path of an array: it has an element, so that `first` and `last` give one.
inline constexpr const char* kSomeElement = "[]";

FactSet FactsWhenTrue(const TypedExpr& condition);
FactSet FactsWhenFalse(const TypedExpr& condition);

// The row with the columns and fields that `facts` speak of freed of their `?` (semantics.md 14).
Type NarrowType(const Type& row, const FactSet& facts);
// The same as an expression over row 0: a MakeStruct of all columns. Null when nothing is narrowed.
TypedExprPtr NarrowRow(const Type& row, const FactSet& facts, Span span);

// ---------------------------------------------------------------- scope and checking

// A row that an expression sees. The first is the current (left) row; others have a name (`b` of
// `join .. as b`).
struct RowScope {
  std::string name;  // empty beyond the first: its columns are seen by their bare names, too
  Type type;         // struct; columns that begin with `$` are hidden from the script
};
struct LocalScope {
  std::string name;
  Type type;
  Span span;
};
// A name that stands for an expression: an argument of a pipe.
struct Binding {
  std::string name;
  TypedExprPtr value;
};
// Why a column is not there any more: `label` e.g. "`amount` was left behind by this select", `fix`
// e.g. "add `amount` to the select on line 7, or move this `where` above it".
struct LostColumn {
  Span span;
  std::string label;
  std::string fix;
};

struct ExprScope {
  Declarations* decls = nullptr;
  std::vector<RowScope> rows;  // empty: no row (constants, arguments of connectors)
  FactSet facts;
  std::vector<LocalScope> locals;
  std::vector<Binding> bindings;
  bool has_time = false;
  bool is_final = false;    // the row has `$final`
  bool updating = false;    // rows are rewritten
  std::string rank_column;  // hidden column that `rank()` reads; empty: no rank() here
  // For messages: "where", "select", ..; empty outside of stages.
  std::string stage;
  Span stage_span;
  std::function<std::optional<LostColumn>(std::string_view column)> where_lost;
  // Where the type of a column is written, so that its `?` can be shown.
  std::function<std::optional<Span>(std::string_view column)> where_optional;
  // Checks an `over` expression; empty where none can stand.
  std::function<TypedExprPtr(const ast::Expr&, const ast::Over&)> over;

  bool in_try = false;             // failures below need no `!`
  const FnEntry* in_fn = nullptr;  // body of a fn: `!` needs a `-> T!`
};

// Checks `expr`. With `expected`, the result has that type, by implicit widening if need be. Errors
// are reported once and give a poisoned node.
TypedExprPtr CheckExpr(const ast::Expr& expr, const ExprScope& scope, std::optional<Type> expected,
                       Diagnostics& diagnostics);

// The value that takes the place of one of type `old`: it keeps that type, but for the `?`, where
// it has or widens to it, and replaces it otherwise. A literal of a column with a set of strings is
// one of the set.
TypedExprPtr CheckReplacement(const ast::Expr& expr, const ExprScope& scope, const Type& old,
                              Diagnostics& diagnostics);

// The same as CheckExpr for what must be known when the script is compiled; null after reporting
// (E0309).
std::optional<Constant> CheckConstant(const ast::Expr& expr, const ExprScope& scope,
                                      std::optional<Type> expected, Diagnostics& diagnostics);

// For what may depend on parameters, but not on the row (durations of windows, counts, connector
// arguments).
TypedExprPtr CheckRowFree(const ast::Expr& expr, const ExprScope& scope,
                          std::optional<Type> expected, Diagnostics& diagnostics);

// An aggregate call of an `aggregate` item: f(args.., where: c).
struct TypedAggregate {
  std::string function;
  uint32_t overload = 0;
  std::vector<TypedExprPtr> args;    // over the row; optional ones are skipped where none
  TypedExprPtr where;                // or null
  std::vector<TypedExprPtr> consts;  // row-free, for `const` parameters
  Type type;                         // of the result, by semantics.md 36
  bool ordered = false;
  bool poisoned = false;
};
// `may_be_empty`: a group without rows can be sent (rule 35's exception: no keys, no window,
// bounded input).
TypedAggregate CheckAggregateCall(const ast::Expr& expr, const ExprScope& scope, bool may_be_empty,
                                  Diagnostics& diagnostics);

// The value of an expression without parameters and rows, if it can be told now.
std::optional<Constant> EvaluateConstant(const TypedExpr& expr);

// Gives `expr` the type `to` if it has it, or widens to it (literals take it); null when it cannot.
// Reports nothing.
TypedExprPtr Coerce(const TypedExprPtr& expr, const Type& to);

// The type both widen to, if there is one: int and float, int and decimal, T and T?, none and T
// (semantics.md 3, 13).
std::optional<Type> CommonType(const Type& a, const Type& b);

// The name of an unnamed item: last part of its path or its function (semantics.md 33); empty when
// it needs `as`.
std::string DefaultName(const ast::Expr& expr);

}  // namespace flow::frontend
