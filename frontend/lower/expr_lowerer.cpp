#include "frontend/lower/expr_lowerer.h"

#include <utility>

#include "base/check.h"
#include "ir/visit.h"

namespace flow::frontend {

using ir::ValueId;

ExprLowerer::ExprLowerer(ir::Module& module, const Sources& sources, std::string name)
    : module_(module), sources_(sources) {
  function_.name = std::move(name);
}

void ExprLowerer::AddRows(const std::vector<Type>& rows) {
  for (const Type& row : rows) {
    auto index = static_cast<uint32_t>(function_.args.size());
    function_.args.push_back(row);
    rows_.push_back({Add(ir::Arg{index}, row), row});
  }
}

// A guarded value may be looked at only where its guard is known to hold (ir/verify.cpp), so
// whoever uses one is guarded, too. What else is guarded is what can fail or costs something: the
// rest is cheaper to do than to jump over.
ValueId ExprLowerer::Add(ir::ScalarOp op, const Type& type, bool costs) {
  bool guarded = costs;
  ir::ForEach<ValueId>(
      op, [&](const ValueId& operand) { guarded = guarded || function_.guards[operand].valid(); });
  return function_.Add(std::move(op), type, guarded ? guard_ : ValueId{}, PlaceOf(span_, sources_));
}

ir::FnId ExprLowerer::Finish(ValueId result, const Type& type) {
  Add(ir::Return{result}, type);
  function_.result = type;
  return module_.functions.Add(std::move(function_));
}

ValueId ExprLowerer::Lower(const TypedExpr& expr) {
  Span before = std::exchange(span_, expr.span);
  ValueId value = std::visit([&](const auto& node) { return LowerNode(expr, node); }, expr.node);
  span_ = before;
  return value;
}

std::string ExprLowerer::NameInside(const char* kind) {
  ++inner_count_;
  std::string name = function_.name + "_" + kind;
  return inner_count_ == 1 ? name : name + "_" + std::to_string(inner_count_);
}

ValueId ExprLowerer::Bool(bool value) {
  return Add(ir::Const{{Type::Bool(), value ? 1 : 0, 0, {}}}, Type::Bool());
}

ValueId ExprLowerer::AndGuard(ValueId guard, ValueId condition) {
  if (!guard.valid()) return condition;
  // Not guarded itself: `condition` counts only where `guard` holds.
  return function_.Add(ir::And{guard, condition}, Type::Bool(), {}, PlaceOf(span_, sources_));
}

template <class Op>
ValueId ExprLowerer::AddFailing(Op op, const Type& type) {
  if (!in_try_) return Add(std::move(op), type, true);
  op.on_fail = ir::OnFail::kYield;
  ValueId fallible = Add(std::move(op), Type::Fallible(type), true);
  GoOnIf(Add(ir::IsOk{fallible}, Type::Bool()));
  return Add(ir::ValueOf{fallible}, type, true);
}

// From here to the end of the arm, ops run only if `ok`.
void ExprLowerer::GoOnIf(ValueId ok) {
  // Whether all went well must be told where only the arm's own guard is known.
  guard_ = path_;
  alive_ = alive_.valid() ? Add(ir::And{alive_, ok}, Type::Bool()) : ok;
  guard_ = AndGuard(path_, alive_);
}

ExprLowerer::Flow ExprLowerer::Enter(ValueId condition) {
  Flow before{path_, alive_, guard_};
  path_ = guard_ = condition.valid() ? AndGuard(guard_, condition) : guard_;
  alive_ = {};
  return before;
}

ExprLowerer::Flow ExprLowerer::Leave(const Flow& before) {
  Flow arm{path_, alive_, guard_};
  path_ = before.path;
  alive_ = before.alive;
  guard_ = before.guard;
  return arm;
}

// The value of an arm as an optional: none where something in it failed.
ValueId ExprLowerer::Outcome(const Flow& arm, ValueId value, const Type& type) {
  Flow before = Flow{path_, alive_, guard_};
  guard_ = arm.guard;
  ValueId some = value;
  if (!type.is_optional()) some = Add(ir::Some{value}, Type::Optional(type), true);
  guard_ = arm.path;
  if (arm.alive.valid()) {
    Type optional = Type::Optional(type);
    some = Add(ir::Select{arm.alive, some, Add(ir::NoneOf{optional}, optional)}, optional);
  }
  Leave(before);
  return some;
}

template <class Then, class Else>
ValueId ExprLowerer::Branch(ValueId condition, const Type& type, Then then_value, Else else_value) {
  Flow before = Enter(condition);
  ValueId a = then_value();
  Flow then_arm = Leave(before);
  Enter(Add(ir::Not{condition}, Type::Bool()));
  ValueId b = else_value();
  Flow else_arm = Leave(before);
  bool can_fail = then_arm.alive.valid() || else_arm.alive.valid();
  if (!can_fail) return Add(ir::Select{condition, a, b}, type);
  // Within `try`, an arm that failed gives none; a T? is packed first, because its own none means
  // something else.
  Type packed = type.is_optional() ? Type::Struct({{"value", type, {}}}) : type;
  Type optional = Type::Optional(packed);
  for (auto [value, arm] : {std::pair(&a, &then_arm), std::pair(&b, &else_arm)}) {
    if (type.is_optional()) {
      guard_ = arm->guard;
      *value = Add(ir::MakeStruct{{"value"}, {*value}}, packed, true);
      guard_ = before.guard;
    }
    *value = Outcome(*arm, *value, packed);
  }
  ValueId chosen = Add(ir::Select{condition, a, b}, optional);
  ValueId none = Add(ir::IsNone{chosen}, Type::Bool());
  GoOnIf(Add(ir::Not{none}, Type::Bool()));
  ValueId value = Add(ir::Unwrap{chosen}, packed, true);
  return type.is_optional() ? Add(ir::Field{value, "value"}, type) : value;
}

// ---------------------------------------------------------------- leaves

ValueId ExprLowerer::LowerNode(const TypedExpr&, const typed::Poison&) {
  FLOW_UNREACHABLE("an expression with an error is not lowered");
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Constant& node) {
  const Constant& value = node.value;
  return Add(ir::Const{{expr.type, value.int_value, value.float_value, value.text}}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::None&) {
  return Add(ir::NoneOf{expr.type}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Column& node) {
  auto captured = columns_.find({node.row, node.name});
  if (captured != columns_.end()) return captured->second.value;
  FLOW_CHECK(node.row < rows_.size(), "an expression over a row stands where there is none");
  return Add(ir::Field{rows_[node.row].value, node.name}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr&, const typed::Local& node) {
  auto local = locals_.find(node.index);
  FLOW_CHECK(local != locals_.end(), "a local without a value");
  return local->second.value;
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Param& node) {
  return Add(ir::ParamRef{ir::ParamId{node.index}}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::RowTime&) {
  if (row_time_) return row_time_->value;
  return Add(ir::RowTime{}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Now&) {
  if (now_) return now_->value;
  return Add(ir::Now{}, expr.type);
}

// ---------------------------------------------------------------- structs, arrays, maps, json

ValueId ExprLowerer::Member(ValueId base, const Type& base_type, const std::string& name,
                            const Type& type) {
  if (base_type.is(TypeKind::kJson)) return Add(ir::JsonGet{base, name}, type, true);
  if (base_type.is(TypeKind::kArray)) return EachField(base, base_type, name);
  return Add(ir::Field{base, name}, type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Field& node) {
  return Add(ir::Field{Lower(*node.base), node.name}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::OptionalField& node) {
  ValueId base = Lower(*node.base);
  Type inner = node.base->type.inner();
  Type member = Type::Optional(Type::Json());
  if (inner.is(TypeKind::kStruct)) member = inner.FindField(node.name)->type;
  if (inner.is(TypeKind::kArray)) {
    member = Type::Array(inner.inner().FindField(node.name)->type);
  }
  ValueId none = Add(ir::IsNone{base}, Type::Bool());
  return Branch(
      none, expr.type, [&] { return Add(ir::NoneOf{expr.type}, expr.type); },
      [&] {
        ValueId value = Member(Add(ir::Unwrap{base}, inner), inner, node.name, member);
        return member.is_optional() ? value : Add(ir::Some{value}, expr.type);
      });
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::JsonMember& node) {
  return Add(ir::JsonGet{Lower(*node.base), node.name}, expr.type, true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr&, const typed::FieldOfEach& node) {
  return EachField(Lower(*node.base), node.base->type, node.name);
}

ValueId ExprLowerer::EachField(ValueId array, const Type& array_type, const std::string& name) {
  Type element = array_type.inner();
  Type field = element.FindField(name)->type;
  ExprLowerer inner(module_, sources_, NameInside("each"));
  inner.span_ = span_;
  inner.AddRows({element});
  ir::FnId fn = inner.Finish(inner.Add(ir::Field{inner.rows_[0].value, name}, field), field);
  // Reading a field cannot fail, so neither can this.
  return Add(ir::ArrayOp{ir::ArrayKind::kMap, array, fn, {}}, Type::Array(field), true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::MakeStruct& node) {
  ir::MakeStruct made{node.names, {}};
  for (const TypedExprPtr& value : node.values) made.values.push_back(Lower(*value));
  return Add(std::move(made), expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::MakeArray& node) {
  ir::MakeArray made{expr.type.inner(), {}};
  for (const TypedExprPtr& value : node.values) made.values.push_back(Lower(*value));
  return Add(std::move(made), expr.type, true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Index& node) {
  ValueId array = Lower(*node.array);
  ValueId index = Lower(*node.index);
  return Add(ir::Index{array, index}, expr.type, true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::MapGet& node) {
  ValueId map = Lower(*node.map);
  ValueId key = Lower(*node.key);
  return Add(ir::MapGet{map, key}, expr.type, true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::In& node) {
  ValueId value = Lower(*node.value);
  ValueId array = Lower(*node.array);
  ValueId in = Add(ir::In{value, array}, expr.type, true);
  return node.negated ? Add(ir::Not{in}, expr.type) : in;
}

// ---------------------------------------------------------------- arithmetic and text

static ir::ArithKind KindOf(typed::ArithOp op) {
  switch (op) {
    case typed::ArithOp::Add:
      return ir::ArithKind::kAdd;
    case typed::ArithOp::Subtract:
      return ir::ArithKind::kSub;
    case typed::ArithOp::Multiply:
      return ir::ArithKind::kMul;
    case typed::ArithOp::Divide:
      return ir::ArithKind::kDiv;
    case typed::ArithOp::IntDivide:
      return ir::ArithKind::kIntDiv;
    case typed::ArithOp::Modulo:
      return ir::ArithKind::kMod;
  }
  FLOW_UNREACHABLE("arithmetic operator");
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Arith& node) {
  ValueId a = Lower(*node.a);
  ValueId b = Lower(*node.b);
  // The IR has the time on the left: `5m + ts` is `ts + 5m`, `3 * 1m` is `1m * 3`.
  bool swap = (node.op == typed::ArithOp::Add && node.b->type.is(TypeKind::kTimestamp)) ||
              (node.op == typed::ArithOp::Multiply && node.b->type.is(TypeKind::kDuration));
  if (swap) std::swap(a, b);
  ir::Arith op{KindOf(node.op), a, b};
  if (expr.type.is(TypeKind::kFloat)) return Add(op, expr.type);
  return AddFailing(op, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Negate& node) {
  ir::Neg op{Lower(*node.a)};
  bool total = expr.type.is(TypeKind::kFloat) || expr.type.is(TypeKind::kDecimal);
  return total ? Add(op, expr.type) : AddFailing(op, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Concat& node) {
  ir::Concat joined;
  for (const TypedExprPtr& part : node.parts) joined.parts.push_back(Lower(*part));
  return Add(std::move(joined), expr.type, true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::RegexMatch& node) {
  ValueId match = Add(ir::RegexMatch{Lower(*node.text), node.pattern}, expr.type, true);
  return node.negated ? Add(ir::Not{match}, expr.type) : match;
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Capture& node) {
  return AddFailing(ir::RegexCapture{Lower(*node.text), node.pattern, expr.type}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Widen& node) {
  const Type& from = node.a->type;
  ValueId a = Lower(*node.a);
  if (!expr.type.is_optional()) return Add(ir::Convert{a, expr.type}, expr.type);
  if (!from.is_optional()) return Add(ir::Some{a}, expr.type);
  // Widening inside the optional.
  ValueId none = Add(ir::IsNone{a}, Type::Bool());
  return Branch(
      none, expr.type, [&] { return Add(ir::NoneOf{expr.type}, expr.type); },
      [&] {
        ValueId value = Add(ir::Unwrap{a}, from.inner());
        Type to = expr.type.inner();
        return Add(ir::Some{Add(ir::Convert{value, to}, to, true)}, expr.type);
      });
}

// ---------------------------------------------------------------- comparison

static ir::CompareKind KindOf(typed::CompareOp op) {
  switch (op) {
    case typed::CompareOp::Equal:
      return ir::CompareKind::kEq;
    case typed::CompareOp::NotEqual:
      return ir::CompareKind::kNe;
    case typed::CompareOp::Less:
      return ir::CompareKind::kLt;
    case typed::CompareOp::LessEqual:
      return ir::CompareKind::kLe;
    case typed::CompareOp::Greater:
      return ir::CompareKind::kGt;
    case typed::CompareOp::GreaterEqual:
      return ir::CompareKind::kGe;
  }
  FLOW_UNREACHABLE("comparison operator");
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Compare& node) {
  ValueId a = Lower(*node.a);
  ValueId b = Lower(*node.b);
  const Type& x = node.a->type;
  const Type& y = node.b->type;
  bool same = x.strip_optional() == y.strip_optional();
  if (same || (!x.is_optional() && !y.is_optional())) {
    return Add(ir::Compare{KindOf(node.op), a, b}, expr.type, true);
  }
  // int? with float: equal only if both are there and equal, or both are not.
  Type boolean = Type::Bool();
  ValueId a_none = x.is_optional() ? Add(ir::IsNone{a}, boolean) : Bool(false);
  ValueId b_none = y.is_optional() ? Add(ir::IsNone{b}, boolean) : Bool(false);
  ValueId either = Add(ir::Or{a_none, b_none}, boolean);
  ValueId both = Add(ir::And{a_none, b_none}, boolean);
  ValueId equal = Branch(
      either, boolean, [&] { return both; },
      [&] {
        ValueId left = x.is_optional() ? Add(ir::Unwrap{a}, x.inner()) : a;
        ValueId right = y.is_optional() ? Add(ir::Unwrap{b}, y.inner()) : b;
        return Add(ir::Compare{ir::CompareKind::kEq, left, right}, boolean, true);
      });
  return node.op == typed::CompareOp::Equal ? equal : Add(ir::Not{equal}, boolean);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::IsNone& node) {
  ValueId none = Add(ir::IsNone{Lower(*node.a)}, expr.type);
  return node.negated ? Add(ir::Not{none}, expr.type) : none;
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Not& node) {
  return Add(ir::Not{Lower(*node.a)}, expr.type);
}

// ---------------------------------------------------------------- choice

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::And& node) {
  ValueId a = Lower(*node.a);
  if (in_try_ && node.b->may_fail) {
    // A failure on the right counts only where the right side is evaluated.
    return Branch(a, expr.type, [&] { return Lower(*node.b); }, [&] { return Bool(false); });
  }
  Flow before = Enter(a);
  ValueId b = Lower(*node.b);
  Leave(before);
  return Add(ir::And{a, b}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Or& node) {
  ValueId a = Lower(*node.a);
  if (in_try_ && node.b->may_fail) {
    return Branch(a, expr.type, [&] { return Bool(true); }, [&] { return Lower(*node.b); });
  }
  Flow before = Enter(Add(ir::Not{a}, Type::Bool()));
  ValueId b = Lower(*node.b);
  Leave(before);
  return Add(ir::Or{a, b}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::If& node) {
  ValueId condition = Lower(*node.condition);
  return Branch(
      condition, expr.type, [&] { return Lower(*node.then_value); },
      [&] { return Lower(*node.else_value); });
}

ValueId ExprLowerer::Equal(ValueId subject, const Type& type, const TypedExpr& pattern) {
  if (std::holds_alternative<typed::None>(pattern.node)) {
    return Add(ir::IsNone{subject}, Type::Bool());
  }
  ValueId value = Lower(pattern);
  bool text = !type.strip_optional().is(TypeKind::kSet);
  return Add(ir::Compare{ir::CompareKind::kEq, subject, value}, Type::Bool(), text);
}

ValueId ExprLowerer::CaseArms(const TypedExpr& expr, const typed::Case& node, ValueId subject,
                              size_t arm) {
  if (arm == node.arms.size()) return Lower(*node.otherwise);
  const typed::CaseArm& here = node.arms[arm];
  bool last = arm + 1 == node.arms.size() && !node.otherwise;
  if (last) return Lower(*here.value);
  ValueId condition;
  for (const TypedExprPtr& pattern : here.patterns) {
    ValueId equal = Equal(subject, node.subject->type, *pattern);
    condition = condition.valid() ? Add(ir::Or{condition, equal}, Type::Bool()) : equal;
  }
  return Branch(
      condition, expr.type, [&] { return Lower(*here.value); },
      [&] { return CaseArms(expr, node, subject, arm + 1); });
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Case& node) {
  return CaseArms(expr, node, Lower(*node.subject), 0);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Coalesce& node) {
  ValueId a = Lower(*node.a);
  ValueId none = Add(ir::IsNone{a}, Type::Bool());
  return Branch(
      none, expr.type, [&] { return Lower(*node.b); },
      [&] { return expr.type.is_optional() ? a : Add(ir::Unwrap{a}, expr.type); });
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Unwrap& node) {
  return Add(ir::Unwrap{Lower(*node.a)}, expr.type);
}

// ---------------------------------------------------------------- calls and failure

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Call& node) {
  ir::Call call{node.function, node.overload, {}, expr.type};
  for (const TypedExprPtr& arg : node.args) call.args.push_back(Lower(*arg));
  return node.fails ? AddFailing(std::move(call), expr.type)
                    : Add(std::move(call), expr.type, true);
}

ValueId ExprLowerer::LowerNode(const TypedExpr&, const typed::FnCall& node) {
  std::map<uint32_t, Bound> locals;
  for (size_t i = 0; i < node.args.size(); ++i) {
    const TypedExpr& arg = *node.args[i];
    locals[static_cast<uint32_t>(i)] = {Lower(arg), arg.type};
  }
  std::swap(locals, locals_);
  ValueId result = Lower(*node.fn->value);
  std::swap(locals, locals_);
  return result;
}

ValueId ExprLowerer::LowerNode(const TypedExpr&, const typed::Try& node) {
  bool in_try = std::exchange(in_try_, true);
  Flow before = Enter({});
  ValueId value = Lower(*node.a);
  Flow inside = Leave(before);
  in_try_ = in_try;
  // `try` of an optional stays T?.
  return Outcome(inside, value, node.a->type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr&, const typed::Bang& node) { return Lower(*node.a); }

// ---------------------------------------------------------------- lambdas

void ExprLowerer::CollectCaptures(const TypedExpr& body, uint32_t element, ExprLowerer* inner,
                                  std::vector<ValueId>* captures) {
  auto capture = [&](const Bound& bound) {
    auto index = static_cast<uint32_t>(inner->function_.args.size());
    inner->function_.args.push_back(bound.type);
    captures->push_back(bound.value);
    return Bound{inner->Add(ir::Arg{index}, bound.type), bound.type};
  };
  if (const auto* column = std::get_if<typed::Column>(&body.node)) {
    std::pair key(column->row, column->name);
    if (!inner->columns_.contains(key)) {
      inner->columns_[key] = capture({Lower(body), body.type});
    }
  } else if (const auto* local = std::get_if<typed::Local>(&body.node)) {
    bool outer = locals_.contains(local->index) && local->index < element;
    if (outer && !inner->locals_.contains(local->index)) {
      inner->locals_[local->index] = capture({Lower(body), body.type});
    }
  } else if (std::holds_alternative<typed::RowTime>(body.node)) {
    if (!inner->row_time_) inner->row_time_ = capture({Lower(body), body.type});
  } else if (std::holds_alternative<typed::Now>(body.node)) {
    if (!inner->now_) inner->now_ = capture({Lower(body), body.type});
  } else if (const auto* call = std::get_if<typed::FnCall>(&body.node)) {
    // A fn sees its arguments only, and perhaps the clock.
    std::vector<const TypedExpr*> below{call->fn->value.get()};
    while (!below.empty()) {
      const TypedExpr* at = below.back();
      below.pop_back();
      if (std::holds_alternative<typed::Now>(at->node) && !inner->now_) {
        inner->now_ = capture({Lower(*at), at->type});
      }
      if (const auto* nested = std::get_if<typed::FnCall>(&at->node)) {
        below.push_back(nested->fn->value.get());
      }
      ForEachOperand(*at, [&](const TypedExprPtr& operand) { below.push_back(operand.get()); });
    }
  }
  ForEachOperand(body, [&](const TypedExprPtr& operand) {
    CollectCaptures(*operand, element, inner, captures);
  });
}

static ir::ArrayKind KindOf(typed::ArrayFn fn) {
  switch (fn) {
    case typed::ArrayFn::Map:
      return ir::ArrayKind::kMap;
    case typed::ArrayFn::Filter:
      return ir::ArrayKind::kFilter;
    case typed::ArrayFn::Any:
      return ir::ArrayKind::kAny;
    case typed::ArrayFn::All:
      return ir::ArrayKind::kAll;
  }
  FLOW_UNREACHABLE("function over arrays");
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::ArrayCall& node) {
  ValueId array = Lower(*node.array);
  ExprLowerer inner(module_, sources_, NameInside("lambda"));
  inner.span_ = node.body->span;
  Type element = node.array->type.inner();
  inner.function_.args.push_back(element);
  inner.locals_[node.local] = {inner.Add(ir::Arg{0}, element), element};
  std::vector<ValueId> captures;
  CollectCaptures(*node.body, node.local, &inner, &captures);
  ir::FnId fn = inner.Finish(inner.Lower(*node.body), node.body->type);
  ir::ArrayOp op{KindOf(node.fn), array, fn, std::move(captures)};
  return node.body->may_fail ? AddFailing(std::move(op), expr.type)
                             : Add(std::move(op), expr.type, true);
}

}  // namespace flow::frontend
