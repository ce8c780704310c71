// Where rows go: declared sinks, connectors and files named in a pipeline, standard output.

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

// A written row type with names for files: columns leave under these names.
bool HasOuterNames(const Type& row) {
  return std::any_of(row.fields().begin(), row.fields().end(),
                     [](const StructField& field) { return !field.external.empty(); });
}

}  // namespace

void Checker::CheckSink(Name& name, const ast::SinkDecl& decl) {
  Scope& scope = *name.scope;
  name.progress = Progress::kDone;
  name.poisoned = true;
  std::optional<TypedEndpoint> endpoint =
      decl.connector ? CheckEndpoint(scope, *decl.connector, decl.format.get(), false)
                     : std::nullopt;
  bool ok = endpoint.has_value();
  if (decl.type) {
    Type row = ResolveType(*decl.type, scope.decls, diagnostics);
    if (!row.is_error() && !row.is(TypeKind::kStruct)) {
      diagnostics.Emit(decl.type->span, Diag::TypeMismatch, "the rows of a sink are a struct")
          .Here(Cat("this is ", row.ToText()))
          .Fix("write the columns: `{ name: string, n: int }`");
      row = Type::Error();
    }
    ok = ok && !row.is_error();
    if (!row.is_error()) name.row = std::move(row);
  }
  name.keyed = !decl.key.empty();
  name.sink_key = decl.key;
  if (!ok) return;
  if (endpoint->connector == "file") {
    std::optional<std::string> path;
    if (!endpoint->args.empty()) path = KnownText(*endpoint->args[0].value);
    if (path && !ClaimFile(*path, decl.connector->span)) return;
  }
  name.endpoint = *std::move(endpoint);
  name.poisoned = false;
}

// A file has one writer; two would overwrite each other.
bool Checker::ClaimFile(const std::string& path, Span span) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  auto [at, first] = files_written_.try_emplace(std::move(normal), span);
  if (first) return true;
  diagnostics.Emit(span, Diag::DuplicateName, Cat("`", path, "` is written twice"))
      .Here("the second writer")
      .Label(at->second, "the first")
      .Fix(Cat("declare one sink, `sink out = file(", Quoted(path),
               ")`, and end both pipelines with `into out`"));
  return false;
}

// `partition: "dt, hm"` names columns, whose values become names of folders.
void Checker::CheckPartition(const Cursor& at, const TypedEndpoint& endpoint, Span span) {
  std::vector<std::string> parts;
  bool every = false;
  for (const NamedValue& arg : endpoint.args) {
    every = every || (arg.name == "every" && arg.value != nullptr);
    if (arg.name != "partition" || arg.value->poisoned()) continue;
    parts = SplitNames(KnownText(*arg.value).value_or(""));
    for (const std::string& part : parts) {
      const StructField* field = at.stream.row.FindField(part);
      if (field == nullptr) {
        diagnostics.Emit(span, Diag::UnknownColumn, Cat("the row has no column `", part, "` here"))
            .Here("rows enter the sink here")
            .Label(arg.value->span, "names folders by it")
            .Note(Cat("row here: ", at.VisibleRow().ToText()))
            .Fix(Cat("`|> extend .. as ", part, "` before it"));
        continue;
      }
      Type type = field->type.strip_optional();
      bool simple = type.is(TypeKind::kString) || type.is(TypeKind::kInt) ||
                    type.is(TypeKind::kBool) || type.is(TypeKind::kSet) ||
                    type.is(TypeKind::kTimestamp) || type.is(TypeKind::kDecimal);
      if (simple) continue;
      diagnostics
          .Emit(arg.value->span, Diag::TypeMismatch,
                Cat("a ", field->type.ToText(), " makes no name of a folder"))
          .Here(Cat("column `", part, "`"))
          .Fix("partition by a string, an int or a timestamp");
    }
    if (parts.size() >= at.VisibleRow().fields().size()) {
      diagnostics
          .Emit(arg.value->span, Diag::WrongArguments,
                "all columns name folders, and none is left for the rows")
          .Here("every column of the row");
    }
  }
  if (every && parts.empty()) {
    diagnostics
        .Emit(span, Diag::WrongArguments,
              "`every` says when partitions are complete, and there are none")
        .Here("no `partition`")
        .Fix("add `partition: \"COLUMN\"`, or leave `every` out");
  }
}

NodeId Checker::AddSink(Cursor& at, std::string name, TypedEndpoint endpoint, Span span) {
  CheckPartition(at, endpoint, span);
  return AddNode(
      node::Sink{
          .input = at.node, .name = std::move(name), .endpoint = std::move(endpoint), .key = {}},
      at.stream, span, "into");
}

void Checker::IntoStdout(Cursor& at, Span span) {
  Scope nowhere;
  nowhere.decls.catalog = &catalog;
  std::optional<TypedEndpoint> endpoint =
      CheckConnector(nowhere, ast::Word{"stdout", span}, {}, span, nullptr, false);
  if (!endpoint || !CheckKeyKept(at, span)) return;
  AddSink(at, "stdout", *std::move(endpoint), span);
}

