#include "tools/plan/expression.h"

#include <utility>

#include "base/stages.h"
#include "base/text.h"
#include "base/words.h"
#include "ir/visit.h"

namespace flow::plan {
namespace {

using namespace ir;

constexpr size_t kKeyMax = 40;  // characters of a key
constexpr int kOpsMax = 200;    // of one expression

// How tightly an expression holds together, loosest first.
enum Strength { kChoice, kOr, kAnd, kNot, kCompare, kDefault, kSum, kProduct, kSign, kTight };

struct Text {
  std::string text;
  Strength strength = kTight;
};

// Columns that the compiler adds are called by what they stand for.
std::string NameText(const std::string& name) {
  if (name == "$rank") return "rank()";
  if (name == "$final") return "is_final()";
  for (const char* lead : {"$key_", "$window_"}) {
    if (name.starts_with(lead)) return name.substr(lead[1] == 'k' ? 5 : 1);
  }
  return IsPlainName(name) || name.starts_with("$") ? name : Cat("`", name, "`");
}

std::string LiteralText(const Literal& literal) {
  switch (literal.type.kind()) {
    case TypeKind::kBool:
      return literal.int_value != 0 ? "true" : "false";
    case TypeKind::kInt:
      return Cat(literal.int_value);
    case TypeKind::kFloat: {
      std::string text = Cat(literal.float_value);
      bool whole = text.find_first_not_of("-0123456789") == std::string::npos;
      return whole ? text + ".0" : text;
    }
    case TypeKind::kTimestamp:
      return Cat("@", TimestampText(literal.int_value));
    case TypeKind::kDuration:
      return literal.int_value == kForever ? "forever" : DurationText(literal.int_value);
    case TypeKind::kSet:
      return Quoted(literal.type.labels()[static_cast<size_t>(literal.int_value)]);
    case TypeKind::kDecimal:
      return literal.text;
    default:
      return Quoted(literal.text);
  }
}

const char* SignOf(ArithKind kind) {
  switch (kind) {
    case ArithKind::kAdd:
      return " + ";
    case ArithKind::kSub:
      return " - ";
    case ArithKind::kMul:
      return " * ";
    case ArithKind::kDiv:
      return " / ";
    case ArithKind::kIntDiv:
      return " // ";
    case ArithKind::kMod:
      return " % ";
  }
  return "";
}

const char* SignOf(CompareKind kind) {
  switch (kind) {
    case CompareKind::kEq:
      return " == ";
    case CompareKind::kNe:
      return " != ";
    case CompareKind::kLt:
      return " < ";
    case CompareKind::kLe:
      return " <= ";
    case CompareKind::kGt:
      return " > ";
    case CompareKind::kGe:
      return " >= ";
  }
  return "";
}

const char* NameOf(ArrayKind kind) {
  switch (kind) {
    case ArrayKind::kMap:
      return "map";
    case ArrayKind::kFilter:
      return "filter";
    case ArrayKind::kAny:
      return "any";
    case ArrayKind::kAll:
      return "all";
  }
  return "";
}

class Writer {
 public:
  Writer(const Module& module, const Function& fn, std::vector<Text> args)
      : module_(module), fn_(fn), args_(std::move(args)) {}

  Text Result() {
    const auto* last = std::get_if<Return>(&fn_.ops[fn_.ops.IdAt(fn_.ops.size() - 1)]);
    return last == nullptr ? Text{"?"} : Of(last->value);
  }
  // One for each field of the struct that it gives.
  std::vector<std::string> Fields() {
    std::vector<std::string> out;
    const auto* last = std::get_if<Return>(&fn_.ops[fn_.ops.IdAt(fn_.ops.size() - 1)]);
    const auto* made = last == nullptr ? nullptr : std::get_if<MakeStruct>(&fn_.ops[last->value]);
    if (made != nullptr) {
      for (ValueId value : made->values) out.push_back(Of(value).text);
      return out;
    }
    for (const StructField& field : fn_.result.fields()) out.push_back(NameText(field.name));
    return out;
  }

 private:
  Text Of(ValueId id) {
    if (--left_ < 0) return {".."};
    return std::visit([&](const auto& op) { return Put(op); }, fn_.ops[id]);
  }
  std::string In(ValueId id, Strength least) {
    Text text = Of(id);
    return text.strength < least ? Cat("(", text.text, ")") : text.text;
  }
  std::string List(const std::vector<ValueId>& ids) {
    std::string out;
    for (ValueId id : ids) Append(out, Cat(out.empty() ? "" : ", ", Of(id).text));
    return out;
  }
  Text Two(ValueId a, const char* sign, ValueId b, Strength strength) {
    return {Cat(In(a, strength), sign, In(b, static_cast<Strength>(strength + 1))), strength};
  }
  // The optional that `id` says there is a value in.
  ValueId PresentIn(ValueId id) {
    const auto* no = std::get_if<Not>(&fn_.ops[id]);
    const auto* none = no == nullptr ? nullptr : std::get_if<IsNone>(&fn_.ops[no->a]);
    return none == nullptr ? ValueId() : none->a;
  }
  bool Unwraps(ValueId id, ValueId optional) {
    const auto* value = std::get_if<Unwrap>(&fn_.ops[id]);
    return id == optional || (value != nullptr && value->a == optional);
  }

