#pragma once
// What the parts of the checker of declarations and pipelines share: the names of each file, the
// program being made, and what is known about a stream at one point of a pipeline.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/catalog.h"
#include "base/diagnostic.h"
#include "base/source.h"
#include "frontend/ast/ast.h"
#include "frontend/frontend.h"
#include "frontend/sema/expr.h"
#include "frontend/sema/typed_program.h"

namespace flow::frontend {

struct Scope;

// Something rows come from or go to, or a pipe, by the name the script gives it.
enum class NameKind : uint8_t { kSource, kStream, kRejects, kSink, kPipe };

// One `into` that feeds a sink.
struct SinkInput {
  NodeId node;
  Span span;  // of the stage
};

struct Name {
  NameKind kind = NameKind::kStream;
  std::string text;
  Span span;
  Scope* scope = nullptr;
  const ast::Item* item = nullptr;  // what defines it
  Progress progress = Progress::kUntouched;
  bool poisoned = false;  // its definition has errors, which have been reported
  bool used = false;
  bool keyed = false;                     // sources and sinks with a `key`
  NodeId node;                            // sources, streams and sinks, once done
  TypedHandlerId handler;                 // kRejects, once done
  bool bounded = true;                    // kRejects
  std::map<std::string, Span> optionals;  // places of the `?` of its columns' types
  std::optional<Span> updates;            // the stage that makes its rows change
  std::vector<std::string> key;           // of a keyed source: one row per key holds
  NodeId table;                           // of a keyed source read as a stream, once made
  NodeId window_node;                     // as Cursor's
  // kSink
  TypedEndpoint endpoint;
  std::optional<Type> row;
  std::vector<ast::Word> sink_key;
  std::vector<SinkInput> inputs;
};

// One file of the program.
struct Scope {
  const SourceFile* file = nullptr;
  const ast::File* ast = nullptr;
  Declarations decls;
  std::map<std::string, Name, std::less<>> names;
  std::map<std::string, Scope*, std::less<>> modules;
  bool is_main = false;
  Progress progress = Progress::kUntouched;
};

// Where and how a column went.
struct Loss {
  Span span;
  std::string verb;
  std::string renamed;  // its new name, when it was renamed
};

// What is known of a stream between two stages.
// A key that the window brings along (`by k` of sessions and count windows).
struct WindowKey {
  std::string name;    // of its column in results
  std::string column;  // in rows; hidden
};

// The nearest stage above for which rows may be late, and the rows as they come to it.
struct LateRows {
  NodeId of;
  StreamInfo stream;
  FactSet facts;
  std::map<std::string, Span> optionals;
  std::optional<Span> taken;  // the `on late` that takes them
};

// What `on late update for D` says of its window.
struct LateUpdate {
  TypedExprPtr reach;
  Span span;
};

struct Cursor {
  bool live = false;  // false: an error took the row away, stages below are not judged
  NodeId node;
  StreamInfo stream;
  FactSet facts;
  std::map<std::string, Loss> lost;
  std::map<std::string, Span> optionals;
  std::string rank_column;
  std::string from;  // what the script calls the relation, for messages
  Span from_span;
  std::optional<Span> window;  // the stage that opened the scope
  std::vector<WindowKey> window_keys;
  bool same_end = false;     // windows of the scope may have one end
  bool hide_bounds = false;  // they are numbers without a meaning
  std::optional<LateRows> late;
  std::optional<Span> updates;            // the stage that makes rows change
  std::optional<Span> emitted;            // the scope's `emit`
  std::optional<LateUpdate> late_update;  // the scope's `on late update`
  bool grouped = false;                   // an aggregate, top or order stands above
  std::vector<std::string> key;           // of a keyed source read as a table
  NodeId window_node;             // the window whose bounds the row carries, in its scope or not
  bool span = false;              // the scope is that of an `until`: one per left row
  std::optional<Span> time_lost;  // the stage that ended event time

