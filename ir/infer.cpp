#include "ir/infer.h"

#include <algorithm>

#include "base/text.h"
#include "ir/visit.h"

namespace flow::ir {
namespace {

bool HasKind(const Type& type, TypeKind kind) {
  if (type.is(kind)) return true;
  switch (type.kind()) {
    case TypeKind::kOptional:
    case TypeKind::kFallible:
    case TypeKind::kArray:
      return HasKind(type.inner(), kind);
    case TypeKind::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(),
                         [&](const StructField& field) { return HasKind(field.type, kind); });
    default:
      return false;
  }
}

Type WithFail(OnFail on_fail, Type type) {
  return on_fail == OnFail::kYield ? Type::Fallible(std::move(type)) : type;
}

// One rule per row-level op.
class ScalarRules {
 public:
  ScalarRules(const Module& module, const Function& fn, std::string* why)
      : module_(module), fn_(fn), why_(why) {}

  Type operator()(const And& op) { return Both(op.a, op.b); }
  Type operator()(const Or& op) { return Both(op.a, op.b); }
  Type operator()(const Arg& op) {
    if (op.index >= fn_.args.size()) return Wrong("the function has no such argument");
    return fn_.args[op.index];
  }
  Type operator()(const Arith& op) {
    Type type = ArithResult(op.kind, TypeOf(op.a), TypeOf(op.b));
    if (type.is_error())
      return Wrong(Cat("no such arithmetic on ", Text(op.a), " and ", Text(op.b)));
    return WithFail(op.on_fail, type);
  }
  Type operator()(const ArrayOp& op) {
    const Type& array = TypeOf(op.array);
    if (!array.is(TypeKind::kArray)) return Wrong(Cat("expected an array, found ", array.ToText()));
    if (!module_.functions.Has(op.fn)) return Wrong("no such function");
    const Function& fn = module_.functions[op.fn];
    std::vector<Type> given = {array.inner()};
    for (ValueId capture : op.captures) given.push_back(TypeOf(capture));
    if (fn.args != given)
      return Wrong("the function's arguments are not the element and the captures");
    if (op.kind == ArrayKind::kMap) return WithFail(op.on_fail, Type::Array(fn.result));
    if (!fn.result.is(TypeKind::kBool)) return Wrong("the function does not give a bool");
    return WithFail(op.on_fail, op.kind == ArrayKind::kFilter ? array : Type::Bool());
  }
  Type operator()(const Call& op) {
    if (op.type.is(TypeKind::kFallible)) return Wrong("the type of a call is written without `!`");
    return WithFail(op.on_fail, op.type);
  }
  Type operator()(const Compare& op) {
    if (CanCompare(op.kind, TypeOf(op.a), TypeOf(op.b))) return Type::Bool();
    return Wrong(Cat("cannot compare ", Text(op.a), " with ", Text(op.b)));
  }
  Type operator()(const Concat& op) {
    for (ValueId part : op.parts) {
      if (!TypeOf(part).is(TypeKind::kString)) return Expected(Type::String(), part);
    }
    return Type::String();
  }
  Type operator()(const Const& op) {
    if (op.value.type.is(TypeKind::kSet) &&
        (op.value.int_value < 0 ||
         static_cast<size_t>(op.value.int_value) >= op.value.type.labels().size())) {
      return Wrong("the set has no such label");
    }
    return op.value.type;
  }
  Type operator()(const Convert& op) {
    if (CanConvert(TypeOf(op.a), op.to)) return op.to;
    return Wrong(Cat("no implicit widening from ", Text(op.a), " to ", op.to.ToText()));
  }
  Type operator()(const Field& op) {
    const Type& type = TypeOf(op.value);
    if (!type.is(TypeKind::kStruct)) return Wrong(Cat("expected a struct, found ", type.ToText()));
    const StructField* field = type.FindField(op.name);
    if (field == nullptr)
      return Wrong(Cat("no field ", QuoteString(op.name), " in ", type.ToText()));
    return field->type;
  }
  Type operator()(const In& op) {
    const Type& array = TypeOf(op.array);
    if (!array.is(TypeKind::kArray)) return Wrong(Cat("expected an array, found ", array.ToText()));
    if (TypeOf(op.value) == array.inner()) return Type::Bool();
    return Wrong(Cat("a ", Text(op.value), " is never in ", array.ToText()));
  }
  Type operator()(const Index& op) {
    const Type& array = TypeOf(op.array);
    if (!array.is(TypeKind::kArray)) return Wrong(Cat("expected an array, found ", array.ToText()));
    if (!TypeOf(op.index).is(TypeKind::kInt)) return Expected(Type::Int(), op.index);
    return Type::Optional(array.inner());
  }
  Type operator()(const IsNone& op) {
    if (TypeOf(op.a).is_optional()) return Type::Bool();
    return Wrong(Cat("expected an optional, found ", Text(op.a)));
  }
  Type operator()(const IsOk& op) {
    if (TypeOf(op.a).is(TypeKind::kFallible)) return Type::Bool();
    return Wrong(Cat("expected a fallible value, found ", Text(op.a)));
  }
  Type operator()(const JsonGet& op) {
    if (!TypeOf(op.value).is(TypeKind::kJson)) return Expected(Type::Json(), op.value);
    return Type::Optional(Type::Json());
  }
  Type operator()(const MakeArray& op) {
    for (ValueId value : op.values) {
      if (TypeOf(value) != op.element) return Expected(op.element, value);
    }
    return Type::Array(op.element);
  }
  Type operator()(const MakeStruct& op) {
    if (op.names.size() != op.values.size()) return Wrong("as many names as values are needed");
    std::vector<StructField> fields;
    for (size_t i = 0; i < op.names.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (op.names[i] == op.names[j]) return Wrong(Cat("two fields ", QuoteString(op.names[i])));
      }
      fields.push_back({op.names[i], TypeOf(op.values[i]), {}});
    }
    return Type::Struct(std::move(fields));
  }
  Type operator()(const MapGet& op) {
    const Type& map = TypeOf(op.map);
    if (!map.is(TypeKind::kMap)) return Wrong(Cat("expected a map, found ", map.ToText()));
    if (TypeOf(op.key) != map.key()) return Expected(map.key(), op.key);
    return Type::Optional(map.inner());
  }
  Type operator()(const Neg& op) {
    const Type& type = TypeOf(op.a);
    if (!type.is_number() && !type.is(TypeKind::kDuration)) {
      return Wrong(Cat("expected a number, found ", type.ToText()));
    }
    return WithFail(op.on_fail, type);
  }
  Type operator()(const NoneOf& op) { return Type::Optional(op.type); }
  Type operator()(const Not& op) {
    if (!TypeOf(op.a).is(TypeKind::kBool)) return Expected(Type::Bool(), op.a);
    return Type::Bool();
  }
  Type operator()(const Now&) { return Type::Timestamp(); }
  Type operator()(const ParamRef& op) {
    if (!module_.params.Has(op.param)) return Wrong("no such parameter");
    return module_.params[op.param].type;
  }
  Type operator()(const RegexCapture& op) {
    if (!TypeOf(op.text).is(TypeKind::kString)) return Expected(Type::String(), op.text);
    if (!op.type.is(TypeKind::kStruct)) return Wrong("captures are a struct");
    return WithFail(op.on_fail, op.type);
  }
  Type operator()(const RegexMatch& op) {
    if (!TypeOf(op.text).is(TypeKind::kString)) return Expected(Type::String(), op.text);
    return Type::Bool();
  }
  Type operator()(const Return& op) { return TypeOf(op.value); }
  Type operator()(const RowTime&) { return Type::Timestamp(); }
  Type operator()(const Select& op) {
    if (!TypeOf(op.condition).is(TypeKind::kBool)) return Expected(Type::Bool(), op.condition);
    if (TypeOf(op.a) != TypeOf(op.b)) return Expected(TypeOf(op.a), op.b);
    return TypeOf(op.a);
  }
  Type operator()(const Some& op) {
    if (TypeOf(op.a).is_optional()) return Wrong("the value is optional already");
    return Type::Optional(TypeOf(op.a));
  }
  Type operator()(const Unwrap& op) {
    if (TypeOf(op.a).is_optional()) return TypeOf(op.a).inner();
    return Wrong(Cat("expected an optional, found ", Text(op.a)));
  }
  Type operator()(const ValueOf& op) {
    if (TypeOf(op.a).is(TypeKind::kFallible)) return TypeOf(op.a).inner();
    return Wrong(Cat("expected a fallible value, found ", Text(op.a)));
  }

