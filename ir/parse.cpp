#include "ir/parse.h"

#include <charconv>
#include <map>

#include "base/text.h"
#include "ir/enum_text.h"
#include "ir/field_names.h"
#include "ir/infer.h"
#include "ir/text_reader.h"
#include "ir/visit.h"

namespace flow::ir {
namespace {

class Parser {
 public:
  Parser(std::string_view text, ParsedModule* out)
      : text_(text), reader_(text), out_(*out), module_(out->module) {}

  bool Parse(TextError* error) {
    if (FindFunctions() && ParseItems()) return true;
    *error = reader_.error();
    return false;
  }

 private:
  // Functions may be named before they stand there, so their names are collected first.
  bool FindFunctions() {
    for (size_t at = 0; at < text_.size();
         at = std::min(text_.find('\n', at), text_.size() - 1) + 1) {
      if (!text_.substr(at).starts_with("fn @")) continue;
      reader_.Seek(at + 4);
      Function fn;
      if (!reader_.ReadName(&fn.name)) return false;
      if (function_ids_.count(fn.name) != 0)
        return reader_.Fail("a function of this name stands above");
      std::string name = fn.name;
      function_ids_[name] = module_.functions.Add(std::move(fn));
    }
    reader_.Seek(0);
    out_.function_lines.resize(module_.functions.size());
    return true;
  }

  bool ParseItems() {
    uint32_t next_fn = 0;
    while (!reader_.AtEnd()) {
      bool fine = false;
      if (reader_.Take("module"))
        fine = reader_.ReadQuoted(&module_.name);
      else if (reader_.Take("param"))
        fine = ParseParam();
      else if (reader_.Take("handler"))
        fine = ParseHandler();
      else if (reader_.Take("fn"))
        fine = ParseFunction(FnId{next_fn++});
      else if (reader_.Take("pipeline"))
        fine = ParsePipeline();
      else
        reader_.Fail("expected module, param, handler, fn or pipeline");
      if (!fine) return false;
    }
    return true;
  }

  bool ParseParam() {
    Param param;
    if (!reader_.Expect("$") || !reader_.ReadName(&param.name) || !reader_.Expect(":"))
      return false;
    if (!reader_.ReadType(&param.type)) return false;
    if (reader_.Take("=") && !Get(&param.default_value)) return false;
    if (reader_.Take("doc") && !reader_.ReadQuoted(&param.doc)) return false;
    std::string name = param.name;
    param_ids_[name] = module_.params.Add(std::move(param));
    return true;
  }

  bool ParseHandler() {
    uint32_t number = 0;
    Handler handler;
    if (!reader_.Expect("!") || !reader_.ReadNumber(&number)) return false;
    if (number != module_.handlers.size()) return reader_.Fail("handlers are numbered from 0");
    if (reader_.Take("drop"))
      handler.kind = HandlerKind::kDrop;
    else if (reader_.Take("route")) {
      handler.kind = HandlerKind::kRoute;
      if (!reader_.ReadQuoted(&handler.name)) return false;
    } else if (!reader_.Expect("fail")) {
      return false;
    }
    module_.handlers.Add(std::move(handler));
    return true;
  }

  bool ParseFunction(FnId id) {
    std::string name;
    Function fn;
    if (!reader_.Expect("@") || !reader_.ReadName(&fn.name) || !reader_.Expect("(")) return false;
    while (!reader_.Take(")")) {
      Type type;
      if (!reader_.ReadType(&type)) return false;
      fn.args.push_back(type);
      if (!reader_.Peek(")") && !reader_.Expect(",")) return false;
    }
    if (!reader_.Expect("->") || !reader_.ReadType(&fn.result) || !reader_.Expect("{"))
      return false;
    while (!reader_.Take("}")) {
      out_.function_lines[id.index].push_back(LineOfNext());
      if (!ParseScalarOp(fn)) return false;
    }
    module_.functions[id] = std::move(fn);
    return true;
  }