  // The row without hidden columns.
  Type VisibleRow() const;
  bool Has(std::string_view column) const { return stream.row.FindField(column) != nullptr; }
};

bool IsHidden(std::string_view column);
// The column that `value` passes on unchanged, or null.
const std::string* PassedColumn(const TypedExpr& value);
// Whether values of the type have an equality.
bool CanBeKey(const Type& type);
// The predefined duration behind `within`, which bounds nothing.
// The conjunction of two conditions; the first may be null.
TypedExprPtr Both(const TypedExprPtr& a, const TypedExprPtr& b);
// The predefined duration `forever`.
bool IsForever(const ast::Expr& duration);
// A connector of the language that no run time stands behind yet.
bool IsLaterConnector(std::string_view name);

// The type of rejected rows (semantics.md 22); the IR has the same.
Type RejectedRow();

// `type` without hidden columns.
Type WithoutHidden(const Type& row);
// `type` without the names used in files.
Type WithoutExternal(const Type& type);

TypedExprPtr MakeExpr(Type type, Span span, typed::Node node);
TypedExprPtr MakeString(std::string text, Span span);
TypedExprPtr MakeInt(int64_t value, Span span);
TypedExprPtr MakeDuration(int64_t nanoseconds, Span span);
// Column `name` of the current row as it is stored; with facts, freed of its `?` where that is
// proved.
TypedExprPtr MakeColumn(const Cursor& at, std::string_view name, Span span);

class Checker {
 public:
  Checker(const FrontendOptions& options, Diagnostics& diagnostics);

  std::unique_ptr<TypedProgram> Run(const ast::File& file, const SourceFile& source);

  // ---- names.cpp
  void CollectNames(Scope& scope);
  Name* FindName(Scope& scope, const std::optional<ast::Word>& module, const ast::Word& word);
  // Reports a name that nothing has; `what` says what was wanted ("stream", "sink").
  void UnknownName(Scope& scope, const ast::Word& word, std::string_view what,
                   const std::vector<std::string_view>& known);
  void ReportCycle(const Name& name, Span use);
  void ReportUnused(Scope& main);

  // ---- imports.cpp
  Scope& NewScope(const ast::File& ast, const SourceFile& file);
  void LoadPrelude();
  void Import(Scope& scope, const ast::ImportDecl& import);

  // ---- declarations.cpp
  void CheckParams(Scope& scope);
  void CheckDefinitions(Scope& scope);

  // ---- tests.cpp
  void CheckTests(Scope& main);

  // ---- sources.cpp
  // The node of a source or stream, checked when first asked for; false after an error.
  bool ResolveRelation(Name& name, Span use);
  void CheckSource(Name& name, const ast::SourceDecl& decl);
  // Rows of a connector named in a pipeline: from file(..), from stdin.
  void OpenConnector(Scope& scope, const ast::Word& name, const std::vector<ast::Arg>& args,
                     Span span, Cursor& out);
  void OpenFile(Scope& scope, const ast::FileRelation& file, Span span, Cursor& out);
  void OpenEndpoint(std::optional<TypedEndpoint> endpoint, Span span, Cursor& out);
  // `as_table`: for `lookup`, which reads a keyed source for the last row of each key.
  void OpenName(Name& name, Span span, Cursor& out, bool as_table = false);
  void UnknownKind(const TypedEndpoint& endpoint, const std::optional<std::string>& first,
                   Span span);

  // ---- schema.cpp
  // The row type of a source without a written one; E0802 and Type::Error() when there is none.
  Type SampleRow(const TypedEndpoint& endpoint, Span span);
  // Text of a row-free value where it can be told now, from constants and values of parameters.
  std::optional<std::string> KnownText(const TypedExpr& value) const;
  // Columns of `from` as `to` wants them, by name; false after E0305, which speaks of `what`.
  bool Conform(Cursor& at, const Type& to, Span span, const std::string& what, Span what_span,
               std::string_view verb);
  // Makes all inputs one stream; false after E0305. `spans` are the places that named them.
  bool Unite(std::vector<Cursor>& inputs, const std::vector<Span>& spans, std::string_view verb,
             Cursor* out);
  // Checks a written row type against the fixed one of a connector or format.
  bool FitsFixed(const Type& row, const Type& fixed, Span span, const std::string& what);

  // ---- endpoint.cpp
  std::optional<TypedEndpoint> CheckEndpoint(Scope& scope, const ast::Expr& connector,
                                             const ast::Expr* format, bool source);
  std::optional<TypedEndpoint> CheckConnector(Scope& scope, const ast::Word& name,
                                              const std::vector<ast::Arg>& args, Span span,
                                              const ast::Expr* format, bool source);
  std::optional<TypedEndpoint> CheckFileEndpoint(Scope& scope, const ast::FileRelation& file,
                                                 bool source);
  std::optional<TypedEndpoint> LaterEndpoint(Scope& scope, const ast::Word& name,
                                             const std::vector<ast::Arg>& args,
                                             const ast::Expr* format);
  bool CheckFormat(Scope& scope, const ast::Expr& format, bool source, TypedEndpoint& endpoint);
  bool DefaultFormat(Span span, bool source, TypedEndpoint& endpoint);
  bool IsBounded(const TypedEndpoint& endpoint) const;
  std::optional<Type> FixedRow(const TypedEndpoint& endpoint) const;

