// Connectors and formats: typed functions whose arguments are checked against the catalog.

#include <algorithm>
#include <array>

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

// Connectors and formats the language speaks of that no run time stands behind yet; docs/status.md
// lists them.
constexpr std::array<std::string_view, 18> kLaterConnectors = {
    "amqp",   "clickhouse", "exec",     "http",  "kafka", "kinesis", "mqtt", "mysql",     "nats",
    "pulsar", "postgres",   "rabbitmq", "redis", "s3",    "sqlite",  "tcp",  "websocket", "udp"};
// Those of them whose rows come to an end.
constexpr std::array<std::string_view, 7> kLaterBounded = {"clickhouse", "exec", "http",  "mysql",
                                                           "postgres",   "s3",   "sqlite"};
constexpr std::array<std::string_view, 10> kLaterFormats = {
    "arrow", "avro", "cbor", "logfmt", "msgpack", "orc", "parquet", "protobuf", "xlsx", "xml"};

template <size_t N>
bool OneOf(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Signature(std::string_view name, std::span<const ArgumentDef> defs) {
  std::string out = Cat(name, "(");
  for (size_t i = 0; i < defs.size(); ++i) {
    if (i > 0) out += ", ";
    out += Cat(defs[i].name, ": ", defs[i].type);
    if (defs[i].default_value != nullptr) out += Cat(" = ", defs[i].default_value);
  }
  return out + ")";
}

// Checks the arguments of one connector or format like those of a call.
class ArgumentCheck {
 public:
  ArgumentCheck(Checker& checker, Scope& scope, std::string_view what, std::string_view name,
                std::span<const ArgumentDef> defs)
      : checker_(checker),
        scope_(scope),
        what_(what),
        name_(name),
        defs_(defs),
        given_(defs.size(), false),
        values_(defs.size()) {}

  // `skip`: an argument that is not the connector's own.
  bool Run(const std::vector<ast::Arg>& args, const ast::Arg* skip, Span span,
           std::vector<NamedValue>& out) {
    size_t place = 0;
    for (const ast::Arg& arg : args) {
      if (&arg != skip) Take(arg, place++);
    }
    return Finish(span, out);
  }

  // With the first argument only.
  bool RunWith(TypedExprPtr first, Span span, std::vector<NamedValue>& out) {
    given_[0] = true;
    values_[0] = std::move(first);
    return Finish(span, out);
  }

 private:
  bool Finish(Span span, std::vector<NamedValue>& out) {
    for (size_t i = 0; i < defs_.size(); ++i) {
      if (!given_[i] && defs_[i].default_value == nullptr) Missing(defs_[i], span);
    }
    if (!ok_) return false;
    // What is not given is left out: connectors and formats know their defaults.
    for (size_t i = 0; i < defs_.size(); ++i) {
      if (given_[i]) out.push_back({defs_[i].name, std::move(values_[i])});
    }
    return true;
  }

  void Take(const ast::Arg& arg, size_t place) {
    size_t index = defs_.size();
    if (arg.kind == ast::Arg::Kind::Positional && place == 0 && !defs_.empty()) index = 0;
    if (arg.kind == ast::Arg::Kind::Named) {
      for (size_t i = 0; i < defs_.size(); ++i) {
        if (arg.name.text == defs_[i].name) index = i;
      }
    }
    if (index == defs_.size()) return Unknown(arg);
    if (given_[index]) {
      Wrong(arg.span, Cat("`", defs_[index].name, "` is given twice")).Here("the second time");
      return;
    }
    given_[index] = true;
    if (!arg.value) {
      ok_ = false;
      return;
    }
    values_[index] =
        CheckRowFree(*arg.value, checker_.RowFreeScope(scope_, defs_[index].name),
                     ParseType(defs_[index].type).strip_optional(), checker_.diagnostics);
    if (values_[index] == nullptr || values_[index]->poisoned()) {
      ok_ = false;
      return;
    }
    if (defs_[index].compile_time) Settle(defs_[index], *arg.value, values_[index]);
    if (defs_[index].wanted != nullptr) Judge(defs_[index], *arg.value, *values_[index]);
  }

  // Code is generated for the value, so it must be told now, or be a parameter that is bound by
  // then.
  void Settle(const ArgumentDef& def, const ast::Expr& expr, TypedExprPtr& value) {
    if (std::optional<Constant> constant = EvaluateConstant(*value)) {
      Type type = constant->type;
      value =
          MakeExpr(std::move(type), value->span, typed::Constant{std::move(*constant), false, {}});
      return;
    }
    bool is_param = std::holds_alternative<typed::Param>(value->node);
    if (is_param && !checker_.options.ahead_of_time) return;
    ok_ = false;
    auto builder = checker_.diagnostics.Emit(expr.span, Diag::NotConstant,
                                             Cat("`", def.name, "` of ", what_, " `", name_,
                                                 "` must be known when the script is compiled"));
    builder.Here(is_param ? "known only when the executable runs" : "not a constant");
    if (is_param) {
      builder.Note("the executable's code is made for one value; `flowc run` takes the parameter");
    }
    builder.Fix("use a literal or a `let`");
  }

  void Judge(const ArgumentDef& def, const ast::Expr& expr, const TypedExpr& value) {
    std::optional<std::string> text = checker_.KnownText(value);
    const char* wanted = text ? def.wanted(*text) : nullptr;
    if (wanted == nullptr) return;
    Wrong(expr.span, Cat("`", def.name, "` of ", what_, " `", name_, "` must be ", wanted))
        .Here(Cat("this is ", QuoteString(*text)))
        .Note(Cat("`", def.name, "`: ", def.summary));
  }

  void Unknown(const ast::Arg& arg) {
    std::vector<std::string_view> names;
    for (const ArgumentDef& def : defs_) names.push_back(def.name);
    if (arg.kind == ast::Arg::Kind::Lambda) {
      Wrong(arg.span, Cat(what_, " `", name_, "` takes no lambda")).Here("no value");
      return;
    }
    if (arg.kind == ast::Arg::Kind::Positional) {
      Wrong(arg.span, defs_.empty() ? Cat(what_, " `", name_, "` takes no arguments")
                                    : Cat("only the first argument of ", what_, " `", name_,
                                          "` may stand without its name"))
          .Here("no name")
          .Note(Cat("it is ", Signature(name_, defs_)));
      return;
    }
    std::string_view near = Nearest(arg.name.text, names);
    auto builder =
        Wrong(arg.name.span, Cat(what_, " `", name_, "` has no argument `", arg.name.text, "`"));
    builder.Here("not known");
    builder.Note(Cat("it is ", Signature(name_, defs_)));
    if (!near.empty()) {
      builder.Fix(Cat("write `", near, "`"), Edit{arg.name.span, std::string(near)},
                  Safety::Unsure);
    }
  }

  void Missing(const ArgumentDef& def, Span span) {
    Wrong(span, Cat(what_, " `", name_, "` needs `", def.name, "`"))
        .Here(Cat("`", def.name, ": ", def.type, "` is missing"))
        .Note(Cat("`", def.name, "`: ", def.summary))
        .Fix(Cat("write `", name_, "(", def.name, ": ..)`"));
  }

  DiagnosticBuilder Wrong(Span span, std::string message) {
    ok_ = false;
    return checker_.diagnostics.Emit(span, Diag::WrongArguments, std::move(message));
  }

  Checker& checker_;
  Scope& scope_;
  std::string_view what_;
  std::string_view name_;
  std::span<const ArgumentDef> defs_;
  std::vector<bool> given_;
  std::vector<TypedExprPtr> values_;
  bool ok_ = true;
};

// Takes `f` or `f(args)` apart; null when it is neither.
const ast::Word* Callee(const ast::Expr& expr, const std::vector<ast::Arg>** args) {
  static const std::vector<ast::Arg> kNoArgs;
  *args = &kNoArgs;
  if (const auto* name = std::get_if<ast::NameRef>(&expr.node)) return &name->name;
  const auto* call = std::get_if<ast::Call>(&expr.node);
  if (call == nullptr || !call->callee) return nullptr;
  const auto* name = std::get_if<ast::NameRef>(&call->callee->node);
  if (name == nullptr) return nullptr;
  *args = &call->args;
  return &name->name;
}

const NamedValue* FindArg(const std::vector<NamedValue>& args, std::string_view name) {
  for (const NamedValue& arg : args) {
    if (arg.name == name) return &arg;
  }
  return nullptr;
}

}  // namespace

