#include "frontend/sema/checker.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {

bool IsHidden(std::string_view column) { return !column.empty() && column[0] == '$'; }

Type WithoutHidden(const Type& row) {
  if (!row.is(TypeKind::kStruct)) return row;
  std::vector<StructField> fields;
  for (const StructField& field : row.fields()) {
    if (!IsHidden(field.name)) fields.push_back(field);
  }
  return Type::Struct(std::move(fields));
}

Type WithoutExternal(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kOptional:
      return Type::Optional(WithoutExternal(type.inner()));
    case TypeKind::kArray:
      return Type::Array(WithoutExternal(type.inner()));
    case TypeKind::kMap:
      return Type::Map(type.key(), WithoutExternal(type.inner()));
    case TypeKind::kStruct: {
      std::vector<StructField> fields;
      for (const StructField& field : type.fields()) {
        fields.push_back({field.name, WithoutExternal(field.type), {}});
      }
      return Type::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

Type RejectedRow() {
  return ParseType(
      "{ at: timestamp?, source: string, partition: string, offset: int?, line: int?, "
      "stage: string, code: string, message: string, row: string }");
}

Type Cursor::VisibleRow() const { return WithoutHidden(stream.row); }

TypedExprPtr MakeExpr(Type type, Span span, typed::Node node) {
  auto expr = std::make_shared<TypedExpr>();
  expr->type = std::move(type);
  expr->span = span;
  expr->node = std::move(node);
  return expr;
}

TypedExprPtr MakeString(std::string text, Span span) {
  Constant value{.type = Type::String(), .text = std::move(text)};
  return MakeExpr(Type::String(), span, typed::Constant{.value = std::move(value), .written = {}});
}

TypedExprPtr MakeInt(int64_t value, Span span) {
  Constant constant{.type = Type::Int(), .int_value = value, .text = {}};
  return MakeExpr(Type::Int(), span, typed::Constant{.value = std::move(constant), .written = {}});
}

TypedExprPtr MakeDuration(int64_t nanoseconds, Span span) {
  Constant constant{.type = Type::Duration(), .int_value = nanoseconds, .text = {}};
  return MakeExpr(Type::Duration(), span,
                  typed::Constant{.value = std::move(constant), .written = {}});
}

TypedExprPtr MakeColumn(const Cursor& at, std::string_view name, Span span) {
  const StructField* field = at.stream.row.FindField(name);
  FLOW_CHECK(field != nullptr, "the row has the column");
  TypedExprPtr column =
      MakeExpr(field->type, span, typed::Column{.row = 0, .name = std::string(name)});
  bool narrowed = at.facts.count(Path{false, 0, {std::string(name)}}) != 0;
  if (!narrowed || !field->type.is_optional()) return column;
  return MakeExpr(field->type.inner(), span, typed::Unwrap{std::move(column)});
}

Checker::Checker(const FrontendOptions& options, Diagnostics& diagnostics)
    : options(options), catalog(options.catalog), diagnostics(diagnostics) {}

std::unique_ptr<TypedProgram> Checker::Run(const ast::File& file, const SourceFile& source) {
  size_t errors_before = diagnostics.error_count();
  program.name = options.script_name.empty() ? source.path() : options.script_name;
  // Handler 0 takes what no `on error` claims.
  AddHandler(options.one_liner ? TypedHandlerKind::kDrop : TypedHandlerKind::kFail, "");

  LoadPrelude();
  Scope& main = NewScope(file, source);
  main.is_main = true;
  main.progress = Progress::kRunning;
  imported_[source.path()] = &main;
  has_tests_ = std::any_of(file.items.begin(), file.items.end(), [](const ast::Item& item) {
    return std::holds_alternative<ast::TestDecl>(item.node);
  });
  CollectNames(main);
  for (size_t i = 0; i < scopes_.size(); ++i) CheckParams(*scopes_[i]);
  for (size_t i = 0; i < scopes_.size(); ++i) CheckDefinitions(*scopes_[i]);
  for (const ast::Item& item : file.items) CheckItem(main, item);
  for (const auto& scope : scopes_) {
    if (scope.get() == &main) continue;
    for (const ast::Item& item : scope->ast->items) {
      if (!std::holds_alternative<ast::PipelineItem>(item.node)) CheckItem(*scope, item);
    }
  }
  for (const auto& scope : scopes_) FinishSinks(*scope);
  CheckTests(main);
  if (diagnostics.error_count() > errors_before) return nullptr;
  ReportUnused(main);
  return std::make_unique<TypedProgram>(std::move(program));
}

void Checker::CheckItem(Scope& scope, const ast::Item& item) {
  // A declaration whose name was taken already has no entry of its own.
  auto own = [&](const ast::Word& word) -> Name* {
    auto found = scope.names.find(word.text);
    bool is_own = found != scope.names.end() && found->second.item == &item &&
                  found->second.progress == Progress::kUntouched;
    return is_own ? &found->second : nullptr;
  };
  if (const auto* source = std::get_if<ast::SourceDecl>(&item.node)) {
    if (Name* name = own(source->name)) CheckSource(*name, *source);
    return;
  }
  if (const auto* sink = std::get_if<ast::SinkDecl>(&item.node)) {
    if (Name* name = own(sink->name)) CheckSink(*name, *sink);
    return;
  }
  if (std::holds_alternative<ast::StreamDecl>(item.node)) return CheckStreams(scope, item);
  if (std::holds_alternative<ast::PipelineItem>(item.node)) return CheckStreams(scope, item);
}

// Checks the pipeline of an item, once, wherever it was first asked for.
void Checker::CheckStreams(Scope& scope, const ast::Item& item) {
  if (!checked_.insert(&item).second) return;
  if (const auto* top = std::get_if<ast::PipelineItem>(&item.node)) {
    if (!top->pipeline) return;
    StageChecker stages(*this, scope);
    Cursor end = stages.Check(*top->pipeline);
    if (end.live && !stages.ended()) {
      EndScope(end, top->pipeline->span, "select");
      IntoStdout(end, top->pipeline->span);
    }
    FinishNames(scope, item);
    return;
  }

  const auto& decl = std::get<ast::StreamDecl>(item.node);
  auto found = scope.names.find(decl.name.text);
  if (found == scope.names.end() || found->second.item != &item || !decl.pipeline) return;
  Name& name = found->second;
  name.progress = Progress::kRunning;
  StageChecker stages(*this, scope);
  Cursor end = stages.Check(*decl.pipeline);
  name.poisoned = true;
  if (stages.ended()) {
    diagnostics
        .Emit(decl.pipeline->stages.back().span, Diag::MisplacedStage,
              Cat("stream `", name.text, "` has no rows left to give"))
        .Here("the pipeline ends here")
        .Label(name.span, "so nothing can read this stream")
        .Fix(Cat("leave this stage out and add `from ", name.text, " |> ..` below"));
  } else if (end.live) {
    EndScope(end, decl.pipeline->span, "select");
    bool fits = true;
    if (decl.type) {
      Type wanted = ResolveType(*decl.type, scope.decls, diagnostics);
      fits =
          !wanted.is_error() && Conform(end, wanted, decl.pipeline->span,
                                        Cat("stream `", name.text, "`"), decl.type->span, "select");
    }
    if (fits) Define(name, end);
  }
  name.progress = Progress::kDone;
  FinishNames(scope, item);
}

void Checker::Define(Name& name, const Cursor& at) {
  name.node = at.node;
  name.optionals = at.optionals;
  name.updates = at.updates;
  name.window_node = at.window_node;
  name.poisoned = false;
  name.progress = Progress::kDone;
}

// Names that the item's pipeline should have given and could not: an error kept it from getting
// there.
void Checker::FinishNames(Scope& scope, const ast::Item& item) {
  for (auto& [text, name] : scope.names) {
    if (name.item != &item || name.progress == Progress::kDone) continue;
    name.progress = Progress::kDone;
    name.poisoned = true;
  }
}

NodeId Checker::AddNode(decltype(TypedNode::node) node, StreamInfo stream, Span span,
                        std::string verb) {
  return program.nodes.Add(TypedNode{.node = std::move(node),
                                     .stream = std::move(stream),
                                     .handler = TypedHandlerId{0},
                                     .span = span,
                                     .verb = std::move(verb)});
}

TypedHandlerId Checker::AddHandler(TypedHandlerKind kind, std::string name) {
  return program.handlers.Add(TypedHandler{kind, std::move(name)});
}

namespace {

std::string Shown(const std::string& column) {
  if (column == "$rank") return "rank()";
  return IsHidden(column) ? column.substr(1) : column;
}

// What is known of `column` holds for its new name too; of the column itself only if it is still
// optional.
void CarryFacts(const FactSet& facts, const std::string& column, const std::string& name,
                bool optional, FactSet* out) {
  for (const Path& path : facts) {
    if (path.local || path.root != 0 || path.names.empty() || path.names[0] != column) continue;
    if (path.names.size() == 1 && !optional) continue;
    Path carried = path;
    carried.names[0] = name;
    out->insert(std::move(carried));
  }
}

// Whether the bounds of the window are still what the window made them.
bool CarriesWindow(const std::vector<NamedValue>& columns) {
  int bounds = 0;
  for (const NamedValue& column : columns) {
    std::string_view name = column.name;
    if (IsHidden(name)) name.remove_prefix(1);
    if (name != "window_start" && name != "window_end") continue;
    const std::string* old = PassedColumn(*column.value);
    if (old == nullptr) return false;
    std::string_view from = *old;
    if (IsHidden(from)) from.remove_prefix(1);
    bounds += from == name;
  }
  return bounds == 2;
}

}  // namespace

const std::string* PassedColumn(const TypedExpr& value) {
  const TypedExpr* at = &value;
  if (const auto* unwrap = std::get_if<typed::Unwrap>(&at->node)) at = unwrap->a.get();
  const auto* column = std::get_if<typed::Column>(&at->node);
  return column != nullptr && column->row == 0 ? &column->name : nullptr;
}

// The column of the row, or of a struct in it, that a value is as it stands: `a`, `a.b`.
static std::optional<std::string> PassedPath(const TypedExpr& value) {
  if (const auto* unwrap = std::get_if<typed::Unwrap>(&value.node)) return PassedPath(*unwrap->a);
  if (const auto* column = std::get_if<typed::Column>(&value.node)) {
    return column->row == 0 ? std::optional(column->name) : std::nullopt;
  }
  auto below = [](const TypedExpr& base, const std::string& name) {
    std::optional<std::string> path = PassedPath(base);
    if (path) Append(*path, Cat(".", name));
    return path;
  };
  if (const auto* field = std::get_if<typed::Field>(&value.node)) {
    return below(*field->base, field->name);
  }
  if (const auto* field = std::get_if<typed::OptionalField>(&value.node)) {
    return below(*field->base, field->name);
  }
  return std::nullopt;
}

// What a column of a row is called below a map: by a column of its own, or in the struct it is in.
static std::optional<std::string> NameBehind(const std::string& key,
                                             const std::vector<NamedValue>& columns) {
  std::optional<std::string> within;
  for (const NamedValue& column : columns) {
    std::optional<std::string> path = PassedPath(*column.value);
    if (!path) continue;
    if (*path == key) return column.name;
    if (key.starts_with(*path + ".")) within = column.name + key.substr(path->size());
  }
  return within;
}

std::optional<std::vector<std::string>> Checker::KeyBehind(const StreamInfo& above,
                                                           const std::vector<NamedValue>& columns,
                                                           std::string* lost) const {
  std::vector<std::string> out;
  if (!above.key) {
    *lost = above.key_lost;
    return std::nullopt;
  }
  for (const std::string& key : *above.key) {
    std::optional<std::string> kept = NameBehind(key, columns);
    if (!kept) {
      *lost = Shown(key);
      return std::nullopt;
    }
    out.push_back(*std::move(kept));
  }
  return out;
}

void Checker::AddMap(Cursor& at, std::vector<NamedValue> columns, Span span,
                     std::string_view verb) {
  std::vector<StructField> fields;
  FactSet facts;
  std::map<std::string, Span> optionals;
  for (const NamedValue& column : columns) {
    fields.push_back({column.name, column.value->type, {}});
    const std::string* old = PassedColumn(*column.value);
    at.lost.erase(column.name);
    if (old == nullptr) continue;
    CarryFacts(at.facts, *old, column.name, column.value->type.is_optional(), &facts);
    auto place = at.optionals.find(*old);
    if (place != at.optionals.end()) optionals[column.name] = place->second;
  }
  Type row = Type::Struct(std::move(fields));
  for (const StructField& field : at.stream.row.fields()) {
    if (IsHidden(field.name) || row.FindField(field.name) != nullptr) continue;
    Loss loss{span, std::string(verb), {}};
    for (const NamedValue& column : columns) {
      const std::string* old = PassedColumn(*column.value);
      if (old != nullptr && *old == field.name && !IsHidden(column.name))
        loss.renamed = column.name;
    }
    at.lost[field.name] = std::move(loss);
  }
  if (at.window_node.valid() && !CarriesWindow(columns)) at.window_node = NodeId();
  at.stream.row = row;
  if (at.stream.updating) {
    std::string lost = at.stream.key_lost;
    at.stream.key = KeyBehind(at.stream, columns, &lost);
    at.stream.key_lost = std::move(lost);
  }
  at.facts = std::move(facts);
  at.optionals = std::move(optionals);
  at.node = AddNode(node::Map{at.node, std::move(columns)}, at.stream, span, std::string(verb));
}

void Checker::EndScope(Cursor& at, Span span, std::string_view verb) {
  bool hidden = false;
  for (const StructField& field : at.stream.row.fields()) hidden |= IsHidden(field.name);
  TypedExprPtr narrowed = at.facts.empty() ? nullptr : NarrowRow(at.stream.row, at.facts, span);
  if (hidden || narrowed) {
    std::vector<NamedValue> columns;
    for (const StructField& field : at.stream.row.fields()) {
      if (IsHidden(field.name)) continue;
      TypedExprPtr value;
      if (narrowed) {
        const auto& made = std::get<typed::MakeStruct>(narrowed->node);
        auto place = std::find(made.names.begin(), made.names.end(), field.name);
        if (place != made.names.end()) value = made.values[place - made.names.begin()];
      }
      columns.push_back({field.name, value ? value : MakeColumn(at, field.name, span)});
    }
    AddMap(at, std::move(columns), span, verb);
  }
  at.facts.clear();
  at.rank_column.clear();
  at.stream.windowed = false;
  at.window.reset();
  at.window_keys.clear();
  at.same_end = false;
  at.hide_bounds = false;
  at.late.reset();
  at.span = false;
}

uint32_t Checker::LineOf(Span span) const {
  return options.sources->Has(span.file) ? options.sources->Get(span.file).LineOf(span.begin) : 0;
}

std::string_view Checker::TextOf(Span span) const {
  return options.sources->Has(span.file) ? options.sources->Get(span.file).Text(span)
                                         : std::string_view();
}

ExprScope Checker::RowFreeScope(Scope& scope, std::string_view place) const {
  ExprScope out;
  out.decls = &scope.decls;
  out.stage = std::string(place);
  return out;
}

std::unique_ptr<TypedProgram> Check(const ast::File& file, const SourceFile& source,
                                    const FrontendOptions& options, Diagnostics& diagnostics) {
  FLOW_CHECK(options.sources != nullptr, "imports need somewhere to go");
  return Checker(options, diagnostics).Run(file, source);
}

}  // namespace flow::frontend
