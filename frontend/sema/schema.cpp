// Row types at the edges: sampled ones, fixed ones, and how one row type becomes another of the
// same columns.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

// How two row types differ, in a few lines; whole types would hide it.
std::vector<std::string> Differences(const Type& row, const Type& wanted, const std::string& what) {
  std::vector<std::string> out;
  for (const StructField& field : wanted.fields()) {
    const StructField* have = row.FindField(field.name);
    if (have == nullptr) {
      out.push_back(
          Cat("`", field.name, ": ", field.type.ToText(), "` of ", what, " is missing in the row"));
    } else if (have->type != field.type) {
      out.push_back(Cat("`", field.name, "` is ", have->type.ToText(), " in the row, ",
                        field.type.ToText(), " in ", what));
    }
  }
  for (const StructField& field : row.fields()) {
    if (wanted.FindField(field.name) == nullptr) {
      out.push_back(
          Cat("`", field.name, ": ", field.type.ToText(), "` of the row is not in ", what));
    }
  }
  return out;
}

constexpr size_t kDifferencesShown = 4;

void Explain(DiagnosticBuilder& builder, const std::vector<std::string>& differences) {
  for (size_t i = 0; i < differences.size() && i < kDifferencesShown; ++i) {
    builder.Note(differences[i]);
  }
  if (differences.size() > kDifferencesShown) {
    builder.Note(Cat("and ", differences.size() - kDifferencesShown, " more"));
  }
}

std::string ConstantText(const Constant& value) {
  switch (value.type.kind()) {
    case TypeKind::kBool:
      return value.int_value != 0 ? "true" : "false";
    case TypeKind::kInt:
      return Cat(value.int_value);
    case TypeKind::kDuration:
      return DurationText(value.int_value);
    case TypeKind::kTimestamp:
      return TimestampText(value.int_value);
    case TypeKind::kFloat:
      return Cat(value.float_value);
    case TypeKind::kSet:
      return value.type.labels()[static_cast<size_t>(value.int_value)];
    default:
      return value.text;
  }
}

}  // namespace

std::optional<std::string> Checker::KnownText(const TypedExpr& value) const {
  if (std::optional<Constant> constant = EvaluateConstant(value)) return ConstantText(*constant);
  const auto* param = std::get_if<typed::Param>(&value.node);
  if (param == nullptr) return std::nullopt;
  auto given = options.param_values.find(param->name);
  if (given != options.param_values.end()) return given->second;
  if (param->index >= program.params.size()) return std::nullopt;
  const TypedExprPtr& by_default = program.params[param->index].default_value;
  return by_default ? KnownText(*by_default) : std::nullopt;
}

Type Checker::SampleRow(const TypedEndpoint& endpoint, Span span) {
  SampleRequest request;
  request.format = endpoint.format;
  const char* way_out = "declare it with its columns: `source NAME: { .. } = file(..)`";
  for (const NamedValue& arg : endpoint.format_args) {
    std::optional<std::string> text = KnownText(*arg.value);
    if (text) request.format_args.emplace_back(arg.name, *text);
  }
  std::string shown = "standard input";
  if (endpoint.connector != "stdin") {
    std::optional<std::string> path;
    if (!endpoint.args.empty()) path = KnownText(*endpoint.args[0].value);
    if (!path) {
      diagnostics
          .Emit(span, Diag::NoSample, "no schema: the path is known only when the script runs")
          .Here("a parameter without a value decides what is read")
          .Fix("give the parameter a default, or a value on the command line")
          .Fix(way_out);
      return Type::Error();
    }
    request.path = *path;
    shown = Cat("`", *path, "`");
  }
  SampleResult found;
  found.type = Type::Error();
  found.error = "files are not looked at here";
  if (options.sample) found = options.sample(request);
  if (found.type.is(TypeKind::kStruct)) return found.type;
  bool from_stdin = request.path.empty();
  auto builder =
      diagnostics.Emit(span, Diag::NoSample, Cat("no schema for ", shown, ": ", found.error));
  builder.Here(Cat("its columns are told from its first rows, as ", endpoint.format));
  if (!from_stdin) {
    builder.Fix("check the format and the path, which begins in the folder where flowc is run");
  } else if (!options.for_tests) {
    builder.Fix("say what it holds: `--schema '{ id: int, name: string? }'`, `-i FORMAT`");
  }
  builder.Fix(from_stdin ? "declare it with its columns: `source NAME: { .. } = stdin(..)`"
                         : way_out);
  return Type::Error();
}