bool IsLaterConnector(std::string_view name) { return OneOf(kLaterConnectors, name); }

std::optional<TypedEndpoint> Checker::CheckEndpoint(Scope& scope, const ast::Expr& connector,
                                                    const ast::Expr* format, bool source) {
  const std::vector<ast::Arg>* args = nullptr;
  const ast::Word* name = Callee(connector, &args);
  if (name == nullptr) {
    if (!std::holds_alternative<ast::ErrorExpr>(connector.node)) {
      auto builder = diagnostics.Emit(connector.span, Diag::WrongArguments,
                                      "a connector is expected here, such as `file(\"x.csv\")`");
      builder.Here("not a connector");
      if (std::holds_alternative<ast::StringLit>(connector.node)) {
        builder.Fix(Cat("write `file(", TextOf(connector.span), ")`"),
                    Edit{connector.span, Cat("file(", TextOf(connector.span), ")")}, Safety::Safe);
      }
    }
    return std::nullopt;
  }
  return CheckConnector(scope, *name, *args, connector.span, format, source);
}

std::optional<TypedEndpoint> Checker::CheckConnector(Scope& scope, const ast::Word& name,
                                                     const std::vector<ast::Arg>& args, Span span,
                                                     const ast::Expr* format, bool source) {
  const ConnectorDef* def = catalog.FindConnector(name.text);
  std::string_view role = source ? "source" : "sink";
  std::vector<std::string_view> known;
  for (const ConnectorDef* other : catalog.connectors) {
    if (source ? other->is_source : other->is_sink) known.push_back(other->name);
  }
  if (def == nullptr && OneOf(kLaterConnectors, name.text)) {
    if (options.for_tests) return LaterEndpoint(scope, name, args, format);
    NotBuilt(Diag::NotBuiltConnector, name.span, Cat("connector `", name.text, "`"),
             source ? "read a file, or pipe the data into `stdin`"
                    : "write a file, or pipe standard output on");
    return std::nullopt;
  }
  if (def == nullptr) {
    UnknownName(scope, name, "connector", known);
    return std::nullopt;
  }
  if (!(source ? def->is_source : def->is_sink)) {
    diagnostics
        .Emit(name.span, Diag::WrongArguments, Cat("connector `", name.text, "` is no ", role))
        .Here(source ? "rows only go into it" : "rows only come from it")
        .Note(Cat("it is: ", def->summary));
    return std::nullopt;
  }

  // `format:` among the arguments, for pipelines, where no format clause can follow.
  const ast::Arg* format_arg = nullptr;
  for (const ast::Arg& arg : args) {
    bool named = arg.kind == ast::Arg::Kind::Named && arg.name.text == "format";
    if (def->needs_format && named) format_arg = &arg;
  }
  TypedEndpoint endpoint;
  endpoint.connector = def->name;
  bool ok = ArgumentCheck(*this, scope, "connector", name.text, def->arguments)
                .Run(args, format_arg, span, endpoint.args);
  if (format_arg != nullptr && format != nullptr) {
    diagnostics.Emit(format_arg->span, Diag::WrongArguments, "the format is given twice")
        .Here("as an argument")
        .Label(format->span, "and behind `format`");
    return std::nullopt;
  }
  if (format == nullptr && format_arg != nullptr) format = format_arg->value.get();
  if (!ok) return std::nullopt;
  if (!def->needs_format) {
    if (format == nullptr) return endpoint;
    diagnostics
        .Emit(format->span, Diag::WrongArguments,
              Cat("connector `", name.text, "` has rows of its own and takes no format"))
        .Here("not needed")
        .Fix("remove it");
    return std::nullopt;
  }
  if (format != nullptr) {
    if (!CheckFormat(scope, *format, source, endpoint)) return std::nullopt;
    return endpoint;
  }
  if (!DefaultFormat(span, source, endpoint)) return std::nullopt;
  return endpoint;
}