  Text Put(const And& op) { return Two(op.a, " and ", op.b, kAnd); }
  Text Put(const Or& op) { return Two(op.a, " or ", op.b, kOr); }
  Text Put(const Arg& op) { return op.index < args_.size() ? args_[op.index] : Text{"?"}; }
  Text Put(const Arith& op) {
    bool sum = op.kind == ArithKind::kAdd || op.kind == ArithKind::kSub;
    return Two(op.a, SignOf(op.kind), op.b, sum ? kSum : kProduct);
  }
  Text Put(const ArrayOp& op) {
    std::vector<Text> args = {{"x"}};
    for (ValueId capture : op.captures) args.push_back(Of(capture));
    Text body = Writer(module_, module_.functions[op.fn], std::move(args)).Result();
    return {Cat(NameOf(op.kind), "(", Of(op.array).text, ", x => ", body.text, ")")};
  }
  Text Put(const Call& op) { return {Cat(op.function, "(", List(op.args), ")")}; }
  Text Put(const Compare& op) { return Two(op.a, SignOf(op.kind), op.b, kCompare); }
  Text Put(const Concat& op) {
    std::string out;
    for (ValueId part : op.parts) Append(out, Cat(out.empty() ? "" : " + ", In(part, kProduct)));
    return {out, kSum};
  }
  Text Put(const Const& op) { return {LiteralText(op.value)}; }
  Text Put(const Convert& op) { return Of(op.a); }
  Text Put(const Field& op) {
    std::string of = In(op.value, kTight);
    return {of.empty() ? NameText(op.name) : Cat(of, ".", NameText(op.name))};
  }
  Text Put(const ir::In& op) {
    return {Cat(In(op.value, kDefault), " in ", In(op.array, kDefault)), kCompare};
  }
  Text Put(const Index& op) { return {Cat(In(op.array, kTight), "[", Of(op.index).text, "]")}; }
  Text Put(const IsNone& op) { return {Cat(In(op.a, kDefault), " == none"), kCompare}; }
  Text Put(const IsOk& op) { return {Cat("try ", In(op.a, kTight), " != none"), kCompare}; }
  Text Put(const JsonGet& op) { return {Cat(In(op.value, kTight), ".", NameText(op.name))}; }
  Text Put(const MakeArray& op) { return {Cat("[", List(op.values), "]")}; }
  Text Put(const MakeStruct& op) {
    std::string out;
    for (size_t i = 0; i < op.names.size(); ++i) {
      Append(out, Cat(i == 0 ? "" : ", ", NameText(op.names[i]), ": ", Of(op.values[i]).text));
    }
    return {op.names.empty() ? "{ }" : Cat("{ ", out, " }")};
  }
  Text Put(const MapGet& op) { return {Cat(In(op.map, kTight), "[", Of(op.key).text, "]")}; }
  Text Put(const Neg& op) { return {Cat("-", In(op.a, kSign)), kSign}; }
  Text Put(const NoneOf&) { return {"none"}; }
  Text Put(const Not& op) {
    if (const auto* none = std::get_if<IsNone>(&fn_.ops[op.a])) {
      return {Cat(In(none->a, kDefault), " != none"), kCompare};
    }
    if (const auto* match = std::get_if<RegexMatch>(&fn_.ops[op.a])) {
      return {Cat(In(match->text, kDefault), " !~ ", PatternText(match->pattern)), kCompare};
    }
    return {Cat("not ", In(op.a, kNot)), kNot};
  }
  Text Put(const Now&) { return {"now()"}; }
  Text Put(const ParamRef& op) { return {Cat("$", module_.params[op.param].name)}; }
  Text Put(const RegexCapture& op) {
    return {Cat("capture(", Of(op.text).text, ", ", PatternText(op.pattern), ")")};
  }
  Text Put(const RegexMatch& op) {
    return {Cat(In(op.text, kDefault), " =~ ", PatternText(op.pattern)), kCompare};
  }
  Text Put(const Return& op) { return Of(op.value); }
  Text Put(const RowTime&) { return {"rowtime()"}; }
  // The field of the value in `optional` that `id` is, or null.
  const Field* FieldIn(ValueId id, ValueId optional) {
    if (const auto* some = std::get_if<Some>(&fn_.ops[id])) id = some->a;
    const auto* field = std::get_if<Field>(&fn_.ops[id]);
    return field != nullptr && Unwraps(field->value, optional) ? field : nullptr;
  }
  bool IsValueOf(ValueId id, ValueId fallible) {
    if (const auto* some = std::get_if<Some>(&fn_.ops[id])) id = some->a;
    const auto* value = std::get_if<ValueOf>(&fn_.ops[id]);
    return value != nullptr && value->a == fallible;
  }
  Text Put(const Select& op) {
    if (const auto* good = std::get_if<IsOk>(&fn_.ops[op.condition]);
        good != nullptr && std::holds_alternative<NoneOf>(fn_.ops[op.b]) &&
        IsValueOf(op.a, good->a)) {
      return {Cat("try ", In(good->a, kTight)), kSign};
    }
    if (const auto* none = std::get_if<IsNone>(&fn_.ops[op.condition]);
        none != nullptr && std::holds_alternative<NoneOf>(fn_.ops[op.a])) {
      if (const Field* field = FieldIn(op.b, none->a)) {
        return {Cat(In(none->a, kTight), "?.", NameText(field->name))};
      }
    }
    if (ValueId value = PresentIn(op.condition); value.valid() && Unwraps(op.a, value)) {
      return {Cat(In(value, kSum), " ?? ", In(op.b, kDefault)), kDefault};
    }
    if (const auto* none = std::get_if<IsNone>(&fn_.ops[op.condition]);
        none != nullptr && Unwraps(op.b, none->a)) {
      return {Cat(In(none->a, kSum), " ?? ", In(op.a, kDefault)), kDefault};
    }
    return {Cat("if ", Of(op.condition).text, " then ", Of(op.a).text, " else ", Of(op.b).text),
            kChoice};
  }
  Text Put(const Some& op) { return Of(op.a); }
  Text Put(const Unwrap& op) { return Of(op.a); }
  Text Put(const ValueOf& op) { return Of(op.a); }

