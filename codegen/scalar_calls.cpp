// Row-level ops that call natives or loop: functions of the catalog, patterns, strings, arrays,
// maps, json.

#include "base/check.h"
#include "base/text.h"
#include "codegen/regex.h"
#include "codegen/scalar_body.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

bool CanFail(const FunctionOverload& overload) {
  std::string_view signature = overload.signature;
  return overload.faults || signature.ends_with("!");
}

}  // namespace

llvm::Value* BodyEmitter::CallKernel(const FunctionOverload& overload,
                                     llvm::ArrayRef<llvm::Value*> args) {
  // The first tier inlines nothing.
  if (overload.quick == nullptr || m_.options.opt_level == 0) {
    return fn_.Call(overload.symbol, m_.i1, args);
  }
  llvm::Value* quick = fn_.Call(overload.quick, m_.i1, args.drop_front());
  llvm::BasicBlock* tried = fn_.b.GetInsertBlock();
  llvm::BasicBlock* kernel = fn_.Block("kernel");
  llvm::BasicBlock* called = fn_.Block("called");
  fn_.CondBrLikely(quick, called, kernel);
  fn_.b.SetInsertPoint(kernel);
  llvm::Value* ok = fn_.Call(overload.symbol, m_.i1, args);
  llvm::BasicBlock* kernel_end = fn_.b.GetInsertBlock();
  fn_.b.CreateBr(called);
  fn_.b.SetInsertPoint(called);
  llvm::PHINode* out = fn_.b.CreatePHI(m_.i1, 2, "ok");
  out->addIncoming(quick, tried);
  out->addIncoming(ok, kernel_end);
  return out;
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::Call& op) {
  const FunctionDef* def = m_.catalog.FindFunction(op.function);
  FLOW_CHECK(def != nullptr && op.overload < def->overloads.size(), "unknown native function");
  const FunctionOverload& overload = def->overloads[op.overload];
  llvm::Value* out = MakeMemory(fn_, op.type, "result");
  llvm::SmallVector<llvm::Value*, 6> args = {fn_.task};
  if (overload.generic) {
    std::vector<Type> types = {op.type};
    for (ir::ValueId arg : op.args) types.push_back(TypeOf(arg));
    args.push_back(m_.TypeList(types));
  }
  args.push_back(out);
  for (ir::ValueId arg : op.args) {
    Value value = Get(arg);
    llvm::Value* memory = MakeMemory(fn_, value.type, "argument");
    StoreValue(fn_, value, memory);
    args.push_back(memory);
  }
  bool can_fail = CanFail(overload);
  if (can_fail) {
    // What a failed kernel does not write must still be a value, and no earlier reason may stand
    // for this call's.
    StoreValue(fn_, ZeroValue(m_.context, op.type), out);
    fn_.StoreAt(fn_.Int(0), fn_.task, offsetof(FlowTask, detail) + offsetof(FlowString, size));
  }
  llvm::Value* ok = CallKernel(overload, args);
  if (can_fail && op.on_fail == ir::OnFail::kYield) {
    // `try` contains the failure, its reason too: a fault later in the row has its own.
    fn_.StoreAt(fn_.Int(0), fn_.task, offsetof(FlowTask, detail) + offsetof(FlowString, size));
  }
  Value value = LoadValue(fn_, op.type, out);
  if (!can_fail && op.on_fail == ir::OnFail::kReject) return value;
  return Finish(id, op.on_fail, value, can_fail ? ok : fn_.Bool(true), ir::kCallFailedCode,
                ir::CallFailedMessage(op.function));
}

llvm::Value* BodyEmitter::Regex(const std::string& pattern) {
  llvm::Value* regexes = fn_.LoadAt(m_.ptr, fn_.task, offsetof(FlowTask, regexes));
  return fn_.LoadAt(m_.ptr, regexes, static_cast<uint64_t>(m_.AddRegex(pattern)) * sizeof(void*));
}