// A connector that is not built yet, for tests, which never open one: its arguments are values, and
// no more is known of them.
std::optional<TypedEndpoint> Checker::LaterEndpoint(Scope& scope, const ast::Word& name,
                                                    const std::vector<ast::Arg>& args,
                                                    const ast::Expr* format) {
  TypedEndpoint endpoint;
  endpoint.connector = name.text;
  for (const ast::Arg& arg : args) {
    bool is_format = arg.kind == ast::Arg::Kind::Named && arg.name.text == "format";
    if (!arg.value || is_format) continue;
    TypedExprPtr value =
        CheckRowFree(*arg.value, RowFreeScope(scope, name.text), std::nullopt, diagnostics);
    if (value->poisoned()) return std::nullopt;
  }
  if (format != nullptr) {
    const std::vector<ast::Arg>* format_args = nullptr;
    const ast::Word* format_name = Callee(*format, &format_args);
    if (format_name != nullptr) endpoint.format = format_name->text;
  }
  return endpoint;
}

std::optional<TypedEndpoint> Checker::CheckFileEndpoint(Scope& scope, const ast::FileRelation& file,
                                                        bool source) {
  TypedEndpoint endpoint;
  endpoint.connector = "file";
  const ConnectorDef* def = catalog.FindConnector("file");
  FLOW_CHECK(def != nullptr && !def->arguments.empty(), "the catalog has a connector `file`");
  ArgumentCheck(*this, scope, "connector", "file", def->arguments)
      .RunWith(MakeString(file.path.text, file.path.span), file.path.span, endpoint.args);
  if (file.format) {
    if (!CheckFormat(scope, *file.format, source, endpoint)) return std::nullopt;
    return endpoint;
  }
  if (!DefaultFormat(file.path.span, source, endpoint)) return std::nullopt;
  return endpoint;
}

