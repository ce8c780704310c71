// Where rows come from: declared sources, connectors and files named in a pipeline, streams by
// name.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

// Places of the `?` of a row type's columns, through `type X = {..}` names.
void FindOptionals(const ast::TypeExpr& type, const Declarations& decls, int depth,
                   std::map<std::string, Span>* out) {
  if (const auto* row = std::get_if<ast::StructType>(&type.node)) {
    for (const ast::FieldDecl& field : row->fields) {
      if (field.type && field.type->optional) (*out)[field.name.text] = *field.type->optional;
    }
    return;
  }
  const auto* named = std::get_if<ast::NamedType>(&type.node);
  if (named == nullptr || depth == 0) return;
  const Declarations* in = &decls;
  if (named->module) {
    auto module = decls.modules.find(named->module->text);
    if (module == decls.modules.end()) return;
    in = module->second;
  }
  auto entry = in->types.find(named->name.text);
  if (entry == in->types.end() || entry->second.decl == nullptr) return;
  FindOptionals(*entry->second.decl->type, *in, depth - 1, out);
}

// How deep streams may read streams that stand below them.
constexpr int kForwardMax = 200;

}  // namespace

bool CanBeKey(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kJson:
      return false;
    case TypeKind::kOptional:
    case TypeKind::kArray:
      return CanBeKey(type.inner());
    case TypeKind::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const StructField& field) { return CanBeKey(field.type); });
    default:
      return true;
  }
}

void Checker::CheckSource(Name& name, const ast::SourceDecl& decl) {
  Scope& scope = *name.scope;
  name.progress = Progress::kRunning;
  name.poisoned = true;

  TypedHandlerId handler{0};
  Name* rejects = nullptr;
  if (decl.on_error) {
    switch (decl.on_error->action) {
      case ast::OnError::Action::Fail:
        handler = AddHandler(TypedHandlerKind::kFail, "");
        break;
      case ast::OnError::Action::Drop:
        handler = AddHandler(TypedHandlerKind::kDrop, "");
        break;
      case ast::OnError::Action::As: {
        handler = AddHandler(TypedHandlerKind::kRoute, decl.on_error->name.text);
        auto found = scope.names.find(decl.on_error->name.text);
        if (found != scope.names.end() && found->second.item == name.item) rejects = &found->second;
        break;
      }
      case ast::OnError::Action::Into:
        handler = AddHandler(TypedHandlerKind::kRoute, decl.on_error->name.text);
        break;
    }
  }

  Type row = ResolveType(*decl.type, scope.decls, diagnostics);
  std::optional<TypedEndpoint> endpoint =
      decl.connector ? CheckEndpoint(scope, *decl.connector, decl.format.get(), true)
                     : std::nullopt;
  if (endpoint && !ClaimStdin(*endpoint, decl.connector->span)) endpoint.reset();
  // Without a connector the columns are known still, so that stages below are judged.
  bool ok = !row.is_error();
  if (!row.is_error() && !row.is(TypeKind::kStruct)) {
    diagnostics.Emit(decl.type->span, Diag::TypeMismatch, "the rows of a source are a struct")
        .Here(Cat("this is ", row.ToText()))
        .Fix("write the columns: `{ name: string, n: int }`");
    ok = false;
  }
  if (ok && endpoint) {
    std::optional<Type> fixed = FixedRow(*endpoint);
    if (fixed && fixed->is_error()) {
      std::optional<std::string> first;
      if (!endpoint->args.empty()) first = KnownText(*endpoint->args[0].value);
      UnknownKind(*endpoint, first, decl.connector->span);
      ok = false;
    } else if (fixed) {
      std::string what = endpoint->format.empty() ? Cat("connector `", endpoint->connector, "`")
                                                  : Cat("format `", endpoint->format, "`");
      ok = FitsFixed(row, *fixed, decl.type->span, what);
    }
  }
  std::map<std::string, Span> optionals;
  FindOptionals(*decl.type, scope.decls, 16, &optionals);
  name.optionals = std::move(optionals);

  std::vector<std::string> key;
  for (const ast::Word& word : decl.key) {
    if (!row.is(TypeKind::kStruct)) break;
    const StructField* field = row.FindField(word.text);
    if (field == nullptr) {
      diagnostics
          .Emit(word.span, Diag::UnknownColumn, Cat("the row has no column `", word.text, "`"))
          .Here("not in this row")
          .Row(row.ToText());
      ok = false;
      continue;
    }
    if (!CanBeKey(field->type)) {
      diagnostics.Emit(word.span, Diag::TypeMismatch, Cat("`", word.text, "` cannot be a key"))
          .Here(Cat("a ", field->type.ToText(), " has no equality"));
      ok = false;
    }
    key.push_back(word.text);
  }

  std::optional<TypedTime> time;
  if (row.is(TypeKind::kStruct)) {
    size_t errors_before = diagnostics.error_count();
    time = CheckTime(scope, decl, row);
    ok = ok && diagnostics.error_count() == errors_before;
  }

  name.progress = Progress::kDone;
  if (rejects != nullptr) {
    rejects->progress = Progress::kDone;
    rejects->handler = handler;
    rejects->bounded = !endpoint || IsBounded(*endpoint);
  }
  if (ok) {
    StreamInfo stream;
    stream.row = WithoutExternal(row);
    stream.has_time = time.has_value();
    stream.bounded = !endpoint || IsBounded(*endpoint);
    name.poisoned = false;
    name.keyed = !key.empty();
    name.key = key;
    name.node = AddNode(node::Source{.name = name.text,
                                     .endpoint = endpoint.value_or(TypedEndpoint{}),
                                     .row = std::move(row),
                                     .time = std::move(time),
                                     .key = std::move(key)},
                        stream, name.span, "source");
    program.nodes[name.node].handler = handler;
  }
  if (decl.on_error && decl.on_error->action == ast::OnError::Action::Into) {
    RouteInto(scope, decl.on_error->name, handler, !endpoint || IsBounded(*endpoint));
  }
}

