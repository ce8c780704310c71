// fold_constants: computes what is known while compiling, in every function. An operation that
// would fault (overflow, zero divisor, a decimal or a timestamp that does not fit) is left as it
// is, for the row that reaches it; decimals that would need rounding are left to run time too.
// Floats are folded by the host's IEEE 754 operations, the same that run rows.
//
// Laws stand above the rules. A value that takes another's place must be evaluated wherever the
// other was: it has no guard, or the same one. A guard known to be true is dropped; an op under a
// guard known to be false stays until simplify, which drops what nobody uses.

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/decimal_text.h"
#include "ir/infer.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace flow::ir::passes {
namespace {

constexpr int64_t kTimestampMax = INT64_MAX - 1;  // semantics.md 11
constexpr int64_t kTimestampMin = -INT64_MAX;

// What an op becomes: another value, or another op in its place.
struct Folded {
  ValueId value;
  std::optional<ScalarOp> op;
};

Folded To(ValueId value) { return {value, std::nullopt}; }
Folded To(ScalarOp op) { return {{}, std::move(op)}; }

Literal BoolLiteral(bool value) { return {Type::Bool(), value ? 1 : 0, 0, {}}; }
Literal IntLiteral(Type type, int64_t value) { return {std::move(type), value, 0, {}}; }
Literal FloatLiteral(double value) { return {Type::Float(), 0, value, {}}; }
Literal TextLiteral(Type type, std::string text) {
  return {std::move(type), 0, 0, std::move(text)};
}

// -1, 0, 1 in the total order of semantics.md 6: NaN equals NaN and is greater than all.
int CompareFloats(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
  return (a > b) - (a < b);
}

// By exact value (semantics.md 7).
int CompareIntFloat(int64_t a, double b) {
  if (std::isnan(b) || b >= 0x1p63) return -1;
  if (b < -0x1p63) return 1;
  auto whole = static_cast<int64_t>(b);
  if (a != whole) return a < whole ? -1 : 1;
  double fraction = b - static_cast<double>(whole);
  return (fraction < 0) - (fraction > 0);
}

class Folder {
 public:
  Folder(const Module& module, const Function& fn) : rewriter_(module, fn), fn_(rewriter_.fn()) {}

  // The folded function, or nothing when it stays as it is.
  std::optional<Function> Run() {
    const Function& old = rewriter_.old();
    bool changed = false;
    for (size_t i = 0; i < old.ops.size(); ++i) {
      ValueId id = old.ops.IdAt(i);
      ScalarOp op = rewriter_.Renumbered(id);
      guard_ = rewriter_.NewGuard(id);
      Folded folded = std::visit([&](const auto& o) { return Fold(o); }, op);
      if (folded.value.valid() && MayStandFor(folded.value)) {
        rewriter_.ReplaceBy(id, folded.value);
        changed = true;
        continue;
      }
      changed |= folded.op.has_value();
      ValueId added = rewriter_.Replace(id, folded.op ? std::move(*folded.op) : std::move(op));
      // when true  =>  always
      if (guard_.valid() && IsTrue(guard_)) {
        fn_.guards[added] = ValueId{};
        changed = true;
      }
    }
    if (!changed) return std::nullopt;
    return rewriter_.Finish();
  }

 private:
  bool MayStandFor(ValueId value) const {
    ValueId guard = fn_.guards[value];
    return !guard.valid() || guard == guard_;
  }
  template <class OpT>
  const OpT* Get(ValueId id) const {
    return std::get_if<OpT>(&fn_.ops[id]);
  }
  bool IsConst(ValueId id) const { return Get<Const>(id) != nullptr; }
  const Literal& Value(ValueId id) const { return Get<Const>(id)->value; }
  bool IsBool(ValueId id, bool value) const {
    return IsConst(id) && Value(id).type.is(TypeKind::kBool) && (Value(id).int_value != 0) == value;
  }
  bool IsTrue(ValueId id) const { return IsBool(id, true); }
  bool IsFalse(ValueId id) const { return IsBool(id, false); }
  bool IsInt(ValueId id, int64_t value) const {
    return IsConst(id) && Value(id).type.is(TypeKind::kInt) && Value(id).int_value == value;
  }