bool Checker::CheckFormat(Scope& scope, const ast::Expr& format, bool source,
                          TypedEndpoint& endpoint) {
  static const std::vector<ast::Arg> kNoArgs;
  const std::vector<ast::Arg>* args = &kNoArgs;
  ast::Word quoted;
  const ast::Word* name = nullptr;
  if (const auto* text = std::get_if<ast::StringLit>(&format.node)) {
    quoted = {text->value, format.span};  // file($path, format: "text")
    name = &quoted;
  } else {
    name = Callee(format, &args);
  }
  if (name == nullptr) {
    if (std::holds_alternative<ast::ErrorExpr>(format.node)) return false;
    diagnostics.Emit(format.span, Diag::WrongArguments, "a format is expected here, such as `csv`")
        .Here("not a format");
    return false;
  }
  const FormatDef* def = catalog.FindFormat(name->text);
  if (def == nullptr && OneOf(kLaterFormats, name->text)) {
    if (options.for_tests) {
      endpoint.format = name->text;
      return true;
    }
    NotBuilt(Diag::NotBuiltConnector, name->span, Cat("format `", name->text, "`"),
             "use `json`, `csv` or `text`");
    return false;
  }
  if (def == nullptr) {
    std::vector<std::string_view> known;
    for (const FormatDef* other : catalog.formats) {
      if (source ? other->reads : other->writes) known.push_back(other->name);
    }
    UnknownName(scope, *name, "format", known);
    return false;
  }
  if (!(source ? def->reads : def->writes)) {
    diagnostics
        .Emit(name->span, Diag::WrongArguments,
              Cat("format `", name->text, "` cannot be ", source ? "read" : "written"))
        .Here(source ? "only for sinks" : "only for sources");
    return false;
  }
  endpoint.format = def->name;
  ArgumentCheck check(*this, scope, "format", def->name, def->arguments);
  return check.Run(*args, nullptr, format.span, endpoint.format_args);
}

