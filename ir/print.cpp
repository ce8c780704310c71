#include "ir/print.h"

#include <cmath>
#include <set>

#include "base/text.h"
#include "ir/enum_text.h"
#include "ir/field_names.h"
#include "ir/visit.h"

namespace flow::ir {
namespace {

bool IsSymbol(std::string_view name) {
  if (name.empty()) return false;
  for (char c : name) {
    bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || c == '.';
    if (!fits) return false;
  }
  return true;
}

std::string Symbol(char sigil, std::string_view name) {
  return IsSymbol(name) ? Cat(sigil, name) : Cat(sigil, QuoteString(name));
}

std::string Word(std::string_view name) {
  return IsPlainName(name) ? std::string(name) : QuoteString(name);
}

class Printer {
 public:
  Printer(const Module& module, const PrintOptions& options) : module_(module), options_(options) {
    // Names are how text refers to functions, so equal ones are told apart by their number.
    std::set<std::string> seen;
    for (size_t i = 0; i < module.functions.size(); ++i) {
      std::string name = module.functions[FnId{static_cast<uint32_t>(i)}].name;
      if (name.empty() || seen.count(name) != 0) name = Cat(name, ".", i);
      seen.insert(name);
      fn_names_.push_back(Symbol('@', name));
    }
  }

  void PrintModule() {
    Append(out, Cat("module ", QuoteString(module_.name), "\n"));
    for (const Param& param : module_.params) PrintParam(param);
    for (size_t i = 0; i < module_.handlers.size(); ++i) {
      PrintHandler(HandlerId{static_cast<uint32_t>(i)});
    }
    for (size_t i = 0; i < module_.functions.size(); ++i) {
      out += '\n';
      PrintBody(FnId{static_cast<uint32_t>(i)});
    }
    out += "\npipeline {\n";
    for (size_t i = 0; i < module_.graph.ops.size(); ++i) {
      out += "  ";
      PrintGraphOp(ValueId{static_cast<uint32_t>(i)});
      out += '\n';
    }
    out += "}\n";
  }

  void PrintBody(FnId id) {
    const Function& fn = module_.functions[id];
    Append(out, Cat("fn ", fn_names_[id.index], "("));
    const char* separator = "";
    for (const Type& arg : fn.args) {
      Append(out, Cat(separator, arg.ToText()));
      separator = ", ";
    }
    Append(out, Cat(") -> ", fn.result.ToText(), " {\n"));
    for (size_t i = 0; i < fn.ops.size(); ++i) {
      out += "  ";
      PrintScalarOp(fn, ValueId{static_cast<uint32_t>(i)});
      out += '\n';
    }
    out += "}\n";
  }

  void PrintScalarOp(const Function& fn, ValueId id) {
    const ScalarOp& op = fn.ops[id];
    bool is_return = std::holds_alternative<Return>(op);
    if (!is_return) Append(out, Cat("%", id.index, " = "));
    std::visit(
        [&](const auto& o) {
          Append(out, o.kInfo.name);
          const char* separator = " ";
          std::apply([&](const auto&... field) { (PutPositional(field, separator), ...); },
                     AsTuple(o));
        },
        op);
    if (!is_return) Append(out, Cat(" : ", fn.types[id].ToText()));
    if (fn.guards[id].valid()) Append(out, Cat(" when %", fn.guards[id].index));
    PutPlace(fn.places[id]);
  }

  void PrintGraphOp(ValueId id) {
    const Graph& graph = module_.graph;
    Append(out, Cat("%", id.index, " = "));
    std::visit([&](const auto& o) { PutNamedFields(o); }, graph.ops[id]);
    Append(out, Cat(" : ", PrintStreamType(graph.types[id])));
    if (graph.handlers[id].valid()) Append(out, Cat(" on !", graph.handlers[id].index));
    if (graph.fragments[id] != kNoFragment) Append(out, Cat(" fragment ", graph.fragments[id]));
    PutPlace(graph.places[id]);
  }