  bool ParseScalarOp(Function& fn) {
    if (!reader_.Peek("return") && !ParseResult(fn.ops.size())) return false;
    ScalarOp op;
    if (!ParseAlternative(&op)) return false;
    Type type;
    if (reader_.Take(":")) {
      if (!reader_.ReadType(&type)) return false;
    } else {
      std::string why;
      const auto* constant = std::get_if<Const>(&op);
      type = constant != nullptr ? TypeOfLiteral(constant->value.text)
                                 : InferScalar(module_, fn, op, &why);
      if (type.is_error()) return reader_.Fail(why);
    }
    if (auto* constant = std::get_if<Const>(&op)) {
      if (!FinishLiteral(type, &constant->value)) return false;
    }
    ValueId guard;
    Place place;
    if (reader_.Take("when") && !Get(&guard)) return false;
    if (!ParsePlace(&place)) return false;
    if (!reader_.AtLineEnd()) return reader_.Fail("expected the end of the line");
    fn.Add(std::move(op), std::move(type), guard, place);
    return true;
  }

  bool ParsePipeline() {
    if (!reader_.Expect("{")) return false;
    while (!reader_.Take("}")) {
      out_.graph_lines.push_back(LineOfNext());
      if (!ParseGraphOp()) return false;
    }
    return true;
  }

  bool ParseGraphOp() {
    Graph& graph = module_.graph;
    if (!ParseResult(graph.ops.size())) return false;
    Op op;
    if (!ParseAlternative(&op)) return false;
    StreamType type;
    if (reader_.Take(":")) {
      if (!ParseStreamType(&type)) return false;
    } else {
      std::string why;
      type = InferStream(module_, op, &why);
      if (type.row.is_error()) return reader_.Fail(why);
    }
    HandlerId handler;
    uint32_t fragment = kNoFragment;
    Place place;
    if (reader_.Take("on") && !Get(&handler)) return false;
    if (reader_.Take("fragment") && !reader_.ReadNumber(&fragment)) return false;
    if (!ParsePlace(&place)) return false;
    if (!reader_.AtLineEnd()) return reader_.Fail("expected the end of the line");
    ValueId id = graph.Add(std::move(op), std::move(type), handler, place);
    graph.fragments[id] = fragment;
    return true;
  }

  bool ParseResult(size_t expected) {
    ValueId id;
    if (!Get(&id)) return false;
    if (id.index != expected) return reader_.Fail(Cat("this op is %", expected));
    return reader_.Expect("=");
  }

  bool ParseStreamType(StreamType* type) {
    if (!reader_.Expect("stream") || !reader_.Expect("<") || !reader_.ReadType(&type->row))
      return false;
    type->ordered = type->bounded = false;
    while (reader_.Take(",")) {
      if (reader_.Take("time"))
        type->has_time = true;
      else if (reader_.Take("windowed"))
        type->windowed = true;
      else if (reader_.Take("window_rows"))
        type->window_rows = true;
      else if (reader_.Take("ordered"))
        type->ordered = true;
      else if (reader_.Take("updating"))
        type->updating = true;
      else if (reader_.Take("bounded"))
        type->bounded = true;
      else
        return reader_.Fail("expected a property of streams");
    }
    return reader_.Expect(">");
  }

  bool ParsePlace(Place* place) {
    if (!reader_.Take("at")) return true;
    return reader_.ReadNumber(&place->line) && reader_.Expect(":") &&
           reader_.ReadNumber(&place->column);
  }

  // Reads the mnemonic and the fields of the op that has it.
  template <class... Ops>
  bool ParseAlternative(std::variant<Ops...>* out) {
    size_t begin = reader_.at();
    std::string name;
    if (!reader_.ReadName(&name)) return false;
    bool known = false;
    bool fine = (TryAlternative<Ops>(name, out, &known) || ...);
    if (!known) {
      reader_.Seek(begin);
      reader_.Space();
      return reader_.Fail(Cat("no op is called `", name, "`"));
    }
    return fine;
  }

  template <class OpT, class Variant>
  bool TryAlternative(const std::string& name, Variant* out, bool* known) {
    if (name != OpT::kInfo.name) return false;
    *known = true;
    OpT op;
    constexpr bool kDataflow = std::is_same_v<Variant, Op>;
    bool fine =
        kDataflow ? GetNamed(op, std::make_index_sequence<kFieldCount<OpT>>()) : GetPositional(op);
    *out = std::move(op);
    return fine;
  }

  template <class OpT>
  bool GetPositional(OpT& op) {
    bool first = true;
    auto get = [&](auto& field) {
      using T = std::remove_reference_t<decltype(field)>;
      if constexpr (std::is_same_v<T, OnFail>) {
        if (!reader_.Peek(",")) return true;
      }
      if (!first && !reader_.Expect(",")) return false;
      first = false;
      return Get(&field);
    };
    return std::apply([&](auto&... field) { return (get(field) && ...); }, AsTuple(op));
  }

