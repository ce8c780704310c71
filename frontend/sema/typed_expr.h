#pragma once
// Typed expressions: what sema makes of ast::Expr. Every name is resolved, every implicit
// conversion is a node of its own, and the type of each node is known. Trees are immutable and
// shared: a `let` is the same tree wherever it is used.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "base/type.h"

namespace flow::frontend {

struct TypedExpr;
using TypedExprPtr = std::shared_ptr<const TypedExpr>;

// A value known at compile time. `int_value` holds bool, int, timestamp and duration (ns) and the
// label index of a set; `text` string, bytes and the exact decimal ("-12.50"), written with the
// scale of its type.
struct Constant {
  Type type;
  int64_t int_value = 0;
  double float_value = 0;
  std::string text;
};

namespace typed {

// Stands where an error was reported; silences followers.
struct Poison {};
// `literal`: written as a number or string, so that it may still take the type of its neighbour
// (semantics.md 3). `written` is its exact text then ("0.908").
struct Constant {
  frontend::Constant value;
  bool literal = false;
  std::string written;
};
// `none`, of the node's type (kNone until a neighbour gives it one).
struct None {};
// A column of row argument number `row`: 0 is the current (left) row.
struct Column {
  uint32_t row = 0;
  std::string name;
};
// An argument of the surrounding fn or lambda, by its place in ExprScope::locals.
struct Local {
  uint32_t index = 0;
  std::string name;
};
struct Param {
  uint32_t index = 0;
  std::string name;
};
struct RowTime {};
struct Now {};
// base.name of a struct.
struct Field {
  TypedExprPtr base;
  std::string name;
};
// base?.name: none when base is; base is an optional struct, json or array of structs.
struct OptionalField {
  TypedExprPtr base;
  std::string name;
};
// base.name of a json value.
struct JsonMember {
  TypedExprPtr base;
  std::string name;
};
// base.name of an array of structs.
struct FieldOfEach {
  TypedExprPtr base;
  std::string name;
};
struct MakeStruct {
  std::vector<std::string> names;
  std::vector<TypedExprPtr> values;
};
struct MakeArray {
  std::vector<TypedExprPtr> values;
};
enum class ArithOp : uint8_t { Add, Subtract, Multiply, Divide, IntDivide, Modulo };
struct Arith {
  ArithOp op = ArithOp::Add;
  TypedExprPtr a;
  TypedExprPtr b;
};
struct Negate {
  TypedExprPtr a;
};
enum class CompareOp : uint8_t { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };
struct Compare {
  CompareOp op = CompareOp::Equal;
  TypedExprPtr a;
  TypedExprPtr b;
};
struct IsNone {
  TypedExprPtr a;
  bool negated = false;
};
struct Not {
  TypedExprPtr a;
};
struct And {
  TypedExprPtr a;
  TypedExprPtr b;
};
struct Or {
  TypedExprPtr a;
  TypedExprPtr b;
};
struct If {
  TypedExprPtr condition;
  TypedExprPtr then_value;
  TypedExprPtr else_value;
};
struct CaseArm {
  std::vector<TypedExprPtr> patterns;  // Constant of the subject's type without `?`, or None
  TypedExprPtr value;
};
// The last arm stands for everything that is left when there is no `else`.
struct Case {
  TypedExprPtr subject;
  std::vector<CaseArm> arms;
  TypedExprPtr otherwise;  // or null
};
struct Coalesce {
  TypedExprPtr a;
  TypedExprPtr b;
};
// T? to T where narrowing proves that the value is there.
struct Unwrap {
  TypedExprPtr a;
};
// Implicit conversion to the node's type: int to float or decimal, decimal to a wider one, set to
// string, T to T?, and these inside an optional.
struct Widen {
  TypedExprPtr a;
};
// A native function; `overload` indexes FunctionDef::overloads.
struct Call {
  std::string function;
  uint32_t overload = 0;
  std::vector<TypedExprPtr> args;
  bool fails = false;  // the function itself can fail or fault
};
struct FnBody {
  std::string name;
  TypedExprPtr value;  // its locals 0.. are the arguments
};
// A fn of the script or the prelude, to be inlined.
struct FnCall {
  std::shared_ptr<const FnBody> fn;
  std::vector<TypedExprPtr> args;
};
struct Try {
  TypedExprPtr a;
};
struct Bang {
  TypedExprPtr a;
};
// text =~ pattern, in RE2's own syntax.
struct RegexMatch {
  TypedExprPtr text;
  std::string pattern;
  bool negated = false;
};
struct Capture {
  TypedExprPtr text;
  std::string pattern;
};
// Strings joined: `+` and f-strings.
struct Concat {
  std::vector<TypedExprPtr> parts;
};
struct Index {  // array[i]
  TypedExprPtr array;
  TypedExprPtr index;
};
struct MapGet {  // map[key]
  TypedExprPtr map;
  TypedExprPtr key;
};
struct In {
  TypedExprPtr value;
  TypedExprPtr array;
  bool negated = false;
};
enum class ArrayFn : uint8_t { Map, Filter, Any, All };
// map(array, x => body); the element is local number `local` of the body.
struct ArrayCall {
  ArrayFn fn = ArrayFn::Map;
  TypedExprPtr array;
  uint32_t local = 0;
  TypedExprPtr body;
};

using Node =
    std::variant<Poison, Constant, None, Column, Local, Param, RowTime, Now, Field, OptionalField,
                 JsonMember, FieldOfEach, MakeStruct, MakeArray, Arith, Negate, Compare, IsNone,
                 Not, And, Or, If, Case, Coalesce, Unwrap, Widen, Call, FnCall, Try, Bang,
                 RegexMatch, Capture, Concat, Index, MapGet, In, ArrayCall>;

}  // namespace typed

struct TypedExpr {
  Type type;
  Span span;
  typed::Node node;
  bool may_fail = false;  // evaluating it can fail or fault, so it can reject the row
  bool fallible = false;  // its own result is T!: only below `!` and `try`
  uint64_t size = 1;      // nodes once every fn is inlined

  bool poisoned() const { return type.is_error(); }
};

TypedExprPtr PoisonAt(Span span);

// Calls `visit(const TypedExprPtr&)` for each operand of `expr`, left to right.
template <class F>
void ForEachOperand(const TypedExpr& expr, F visit);

// True when the value does not depend on the row: constants, parameters and what is computed from
// them.
bool IsRowFree(const TypedExpr& expr);

}  // namespace flow::frontend

#include "frontend/sema/typed_expr_inl.h"