  std::string out;

 private:
  // Scalar ops: all fields in order; how a failure leaves is said only when it is not `reject`.
  template <class T>
  void PutPositional(const T& field, const char*& separator) {
    if constexpr (std::is_same_v<T, OnFail>) {
      if (field == OnFail::kReject) return;
    }
    out += separator;
    Put(field);
    separator = ", ";
  }

  // Dataflow ops: the inputs first, then the other fields by name where they differ from the
  // default.
  template <class OpT>
  void PutNamedFields(const OpT& op) {
    Append(out, op.kInfo.name);
    const char* separator = " ";
    static const OpT kDefault{};
    PutFields(op, kDefault, separator, std::make_index_sequence<kFieldCount<OpT>>());
  }

  template <class OpT, size_t... I>
  void PutFields(const OpT& op, const OpT& initial, const char*& separator,
                 std::index_sequence<I...>) {
    auto fields = AsTuple(op);
    auto defaults = AsTuple(initial);
    (PutField(std::get<I>(fields), std::get<I>(defaults), kFieldNames<OpT>[I], separator), ...);
  }

  template <class T>
  void PutField(const T& field, const T& initial, std::string_view name, const char*& separator) {
    constexpr bool kIsInput = std::is_same_v<T, ValueId> || std::is_same_v<T, std::vector<ValueId>>;
    if (!kIsInput && field == initial) return;
    out += separator;
    separator = ", ";
    if (!kIsInput) Append(out, Cat(name, "="));
    Put(field);
  }

  void Put(bool value) { out += value ? "true" : "false"; }
  void Put(uint32_t value) { Append(out, value); }
  void Put(const std::string& text) { out += QuoteString(text); }
  void Put(const Type& type) { out += type.ToText(); }
  void Put(ValueId id) { id.valid() ? Append(out, Cat("%", id.index)) : Append(out, "-"); }
  void Put(FnId id) {
    if (!id.valid()) return Append(out, "-");
    Append(out, id.index < fn_names_.size() ? fn_names_[id.index] : Cat("@?", id.index));
  }
  void Put(ParamId id) {
    bool known = id.valid() && module_.params.Has(id);
    Append(out, known ? Symbol('$', module_.params[id].name) : Cat("$?", id.index));
  }
  void Put(HandlerId id) { Append(out, Cat("!", id.index)); }
  void Put(const Literal& literal) { out += PrintLiteral(literal); }
  void Put(const NamedArg& arg) {
    Append(out, Cat(Word(arg.name), ": "));
    Put(arg.fn);
  }
  void Put(const Endpoint& endpoint) {
    out += Word(endpoint.connector);
    PutList('(', endpoint.args, ')');
    if (endpoint.format.empty()) return;
    Append(out, Cat(" ", Word(endpoint.format)));
    PutList('(', endpoint.format_args, ')');
  }
  void Put(const TimeSpec& spec) {
    out += '(';
    Put(spec.time);
    out += ", delay ";
    Put(spec.delay);
    if (spec.jump.valid()) out += ", jump ", Put(spec.jump);
    if (spec.idle.valid()) out += ", idle ", Put(spec.idle);
    out += ')';
  }
  void Put(const AggregateCall& call) {
    Append(out, Cat(Word(call.name), " = ", Word(call.function), "/", call.overload, "("));
    const char* separator = "";
    auto part = [&](const char* word, FnId fn) {
      Append(out, Cat(separator, word));
      Put(fn);
      separator = ", ";
    };
    if (call.args.valid()) part("", call.args);
    if (call.where.valid()) part("where ", call.where);
    for (FnId fn : call.consts) part("const ", fn);
    Append(out, Cat(") : ", call.type.ToText()));
  }
  void Put(int64_t value) { Append(out, value); }
  // A part with fields of its own: { name=value, .. }, those that differ from the default.
  template <class T>
    requires std::is_aggregate_v<T>
  void Put(const T& part) {
    out += '{';
    const char* separator = "";
    static const T kDefault{};
    PutFields(part, kDefault, separator, std::make_index_sequence<kFieldCount<T>>());
    out += '}';
  }
  template <class E>
    requires std::is_enum_v<E>
  void Put(E value) {
    Append(out, WordOf(value));
  }
  template <class T>
  void Put(const std::vector<T>& list) {
    PutList('[', list, ']');
  }
  template <class T>
  void Put(const std::optional<T>& value) {
    value ? Put(*value) : Append(out, "-");
  }
  template <class T>
  void PutList(char open, const std::vector<T>& list, char close) {
    out += open;
    const char* separator = "";
    for (size_t i = 0; i < list.size(); ++i) {
      out += separator;
      if constexpr (std::is_same_v<T, bool>) {
        Put(static_cast<bool>(list[i]));
      } else {
        Put(list[i]);
      }
      separator = ", ";
    }
    out += close;
  }