bool Checker::ResolveRelation(Name& name, Span use) {
  if (name.progress != Progress::kDone) {
    if (const auto* source = std::get_if<ast::SourceDecl>(&name.item->node)) {
      if (name.kind == NameKind::kSource) {
        CheckSource(name, *source);
      } else {
        CheckItem(*name.scope, *name.item);
      }
    } else if (checked_.count(name.item) != 0) {
      ReportCycle(name, use);
      name.poisoned = true;
      return false;
    } else {
      if (depth_ >= kForwardMax) {
        diagnostics
            .Emit(use, Diag::TooDeep,
                  Cat("more than ", kForwardMax,
                      " streams read one another before they are declared"))
            .Here("one too many")
            .Fix("declare streams above the streams that read them");
        return false;
      }
      ++depth_;
      CheckStreams(*name.scope, *name.item);
      --depth_;
    }
  }
  return !name.poisoned;
}

// A keyed source read as a stream: the last row of each key holds, and replaces the one before.
NodeId Checker::TableOf(const Name& name) {
  StreamInfo stream = program.nodes[name.node].stream;
  node::Dedup last;
  last.input = name.node;
  last.keep_last = true;
  last.emit.kind = EmitKind::kChange;
  for (const std::string& column : name.key) {
    const Type& type = stream.row.FindField(column)->type;
    last.keys.push_back(MakeExpr(type, name.span, typed::Column{0, column}));
  }
  stream.key = name.key;
  stream.updating = true;
  stream.has_time = stream.ordered = false;
  NodeId table = AddNode(std::move(last), std::move(stream), name.span, "source");
  program.nodes[table].handler = program.nodes[name.node].handler;
  return table;
}

void Checker::OpenName(Name& name, Span span, Cursor& out, bool as_table) {
  name.used = true;
  out.from = name.text;
  out.from_span = span;
  if (name.kind == NameKind::kSink || name.kind == NameKind::kPipe) {
    bool sink = name.kind == NameKind::kSink;
    auto builder = diagnostics.Emit(span, Diag::UnknownName,
                                    Cat("there is no stream or source `", name.text, "`"));
    builder.Here(sink ? "a sink: rows only go into it" : "a pipe: stages without a source");
    builder.Label(name.span, "declared here");
    if (sink) {
      builder.Fix("name the stream that goes into it with `stream`, and read that");
    } else {
      builder.Fix(Cat("write `from .. |> ", name.text, "(..)`"));
    }
    return;
  }
  if (!ResolveRelation(name, span)) return;
  if (name.kind == NameKind::kRejects) {
    StreamInfo stream;
    stream.row = RejectedRow();
    stream.ordered = false;
    stream.bounded = name.bounded;
    if (!name.node.valid()) {
      name.node = AddNode(node::Rejects{name.handler}, stream, name.span, "rejects");
    }
  }
  bool table = name.keyed && !as_table;
  if (table && !name.table.valid()) name.table = TableOf(name);
  out.key = name.key;
  out.window_node = name.window_node;
  out.live = true;
  out.node = table ? name.table : name.node;
  out.stream = program.nodes[out.node].stream;
  out.stream.windowed = false;
  out.optionals = name.optionals;
  out.updates = table ? name.span : name.updates;
}