 private:
  const Type& TypeOf(ValueId id) {
    static const Type kUnknown;
    return fn_.types.Has(id) ? fn_.types[id] : kUnknown;
  }
  std::string Text(ValueId id) { return TypeOf(id).ToText(); }
  Type Wrong(std::string why) {
    *why_ = std::move(why);
    return Type::Error();
  }
  Type Expected(const Type& type, ValueId found) {
    return Wrong(Cat("expected ", type.ToText(), ", found %", found.index, ": ", Text(found)));
  }
  Type Both(ValueId a, ValueId b) {
    if (!TypeOf(a).is(TypeKind::kBool)) return Expected(Type::Bool(), a);
    if (!TypeOf(b).is(TypeKind::kBool)) return Expected(Type::Bool(), b);
    return Type::Bool();
  }

  const Module& module_;
  const Function& fn_;
  std::string* why_;
};

// One rule per dataflow op.
class StreamRules {
 public:
  StreamRules(const Module& module, std::string* why) : module_(module), why_(why) {}

  StreamType operator()(const Source& op) {
    StreamType out;
    std::vector<StructField> fields;
    if (!op.row.is(TypeKind::kStruct)) return Wrong("the row of a source is a struct");
    for (const StructField& field : op.row.fields()) {
      if (std::find(op.used.begin(), op.used.end(), field.name) != op.used.end()) {
        fields.push_back(field);
      }
    }
    if (fields.size() != op.used.size()) return Wrong("`used` names other columns than the row's");
    out.row = Type::Struct(std::move(fields));
    out.has_time = op.time.has_value();
    out.bounded = op.bounded;
    return out;
  }
  StreamType operator()(const Rejects&) {
    StreamType out;
    out.row = RejectedRowType();
    out.ordered = false;
    for (const Op& op : module_.graph.ops) {
      if (const auto* source = std::get_if<Source>(&op)) out.bounded &= source->bounded;
    }
    return out;
  }
  StreamType operator()(const Filter& op) { return Of(op.input); }
  StreamType operator()(const Assert& op) { return Of(op.input); }
  StreamType operator()(const Peek& op) { return Of(op.input); }
  StreamType operator()(const Limit& op) { return Of(op.input); }
  StreamType operator()(const Sink& op) { return Of(op.input); }
  StreamType operator()(const Map& op) {
    StreamType out = Of(op.input);
    out.row = ResultOf(op.row);
    if (!out.row.is(TypeKind::kStruct)) return Wrong("the function of a map gives a struct");
    return out;
  }
  StreamType operator()(const Unnest& op) {
    StreamType out = Of(op.input);
    Type array = ResultOf(op.array);
    if (!array.is(TypeKind::kArray)) {
      return Wrong(Cat("expected a function giving an array, found ", array.ToText()));
    }
    if (!out.row.is(TypeKind::kStruct)) return Wrong("the input has no row type");
    std::vector<StructField> fields = out.row.fields();
    Type element = op.keep_empty ? Type::Optional(array.inner()) : array.inner();
    fields.push_back({op.name, element, {}});
    out.row = Type::Struct(std::move(fields));
    return out;
  }
  StreamType operator()(const Window& op) {
    StreamType out = Of(op.input);
    if (!out.row.is(TypeKind::kStruct)) return Wrong("the input has no row type");
    std::vector<StructField> fields = {{"window_start", Type::Timestamp(), {}},
                                       {"window_end", Type::Timestamp(), {}}};
    for (const StructField& field : out.row.fields()) {
      if (field.name != "window_start" && field.name != "window_end") fields.push_back(field);
    }
    out.row = Type::Struct(std::move(fields));
    out.windowed = true;
    out.window_rows = false;
    if (op.kind != WindowKind::kTumble) out.ordered = false;
    return out;
  }
  StreamType operator()(const WindowSession& op) { return RestingWindow(op.input); }
  StreamType operator()(const WindowRows& op) {
    StreamType out = RestingWindow(op.input);
    if (!out.row.is(TypeKind::kStruct)) return out;
    std::vector<StructField> fields = out.row.fields();
    std::erase_if(fields, [](const StructField& field) { return field.name == kWindowNumber; });
    fields.insert(fields.begin() + 2, {kWindowNumber, Type::Int(), {}});
    out.row = Type::Struct(std::move(fields));
    return out;
  }
  StreamType operator()(const Late& op) {
    if (!module_.graph.ops.Has(op.of)) return Wrong("no such operand");
    std::vector<ValueId> inputs = OperandsOf(module_.graph.ops[op.of]);
    return inputs.empty() ? Wrong("an op without input has no late rows") : Of(inputs[0]);
  }
  StreamType operator()(const Join& op) {
    StreamType left = Of(op.left);
    StreamType right = Of(op.right);
    StreamType out = Joined(left, right);
    if (!left.row.is(TypeKind::kStruct) || !right.row.is(TypeKind::kStruct)) {
      return Wrong("an input has no row type");
    }
    bool window = op.bound == JoinBound::kWindow;
    bool span = op.bound == JoinBound::kUntil;
    out.windowed = window || span;
    out.window_rows = window;
    if (op.bound == JoinBound::kNone) out.has_time = false;
    bool full = op.kind == JoinKind::kFull;
    bool keeps = full || op.kind == JoinKind::kLeft;
    std::vector<StructField> fields;
    if (span) {
      fields = {{"window_start", Type::Timestamp(), {}}, {"window_end", Type::Timestamp(), {}}};
    }
    for (StructField field : left.row.fields()) {
      bool bound = IsWindowBound(field.name);
      if (bound && span) continue;
      if (full && !(bound && window) && !field.type.is_optional()) {
        field.type = Type::Optional(field.type);
      }
      fields.push_back(std::move(field));
    }
    if (op.kind != JoinKind::kSemi && op.kind != JoinKind::kAnti) {
      Type row = right.row;
      if (window) {
        std::vector<StructField> kept;
        for (const StructField& field : row.fields()) {
          if (!IsWindowBound(field.name)) kept.push_back(field);
        }
        row = Type::Struct(std::move(kept));
      }
      fields.push_back({op.name, keeps ? Type::Optional(row) : row, {}});
    }
    out.row = Type::Struct(std::move(fields));
    return Emitted(out, op.emit);
  }
  StreamType operator()(const AsofJoin& op) {
    return WithRight(op.left, op.right, op.name, op.keep_left);
  }
  StreamType operator()(const Lookup& op) {
    return WithRight(op.left, op.right, op.name, op.keep_left);
  }
  StreamType operator()(const Dedup& op) {
    StreamType out = Of(op.input);
    out = Emitted(out, op.emit);
    if (op.windowed) return Stateful(out, true);
    if (!op.within.valid()) out.has_time &= !out.updating && !Of(op.input).updating;
    out.ordered = false;
    return out;
  }
  StreamType operator()(const Over& op) {
    StreamType out = Of(op.input);
    if (!out.row.is(TypeKind::kStruct)) return Wrong("the input has no row type");
    std::vector<StructField> fields = out.row.fields();
    for (const OverCall& call : op.calls) fields.push_back({call.call.name, call.call.type, {}});
    out.row = Type::Struct(std::move(fields));
    out.ordered = false;
    return out;
  }
  StreamType operator()(const Match& op) {
    StreamType out = Of(op.input);
    Type key = ResultOf(op.key);
    if (!key.is(TypeKind::kStruct)) return Wrong("the key is a function giving a struct");
    std::vector<StructField> fields = key.fields();
    for (const MatchStep& step : op.steps) {
      if (step.link == MatchLink::kWithout) continue;
      fields.push_back({step.name, MatchStepType(step, out.row), {}});
    }
    out.row = Type::Struct(std::move(fields));
    out.windowed = out.window_rows = out.ordered = false;
    return out;
  }
  StreamType operator()(const Aggregate& op) {
    return Emitted(Grouped(op.input, op.key, op.calls, op.windowed), op.emit);
  }
  StreamType operator()(const AggregateLocal& op) {
    StreamType out = Grouped(op.input, op.key, op.calls, op.windowed);
    out.ordered =
        Of(op.input).ordered;  // partial states come in the order of the input they were made from
    return out;
  }
  StreamType operator()(const AggregateMerge& op) {
    StreamType out = Of(op.input);
    out.ordered = false;
    return Emitted(out, op.emit);
  }
  StreamType operator()(const Exchange& op) {
    StreamType out = Of(op.input);
    if (op.kind == ExchangeKind::kGather) out.ordered = false;
    return out;
  }
  StreamType operator()(const Top& op) {
    StreamType out = Of(op.input);
    if (!out.row.is(TypeKind::kStruct)) return Wrong("the input has no row type");
    if (op.rank) {
      std::vector<StructField> fields = out.row.fields();
      fields.push_back({"$rank", Type::Int(), {}});
      out.row = Type::Struct(std::move(fields));
    }
    out = Ranked(out, op.windowed);
    return Emitted(out, op.emit);
  }
  StreamType operator()(const Order& op) { return Ranked(Of(op.input), op.windowed); }
  StreamType operator()(const Union& op) {
    if (op.inputs.empty()) return Wrong("a union has inputs");
    StreamType out = Of(op.inputs[0]);
    for (size_t i = 1; i < op.inputs.size(); ++i) {
      StreamType other = Of(op.inputs[i]);
      if (other.row != out.row) {
        return Wrong(Cat("rows differ: ", out.row.ToText(), " and ", other.row.ToText()));
      }
      out.has_time &= other.has_time;
      out.windowed &= other.windowed;
      out.window_rows &= other.window_rows;
      out.updating |= other.updating;
      out.bounded &= other.bounded;
      out.ordered = false;
    }
    return out;
  }

