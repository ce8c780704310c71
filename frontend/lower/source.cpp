// Sources and sinks: connectors, formats and their arguments.

#include "base/text.h"
#include "frontend/lower/expr.h"
#include "frontend/lower/query.h"
#include "frontend/lower/tests.h"
#include "ir/infer.h"

namespace flow::frontend {

ir::Endpoint QueryLowerer::LowerEndpoint(const TypedEndpoint& endpoint) {
  ir::Endpoint out;
  if (for_tests_) {
    out.connector = tested_.count(node_id_.index) != 0 ? kTested : kUntested;
    out.format = "json";
    return out;
  }
  out.connector = endpoint.connector;
  for (const NamedValue& arg : endpoint.args) {
    out.args.push_back({arg.name, Value(arg.value, arg.name)});
  }
  out.format = endpoint.format;
  for (const NamedValue& arg : endpoint.format_args) {
    out.format_args.push_back({arg.name, Value(arg.value, arg.name)});
  }
  return out;
}

ir::Op QueryLowerer::Lower(const node::Source& source) {
  ir::Source op;
  op.name = source.name;
  op.endpoint = LowerEndpoint(source.endpoint);
  op.row = source.row;
  for (const StructField& field : source.row.fields()) op.used.push_back(field.name);
  if (source.time) {
    ir::TimeSpec time;
    time.time =
        LowerFunction(*source.time->time, {source.row}, sources_, module_, FunctionName("time"));
    time.delay = Value(source.time->delay, "watermark");
    time.jump = Value(source.time->jump, "jump");
    time.idle = Value(source.time->idle, "idle");
    op.time = time;
  }
  op.key = source.key;
  op.bounded = node_->stream.bounded;
  return op;
}

namespace {

bool HasExternalNames(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kOptional:
    case TypeKind::kArray:
    case TypeKind::kMap:
      return HasExternalNames(type.inner());
    case TypeKind::kStruct:
      for (const StructField& field : type.fields()) {
        if (!field.external.empty() || HasExternalNames(field.type)) return true;
      }
      return false;
    default:
      return false;
  }
}

}  // namespace

// The names that a source's columns have in its files end here: columns leave under the names of
// the script.
ir::Op QueryLowerer::Lower(const node::Sink& sink) {
  ir::ValueId input = ValueOf(sink.input);
  if (HasExternalNames(module_.graph.types[input].row)) {
    std::vector<NamedValue> columns;
    for (const StructField& field : program_.nodes[sink.input].stream.row.fields()) {
      auto column = std::make_shared<TypedExpr>();
      column->type = field.type;
      column->span = node_->span;
      column->node = typed::Column{0, field.name};
      columns.push_back({field.name, std::move(column)});
    }
    ir::FnId names = StructFunction(columns, sink.input, "names");
    input = ir::AddOp(module_, ir::Map{input, names}, HandlerOf(node_->handler),
                      PlaceOf(node_->span, sources_));
  }
  return ir::Sink{input, sink.name, LowerEndpoint(sink.endpoint), {}};
}

}  // namespace flow::frontend