Value BodyEmitter::Lower(ir::ValueId, const ir::RegexMatch& op) {
  Value text = Get(op.text);
  if (llvm::Function* native = RegexFunction(m_, op.pattern, RegexUse::kSearch)) {
    llvm::Value* none = llvm::Constant::getNullValue(m_.ptr);
    return BoolValue(fn_.b.CreateCall(native, {text.leaves[0], text.leaves[1], none}));
  }
  return BoolValue(
      fn_.Call("flow_regex_match", m_.i1, {Regex(op.pattern), text.leaves[0], text.leaves[1]}));
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::RegexCapture& op) {
  Value text = Get(op.text);
  const std::vector<StructField>& groups = op.type.fields();
  llvm::Value* found = fn_.AllocaBytes(sizeof(FlowString) * (groups.size() + 1), 8, "groups");
  // Groups are read whether or not the pattern was found.
  for (size_t i = 0; i < groups.size(); ++i) {
    StoreValue(fn_, ZeroValue(m_.context, Type::String()), fn_.At(found, i * sizeof(FlowString)));
  }
  llvm::Value* ok = nullptr;
  if (llvm::Function* native = RegexFunction(m_, op.pattern, RegexUse::kCapture)) {
    ok = fn_.b.CreateCall(native, {text.leaves[0], text.leaves[1], found});
  } else {
    ok = fn_.Call("flow_regex_capture", m_.i1,
                  {Regex(op.pattern), text.leaves[0], text.leaves[1], found,
                   fn_.Int32(static_cast<int32_t>(groups.size()))});
  }
  Value out{op.type, {}};
  for (size_t i = 0; i < groups.size(); ++i) {
    Value group = LoadValue(fn_, Type::String(), fn_.At(found, i * sizeof(FlowString)));
    if (groups[i].type.is_optional()) {
      llvm::Value* took_part = fn_.b.CreateIsNotNull(group.leaves[0]);
      group = WithPresence(groups[i].type, group, took_part);
    }
    out.leaves.append(group.leaves.begin(), group.leaves.end());
  }
  return Finish(id, op.on_fail, out, ok, ir::kNoMatch.code, ir::kNoMatch.message);
}

Value BodyEmitter::Lower(ir::ValueId, const ir::Concat& op) {
  std::vector<Value> parts;
  for (ir::ValueId part : op.parts) parts.push_back(Get(part));
  llvm::Value* size = fn_.Int(0);
  for (const Value& part : parts) size = fn_.b.CreateAdd(size, part.leaves[1]);
  llvm::Value* data = EmitArenaAlloc(fn_, size, 1);
  llvm::Value* at = data;
  for (const Value& part : parts) {
    fn_.b.CreateMemCpy(at, llvm::Align(1), part.leaves[0], llvm::Align(1), part.leaves[1]);
    at = fn_.b.CreateInBoundsGEP(m_.i8, at, part.leaves[1]);
  }
  return {Type::String(), {data, size}};
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::MakeArray& op) {
  uint64_t size = LayoutOf(op.element).size;
  llvm::Value* data = EmitArenaAlloc(fn_, fn_.Int(static_cast<int64_t>(size * op.values.size())),
                                     LayoutOf(op.element).align);
  for (size_t i = 0; i < op.values.size(); ++i)
    StoreValue(fn_, Get(op.values[i]), fn_.At(data, i * size));
  return {TypeOf(id), {data, fn_.Int(static_cast<int64_t>(op.values.size()))}};
}

namespace {

llvm::Value* ElementAddress(FunctionContext& fn, const Type& element, llvm::Value* data,
                            llvm::Value* index) {
  llvm::Type* bytes = llvm::ArrayType::get(fn.module.i8, LayoutOf(element).size);
  return fn.b.CreateInBoundsGEP(bytes, data, index);
}

// Runs body(i) for the indexes below `count` until it gives true; the index where it did, or -1.
llvm::Value* EmitFind(FunctionContext& fn, llvm::Value* count,
                      const std::function<llvm::Value*(llvm::Value* index)>& body) {
  llvm::Value* found = fn.Alloca(fn.module.i64, "found");
  fn.b.CreateStore(fn.Int(-1), found);
  llvm::BasicBlock* before = fn.b.GetInsertBlock();
  llvm::BasicBlock* head = fn.Block("find");
  llvm::BasicBlock* inside = fn.Block("find_body");
  llvm::BasicBlock* hit = fn.Block("find_hit");
  llvm::BasicBlock* miss = fn.Block("find_next");
  llvm::BasicBlock* after = fn.Block("find_end");
  fn.b.CreateBr(head);
  fn.b.SetInsertPoint(head);
  llvm::PHINode* index = fn.b.CreatePHI(fn.module.i64, 2);
  index->addIncoming(fn.Int(0), before);
  fn.CondBr(fn.b.CreateICmpSLT(index, count), inside, after);
  fn.b.SetInsertPoint(inside);
  fn.CondBr(body(index), hit, miss);
  fn.b.SetInsertPoint(miss);
  index->addIncoming(fn.b.CreateAdd(index, fn.Int(1)), miss);
  fn.b.CreateBr(head);
  fn.b.SetInsertPoint(hit);
  fn.b.CreateStore(index, found);
  fn.b.CreateBr(after);
  fn.b.SetInsertPoint(after);
  return fn.b.CreateLoad(fn.module.i64, found);
}

}  // namespace

