#include "interp/evaluator.h"

#include <re2/re2.h>

#include "base/text.h"
#include "interp/json_text.h"
#include "interp/native.h"
#include "ir/effects.h"
#include "ir/reject_sites.h"
#include "ir/visit.h"

namespace flow::interp {

// One call of one function.
class Evaluator::Body {
 public:
  Body(Evaluator& evaluator, const ir::Function& fn, const std::vector<const Value*>& args,
       const RowContext& context)
      : evaluator_(evaluator), fn_(fn), args_(args), context_(context), values_(fn.ops.size()) {}

  bool Run(Value* result, Rejection* rejection) {
    rejection_ = rejection;
    for (size_t i = 0; i < fn_.ops.size(); ++i) {
      ir::ValueId id = fn_.ops.IdAt(i);
      ir::ValueId guard = fn_.guards[id];
      if (guard.valid() && Of(guard).whole == 0) continue;
      type_ = fn_.types[id];
      Value& out = values_[i];
      if (std::visit([&](const auto& op) { return Do(op, &out); }, fn_.ops[id])) continue;
      rejection->place = fn_.places[id];
      return false;
    }
    *result = std::move(values_.back());
    return true;
  }

 private:
  const Value& Of(ir::ValueId id) const { return values_[id.index]; }
  const Type& TypeOf(ir::ValueId id) const { return fn_.types[id]; }
  bool True(ir::ValueId id) const { return Of(id).whole != 0; }
  static bool Give(Value* out, Value value) {
    *out = std::move(value);
    return true;
  }
  // A failure is the value of a `yield` op, and the end of the row for the others.
  static bool Fail(ir::OnFail on_fail, Value* out) {
    return on_fail == ir::OnFail::kYield && Give(out, Value::Failed());
  }
  bool Fail(ir::OnFail on_fail, std::string code, std::string message, Value* out) {
    rejection_->code = std::move(code);
    rejection_->message = std::move(message);
    return Fail(on_fail, out);
  }