 private:
  StreamType Of(ValueId id) {
    return module_.graph.types.Has(id) ? module_.graph.types[id] : Wrong("no such operand");
  }
  Type ResultOf(FnId fn) {
    return module_.functions.Has(fn) ? module_.functions[fn].result : Type::Error();
  }
  StreamType Wrong(std::string why) {
    *why_ = std::move(why);
    StreamType out;
    out.row = Type::Error();
    return out;
  }
  StreamType Grouped(ValueId input, FnId key, const std::vector<AggregateCall>& calls,
                     bool windowed) {
    Type key_type = ResultOf(key);
    if (!key_type.is(TypeKind::kStruct)) return Wrong("the key is a function giving a struct");
    std::vector<StructField> fields = key_type.fields();
    for (const AggregateCall& call : calls) fields.push_back({call.name, call.type, {}});
    StreamType out = Of(input);
    out.row = Type::Struct(std::move(fields));
    return Stateful(out, windowed);
  }
  StreamType Emitted(StreamType out, const Emit& emit) {
    if (emit.final) {
      std::vector<StructField> fields = out.row.fields();
      fields.push_back({"$final", Type::Bool(), {}});
      out.row = Type::Struct(std::move(fields));
    }
    // Over rewritten rows, too: what is sent once, at the end, stays.
    out.updating = emit.kind != EmitKind::kClose || emit.late.valid();
    if (!out.updating) return out;
    out.ordered = false;
    return out;
  }
  static bool IsWindowBound(const std::string& column) {
    return column == "window_start" || column == "window_end";
  }
  // Rows that went through two inputs.
  StreamType Joined(StreamType left, const StreamType& right) {
    left.updating |= right.updating;
    left.bounded &= right.bounded;
    left.ordered = false;
    left.windowed = left.window_rows = false;
    return left;
  }
  StreamType WithRight(ValueId left_id, ValueId right_id, const std::string& name, bool optional) {
    StreamType left = Of(left_id);
    StreamType right = Of(right_id);
    if (!left.row.is(TypeKind::kStruct) || !right.row.is(TypeKind::kStruct)) {
      return Wrong("an input has no row type");
    }
    StreamType out = left;
    out.ordered = false;
    std::vector<StructField> fields = left.row.fields();
    fields.push_back({name, optional ? Type::Optional(right.row) : right.row, {}});
    out.row = Type::Struct(std::move(fields));
    return out;
  }
  // A window op in which rows rest until their window is known.
  StreamType RestingWindow(ValueId input) {
    Window window;
    window.input = input;
    StreamType out = (*this)(window);
    out.ordered = false;
    return out;
  }
  // Rows that a stateful op makes: with the window's end as event time in a window scope, else with
  // none.
  StreamType Stateful(StreamType out, bool windowed) {
    out.has_time = windowed;
    out.windowed = windowed;
    out.window_rows = windowed;
    out.ordered = false;
    return out;
  }
  StreamType Ranked(StreamType out, bool windowed) {
    out = Stateful(out, windowed);
    out.ordered = true;  // rank order is an order of its own
    return out;
  }

