#include "frontend/lower/expr_lowerer.h"

#include <utility>

#include "base/check.h"

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

ValueId ExprLowerer::Add(ir::ScalarOp op, const Type& type, bool guarded) {
  return function_.Add(std::move(op), type, guarded ? guard_ : ValueId{}, PlaceOf(span_, sources_));
}

ir::FnId ExprLowerer::Finish(ValueId result, const Type& type) {
  Add(ir::Return{result}, type);
  function_.result = type;
  return module_.functions.Add(std::move(function_));
}

ValueId ExprLowerer::Lower(const TypedExpr& expr) {
  Span before = std::exchange(span_, expr.span);
  ValueId value =
      std::visit([&](const auto& node) { return LowerNode(expr, node); }, expr.node);
  span_ = before;
  return value;
}

ValueId ExprLowerer::Bool(bool value) {
  return Add(ir::Const{{Type::Bool(), value ? 1 : 0, 0, {}}}, Type::Bool());
}

ValueId ExprLowerer::AndGuard(ValueId guard, ValueId condition) {
  if (!guard.valid()) return condition;
  return Add(ir::And{guard, condition}, Type::Bool());
}

template <class Op>
ValueId ExprLowerer::AddFailing(Op op, const Type& type) {
  if (!in_try_) return Add(std::move(op), type, true);
  op.on_fail = ir::OnFail::kYield;
  ValueId fallible = Add(std::move(op), Type::Fallible(type), true);
  ValueId ok = Add(ir::IsOk{fallible}, Type::Bool());
  alive_ = AndGuard(alive_, ok);
  guard_ = AndGuard(guard_, ok);
  return Add(ir::ValueOf{fallible}, type);
}

template <class Then, class Else>
ValueId ExprLowerer::Branch(ValueId condition, const Type& type, Then then_value, Else else_value) {
  ValueId guard = guard_;
  ValueId alive = alive_;
  guard_ = AndGuard(guard, condition);
  ValueId a = then_value();
  ValueId alive_then = alive_;
  // Most else arms are constants or `none`; their guard is dropped with the other unused ops.
  alive_ = alive;
  guard_ = AndGuard(guard, Add(ir::Not{condition}, Type::Bool()));
  ValueId b = else_value();
  ValueId alive_else = alive_;
  guard_ = guard;
  alive_ = alive_then;
  if (alive_then != alive_else) {
    ValueId x = alive_then.valid() ? alive_then : Bool(true);
    ValueId y = alive_else.valid() ? alive_else : Bool(true);
    alive_ = Add(ir::Select{condition, x, y}, Type::Bool());
    guard_ = AndGuard(guard, alive_);
  }
  return Add(ir::Select{condition, a, b}, type);
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
  ExprLowerer inner(module_, sources_, function_.name + "_each_" + name);
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
    case typed::ArithOp::Add: return ir::ArithKind::kAdd;
    case typed::ArithOp::Subtract: return ir::ArithKind::kSub;
    case typed::ArithOp::Multiply: return ir::ArithKind::kMul;
    case typed::ArithOp::Divide: return ir::ArithKind::kDiv;
    case typed::ArithOp::IntDivide: return ir::ArithKind::kIntDiv;
    case typed::ArithOp::Modulo: return ir::ArithKind::kMod;
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
    case typed::CompareOp::Equal: return ir::CompareKind::kEq;
    case typed::CompareOp::NotEqual: return ir::CompareKind::kNe;
    case typed::CompareOp::Less: return ir::CompareKind::kLt;
    case typed::CompareOp::LessEqual: return ir::CompareKind::kLe;
    case typed::CompareOp::Greater: return ir::CompareKind::kGt;
    case typed::CompareOp::GreaterEqual: return ir::CompareKind::kGe;
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
  ValueId guard = std::exchange(guard_, AndGuard(guard_, a));
  ValueId b = Lower(*node.b);
  guard_ = guard;
  return Add(ir::And{a, b}, expr.type);
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Or& node) {
  ValueId a = Lower(*node.a);
  if (in_try_ && node.b->may_fail) {
    return Branch(a, expr.type, [&] { return Bool(true); }, [&] { return Lower(*node.b); });
  }
  ValueId guard = guard_;
  guard_ = AndGuard(guard, Add(ir::Not{a}, Type::Bool()));
  ValueId b = Lower(*node.b);
  guard_ = guard;
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

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::Try& node) {
  bool in_try = std::exchange(in_try_, true);
  ValueId alive = std::exchange(alive_, ValueId{});
  ValueId guard = guard_;
  ValueId value = Lower(*node.a);
  ValueId succeeded = alive_;
  in_try_ = in_try;
  alive_ = alive;
  guard_ = guard;
  // `try` of an optional stays T?.
  ValueId some = node.a->type.is_optional() ? value : Add(ir::Some{value}, expr.type);
  if (!succeeded.valid()) return some;
  ValueId none = Add(ir::NoneOf{expr.type}, expr.type);
  return Add(ir::Select{succeeded, some, none}, expr.type);
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
    case typed::ArrayFn::Map: return ir::ArrayKind::kMap;
    case typed::ArrayFn::Filter: return ir::ArrayKind::kFilter;
    case typed::ArrayFn::Any: return ir::ArrayKind::kAny;
    case typed::ArrayFn::All: return ir::ArrayKind::kAll;
  }
  FLOW_UNREACHABLE("function over arrays");
}

ValueId ExprLowerer::LowerNode(const TypedExpr& expr, const typed::ArrayCall& node) {
  ValueId array = Lower(*node.array);
  ExprLowerer inner(module_, sources_, function_.name + "_lambda");
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