  // ---- sinks.cpp
  void CheckSink(Name& name, const ast::SinkDecl& decl);
  void IntoStdout(Cursor& at, Span span);
  void IntoConnector(Scope& scope, const ast::NamedRelation& target, Cursor& at, Span span);
  void IntoFile(Scope& scope, const ast::FileRelation& file, Cursor& at, Span span);
  void IntoEndpoint(TypedEndpoint endpoint, Cursor& at, Span span);
  void IntoSink(Name& sink, Cursor& at, Span span);
  // Rejected rows of `handler` into the sink called `word`.
  void RouteInto(Scope& scope, const ast::Word& word, TypedHandlerId handler, bool bounded);
  bool ClaimFile(const std::string& path, Span span);
  bool ClaimStdin(const TypedEndpoint& endpoint, Span span);
  void CheckPartition(const Cursor& at, const TypedEndpoint& endpoint, Span span);
  NodeId AddSink(Cursor& at, std::string name, TypedEndpoint endpoint, Span span);
  void FinishSinks(Scope& main);

  // ---- checker.cpp
  void CheckItem(Scope& scope, const ast::Item& item);
  void CheckStreams(Scope& scope, const ast::Item& item);
  void Define(Name& name, const Cursor& at);
  void FinishNames(Scope& scope, const ast::Item& item);
  // Ends the text of a pipeline: narrowing becomes the row's type, hidden columns go, the window
  // scope closes.
  void EndScope(Cursor& at, Span span, std::string_view verb);
  NodeId AddNode(decltype(TypedNode::node) node, StreamInfo stream, Span span, std::string verb);
  // A Map that makes `columns` of the row; keeps facts and places of columns that stay, notes those
  // that go.
  void AddMap(Cursor& at, std::vector<NamedValue> columns, Span span, std::string_view verb);
  TypedHandlerId AddHandler(TypedHandlerKind kind, std::string name);

  // ---- modes.cpp
  // E0501 unless the input ends or a window bounds the state of `verb`; E0601 for updating input.
  bool CheckState(const Cursor& at, Span verb_span, std::string_view verb);
  NodeId TableOf(const Name& name);
  bool CheckAppend(const Cursor& at, Span verb_span, std::string_view verb);
  // W0507 where `verb` keeps something for each of `keys` of input without an end, and nothing
  // says that they are few.
  void WarnOfKeys(const Cursor& at, Span verb_span, std::string_view verb,
                  const std::vector<NamedValue>& keys, const ast::Stage* taker = nullptr);

  // The key behind a map; none when a column of it went, which is then `lost`.
  std::optional<std::vector<std::string>> KeyBehind(const StreamInfo& above,
                                                    const std::vector<NamedValue>& columns,
                                                    std::string* lost) const;
  // E0601 for a stream that leaves its text without the columns of its key.
  bool CheckKeyKept(const Cursor& at, Span span);
  // E0601 unless the key of the sink is the key of the stream.
  bool CheckSinkKey(const Cursor& at, const std::string& sink, const std::vector<ast::Word>& key,
                    Span span);
  void UpdatingSink(const Cursor& at, const std::string& sink, std::optional<Span> declared,
                    Span span);

  // ---- time.cpp
  bool CheckEventTime(const Cursor& at, Span verb_span, std::string_view verb);
  std::optional<TypedTime> CheckTime(Scope& scope, const ast::SourceDecl& decl, const Type& row);

  // ---- later.cpp
  void NotBuilt(Diag diag, Span span, const std::string& what, const std::string& meanwhile);

  uint32_t LineOf(Span span) const;
  std::string_view TextOf(Span span) const;
  // `place`: what takes the value, for messages.
  ExprScope RowFreeScope(Scope& scope, std::string_view place) const;

  const FrontendOptions& options;
  const Catalog& catalog;
  Diagnostics& diagnostics;
  TypedProgram program;

 private:
  std::vector<std::unique_ptr<Scope>> scopes_;
  std::vector<std::unique_ptr<ast::File>> files_;
  std::map<std::string, Scope*> imported_;
  std::map<std::string, Span> files_written_;
  std::set<const ast::Item*> checked_;  // pipelines begun
  bool has_tests_ = false;
  int depth_ = 0;                  // of streams checked because another reads them
  std::optional<Span> stdin_;      // who reads standard input
  std::set<std::string> unknown_;  // names reported as unknown
  Declarations prelude_;
};

}  // namespace flow::frontend