  template <class OpT, size_t... I>
  bool GetNamed(OpT& op, std::index_sequence<I...>) {
    auto fields = AsTuple(op);
    bool first = true;
    if (!(GetInput(std::get<I>(fields), &first) && ...)) return false;
    while (reader_.ok() &&
           (first ? !reader_.Peek(":") && !reader_.Peek("on") : reader_.Take(","))) {
      if (first && reader_.AtLineEnd()) break;
      first = false;
      std::string name;
      if (!reader_.ReadName(&name) || !reader_.Expect("=")) return false;
      bool known = false;
      if (!(GetField(std::get<I>(fields), kFieldNames<OpT>[I], name, &known) && ...)) return false;
      if (!known) return reader_.Fail(Cat(OpT::kInfo.name, " has no field `", name, "`"));
    }
    return reader_.ok();
  }
  template <class T>
  bool GetInput(T& field, bool* first) {
    if constexpr (std::is_same_v<T, ValueId> || std::is_same_v<T, std::vector<ValueId>>) {
      *first = false;
      return Get(&field);
    }
    return true;
  }
  template <class T>
  bool GetField(T& field, std::string_view field_name, const std::string& name, bool* known) {
    if (field_name != name) return true;
    *known = true;
    return Get(&field);
  }

  bool Get(bool* out) {
    *out = reader_.Take("true");
    return *out || reader_.Expect("false");
  }
  bool Get(uint32_t* out) { return reader_.ReadNumber(out); }
  bool Get(std::string* out) { return reader_.ReadQuoted(out); }
  bool Get(Type* out) { return reader_.ReadType(out); }
  bool Get(ValueId* out) { return reader_.Expect("%") && reader_.ReadNumber(&out->index); }
  bool Get(HandlerId* out) { return reader_.Expect("!") && reader_.ReadNumber(&out->index); }
  bool Get(FnId* out) {
    if (reader_.Take("-")) return true;
    std::string name;
    if (!reader_.Expect("@") || !reader_.ReadName(&name)) return false;
    auto found = function_ids_.find(name);
    if (found == function_ids_.end())
      return reader_.Fail(Cat("no function is called `", name, "`"));
    *out = found->second;
    return true;
  }
  bool Get(ParamId* out) {
    std::string name;
    if (!reader_.Expect("$") || !reader_.ReadName(&name)) return false;
    auto found = param_ids_.find(name);
    if (found == param_ids_.end()) return reader_.Fail(Cat("no parameter is called `", name, "`"));
    *out = found->second;
    return true;
  }
  // The value only; its type stands behind it (FinishLiteral).
  bool Get(Literal* out) {
    quoted_literal_ = reader_.Peek("\"");
    if (quoted_literal_) return reader_.ReadQuoted(&out->text);
    out->text = reader_.ReadBare();
    return !out->text.empty() || reader_.Fail("expected a value");
  }
  bool Get(NamedArg* out) {
    return reader_.ReadName(&out->name) && reader_.Expect(":") && Get(&out->fn);
  }
  bool Get(Endpoint* out) {
    if (!reader_.ReadName(&out->connector) || !GetList('(', &out->args, ')')) return false;
    if (reader_.Peek(",") || reader_.Peek(":")) return true;
    return reader_.ReadName(&out->format) && GetList('(', &out->format_args, ')');
  }
  bool Get(TimeSpec* out) {
    if (!reader_.Expect("(") || !Get(&out->time)) return false;
    while (reader_.Take(",")) {
      FnId* field = reader_.Take("delay")  ? &out->delay
                    : reader_.Take("jump") ? &out->jump
                                           : nullptr;
      if (field == nullptr) {
        if (!reader_.Expect("idle")) return false;
        field = &out->idle;
      }
      if (!Get(field)) return false;
    }
    return reader_.Expect(")");
  }
  bool Get(AggregateCall* out) {
    if (!reader_.ReadName(&out->name) || !reader_.Expect("=")) return false;
    if (!reader_.ReadName(&out->function) || !reader_.Expect("/")) return false;
    if (!reader_.ReadNumber(&out->overload) || !reader_.Expect("(")) return false;
    while (!reader_.Take(")")) {
      FnId fn;
      bool is_where = reader_.Take("where");
      bool is_const = !is_where && reader_.Take("const");
      if (!Get(&fn)) return false;
      if (is_where)
        out->where = fn;
      else if (is_const)
        out->consts.push_back(fn);
      else
        out->args = fn;
      if (!reader_.Peek(")") && !reader_.Expect(",")) return false;
    }
    return reader_.Expect(":") && reader_.ReadType(&out->type);
  }
  bool Get(int64_t* out) {
    bool negative = reader_.Take("-");
    uint32_t number = 0;
    if (!reader_.ReadNumber(&number)) return false;
    *out = negative ? -static_cast<int64_t>(number) : static_cast<int64_t>(number);
    return true;
  }
  // A part with fields of its own: { name=value, .. }.
  template <class T>
    requires std::is_aggregate_v<T>
  bool Get(T* out) {
    if (!reader_.Expect("{")) return false;
    while (!reader_.Take("}")) {
      std::string name;
      if (!reader_.ReadName(&name) || !reader_.Expect("=")) return false;
      bool known = false;
      if (!GetNamed(*out, name, &known, std::make_index_sequence<kFieldCount<T>>())) return false;
      if (!known) return reader_.Fail(Cat("no part is called `", name, "`"));
      if (!reader_.Peek("}") && !reader_.Expect(",")) return false;
    }
    return true;
  }
  template <class T, size_t... I>
  bool GetNamed(T& part, const std::string& name, bool* known, std::index_sequence<I...>) {
    auto fields = AsTuple(part);
    return (GetField(std::get<I>(fields), kFieldNames<T>[I], name, known) && ...);
  }
  template <class E>
    requires std::is_enum_v<E>
  bool Get(E* out) {
    for (size_t i = 0; i < kEnumWords<E>.size(); ++i) {
      if (!reader_.Take(kEnumWords<E>[i])) continue;
      *out = static_cast<E>(i);
      return true;
    }
    return reader_.Fail(Cat("expected `", kEnumWords<E>[0], "` or its like"));
  }
  template <class T>
  bool Get(std::vector<T>* out) {
    return GetList('[', out, ']');
  }
  template <class T>
  bool Get(std::optional<T>* out) {
    if (reader_.Take("-")) return true;
    return Get(&out->emplace());
  }
  template <class T>
  bool GetList(char open, std::vector<T>* out, char close) {
    if (!reader_.Expect(std::string_view(&open, 1))) return false;
    while (!reader_.Take(std::string_view(&close, 1))) {
      T element{};
      if (!Get(&element)) return false;
      out->push_back(std::move(element));
      if (!reader_.Peek(std::string_view(&close, 1)) && !reader_.Expect(",")) return false;
    }
    return true;
  }