namespace {

// The name of a source that has none: what it reads.
std::string NameOf(const TypedEndpoint& endpoint, const std::optional<std::string>& first) {
  if (endpoint.connector == "file" && first) return *first;
  if (endpoint.connector == "nexmark" && first) return *first;
  return endpoint.connector;
}

}  // namespace

// Standard input has one reader; two would each get a part of it.
bool Checker::ClaimStdin(const TypedEndpoint& endpoint, Span span) {
  if (endpoint.connector != "stdin") return true;
  if (!stdin_) {
    stdin_ = span;
    return true;
  }
  diagnostics.Emit(span, Diag::DuplicateName, "standard input is read twice")
      .Here("the second reader would find nothing")
      .Label(*stdin_, "the first")
      .Fix("name its rows once, `stream rows = from stdin`, and write `from rows` in both places");
  return false;
}

// A connector with rows of its own gives none for this first argument.
void Checker::UnknownKind(const TypedEndpoint& endpoint, const std::optional<std::string>& first,
                          Span span) {
  const ConnectorDef* def = catalog.FindConnector(endpoint.connector);
  auto builder = diagnostics.Emit(
      endpoint.args.empty() ? span : endpoint.args[0].value->span, Diag::WrongArguments,
      first ? Cat("connector `", endpoint.connector, "` has no rows called ", Quoted(*first))
            : Cat("the first argument of `", endpoint.connector, "` decides its columns"));
  builder.Here(first ? "not known" : "known only when the script runs");
  if (!def->arguments.empty())
    builder.Note(Cat("`", def->arguments[0].name, "`: ", def->arguments[0].summary));
}

void Checker::OpenEndpoint(std::optional<TypedEndpoint> endpoint, Span span, Cursor& out) {
  if (!endpoint || !ClaimStdin(*endpoint, span)) return;
  std::optional<std::string> first;
  if (!endpoint->args.empty()) first = KnownText(*endpoint->args[0].value);
  std::optional<Type> row = FixedRow(*endpoint);
  if (!row && endpoint->connector == "stdin" && !options.input_schema.empty()) {
    row = ParseType(options.input_schema);
    if (!row->is(TypeKind::kStruct)) {
      diagnostics
          .Emit(kNoSpan, Diag::BadParameter,
                Cat("`--schema ", options.input_schema, "` is not a row type"))
          .Fix("write it like `{ user: string, n: int? }`");
      return;
    }
  }
  if (!row) {
    row = SampleRow(*endpoint, span);
    if (row->is_error()) return;
  }
  if (row->is_error()) return UnknownKind(*endpoint, first, span);

  out.live = true;
  out.from = NameOf(*endpoint, first);
  out.from_span = span;
  out.stream.row = WithoutExternal(*row);
  out.stream.bounded = IsBounded(*endpoint);
  std::string name = out.from;
  out.node = AddNode(node::Source{.name = std::move(name),
                                  .endpoint = *std::move(endpoint),
                                  .row = *std::move(row),
                                  .time = std::nullopt,
                                  .key = {}},
                     out.stream, span, "source");
}

void Checker::OpenConnector(Scope& scope, const ast::Word& name, const std::vector<ast::Arg>& args,
                            Span span, Cursor& out) {
  OpenEndpoint(CheckConnector(scope, name, args, span, nullptr, true), span, out);
}

void Checker::OpenFile(Scope& scope, const ast::FileRelation& file, Span span, Cursor& out) {
  OpenEndpoint(CheckFileEndpoint(scope, file, true), span, out);
}

}  // namespace flow::frontend