  bool Do(const ir::And& op, Value* out) { return Give(out, Value::Of(True(op.a) && True(op.b))); }
  bool Do(const ir::Or& op, Value* out) { return Give(out, Value::Of(True(op.a) || True(op.b))); }
  bool Do(const ir::Not& op, Value* out) { return Give(out, Value::Of(!True(op.a))); }
  bool Do(const ir::Arg& op, Value* out) { return Give(out, *args_[op.index]); }
  bool Do(const ir::Arith& op, Value* out) {
    Type type = type_.is(TypeKind::kFallible) ? type_.inner() : type_;
    return EvaluateArith(op.kind, TypeOf(op.a), Of(op.a), TypeOf(op.b), Of(op.b), type, out,
                         rejection_) ||
           Fail(op.on_fail, out);
  }
  bool Do(const ir::Neg& op, Value* out) {
    return EvaluateNeg(TypeOf(op.a), Of(op.a), out, rejection_) || Fail(op.on_fail, out);
  }
  bool Do(const ir::ArrayOp& op, Value* out) {
    std::vector<const Value*> args = {nullptr};
    for (ir::ValueId capture : op.captures) args.push_back(&Of(capture));
    std::vector<Value> items;
    bool any = false;
    bool all = true;
    for (const Value& element : Of(op.array).items) {
      args[0] = &element;
      Value result;
      if (!evaluator_.Call(op.fn, args, context_, &result, rejection_))
        return Fail(op.on_fail, out);
      bool holds = result.whole != 0;
      if (op.kind == ir::ArrayKind::kMap) items.push_back(std::move(result));
      if (op.kind == ir::ArrayKind::kFilter && holds) items.push_back(element);
      any |= holds;
      all &= holds;
      // What is not needed is not evaluated (semantics.md 15).
      if (op.kind == ir::ArrayKind::kAny && any) break;
      if (op.kind == ir::ArrayKind::kAll && !all) break;
    }
    if (op.kind == ir::ArrayKind::kAny) return Give(out, Value::Of(any));
    if (op.kind == ir::ArrayKind::kAll) return Give(out, Value::Of(all));
    return Give(out, Value::Items(std::move(items)));
  }
  bool Do(const ir::Call& op, Value* out) {
    const FunctionDef* def = evaluator_.catalog_.FindFunction(op.function);
    FLOW_CHECK(def != nullptr && op.overload < def->overloads.size(), "an unknown function");
    std::vector<Type> types = {op.type};
    std::vector<const Value*> args;
    for (ir::ValueId arg : op.args) {
      types.push_back(TypeOf(arg));
      args.push_back(&Of(arg));
    }
    std::string detail;
    if (CallNative({def->overloads[op.overload], types, args}, out, &detail)) return true;
    std::string message = ir::CallFailedMessage(op.function);
    if (!detail.empty()) message += ": " + detail;
    return Fail(op.on_fail, ir::kCallFailedCode, std::move(message), out);
  }
  bool Do(const ir::Compare& op, Value* out) {
    return Give(
        out, Value::Of(EvaluateCompare(op.kind, TypeOf(op.a), Of(op.a), TypeOf(op.b), Of(op.b))));
  }
  bool Do(const ir::Concat& op, Value* out) {
    std::string text;
    for (ir::ValueId part : op.parts) text += Of(part).text;
    return Give(out, Value::Text(std::move(text)));
  }
  bool Do(const ir::Const& op, Value* out) { return Give(out, LiteralValue(op.value)); }
  bool Do(const ir::Convert& op, Value* out) {
    return Give(out, EvaluateConvert(TypeOf(op.a), op.to, Of(op.a)));
  }
  bool Do(const ir::Field& op, Value* out) {
    auto index = static_cast<size_t>(TypeOf(op.value).FieldIndex(op.name));
    const Value& value = Of(op.value);
    return Give(out, index < value.items.size() ? value.items[index] : Value());
  }
  bool Do(const ir::In& op, Value* out) {
    const Type& type = TypeOf(op.value);
    for (const Value& element : Of(op.array).items) {
      if (Compare(type, Of(op.value), element) == 0) return Give(out, Value::Of(1));
    }
    return Give(out, Value::Of(0));
  }
  bool Do(const ir::Index& op, Value* out) {
    const Value& array = Of(op.array);
    int64_t index = Of(op.index).whole;
    bool inside = index >= 0 && static_cast<size_t>(index) < array.items.size();
    return Give(out, inside ? array.items[static_cast<size_t>(index)] : Value::None());
  }
  bool Do(const ir::IsNone& op, Value* out) { return Give(out, Value::Of(!Of(op.a).there())); }
  bool Do(const ir::IsOk& op, Value* out) {
    return Give(out, Value::Of(Of(op.a).state != Value::State::kFailed));
  }
  bool Do(const ir::JsonGet& op, Value* out) {
    std::string member;
    bool found = JsonMember(Of(op.value).text, op.name, &member);
    return Give(out, found ? Value::Text(std::move(member)) : Value::None());
  }
  bool Do(const ir::MakeArray& op, Value* out) { return Give(out, Gather(op.values)); }
  bool Do(const ir::MakeStruct& op, Value* out) { return Give(out, Gather(op.values)); }
  bool Do(const ir::MapGet& op, Value* out) {
    for (const Value& entry : Of(op.map).items) {
      if (Compare(TypeOf(op.key), entry.items[0], Of(op.key)) == 0)
        return Give(out, entry.items[1]);
    }
    return Give(out, Value::None());
  }
  bool Do(const ir::NoneOf&, Value* out) { return Give(out, Value::None()); }
  bool Do(const ir::Now&, Value* out) { return Give(out, Value::Of(context_.now)); }
  bool Do(const ir::ParamRef&, Value*) { FLOW_UNREACHABLE("a parameter without a value"); }
  bool Do(const ir::RegexMatch& op, Value* out) {
    bool found = RE2::PartialMatch(Of(op.text).text, evaluator_.Pattern(op.pattern));
    return Give(out, Value::Of(found));
  }
  bool Do(const ir::RegexCapture& op, Value* out) {
    const RE2& pattern = evaluator_.Pattern(op.pattern);
    const std::string& text = Of(op.text).text;
    std::vector<re2::StringPiece> groups(static_cast<size_t>(pattern.NumberOfCapturingGroups()) +
                                         1);
    if (!pattern.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(),
                       static_cast<int>(groups.size()))) {
      return Fail(op.on_fail, ir::kNoMatch.code, ir::kNoMatch.message, out);
    }
    std::vector<Value> items;
    for (const StructField& field : op.type.fields()) {
      auto index = static_cast<size_t>(pattern.NamedCapturingGroups().at(field.name));
      const re2::StringPiece& group = groups[index];
      bool absent = group.data() == nullptr && field.type.is_optional();
      items.push_back(absent ? Value::None() : Value::Text(std::string(group)));
    }
    return Give(out, Value::Items(std::move(items)));
  }
  bool Do(const ir::Return& op, Value* out) { return Give(out, Of(op.value)); }
  bool Do(const ir::RowTime&, Value* out) { return Give(out, Value::Of(context_.event_time)); }
  bool Do(const ir::Select& op, Value* out) {
    return Give(out, Of(True(op.condition) ? op.a : op.b));
  }
  bool Do(const ir::Some& op, Value* out) { return Give(out, Of(op.a)); }
  bool Do(const ir::Unwrap& op, Value* out) {
    const Value& value = Of(op.a);
    return Give(out, value.there() ? value : Unspecified(type_));
  }
  bool Do(const ir::ValueOf& op, Value* out) {
    const Value& value = Of(op.a);
    return Give(out, value.state == Value::State::kFailed ? Unspecified(type_) : value);
  }

  Value Gather(const std::vector<ir::ValueId>& ids) {
    std::vector<Value> items;
    for (ir::ValueId id : ids) items.push_back(Of(id));
    return Value::Items(std::move(items));
  }
  // What nobody looks at still has the shape of its type.
  static Value Unspecified(const Type& type) {
    Value out = Value::Of(0);
    if (type.is_optional()) return Value::None();
    if (!type.is(TypeKind::kStruct)) return out;
    for (const StructField& field : type.fields()) out.items.push_back(Unspecified(field.type));
    return out;
  }

  Evaluator& evaluator_;
  const ir::Function& fn_;
  const std::vector<const Value*>& args_;
  const RowContext& context_;
  std::vector<Value> values_;
  Type type_;
  Rejection* rejection_ = nullptr;
};

Evaluator::Evaluator(const ir::Module& module, const Catalog& catalog)
    : module_(module), catalog_(catalog) {}

Evaluator::~Evaluator() = default;

bool Evaluator::Call(ir::FnId fn, const std::vector<const Value*>& args, const RowContext& context,
                     Value* result, Rejection* rejection) {
  return Body(*this, module_.functions[fn], args, context).Run(result, rejection);
}

bool Evaluator::Constant(ir::FnId fn, Value* result, Rejection* rejection) {
  std::vector<const Value*> none;
  RowContext context;
  return Call(fn, none, context, result, rejection);
}

const re2::RE2& Evaluator::Pattern(const std::string& text) {
  std::unique_ptr<RE2>& pattern = patterns_[text];
  if (!pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    pattern = std::make_unique<RE2>(text, options);
    FLOW_CHECK(pattern->ok(), "a pattern was not checked");
  }
  return *pattern;
}

}  // namespace flow::interp