Value BodyEmitter::Lower(ir::ValueId id, const ir::Index& op) {
  if (OnlyForIndex(op.array)) {
    const auto& split = std::get<ir::Call>(function_.ops[op.array]);
    Value text = Get(split.args[0]);
    Value separator = Get(split.args[1]);
    llvm::Value* out = MakeMemory(fn_, Type::String(), "part");
    llvm::Value* there = fn_.Call("flow_split_part", m_.i1,
                                  {text.leaves[0], text.leaves[1], separator.leaves[0],
                                   separator.leaves[1], Leaf(op.index), out});
    return WithPresence(TypeOf(id), LoadValue(fn_, Type::String(), out), there);
  }
  Value array = Get(op.array);
  llvm::Value* index = Leaf(op.index);
  const Type& element = array.type.inner();
  llvm::Value* inside = fn_.b.CreateICmpULT(index, array.leaves[1]);
  Value value = EmitIf(fn_, inside, element, [&] {
    return LoadValue(fn_, element, ElementAddress(fn_, element, array.leaves[0], index));
  });
  // An array of optionals gives its element as it is: T?? is T?.
  if (element.is_optional()) return value;
  return WithPresence(TypeOf(id), value, inside);
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::MapGet& op) {
  Value map = Get(op.map);
  Value key = Get(op.key);
  Type entry = Type::Struct({{"key", map.type.key(), {}}, {"value", map.type.inner(), {}}});
  llvm::Value* at = EmitFind(fn_, map.leaves[1], [&](llvm::Value* index) {
    llvm::Value* address = ElementAddress(fn_, entry, map.leaves[0], index);
    return EmitEqual(fn_, LoadValue(fn_, map.type.key(), address), key);
  });
  llvm::Value* there = fn_.b.CreateICmpSGE(at, fn_.Int(0));
  const Type& type = map.type.inner();
  Value value = EmitIf(fn_, there, type, [&] {
    llvm::Value* address = ElementAddress(fn_, entry, map.leaves[0], at);
    return LoadValue(fn_, type, fn_.At(address, FieldOffsets(entry)[1]));
  });
  if (type.is_optional()) return value;
  return WithPresence(TypeOf(id), value, there);
}

Value BodyEmitter::Lower(ir::ValueId, const ir::In& op) {
  Value value = Get(op.value);
  // Members written in the script are compared one by one, without an array.
  if (const auto* members = std::get_if<ir::MakeArray>(&function_.ops[op.array])) {
    llvm::Value* any = fn_.Bool(false);
    for (ir::ValueId member : members->values) {
      llvm::Value* equal = EmitEqual(fn_, value, Get(member));
      any = fn_.b.CreateOr(any, equal);
    }
    return BoolValue(any);
  }
  Value array = Get(op.array);
  const Type& element = array.type.inner();
  llvm::Value* at = EmitFind(fn_, array.leaves[1], [&](llvm::Value* index) {
    return EmitEqual(
        fn_, LoadValue(fn_, element, ElementAddress(fn_, element, array.leaves[0], index)), value);
  });
  return BoolValue(fn_.b.CreateICmpSGE(at, fn_.Int(0)));
}

// Read as an object with this one member: what is no object fails, and has none.
Value BodyEmitter::Lower(ir::ValueId id, const ir::JsonGet& op) {
  Value json = Get(op.value);
  Type object = Type::Struct({{op.name, Type::Optional(Type::Json()), {}}});
  llvm::Value* out = MakeMemory(fn_, object, "member");
  StoreValue(fn_, ZeroValue(m_.context, object), out);
  llvm::Value* ok = fn_.Call(
      "flow_json_read_value", m_.i1,
      {fn_.task, m_.TypeDescriptor(object), fn_.Int(0), json.leaves[0], json.leaves[1], out});
  Value member = FieldOf(LoadValue(fn_, object, out), 0);
  return WithPresence(TypeOf(id), InnerOf(member), fn_.b.CreateAnd(ok, PresentOf(member)));
}