// Without a word about it: by the extension of the path, for the standard streams by option or
// JSON.
bool Checker::DefaultFormat(Span span, bool source, TypedEndpoint& endpoint) {
  const FormatDef* format = nullptr;
  if (const NamedValue* path = FindArg(endpoint.args, "path")) {
    std::optional<std::string> text = KnownText(*path->value);
    if (text) format = catalog.FormatOfPath(*text);
    if (format == nullptr && text) {
      size_t dot = text->rfind('.');
      std::string extension = dot == std::string::npos ? "" : text->substr(dot + 1);
      if (OneOf(kLaterFormats, extension)) {
        if (options.for_tests) {
          endpoint.format = extension;
          return true;
        }
        NotBuilt(Diag::NotBuiltConnector, span, Cat("format `", extension, "`"),
                 "use `json`, `csv` or `text`");
        return false;
      }
    }
    if (format == nullptr) {
      diagnostics
          .Emit(span, Diag::WrongArguments,
                text ? Cat("the name `", *text, "` does not tell the format")
                     : std::string("the format cannot be told from a path known only at run time"))
          .Here("which format?")
          .Fix("say it: `format json`, `format csv` or `format text` (in a call: `format: json`)");
      return false;
    }
  } else {
    const std::string& wanted = source ? options.input_format : options.output_format;
    format = catalog.FindFormat(wanted.empty() ? "json" : wanted);
  }
  if (format == nullptr || !(source ? format->reads : format->writes)) {
    diagnostics.Emit(span, Diag::WrongArguments, "which format?")
        .Here("no format is known for this")
        .Fix("say it: `format json`");
    return false;
  }
  endpoint.format = format->name;
  return true;
}

bool Checker::IsBounded(const TypedEndpoint& endpoint) const {
  const ConnectorDef* def = catalog.FindConnector(endpoint.connector);
  if (def == nullptr) return OneOf(kLaterBounded, endpoint.connector);
  if (def->boundedness == Boundedness::kBounded) return true;
  if (def->boundedness == Boundedness::kUnbounded) return false;
  if (def->unbounded_if != nullptr) {
    const NamedValue* arg = FindArg(endpoint.args, def->unbounded_if);
    if (arg == nullptr) return true;
    std::optional<Constant> value = EvaluateConstant(*arg->value);
    return value && value->int_value == 0;
  }
  return def->unbounded_unless != nullptr &&
         FindArg(endpoint.args, def->unbounded_unless) != nullptr;
}

std::optional<Type> Checker::FixedRow(const TypedEndpoint& endpoint) const {
  const ConnectorDef* def = catalog.FindConnector(endpoint.connector);
  if (def != nullptr && def->fixed_schema != nullptr) {
    std::string first;
    if (!def->arguments.empty()) {
      const NamedValue* arg = FindArg(endpoint.args, def->arguments[0].name);
      if (arg != nullptr) first = KnownText(*arg->value).value_or("");
    }
    const char* text = def->fixed_schema(first);
    return text == nullptr ? Type::Error() : ParseType(text);
  }
  const FormatDef* format = catalog.FindFormat(endpoint.format);
  if (format != nullptr && format->fixed_schema != nullptr) return ParseType(format->fixed_schema);
  return std::nullopt;
}

}  // namespace flow::frontend
