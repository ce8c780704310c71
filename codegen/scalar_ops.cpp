// Row-level ops that are a few instructions each.

#include "base/check.h"
#include "codegen/scalar_body.h"
#include "ir/visit.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

// Comparing costs no call and touches no memory.
bool ComparesInRegisters(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
    case TypeKind::kNone:
    case TypeKind::kSet:
      return true;
    case TypeKind::kOptional:
      return ComparesInRegisters(type.inner());
    default:
      return false;
  }
}

}  // namespace

bool BodyEmitter::NeedsBranch(const ir::ScalarOp& op) const {
  return std::visit(
      ir::Overloaded{[&](const ir::Arith& o) {
                       TypeKind kind = TypeOf(o.a).kind();
                       if (kind == TypeKind::kFloat) return false;
                       return o.on_fail == ir::OnFail::kReject || kind == TypeKind::kDecimal;
                     },
                     [&](const ir::Neg& o) {
                       return o.on_fail == ir::OnFail::kReject && !TypeOf(o.a).is(TypeKind::kFloat);
                     },
                     [&](const ir::Compare& o) {
                       return !ComparesInRegisters(TypeOf(o.a)) ||
                              !ComparesInRegisters(TypeOf(o.b));
                     },
                     [&](const ir::Convert& o) { return !ComparesInRegisters(o.to); },
                     [](const ir::ArrayOp&) { return true; },
                     [](const ir::Call&) { return true; },
                     [](const ir::Concat&) { return true; },
                     [](const ir::In&) { return true; },
                     [](const ir::Index&) { return true; },
                     [](const ir::JsonGet&) { return true; },
                     [](const ir::MakeArray&) { return true; },
                     [](const ir::MapGet&) { return true; },
                     [](const ir::RegexCapture&) { return true; },
                     [](const ir::RegexMatch&) { return true; },
                     [](const ir::And&) { return false; },
                     [](const ir::Arg&) { return false; },
                     [](const ir::Const&) { return false; },
                     [](const ir::Field&) { return false; },
                     [](const ir::IsNone&) { return false; },
                     [](const ir::IsOk&) { return false; },
                     [](const ir::MakeStruct&) { return false; },
                     [](const ir::NoneOf&) { return false; },
                     [](const ir::Not&) { return false; },
                     [](const ir::Now&) { return false; },
                     [](const ir::Or&) { return false; },
                     [](const ir::ParamRef&) { return false; },
                     [](const ir::Return&) { return false; },
                     [](const ir::RowTime&) { return false; },
                     [](const ir::Select&) { return false; },
                     [](const ir::Some&) { return false; },
                     [](const ir::Unwrap&) { return false; },
                     [](const ir::ValueOf&) { return false; }},
      op);
}

Value BodyEmitter::Lower(ir::ValueId, const ir::And& op) {
  return BoolValue(fn_.b.CreateLogicalAnd(Leaf(op.a), Leaf(op.b)));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Or& op) {
  return BoolValue(fn_.b.CreateLogicalOr(Leaf(op.a), Leaf(op.b)));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Not& op) {
  return BoolValue(fn_.b.CreateNot(Leaf(op.a)));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Arg& op) { return args_[op.index]; }

Value BodyEmitter::Lower(ir::ValueId id, const ir::Arith& op) {
  Value a = Get(op.a);
  Value b = Get(op.b);
  const Type& type = TypeOf(id).is(TypeKind::kFallible) ? TypeOf(id).inner() : TypeOf(id);
  return FinishArith(id, op.on_fail, EmitArith(fn_, op.kind, a, b, type));
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::Neg& op) {
  return FinishArith(id, op.on_fail, EmitNeg(fn_, Get(op.a)));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Compare& op) {
  Value a = Get(op.a);
  Value b = Get(op.b);
  return BoolValue(EmitCompare(fn_, op.kind, a, b));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Const& op) { return EmitLiteral(m_, op.value); }

Value BodyEmitter::Lower(ir::ValueId, const ir::Convert& op) {
  return EmitConvert(fn_, Get(op.a), op.to);
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Field& op) {
  Value whole = Get(op.value);
  int field = whole.type.FieldIndex(op.name);
  FLOW_CHECK(field >= 0, "the struct has no such field");
  return FieldOf(whole, field);
}

Value BodyEmitter::Lower(ir::ValueId, const ir::IsNone& op) {
  return BoolValue(fn_.b.CreateNot(PresentOf(Get(op.a))));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::IsOk& op) {
  return BoolValue(PresentOf(Get(op.a)));
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::MakeStruct& op) {
  Value out{TypeOf(id), {}};
  for (ir::ValueId part : op.values) {
    Value value = Get(part);
    out.leaves.append(value.leaves.begin(), value.leaves.end());
  }
  return out;
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::NoneOf&) {
  return ZeroValue(m_.context, TypeOf(id));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Now&) {
  return {Type::Timestamp(), {scalar_.scope().now()}};
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::ParamRef& op) {
  llvm::Value* params = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, params));
  return LoadValue(fn_, TypeOf(id), fn_.At(params, m_.plan.params[op.param.index].offset));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Return&) {
  FLOW_UNREACHABLE("return has no value of its own");
}

Value BodyEmitter::Lower(ir::ValueId, const ir::RowTime&) {
  FLOW_CHECK(scalar_.scope().event_time != nullptr, "rowtime of a stream without event time");
  return {Type::Timestamp(), {scalar_.scope().event_time}};
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::Select& op) {
  llvm::Value* condition = Leaf(op.condition);
  Value a = Get(op.a);
  Value b = Get(op.b);
  Value out{TypeOf(id), {}};
  for (size_t i = 0; i < a.leaves.size(); ++i) {
    out.leaves.push_back(fn_.b.CreateSelect(condition, a.leaves[i], b.leaves[i]));
  }
  return out;
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::Some& op) {
  return WithPresence(TypeOf(id), Get(op.a), fn_.Bool(true));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Unwrap& op) { return InnerOf(Get(op.a)); }

Value BodyEmitter::Lower(ir::ValueId, const ir::ValueOf& op) { return InnerOf(Get(op.a)); }

}  // namespace flow::codegen
