// How the format of a source cuts its text: the part of a format that readers need to know.

#include <algorithm>

#include "base/text.h"
#include "runtime/source.h"

namespace flow::runtime {
namespace {

std::vector<std::string> HeaderCells(std::string_view text, char separator) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"' && (quoted || cells.back().empty())) {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

// For each column of the file its index in the row type, or -1. The first of two equal names
// counts.
Status MapCsvColumns(const FlowType* row, char separator, const std::string& partition,
                     std::string_view header, std::vector<int32_t>* columns) {
  std::vector<std::string> cells = HeaderCells(header, separator);
  columns->assign(cells.size(), -1);
  for (uint32_t i = 0; row != nullptr && i < row->count; ++i) {
    const FlowString& name = row->fields[i].external;
    std::string_view wanted(name.data, static_cast<size_t>(name.size));
    auto found = std::find(cells.begin(), cells.end(), wanted);
    if (found != cells.end()) {
      (*columns)[static_cast<size_t>(found - cells.begin())] = static_cast<int32_t>(i);
      continue;
    }
    std::vector<std::string_view> names(cells.begin(), cells.end());
    std::string_view nearest = Nearest(wanted, names);
    std::string hint = nearest.empty() ? "" : Cat("; did you mean `", nearest, "`?");
    return Status::Error(kExitBadData,
                         Cat("`", partition, "` has no column `", wanted, "` in its header", hint));
  }
  return Status::Ok();
}

}  // namespace

TextRules MakeTextRules(const SourceRequest& request) {
  const Program& program = request.program;
  const EndpointPlan& endpoint = request.plan.endpoint;
  TextRules rules;
  rules.unit_bytes = std::max<int64_t>(request.options.unit_bytes, 1);
  rules.count_lines = request.plan.needs_lines;
  auto max_line = program.Int(Program::FindArg(endpoint.format_args, "max_line"));
  if (max_line && *max_line > 0) rules.max_record_bytes = *max_line;
  if (endpoint.format != "csv") return rules;
  rules.shape.quotes = true;
  auto separator = program.Text(Program::FindArg(endpoint.format_args, "separator"));
  if (separator && separator->size() == 1) rules.shape.separator = separator->front();
  bool header = program.Bool(Program::FindArg(endpoint.format_args, "header")).value_or(true);
  if (!header) return rules;
  const FlowType* row = program.FindType(request.plan.row_type_symbol);
  char cell_separator = rules.shape.separator;
  rules.map_columns = [row, cell_separator](const std::string& partition, std::string_view text,
                                            std::vector<int32_t>* columns) {
    return MapCsvColumns(row, cell_separator, partition, text, columns);
  };
  return rules;
}

}  // namespace flow::runtime