  void PutPlace(const Place& place) {
    if (options_.places && place.line != 0) {
      Append(out, Cat(" at ", place.line, ":", place.column));
    }
  }

  void PrintParam(const Param& param) {
    Append(out, Cat("param ", Symbol('$', param.name), ": ", param.type.ToText()));
    if (param.default_value.valid()) {
      out += " = ";
      Put(param.default_value);
    }
    if (!param.doc.empty()) Append(out, Cat(" doc ", QuoteString(param.doc)));
    out += '\n';
  }

  void PrintHandler(HandlerId id) {
    const Handler& handler = module_.handlers[id];
    Append(out, Cat("handler !", id.index));
    switch (handler.kind) {
      case HandlerKind::kFail:
        out += " fail\n";
        return;
      case HandlerKind::kDrop:
        out += " drop\n";
        return;
      case HandlerKind::kRoute:
        Append(out, Cat(" route ", QuoteString(handler.name), "\n"));
        return;
    }
  }

  const Module& module_;
  const PrintOptions& options_;
  std::vector<std::string> fn_names_;
};

}  // namespace

std::string PrintLiteral(const Literal& literal) {
  switch (literal.type.kind()) {
    case TypeKind::kBool:
      return literal.int_value != 0 ? "true" : "false";
    case TypeKind::kFloat:
      // to_chars keeps the sign of a NaN, which is no part of the value.
      return std::isnan(literal.float_value) ? "nan" : Cat(literal.float_value);
    case TypeKind::kDecimal:
      return literal.text;
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return QuoteString(literal.text);
    case TypeKind::kSet: {
      const auto& labels = literal.type.labels();
      auto i = static_cast<size_t>(literal.int_value);
      return i < labels.size() ? QuoteString(labels[i]) : Cat(literal.int_value);
    }
    default:
      return Cat(literal.int_value);
  }
}

std::string PrintStreamType(const StreamType& type) {
  std::string out = Cat("stream<", type.row.ToText());
  if (type.has_time) out += ", time";
  if (type.windowed) out += ", windowed";
  if (type.window_rows) out += ", window_rows";
  if (type.ordered) out += ", ordered";
  if (type.updating) out += ", updating";
  if (type.bounded) out += ", bounded";
  return out + ">";
}

std::string Print(const Module& module, const PrintOptions& options) {
  Printer printer(module, options);
  printer.PrintModule();
  return std::move(printer.out);
}

std::string PrintFunction(const Module& module, FnId fn, const PrintOptions& options) {
  Printer printer(module, options);
  printer.PrintBody(fn);
  return std::move(printer.out);
}

std::string PrintOp(const Module& module, FnId fn, ValueId op) {
  PrintOptions options;
  Printer printer(module, options);
  printer.PrintScalarOp(module.functions[fn], op);
  return std::move(printer.out);
}

std::string PrintOp(const Module& module, ValueId op) {
  PrintOptions options;
  Printer printer(module, options);
  printer.PrintGraphOp(op);
  return std::move(printer.out);
}

}  // namespace flow::ir