  // The type of a value written without one.
  Type TypeOfLiteral(std::string_view text) {
    if (quoted_literal_) return Type::String();
    if (text == "true" || text == "false") return Type::Bool();
    bool whole = text.find_first_not_of("-0123456789") == std::string_view::npos;
    return whole ? Type::Int() : Type::Float();
  }

  bool FinishLiteral(const Type& type, Literal* literal) {
    literal->type = type;
    std::string text = literal->text;
    auto number = [&](auto* out) {
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
      return (error == std::errc() && end == text.data() + text.size()) ||
             reader_.Fail(Cat("`", text, "` is no ", type.ToText()));
    };
    switch (type.kind()) {
      case TypeKind::kString:
      case TypeKind::kBytes:
      case TypeKind::kJson:
        return quoted_literal_ || reader_.Fail("expected a quoted value");
      case TypeKind::kDecimal:
        return true;
      case TypeKind::kFloat:
        literal->text.clear();
        return number(&literal->float_value);
      case TypeKind::kBool:
        literal->text.clear();
        literal->int_value = text == "true";
        return text == "true" || text == "false" || reader_.Fail("expected true or false");
      case TypeKind::kSet: {
        literal->text.clear();
        for (const std::string& label : type.labels()) {
          if (label == text) return true;
          ++literal->int_value;
        }
        return reader_.Fail(Cat("the set has no label ", QuoteString(text)));
      }
      default:
        literal->text.clear();
        return number(&literal->int_value);
    }
  }

  uint32_t LineOfNext() {
    reader_.Space();
    return reader_.line();
  }

  std::string_view text_;
  TextReader reader_;
  ParsedModule& out_;
  Module& module_;
  std::map<std::string, FnId> function_ids_;
  std::map<std::string, ParamId> param_ids_;
  bool quoted_literal_ = false;
};

}  // namespace

bool ParseModule(std::string_view text, ParsedModule* out, TextError* error) {
  *out = {};
  return Parser(text, out).Parse(error);
}

}  // namespace flow::ir