  const Module& module_;
  std::string* why_;
};

}  // namespace

Type MatchStepType(const MatchStep& step, const Type& row) {
  return flow::MatchStepType(step.least, step.most, row);
}

Type DecimalResult(ArithKind kind, const Type& a, const Type& b) {
  int p1 = a.precision(), s1 = a.scale(), p2 = b.precision(), s2 = b.scale();
  int scale = std::max(s1, s2);
  int precision = std::max(p1 - s1, p2 - s2) + scale + 1;
  if (kind == ArithKind::kMul) {
    scale = s1 + s2;
    precision = p1 + p2 + 1;
  }
  if (kind == ArithKind::kDiv) {
    scale = std::max(6, s1 + p2 + 1);
    precision = p1 - s1 + s2 + scale;
  }
  if (precision <= 38) return Type::Decimal(precision, scale);
  return Type::Decimal(38, std::max(38 - (precision - scale), std::min(scale, 6)));
}

Type ArithResult(ArithKind kind, const Type& a, const Type& b) {
  using K = TypeKind;
  bool plus_minus = kind == ArithKind::kAdd || kind == ArithKind::kSub;
  bool whole = kind == ArithKind::kIntDiv || kind == ArithKind::kMod;
  if (a.is(K::kInt) && b.is(K::kInt)) return kind == ArithKind::kDiv ? Type::Float() : Type::Int();
  if (a.is(K::kFloat) && b.is(K::kFloat)) return whole ? Type::Error() : Type::Float();
  if (a.is(K::kDecimal) && b.is(K::kDecimal))
    return whole ? Type::Error() : DecimalResult(kind, a, b);
  if (a.is(K::kTimestamp) && b.is(K::kTimestamp)) {
    return kind == ArithKind::kSub ? Type::Duration() : Type::Error();
  }
  if (a.is(K::kTimestamp) && b.is(K::kDuration)) return plus_minus ? a : Type::Error();
  if (a.is(K::kDuration) && b.is(K::kTimestamp)) return kind == ArithKind::kAdd ? b : Type::Error();
  if (a.is(K::kDuration) && b.is(K::kDuration)) {
    if (plus_minus || kind == ArithKind::kMod) return a;
    if (kind == ArithKind::kDiv) return Type::Float();
    return kind == ArithKind::kIntDiv ? Type::Int() : Type::Error();
  }
  if (a.is(K::kDuration) && b.is(K::kInt)) {
    return kind == ArithKind::kMul || kind == ArithKind::kIntDiv ? a : Type::Error();
  }
  if (a.is(K::kInt) && b.is(K::kDuration)) return kind == ArithKind::kMul ? b : Type::Error();
  return Type::Error();
}