bool Checker::FitsFixed(const Type& row, const Type& fixed, Span span, const std::string& what) {
  std::vector<std::string> wrong;
  for (const StructField& field : row.fields()) {
    const StructField* have = fixed.FindField(field.external_name());
    if (have == nullptr) {
      wrong.push_back(Cat("`", field.external_name(), "` is no column of ", what));
    } else if (have->type != field.type) {
      wrong.push_back(
          Cat("`", field.name, "` is ", have->type.ToText(), ", not ", field.type.ToText()));
    }
  }
  if (wrong.empty()) return true;
  auto builder =
      diagnostics.Emit(span, Diag::SchemaMismatch, Cat(what, " gives other columns than these"));
  builder.Here("does not fit");
  Explain(builder, wrong);
  builder.Fix(Cat("take some of ", fixed.ToText()));
  return false;
}

bool Checker::Conform(Cursor& at, const Type& to, Span span, const std::string& what,
                      Span what_span, std::string_view verb) {
  Type row = at.VisibleRow();
  if (row == to) return true;
  bool same_columns = row.fields().size() == to.fields().size();
  std::vector<NamedValue> columns;
  for (const StructField& field : to.fields()) {
    TypedExprPtr value;
    if (row.FindField(field.name) != nullptr) {
      TypedExprPtr column = MakeColumn(at, field.name, span);
      if (column->poisoned() || field.type.is_error()) return false;
      value = Coerce(column, field.type);
    }
    same_columns = same_columns && value != nullptr;
    columns.push_back({field.name, std::move(value)});
  }
  if (same_columns) {
    AddMap(at, std::move(columns), span, verb);
    return true;
  }
  auto builder = diagnostics.Emit(span, Diag::SchemaMismatch, Cat("the row does not fit ", what));
  builder.Here("these rows");
  builder.Label(what_span, "other columns here");
  Explain(builder, Differences(row, to, what));
  builder.Row(row.ToText());
  builder.Fix("bring the row into this form with `select`");
  return false;
}

namespace {

// What a column of a union is called by both sides: they unify T with T? (semantics.md 68) and a
// set of strings with one that has all of its strings.
std::optional<Type> UnitedType(const Type& a, const Type& b) {
  if (a.is_error() || b.is_error()) return Type::Error();
  if (a == b) return a;
  if (a.strip_optional() == b.strip_optional()) return Type::Optional(a.strip_optional());
  if (a.strip_optional().is(TypeKind::kSet) && b.strip_optional().is(TypeKind::kSet)) {
    std::optional<Type> common = CommonType(a, b);
    if (common && common->strip_optional().is(TypeKind::kSet)) return common;
  }
  return std::nullopt;
}

}  // namespace

bool Checker::Unite(std::vector<Cursor>& inputs, const std::vector<Span>& spans,
                    std::string_view verb, Cursor* out) {
  *out = inputs[0];
  if (inputs.size() == 1) return true;
  std::vector<StructField> fields = inputs[0].VisibleRow().fields();
  for (StructField& field : fields) {
    for (const Cursor& other : inputs) {
      const StructField* theirs = other.stream.row.FindField(field.name);
      if (theirs == nullptr) continue;
      field.type = UnitedType(field.type, theirs->type).value_or(field.type);
    }
  }
  Type row = Type::Struct(std::move(fields));
  node::Union united;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!Conform(inputs[i], row, spans[i], "the other rows", spans[0], verb)) return false;
    united.inputs.push_back(inputs[i].node);
    out->stream.has_time &= inputs[i].stream.has_time;
    out->stream.window_rows &= inputs[i].stream.window_rows;
    out->stream.bounded &= inputs[i].stream.bounded;
  }
  out->stream.row = row;
  out->stream.ordered = false;
  out->node = AddNode(std::move(united), out->stream, spans.back(), std::string(verb));
  return true;
}

}  // namespace flow::frontend
