// Sources and sinks: connectors, formats and their arguments.

#include "base/text.h"
#include "frontend/lower/expr.h"
#include "frontend/lower/query.h"

namespace flow::frontend {

ir::Endpoint QueryLowerer::LowerEndpoint(const TypedEndpoint& endpoint) {
  ir::Endpoint out;
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

ir::Op QueryLowerer::Lower(const node::Sink& sink) {
  return ir::Sink{ValueOf(sink.input), sink.name, LowerEndpoint(sink.endpoint), {}};
}

}  // namespace flow::frontend