bool CanCompare(CompareKind kind, const Type& a, const Type& b) {
  if (a.is_error() || b.is_error()) return false;
  bool equality = kind == CompareKind::kEq || kind == CompareKind::kNe;
  Type left = equality ? a.strip_optional() : a;
  Type right = equality ? b.strip_optional() : b;
  if (left.is_optional() || HasKind(left, TypeKind::kMap) || HasKind(left, TypeKind::kJson))
    return false;
  if (left == right) return true;
  return left.is_number() && right.is_number() && !left.is(TypeKind::kDecimal) &&
         !right.is(TypeKind::kDecimal);
}

bool CanConvert(const Type& from, const Type& to) {
  if (from.is_error()) return false;
  if (from == to) return true;
  if (from.is(TypeKind::kInt)) {
    return to.is(TypeKind::kFloat) ||
           (to.is(TypeKind::kDecimal) && to.precision() - to.scale() >= 19);
  }
  if (from.is(TypeKind::kDecimal) && to.is(TypeKind::kDecimal)) {
    return to.scale() >= from.scale() &&
           to.precision() - to.scale() >= from.precision() - from.scale();
  }
  return from.is(TypeKind::kSet) && to.is(TypeKind::kString);
}

Type InferScalar(const Module& module, const Function& fn, const ScalarOp& op, std::string* why) {
  return std::visit(ScalarRules(module, fn, why), op);
}

StreamType InferStream(const Module& module, const Op& op, std::string* why) {
  return std::visit(StreamRules(module, why), op);
}

ValueId AddOp(const Module& module, Function& fn, ScalarOp op, ValueId guard, Place place) {
  std::string why;
  Type type = InferScalar(module, fn, op, &why);
  FLOW_CHECK(!type.is_error(), why.c_str());
  return fn.Add(std::move(op), std::move(type), guard, place);
}

ValueId AddOp(Module& module, Op op, HandlerId handler, Place place) {
  std::string why;
  StreamType type = InferStream(module, op, &why);
  FLOW_CHECK(!type.row.is_error(), why.c_str());
  return module.graph.Add(std::move(op), std::move(type), handler, place);
}

}  // namespace flow::ir
