#pragma once
// The abstract syntax tree: what was written, with its places, nothing resolved. Plain structs; the
// kinds of expression, stage and declaration are std::variants, so a visitor that forgets one does
// not compile. Only the parser makes these trees; its depth limit (parse.h) bounds every recursion
// over them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"

namespace flow::frontend::ast {

// A word as written, without the backquotes of `first name`.
struct Word {
  std::string text;
  Span span;
};

struct Expr;
struct TypeExpr;
struct Pipeline;
struct Stage;
using ExprPtr = std::unique_ptr<Expr>;
using TypePtr = std::unique_ptr<TypeExpr>;
using PipelinePtr = std::unique_ptr<Pipeline>;
using Exprs = std::vector<ExprPtr>;
using Words = std::vector<Word>;

// ---------------------------------------------------------------- types

struct NamedType {  // int, Click, geo.Cell
  std::optional<Word> module;
  Word name;
};
struct TypeArg {  // exactly one of the two
  TypePtr type;
  std::optional<int64_t> number;
  Span span;
};
struct AppliedType {  // decimal(12, 2), map(string, int)
  Word name;
  std::vector<TypeArg> args;
};
struct ArrayType {  // [T]
  TypePtr element;
};
struct FieldDecl {  // name: T from "outer name"
  Word name;
  TypePtr type;
  std::optional<Word> from;  // the name in the data, from a string literal
  std::string doc;           // text of its `##` comments
};
struct StructType {  // { a: T, b: U }
  std::vector<FieldDecl> fields;
};
struct StringSetType {  // "view" | "click"
  Words values;
};
struct TypeExpr {
  Span span;  // covers the `?`
  std::variant<NamedType, AppliedType, ArrayType, StructType, StringSetType> node;
  std::optional<Span> optional;  // place of the `?`
};

// ---------------------------------------------------------------- expressions

struct NameRef {  // x: argument, else column, else let; or the callee of a Call
  Word name;
};
struct ColumnRef {  // .x: always the current row's column
  Word name;
};
struct ParamRef {  // $x; name without the dollar
  Word name;
};
struct IntLit {  // 42, 1_000_000, 0xff, 64KiB, -5 (a minus in front of a literal is part of it)
  int64_t value = 0;
  std::string text;  // digits as written, without `_`
};
struct FloatLit {
  double value = 0;
  std::string text;  // exact, for decimals: "2.00"
};
struct DurationLit {
  int64_t nanoseconds = 0;
};
struct TimeLit {
  int64_t nanoseconds = 0;  // since the epoch, UTC
};
struct StringLit {
  std::string value;  // escapes resolved
  bool raw = false;
};
struct FStringPart {  // either text or an expression
  std::string text;
  ExprPtr expr;
};
struct FString {
  std::vector<FStringPart> parts;
};
struct BoolLit {
  bool value = false;
};
struct NoneLit {};
struct ArrayLit {
  Exprs items;
};
struct StructField {
  Word name;
  ExprPtr value;
};
struct StructLit {
  std::vector<StructField> fields;
};
struct CaseArm {
  Span span;
  Exprs patterns;  // IntLit, StringLit, BoolLit or NoneLit; empty for `else`
  bool is_else = false;
  ExprPtr value;
};
struct Case {  // case x { "a" | "b" => 1, else => 0 }
  ExprPtr subject;
  std::vector<CaseArm> arms;
};
struct If {
  ExprPtr condition;
  ExprPtr then_value;
  ExprPtr else_value;
};
enum class UnaryOp : uint8_t { Not, Negate };
struct Unary {
  UnaryOp op;
  Span op_span;
  ExprPtr operand;
};
enum class BinaryOp : uint8_t {
  Or,
  And,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  Matches,     // =~
  NotMatches,  // !~
  In,
  NotIn,
  Coalesce,  // ??
  Add,
  Subtract,
  Multiply,
  Divide,     // always float
  IntDivide,  // //
  Modulo,
};
struct Binary {
  BinaryOp op;
  Span op_span;
  ExprPtr left;
  ExprPtr right;
};
struct Try {  // try e: failure becomes none
  ExprPtr operand;
};
struct Bang {  // e!: failure rejects the row, or goes to the fn's caller
  ExprPtr operand;
  Span bang_span;
};
struct Field {  // base.name, base?.name
  ExprPtr base;
  Word name;
  bool optional_chain = false;
};
struct Index {
  ExprPtr base;
  ExprPtr index;
};
struct Arg {
  enum class Kind : uint8_t { Positional, Named, Lambda };
  Kind kind = Kind::Positional;
  Span span;
  Word name;  // `where` in where: c, `t` in t => t.x; empty when positional
  ExprPtr value;
};
struct Call {
  ExprPtr callee;  // NameRef, or Field for geo.distance(..)
  std::vector<Arg> args;
};
struct Over {  // call over (by k last 5m), call over (last 10 rows)
  ExprPtr call;
  Exprs by;
  ExprPtr last;            // a duration, or a number of rows; null when absent
  bool last_rows = false;  // `last` counts rows
};
// Stands where something unreadable stood; the error has been reported.
struct ErrorExpr {};

struct Expr {
  Span span;
  std::variant<ErrorExpr, NameRef, ColumnRef, ParamRef, IntLit, FloatLit, DurationLit, TimeLit,
               StringLit, FString, BoolLit, NoneLit, ArrayLit, StructLit, Case, If, Unary, Binary,
               Try, Bang, Field, Index, Call, Over>
      node;
  uint16_t height = 1;         // of the tree below, for the parser's depth limit
  bool parenthesized = false;  // (a < b) == c is no chain
};

const char* OperatorText(BinaryOp op);  // "==", "not in"

// ---------------------------------------------------------------- relations and stages

struct NamedRelation {  // clicks, geo.cells, kafka(topic: "t")
  std::optional<Word> module;
  Word name;
  bool is_call = false;
  std::vector<Arg> args;
};
struct FileRelation {  // "logs/*.csv.gz" format csv(..)
  Word path;
  ExprPtr format;  // NameRef or Call; null: by extension
};
struct NestedRelation {  // (from x |> ..)
  PipelinePtr pipeline;
};
struct Relation {
  Span span;
  std::variant<NamedRelation, FileRelation, NestedRelation> node;
};

struct NamedExpr {  // e as n
  Span span;
  ExprPtr value;
  std::optional<Word> name;
};
struct Assignment {  // a.b.c = e
  Words path;
  ExprPtr value;
};

struct Where {
  ExprPtr condition;
};
struct SelectItem {
  enum class Kind : uint8_t { Expr, AllColumns, AllFields };  // e as n, *, a.*
  Kind kind = Kind::Expr;
  Span span;
  ExprPtr value;  // null for AllColumns; the struct for AllFields
  std::optional<Word> name;
};
struct Select {
  std::vector<SelectItem> items;
};
struct Extend {
  std::vector<NamedExpr> items;
};
struct Set {
  std::vector<Assignment> assignments;
};
struct Drop {
  Words columns;
};
struct RenamePair {
  Word from;
  Word to;
};
struct Rename {
  std::vector<RenamePair> pairs;
};
struct Aggregate {
  std::vector<NamedExpr> items;
  std::vector<NamedExpr> keys;
  ExprPtr retain;  // duration or null
};
enum class WindowKind : uint8_t { Tumble, Hop, Cumulate, Session, Rows };
struct Window {
  WindowKind kind = WindowKind::Tumble;
  ExprPtr size;   // duration; a count for Rows
  ExprPtr every;  // Hop and Cumulate always, Rows maybe
  Exprs by;       // Session, Rows
  ExprPtr max;    // Session
  ExprPtr offset;
  ExprPtr zone;  // StringLit or ParamRef
};
struct Emit {
  enum class When : uint8_t { OnClose, OnChange, Every };
  When when = When::OnClose;
  ExprPtr every;
};
struct Bound {  // how far apart in time the two sides of a join may lie
  enum class Kind : uint8_t { None, Within, Before, After, BeforeAndAfter, Until };
  Kind kind = Kind::None;
  Span span;
  ExprPtr amount;  // duration; the time for Until
  ExprPtr after;   // second duration of BeforeAndAfter
};
struct Join {
  enum class Side : uint8_t { Inner, Left, Full, Semi, Anti };
  enum class Kind : uint8_t { Join, Asof, Lookup };  // asof and lookup: side Inner or Left
  Kind kind = Kind::Join;
  Side side = Side::Inner;
  Relation right;
  std::optional<Word> name;
  ExprPtr condition;
  Bound bound;
};
struct Dedup {
  bool all_columns = false;  // by *
  Exprs by;
  Bound bound;
  bool keep_last = false;
};
struct OrderItem {
  ExprPtr value;
  std::optional<bool> ascending;  // as written; order by defaults to asc, top to desc
};
struct Top {
  ExprPtr count;
  OrderItem by;
  Exprs per;
  bool with_ties = false;
};
struct Unnest {
  ExprPtr value;
  Word name;
  bool left = false;
};
struct Union {
  std::vector<Relation> others;
};
struct BranchArm {
  Span span;
  ExprPtr condition;  // null for else
  std::vector<Stage> stages;
};
struct Branch {
  std::vector<BranchArm> arms;
};
struct MatchStep {
  enum class Link : uint8_t { First, Then, Next, Without };
  Link link = Link::First;
  Span span;
  Word name;
  bool quantified = false;  // +, *, ?, {n}, {n,}, {n,m}; else exactly once
  int64_t at_least = 1;
  std::optional<int64_t> at_most = 1;
  ExprPtr condition;
};
struct Match {
  Exprs by;
  ExprPtr within;
  std::vector<MatchStep> steps;
  bool overlapping = false;
};
struct Order {
  std::vector<OrderItem> items;
};
struct Limit {
  ExprPtr count;  // IntLit or ParamRef
};
struct Assert {
  ExprPtr condition;
  ExprPtr message;  // or null
};
struct OnError {
  enum class Action : uint8_t { Fail, Drop, Into, As };
  Action action = Action::Fail;
  Span span;
  Word name;  // Into, As
};
struct OnLate {
  enum class Action : uint8_t { Drop, Into, As, Update };
  Action action = Action::Drop;
  Word name;           // Into, As
  ExprPtr update_for;  // Update
};
struct Into {
  // Exactly one of the two: a sink or connector by name, or a file.
  std::optional<NamedRelation> target;
  std::optional<FileRelation> file;
};
struct As {
  Word name;
};
struct PipeCall {  // recent(5m)
  Word name;
  std::vector<Arg> args;
};
struct ErrorStage {};  // unreadable, reported

struct Stage {
  Span span;
  Span verb;  // `where`, `left join`
  std::variant<ErrorStage, Where, Select, Extend, Set, Drop, Rename, Aggregate, Window, Emit, Join,
               Dedup, Top, Unnest, Union, Branch, Match, Order, Limit, Assert, OnError, OnLate,
               Into, As, PipeCall>
      node;
};

struct Pipeline {
  Span span;
  Relation from;
  std::vector<Stage> stages;
};

// ---------------------------------------------------------------- declarations

struct TypeDecl {
  Word name;
  TypePtr type;
};
struct SourceDecl {
  Word name;
  TypePtr type;
  ExprPtr connector;  // NameRef or Call
  ExprPtr format;
  ExprPtr time;
  ExprPtr watermark;
  ExprPtr jump;
  ExprPtr idle;
  Words key;
  std::optional<OnError> on_error;
};
struct SinkDecl {
  Word name;
  TypePtr type;  // or null
  ExprPtr connector;
  ExprPtr format;
  Words key;
};
struct StreamDecl {
  Word name;
  TypePtr type;  // or null
  PipelinePtr pipeline;
};
struct LetDecl {
  Word name;
  TypePtr type;  // or null
  ExprPtr value;
};
struct Parameter {
  Span span;
  Word name;
  TypePtr type;
  ExprPtr default_value;  // or null
};
struct FnDecl {
  Word name;
  std::vector<Parameter> params;
  TypePtr result;
  bool fallible = false;  // -> T!
  ExprPtr body;           // null when extern
  std::optional<Word> extern_path;
};
struct PipeDecl {
  Word name;
  std::vector<Parameter> params;
  std::vector<Stage> stages;
};
struct ParamDecl {
  Word name;
  TypePtr type;
  ExprPtr default_value;  // null: must be given on the command line
};
struct ImportDecl {
  Word path;
  Word name;
};
struct TestTime {
  enum class Kind : uint8_t { Offset, Instant, End };
  Kind kind = Kind::Offset;
  int64_t nanoseconds = 0;  // since the start of the test; since the epoch for Instant
};
struct TestStep {
  enum class Kind : uint8_t { Send, Expect, With };
  Kind kind = Kind::Send;
  Span span;
  TestTime at;  // Send, Expect
  Word name;    // stream, source, sink; parameter of With
  ExprPtr value;
};
struct TestDecl {
  Word name;
  std::vector<TestStep> steps;
};
struct PipelineItem {
  PipelinePtr pipeline;
};

struct Item {
  Span span;
  std::string doc;  // text of the `##` comments above it or behind it
  std::variant<TypeDecl, SourceDecl, SinkDecl, StreamDecl, LetDecl, FnDecl, PipeDecl, ParamDecl,
               ImportDecl, TestDecl, PipelineItem>
      node;
};

struct File {
  std::string doc;  // of the script: `##` comments at its top, a blank line below them
  std::vector<Item> items;
};

// One node per line, bars for the depth (`--print=ast`).
std::string Print(const File& file);

}  // namespace flow::frontend::ast
