#include "runtime/connectors/csv_header.h"

namespace flow::runtime {

static void AppendCell(std::string& out, const std::string& name, char separator) {
  bool quoted = name.empty() || name.find('"') != std::string::npos ||
                name.find(separator) != std::string::npos ||
                name.find_first_of("\r\n") != std::string::npos;
  if (!quoted) {
    out += name;
    return;
  }
  out += '"';
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string CsvHeader(const SinkRequest& request) {
  const Program& program = request.program;
  const EndpointPlan& endpoint = request.plan.endpoint;
  if (endpoint.format != "csv") return {};
  if (!program.Bool(Program::FindArg(endpoint.format_args, "header")).value_or(true)) return {};
  auto text = program.Text(Program::FindArg(endpoint.format_args, "separator"));
  char separator = text && text->size() == 1 ? text->front() : ',';
  std::string out;
  for (size_t i = 0; i < request.plan.columns.size(); ++i) {
    if (i > 0) out += separator;
    AppendCell(out, request.plan.columns[i], separator);
  }
  return out + "\n";
}

}  // namespace flow::runtime