void Checker::IntoConnector(Scope& scope, const ast::NamedRelation& target, Cursor& at, Span span) {
  std::optional<TypedEndpoint> endpoint =
      CheckConnector(scope, target.name, target.args, span, nullptr, false);
  if (endpoint) IntoEndpoint(*std::move(endpoint), at, span);
}

void Checker::IntoFile(Scope& scope, const ast::FileRelation& file, Cursor& at, Span span) {
  std::optional<TypedEndpoint> endpoint = CheckFileEndpoint(scope, file, false);
  if (endpoint) IntoEndpoint(*std::move(endpoint), at, span);
}

void Checker::IntoEndpoint(TypedEndpoint endpoint, Cursor& at, Span span) {
  std::string name = endpoint.connector;
  if (endpoint.connector == "file" && !endpoint.args.empty()) {
    std::optional<std::string> path = KnownText(*endpoint.args[0].value);
    if (path && !ClaimFile(*path, span)) return;
    if (path) name = *path;
  }
  if (!at.live) return;
  const ConnectorDef* def = catalog.FindConnector(endpoint.connector);
  if (at.stream.updating && (def == nullptr || !def->takes_updates)) {
    UpdatingSink(at, name, std::nullopt, span);
    return;
  }
  EndScope(at, span, "into");
  if (!CheckKeyKept(at, span)) return;
  AddSink(at, std::move(name), std::move(endpoint), span);
}

void Checker::IntoSink(Name& sink, Cursor& at, Span span) {
  sink.used = true;
  if (sink.progress == Progress::kUntouched) CheckItem(*sink.scope, *sink.item);
  if (!at.live) return;
  if (at.stream.updating && !sink.keyed) {
    const ConnectorDef* def = catalog.FindConnector(sink.endpoint.connector);
    if (def == nullptr || !def->takes_updates) {
      UpdatingSink(at, sink.text, sink.span, span);
      return;
    }
  }
  if (sink.poisoned) return;
  EndScope(at, span, "into");
  if (!CheckKeyKept(at, span)) return;
  if (sink.keyed && !CheckSinkKey(at, sink.text, sink.sink_key, span)) return;
  std::string what = Cat("sink `", sink.text, "`");
  if (sink.row) {
    if (!Conform(at, WithoutExternal(*sink.row), span, what, sink.span, "into")) return;
    if (HasOuterNames(*sink.row)) {
      std::vector<NamedValue> columns;
      for (const StructField& field : sink.row->fields()) {
        columns.push_back({field.external_name(), MakeColumn(at, field.name, span)});
      }
      AddMap(at, std::move(columns), span, "into");
    }
  }
  sink.inputs.push_back({at.node, span});
}

void Checker::RouteInto(Scope& scope, const ast::Word& word, TypedHandlerId handler, bool bounded) {
  auto found = scope.names.find(word.text);
  if (found == scope.names.end() || found->second.kind != NameKind::kSink) {
    std::vector<std::string_view> sinks;
    for (const auto& [text, name] : scope.names) {
      if (name.kind == NameKind::kSink) sinks.push_back(text);
    }
    UnknownName(scope, word, "sink", sinks);
    return;
  }
  Cursor rejects;
  rejects.live = true;
  rejects.from = "rejected rows";
  rejects.stream.row = RejectedRow();
  rejects.stream.ordered = false;
  rejects.stream.bounded = bounded;
  rejects.node = AddNode(node::Rejects{handler}, rejects.stream, word.span, "rejects");
  IntoSink(found->second, rejects, word.span);
}

// Every sink is one node, fed by the union of all that goes into it.
void Checker::FinishSinks(Scope& scope) {
  for (const ast::Item& item : scope.ast->items) {
    const auto* decl = std::get_if<ast::SinkDecl>(&item.node);
    if (decl == nullptr) continue;
    auto found = scope.names.find(decl->name.text);
    if (found == scope.names.end()) continue;
    Name& name = found->second;
    if (name.item != &item || name.inputs.empty() || name.poisoned) continue;
    std::vector<Cursor> inputs;
    for (const SinkInput& input : name.inputs) {
      Cursor at;
      at.live = true;
      at.node = input.node;
      at.stream = program.nodes[input.node].stream;
      inputs.push_back(std::move(at));
    }
    std::vector<Span> spans;
    for (const SinkInput& input : name.inputs) spans.push_back(input.span);
    Cursor all;
    if (!Unite(inputs, spans, "into", &all)) continue;
    bool mixed = std::any_of(inputs.begin(), inputs.end(), [&](const Cursor& at) {
      return at.stream.updating != inputs[0].stream.updating;
    });
    if (inputs.size() > 1 && (mixed || inputs[0].stream.updating)) {
      diagnostics
          .Emit(spans.back(), Diag::UpdatingIntoAppend,
                Cat("sink `", name.text,
                    "` is fed by several pipelines, and rows of one replace "
                    "each other"))
          .Here("one too many")
          .Label(spans.front(), "the first")
          .Fix("declare a sink for each of them");
      continue;
    }
    name.node = AddSink(all, name.text, name.endpoint, name.inputs.back().span);
    for (const ast::Word& word : name.sink_key) {
      std::get<node::Sink>(program.nodes[name.node].node).key.push_back(word.text);
    }
  }
}

}  // namespace flow::frontend