  const Module& module_;
  const Function& fn_;
  std::vector<Text> args_;
  int left_ = kOpsMax;  // a value used twice is written twice
};

Writer WriterOf(const Module& module, FnId fn, const std::vector<std::string>& rows) {
  std::vector<Text> args;
  for (const std::string& row : rows) args.push_back({row.empty() ? row : NameText(row)});
  return Writer(module, module.functions[fn], std::move(args));
}

}  // namespace

std::string ExpressionText(const Module& module, FnId fn, const std::vector<std::string>& rows) {
  return WriterOf(module, fn, rows).Result().text;
}

std::vector<std::string> FieldTexts(const Module& module, FnId fn,
                                    const std::vector<std::string>& rows) {
  return WriterOf(module, fn, rows).Fields();
}

std::vector<std::string> KeyTexts(const Module& module, FnId fn) {
  std::vector<std::string> out;
  if (!fn.valid()) return out;
  for (std::string& text : FieldTexts(module, fn)) {
    if (text != kWindowNumber) out.push_back(Shortened(std::move(text), kKeyMax));
  }
  return out;
}

const Literal* ConstantOf(const Module& module, FnId fn) {
  if (!fn.valid()) return nullptr;
  const Function& function = module.functions[fn];
  const auto* last = std::get_if<Return>(&function.ops[function.ops.IdAt(function.ops.size() - 1)]);
  const auto* constant = last == nullptr ? nullptr : std::get_if<Const>(&function.ops[last->value]);
  return constant == nullptr ? nullptr : &constant->value;
}

std::string PatternText(const std::string& pattern) {
  return pattern.find('"') == std::string::npos ? Cat("r\"", pattern, "\"") : Quoted(pattern);
}

std::string Shortened(std::string text, size_t characters) {
  auto starts = [&](size_t i) { return (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80; };
  size_t count = 0;
  size_t cut = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!starts(i)) continue;
    if (count + 2 == characters) cut = i;
    if (count++ == characters) return text.substr(0, cut) + "..";
  }
  return text;
}

bool IsHidden(const std::string& column) { return column.starts_with("$"); }

Type VisibleRow(const Type& row) {
  std::vector<StructField> fields;
  for (const StructField& field : row.fields()) {
    if (!IsHidden(field.name)) fields.push_back(field);
  }
  return Type::Struct(std::move(fields));
}

std::string Joined(const std::vector<std::string>& parts, std::string_view none) {
  std::string out;
  for (const std::string& part : parts) Append(out, Cat(out.empty() ? "" : ", ", part));
  return out.empty() ? std::string(none) : out;
}

}  // namespace flow::plan