Value BodyEmitter::Lower(ir::ValueId id, const ir::ArrayOp& op) {
  Value array = Get(op.array);
  llvm::SmallVector<Value, 4> args = {Value{}};
  for (ir::ValueId capture : op.captures) args.push_back(Get(capture));
  const ir::Function& lambda = m_.module.functions[op.fn];
  const Type& element = array.type.inner();
  const Type& result = TypeOf(id).is(TypeKind::kFallible) ? TypeOf(id).inner() : TypeOf(id);

  // A failure inside the lambda leaves by the caller's way: the row's, or a failed T!.
  bool yields = op.on_fail == ir::OnFail::kYield;
  llvm::BasicBlock* failed = yields ? fn_.Block("lambda_failed") : nullptr;
  FailTarget fail = fail_;
  if (yields) fail = [&](int) { fn_.b.CreateBr(failed); };
  auto call = [&](llvm::Value* index) {
    args[0] = LoadValue(fn_, element, ElementAddress(fn_, element, array.leaves[0], index));
    return BodyEmitter(scalar_, lambda, nullptr, args, fail).Emit();
  };

  Value out;
  switch (op.kind) {
    case ir::ArrayKind::kMap: {
      TypeLayout layout = LayoutOf(lambda.result);
      llvm::Value* size = fn_.b.CreateMul(array.leaves[1], fn_.Int(layout.size));
      llvm::Value* data = EmitArenaAlloc(fn_, size, layout.align);
      EmitLoop(fn_, array.leaves[1], [&](llvm::Value* index) {
        StoreValue(fn_, call(index), ElementAddress(fn_, lambda.result, data, index));
      });
      out = {result, {data, array.leaves[1]}};
      break;
    }
    case ir::ArrayKind::kFilter: {
      TypeLayout layout = LayoutOf(element);
      llvm::Value* size = fn_.b.CreateMul(array.leaves[1], fn_.Int(layout.size));
      llvm::Value* data = EmitArenaAlloc(fn_, size, layout.align);
      llvm::Value* kept = fn_.Alloca(m_.i64, "kept");
      fn_.b.CreateStore(fn_.Int(0), kept);
      EmitLoop(fn_, array.leaves[1], [&](llvm::Value* index) {
        Value keep = call(index);
        llvm::Value* count = fn_.b.CreateLoad(m_.i64, kept);
        // Written whether kept or not: there is room, and the count decides.
        StoreValue(fn_, args[0], ElementAddress(fn_, element, data, count));
        fn_.b.CreateStore(fn_.b.CreateAdd(count, fn_.b.CreateZExt(keep.leaves[0], m_.i64)), kept);
      });
      out = {result, {data, fn_.b.CreateLoad(m_.i64, kept)}};
      break;
    }
    case ir::ArrayKind::kAny:
    case ir::ArrayKind::kAll: {
      bool any = op.kind == ir::ArrayKind::kAny;
      llvm::Value* at = EmitFind(fn_, array.leaves[1], [&](llvm::Value* index) {
        llvm::Value* holds = call(index).leaves[0];
        return any ? holds : fn_.b.CreateNot(holds);
      });
      llvm::Value* found = fn_.b.CreateICmpSGE(at, fn_.Int(0));
      out = BoolValue(any ? found : fn_.b.CreateNot(found));
      break;
    }
  }
  if (!yields) return out;

  llvm::BasicBlock* good = fn_.b.GetInsertBlock();
  llvm::BasicBlock* after = fn_.Block("lambda_end");
  fn_.b.CreateBr(after);
  fn_.b.SetInsertPoint(failed);
  fn_.b.CreateBr(after);
  fn_.b.SetInsertPoint(after);
  Value all{TypeOf(id), {}};
  out.leaves.push_back(fn_.Bool(true));
  for (llvm::Value* leaf : out.leaves) {
    llvm::PHINode* phi = fn_.b.CreatePHI(leaf->getType(), 2);
    phi->addIncoming(leaf, good);
    phi->addIncoming(llvm::Constant::getNullValue(leaf->getType()), failed);
    all.leaves.push_back(phi);
  }
  return all;
}

}  // namespace flow::codegen