  // true and b => b      false and b => false      a and true => a      a and false => false      a
  // and a => a
  Folded Fold(const And& op) {
    if (IsTrue(op.a)) return To(op.b);
    if (IsFalse(op.a) || IsFalse(op.b)) return To(Const{BoolLiteral(false)});
    return IsTrue(op.b) || op.a == op.b ? To(op.a) : Folded{};
  }
  // true or b => true      false or b => b      a or true => true      a or false => a      a or a
  // => a
  Folded Fold(const Or& op) {
    if (IsFalse(op.a)) return To(op.b);
    if (IsTrue(op.a) || IsTrue(op.b)) return To(Const{BoolLiteral(true)});
    return IsFalse(op.b) || op.a == op.b ? To(op.a) : Folded{};
  }
  // not not a => a
  Folded Fold(const Not& op) {
    if (IsConst(op.a)) return To(Const{BoolLiteral(!IsTrue(op.a))});
    if (const Not* inner = Get<Not>(op.a)) return To(inner->a);
    return {};
  }
  // select true, a, b => a      select false, a, b => b      select c, a, a => a
  Folded Fold(const Select& op) {
    if (IsTrue(op.condition)) return To(op.a);
    if (IsFalse(op.condition)) return To(op.b);
    return op.a == op.b ? To(op.a) : Folded{};
  }
  // is_none (some a) => false      is_none none => true
  Folded Fold(const IsNone& op) {
    if (Get<Some>(op.a) != nullptr) return To(Const{BoolLiteral(false)});
    if (Get<NoneOf>(op.a) != nullptr) return To(Const{BoolLiteral(true)});
    return {};
  }
  // unwrap (some a) => a
  Folded Fold(const Unwrap& op) {
    const Some* some = Get<Some>(op.a);
    return some != nullptr ? To(some->a) : Folded{};
  }
  // field (struct .., n: a, ..), n => a
  Folded Fold(const Field& op) {
    const MakeStruct* made = Get<MakeStruct>(op.value);
    if (made == nullptr) return {};
    for (size_t i = 0; i < made->names.size(); ++i) {
      if (made->names[i] == op.name) return To(made->values[i]);
    }
    return {};
  }
  Folded Fold(const Arith& op) {
    if (op.on_fail == OnFail::kYield) return {};
    if (IsConst(op.a) && IsConst(op.b)) return FoldArith(op, Value(op.a), Value(op.b));
    if (!fn_.types[op.a].is(TypeKind::kInt) || !fn_.types[op.b].is(TypeKind::kInt)) return {};
    switch (op.kind) {
      case ArithKind::kAdd:  // a + 0 => a      0 + b => b
        return IsInt(op.b, 0) ? To(op.a) : IsInt(op.a, 0) ? To(op.b) : Folded{};
      case ArithKind::kSub:  // a - 0 => a
        return IsInt(op.b, 0) ? To(op.a) : Folded{};
      case ArithKind::kMul:  // a * 1 => a      1 * b => b
        return IsInt(op.b, 1) ? To(op.a) : IsInt(op.a, 1) ? To(op.b) : Folded{};
      case ArithKind::kIntDiv:  // a // 1 => a
        return IsInt(op.b, 1) ? To(op.a) : Folded{};
      case ArithKind::kDiv:
      case ArithKind::kMod: return {};
    }
  }
  Folded FoldArith(const Arith& op, const Literal& a, const Literal& b) {
    if (a.type.is(TypeKind::kDecimal)) return FoldDecimals(op.kind, a, b);
    if (a.type.is(TypeKind::kFloat)) return FoldFloats(op.kind, a.float_value, b.float_value);
    return FoldWhole(op, a, b);
  }
  Folded FoldFloats(ArithKind kind, double a, double b) {
    switch (kind) {
      case ArithKind::kAdd: return To(Const{FloatLiteral(a + b)});
      case ArithKind::kSub: return To(Const{FloatLiteral(a - b)});
      case ArithKind::kMul: return To(Const{FloatLiteral(a * b)});
      case ArithKind::kDiv: return To(Const{FloatLiteral(a / b)});
      case ArithKind::kIntDiv:
      case ArithKind::kMod: return {};
    }
  }
  // int, duration and timestamp.
  Folded FoldWhole(const Arith& op, const Literal& x, const Literal& y) {
    int64_t a = x.int_value;
    int64_t b = y.int_value;
    int64_t result = 0;
    bool faults = false;
    switch (op.kind) {
      case ArithKind::kAdd: faults = __builtin_add_overflow(a, b, &result); break;
      case ArithKind::kSub: faults = __builtin_sub_overflow(a, b, &result); break;
      case ArithKind::kMul: faults = __builtin_mul_overflow(a, b, &result); break;
      case ArithKind::kDiv:
        return To(Const{FloatLiteral(static_cast<double>(a) / static_cast<double>(b))});
      case ArithKind::kIntDiv:
        faults = b == 0 || (a == INT64_MIN && b == -1);
        if (!faults) result = a / b;
        break;
      case ArithKind::kMod:
        faults = b == 0;
        if (!faults) result = b == -1 ? 0 : a % b;
        break;
    }
    Type type = ResultType(op);
    if (type.is(TypeKind::kTimestamp)) faults |= result < kTimestampMin || result > kTimestampMax;
    return faults ? Folded{} : To(Const{IntLiteral(type, result)});
  }
  Folded FoldDecimals(ArithKind kind, const Literal& x, const Literal& y) {
    if (kind == ArithKind::kDiv) return {};
    int s1 = x.type.scale();
    int s2 = y.type.scale();
    Type type = ArithResult(kind, x.type, y.type);
    bool product = kind == ArithKind::kMul;
    int natural = product ? s1 + s2 : std::max(s1, s2);
    if (type.scale() != natural) return {};  // would round
    auto a = ParseDecimalText(x.text, product ? s1 : natural);
    auto b = ParseDecimalText(y.text, product ? s2 : natural);
    if (!a || !b) return {};
    __int128 result = 0;
    bool faults = product ? __builtin_mul_overflow(*a, *b, &result)
                  : kind == ArithKind::kAdd ? __builtin_add_overflow(*a, *b, &result)
                                            : __builtin_sub_overflow(*a, *b, &result);
    if (faults || !FitsPrecision(result, type.precision())) return {};
    return To(Const{TextLiteral(type, DecimalToText(result, type.scale()))});
  }
  Type ResultType(const Arith& op) {
    return ArithResult(op.kind, fn_.types[op.a], fn_.types[op.b]);
  }
  // - - a is not a for MIN; only constants fold.
  Folded Fold(const Neg& op) {
    if (op.on_fail == OnFail::kYield || !IsConst(op.a)) return {};
    const Literal& a = Value(op.a);
    if (a.type.is(TypeKind::kFloat)) return To(Const{FloatLiteral(-a.float_value)});
    if (a.type.is(TypeKind::kDecimal)) {
      auto value = ParseDecimalText(a.text, a.type.scale());
      if (!value) return {};
      return To(Const{TextLiteral(a.type, DecimalToText(-*value, a.type.scale()))});
    }
    if (a.int_value == INT64_MIN) return {};
    return To(Const{IntLiteral(a.type, -a.int_value)});
  }
  Folded Fold(const Compare& op) {
    if (!IsConst(op.a) || !IsConst(op.b)) return {};
    std::optional<int> order = Order(Value(op.a), Value(op.b));
    if (!order) return {};
    switch (op.kind) {
      case CompareKind::kEq: return To(Const{BoolLiteral(*order == 0)});
      case CompareKind::kNe: return To(Const{BoolLiteral(*order != 0)});
      case CompareKind::kLt: return To(Const{BoolLiteral(*order < 0)});
      case CompareKind::kLe: return To(Const{BoolLiteral(*order <= 0)});
      case CompareKind::kGt: return To(Const{BoolLiteral(*order > 0)});
      case CompareKind::kGe: return To(Const{BoolLiteral(*order >= 0)});
    }
  }
  std::optional<int> Order(const Literal& a, const Literal& b) {
    bool float_a = a.type.is(TypeKind::kFloat);
    bool float_b = b.type.is(TypeKind::kFloat);
    if (float_a && float_b) return CompareFloats(a.float_value, b.float_value);
    if (float_b) return CompareIntFloat(a.int_value, b.float_value);
    if (float_a) return -CompareIntFloat(b.int_value, a.float_value);
    switch (a.type.kind()) {
      case TypeKind::kBool:
      case TypeKind::kInt:
      case TypeKind::kTimestamp:
      case TypeKind::kDuration: return (a.int_value > b.int_value) - (a.int_value < b.int_value);
      case TypeKind::kString:
      case TypeKind::kBytes: {
        int order = a.text.compare(b.text);
        return (order > 0) - (order < 0);
      }
      case TypeKind::kDecimal: {
        auto x = ParseDecimalText(a.text, a.type.scale());
        auto y = ParseDecimalText(b.text, b.type.scale());
        if (!x || !y) return std::nullopt;
        return (*x > *y) - (*x < *y);
      }
      case TypeKind::kSet: {
        int order = a.type.labels()[static_cast<size_t>(a.int_value)].compare(
            b.type.labels()[static_cast<size_t>(b.int_value)]);
        return (order > 0) - (order < 0);
      }
      default: return std::nullopt;
    }
  }
  Folded Fold(const Convert& op) {
    if (fn_.types[op.a] == op.to) return To(op.a);
    if (!IsConst(op.a)) return {};
    const Literal& a = Value(op.a);
    if (a.type.is(TypeKind::kSet)) {
      return To(Const{TextLiteral(op.to, a.type.labels()[static_cast<size_t>(a.int_value)])});
    }
    if (op.to.is(TypeKind::kFloat))
      return To(Const{FloatLiteral(static_cast<double>(a.int_value))});
    bool decimal = a.type.is(TypeKind::kDecimal);
    auto value = decimal ? ParseDecimalText(a.text, op.to.scale())
                         : ScaledUp(a.int_value, op.to.scale());
    if (!value || !FitsPrecision(*value, op.to.precision())) return {};
    return To(Const{TextLiteral(op.to, DecimalToText(*value, op.to.scale()))});
  }
  // Neighbouring constants join; concat of one part is that part.
  Folded Fold(const Concat& op) {
    if (op.parts.size() == 1) return To(op.parts[0]);
    std::string all;
    for (ValueId part : op.parts) {
      if (!IsConst(part)) return {};
      all += Value(part).text;
    }
    return To(Const{TextLiteral(Type::String(), std::move(all))});
  }
  // Nothing to fold; listed one by one so that a new op is thought about.
  Folded Fold(const Arg&) { return {}; }
  Folded Fold(const ArrayOp&) { return {}; }
  Folded Fold(const Call&) { return {}; }
  Folded Fold(const Const&) { return {}; }
  Folded Fold(const In&) { return {}; }
  Folded Fold(const Index&) { return {}; }
  Folded Fold(const IsOk&) { return {}; }
  Folded Fold(const JsonGet&) { return {}; }
  Folded Fold(const MakeArray&) { return {}; }
  Folded Fold(const MakeStruct&) { return {}; }
  Folded Fold(const MapGet&) { return {}; }
  Folded Fold(const NoneOf&) { return {}; }
  Folded Fold(const Now&) { return {}; }
  Folded Fold(const ParamRef&) { return {}; }
  Folded Fold(const RegexCapture&) { return {}; }
  Folded Fold(const RegexMatch&) { return {}; }
  Folded Fold(const Return&) { return {}; }
  Folded Fold(const RowTime&) { return {}; }
  Folded Fold(const Some&) { return {}; }
  Folded Fold(const ValueOf&) { return {}; }

  FunctionRewriter rewriter_;
  Function& fn_;
  ValueId guard_;
};

}  // namespace

bool fold_constants(Module& module, const PassOptions&) {
  bool changed = false;
  for (size_t i = 0; i < module.functions.size(); ++i) {
    FnId id = module.functions.IdAt(i);
    std::optional<Function> folded = Folder(module, module.functions[id]).Run();
    if (!folded) continue;
    module.functions[id] = std::move(*folded);
    changed = true;
  }
  return changed;
}

}  // namespace flow::ir::passes
