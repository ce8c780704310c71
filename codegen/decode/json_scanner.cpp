#include "codegen/decode/json_scanner.h"

#include <cstring>

#include "codegen/function_context.h"
#include "runtime/inline/json.h"

namespace flow::codegen {
namespace {

// Places of members that nobody wants, a power of two.
constexpr int kGuesses = 16;

// Emits the body of the scan function.
class ScanBody {
 public:
  ScanBody(ModuleContext& module, ColumnSlots& columns, llvm::IntegerType* mask,
           llvm::Function* function, uint64_t stop_offset, uint64_t expected_offset,
           uint64_t passed_offset, uint64_t found_offset, uint64_t first_span, uint64_t guesses)
      : m_(module),
        columns_(columns),
        mask_(mask),
        fn_(module, function),
        state_(function->getArg(0)),
        want_(function->getArg(1)),
        stop_offset_(stop_offset),
        expected_offset_(expected_offset),
        passed_offset_(passed_offset),
        found_offset_(found_offset),
        first_span_(first_span),
        guesses_(guesses) {}

  void Emit() {
    key_ = fn_.Alloca(m_.ptr, "key");
    key_end_ = fn_.Alloca(m_.ptr, "key_end");
    next_ = fn_.Alloca(m_.ptr, "next");
    flags_ = fn_.Alloca(m_.i64, "flags");
    expected_ = fn_.Alloca(m_.i32, "expected");
    passed_ = fn_.Alloca(m_.i32, "passed");
    found_ = fn_.Alloca(mask_, "found");
    bad_ = fn_.Block("bad");
    ended_ = fn_.Block("ended");
    dispatch_ = fn_.Block("dispatch");
    resume_ = fn_.Block("resume");
    pass_ = fn_.Block("pass");
    for (int i = 0; i < columns_.size(); ++i) {
      expect_.push_back(fn_.Block("expect"));
      column_.push_back(fn_.Block("column"));
    }

    llvm::Value* at = fn_.LoadAt(m_.ptr, state_, 0, "at");
    Set(key_, at);
    Set(found_, fn_.LoadAt(mask_, state_, found_offset_));
    Set(expected_, fn_.LoadAt(m_.i32, state_, expected_offset_));
    Set(passed_, fn_.LoadAt(m_.i32, state_, passed_offset_));
    llvm::BasicBlock* open = fn_.Block("open");
    llvm::Value* first = fn_.b.CreateLoad(m_.i8, at);
    fn_.CondBr(fn_.b.CreateICmpEQ(first, Byte('{')), open, resume_);
    fn_.b.SetInsertPoint(open);
    Next(fn_.Call("flow_json_open", m_.i32, {at, next_}), resume_);

    EmitResume();
    for (int i = 0; i < columns_.size(); ++i) EmitExpect(i);
    EmitDispatch();
    for (int i = 0; i < columns_.size(); ++i) EmitColumn(i);
    EmitPass();
    EmitEnds();
  }

 private:
  llvm::Value* Get(llvm::AllocaInst* slot) {
    return fn_.b.CreateLoad(slot->getAllocatedType(), slot);
  }
  void Set(llvm::AllocaInst* slot, llvm::Value* value) { fn_.b.CreateStore(value, slot); }
  llvm::ConstantInt* Byte(char c) { return llvm::ConstantInt::get(m_.i8, static_cast<uint8_t>(c)); }
  llvm::Constant* Bit(int column) {
    llvm::APInt bit =
        llvm::APInt::getOneBitSet(mask_->getBitWidth(), static_cast<unsigned>(column));
    return llvm::ConstantInt::get(mask_, bit);
  }
  llvm::Value* IsNull(llvm::Value* pointer) { return fn_.b.CreateIsNull(pointer); }

  // Branches by a flow_json_next code: `more` with the key set, or the end of object or scan.
  void Next(llvm::Value* code, llvm::BasicBlock* more) {
    llvm::BasicBlock* found_key = fn_.Block("next_key");
    llvm::BasicBlock* no_key = fn_.Block("no_key");
    fn_.CondBrLikely(fn_.b.CreateICmpEQ(code, fn_.Int32(kFlowNextKey)), found_key, no_key);
    fn_.b.SetInsertPoint(no_key);
    fn_.CondBrLikely(fn_.b.CreateICmpEQ(code, fn_.Int32(kFlowNextEnd)), ended_, bad_);
    fn_.b.SetInsertPoint(found_key);
    Set(key_, Get(next_));
    fn_.b.CreateBr(more);
  }

  // i1: the key that starts at `text` (after its quote) is `name`. Compared in words of 8 bytes.
  llvm::Value* Matches(llvm::Value* text, const std::string& name) {
    for (char c : name) {
      // Such a name stands in files with an escape, which EmitPass looks for.
      if (c == '"' || c == '\\' || static_cast<uint8_t>(c) < 0x20) return fn_.Bool(false);
    }
    std::string want = name + '"';
    llvm::Value* same = nullptr;
    for (size_t at = 0; at < want.size(); at += 8) {
      // The last word overlaps the one before it.
      if (at > 0 && at + 8 > want.size()) at = want.size() - 8;
      uint64_t word = 0;
      uint64_t care = 0;
      size_t count = std::min<size_t>(8, want.size() - at);
      memcpy(&word, want.data() + at, count);
      memset(&care, 0xff, count);
      auto* load = fn_.b.CreateAlignedLoad(m_.i64, fn_.At(text, at), llvm::Align(1));
      llvm::Value* masked = count == 8 ? static_cast<llvm::Value*>(load)
                                       : fn_.b.CreateAnd(load, fn_.Int(static_cast<int64_t>(care)));
      llvm::Value* equal = fn_.b.CreateICmpEQ(masked, fn_.Int(static_cast<int64_t>(word)));
      same = same == nullptr ? equal : fn_.b.CreateAnd(same, equal);
    }
    return same;
  }

  // Goes to the column's block when the key is its; else to `other`.
  void TryColumn(int column, llvm::BasicBlock* other) {
    const std::string& name = columns_.field(column).external_name();
    llvm::Value* text = fn_.At(Get(key_), 1);
    llvm::BasicBlock* hit = fn_.Block("hit");
    fn_.CondBr(Matches(text, name), hit, other);
    fn_.b.SetInsertPoint(hit);
    Set(key_end_, fn_.At(text, name.size() + 1));
    fn_.b.CreateBr(column_[static_cast<size_t>(column)]);
  }

  // To the block that expects column number `expected_`.
  void EmitResume() {
    fn_.b.SetInsertPoint(resume_);
    auto* jump = fn_.b.CreateSwitch(Get(expected_), dispatch_);
    for (int i = 0; i < columns_.size(); ++i) {
      jump->addCase(fn_.Int32(i), expect_[static_cast<size_t>(i)]);
    }
  }

  void EmitExpect(int column) {
    fn_.b.SetInsertPoint(expect_[static_cast<size_t>(column)]);
    Set(expected_, fn_.Int32(column));
    TryColumn(column, dispatch_);
  }

  void EmitDispatch() {
    fn_.b.SetInsertPoint(dispatch_);
    if (columns_.size() <= 6) {
      TryAll(AllColumns());
      return;
    }
    // By the first two bytes; every key has two with its closing quote.
    llvm::Value* text = fn_.At(Get(key_), 1);
    auto* i16 = llvm::Type::getInt16Ty(m_.context);
    llvm::Value* head = fn_.b.CreateAlignedLoad(i16, text, llvm::Align(1));
    std::vector<std::pair<uint16_t, std::vector<int>>> groups;
    for (int i = 0; i < columns_.size(); ++i) {
      std::string name = columns_.field(i).external_name() + "\"\"";
      uint16_t two =
          static_cast<uint16_t>(static_cast<uint8_t>(name[0]) | static_cast<uint8_t>(name[1]) << 8);
      auto same = [two](const auto& group) { return group.first == two; };
      auto group = std::find_if(groups.begin(), groups.end(), same);
      if (group == groups.end()) group = groups.insert(groups.end(), {two, {}});
      group->second.push_back(i);
    }
    auto* jump = fn_.b.CreateSwitch(head, pass_);
    for (const auto& [two, members] : groups) {
      llvm::BasicBlock* block = fn_.Block("group");
      jump->addCase(llvm::cast<llvm::ConstantInt>(llvm::ConstantInt::get(i16, two)), block);
      fn_.b.SetInsertPoint(block);
      TryAll(members);
    }
  }

  std::vector<int> AllColumns() const {
    std::vector<int> all;
    for (int i = 0; i < columns_.size(); ++i) all.push_back(i);
    return all;
  }

  void TryAll(const std::vector<int>& columns) {
    for (int column : columns) {
      llvm::BasicBlock* other = fn_.Block("other");
      TryColumn(column, other);
      fn_.b.SetInsertPoint(other);
    }
    fn_.b.CreateBr(pass_);
  }

  const char* SkipHelper(const Type& type) {
    switch (type.strip_optional().kind()) {
      case TypeKind::kTimestamp:
        return "flow_json_skip_time";
      case TypeKind::kString:
      case TypeKind::kSet:
      case TypeKind::kBytes:
      case TypeKind::kDuration:
        return "flow_json_skip_string";
      case TypeKind::kInt:
      case TypeKind::kFloat:
      case TypeKind::kDecimal:
        return "flow_json_skip_number";
      default:
        return "flow_json_skip_value";
    }
  }

  // Past the colon and the value after `key_end_`; leaves the builder after it.
  std::pair<llvm::Value*, llvm::Value*> PassValue(const char* helper) {
    llvm::BasicBlock* value = fn_.Block("value");
    llvm::BasicBlock* after = fn_.Block("after");
    llvm::Value* begin = fn_.Call("flow_json_colon", m_.ptr, {Get(key_end_)});
    fn_.CondBrUnlikely(IsNull(begin), bad_, value);
    fn_.b.SetInsertPoint(value);
    Set(flags_, fn_.Int(0));
    llvm::Value* end = fn_.Call(helper, m_.ptr, {begin, flags_});
    fn_.CondBrUnlikely(IsNull(end), bad_, after);
    fn_.b.SetInsertPoint(after);
    return {begin, end};
  }

  void EmitColumn(int column) {
    fn_.b.SetInsertPoint(column_[static_cast<size_t>(column)]);
    llvm::BasicBlock* fresh = fn_.Block("fresh");
    llvm::BasicBlock* more = fn_.Block("more");
    llvm::BasicBlock* enough = fn_.Block("enough");
    llvm::Value* before = fn_.b.CreateAnd(Get(found_), Bit(column));
    fn_.CondBrLikely(fn_.b.CreateICmpEQ(before, llvm::ConstantInt::get(mask_, 0)), fresh,
                     Duplicate());
    fn_.b.SetInsertPoint(fresh);
    auto [begin, end] = PassValue(SkipHelper(columns_.field(column).type));
    llvm::Value* size =
        fn_.b.CreateSub(fn_.b.CreatePtrToInt(end, m_.i64), fn_.b.CreatePtrToInt(begin, m_.i64));
    llvm::Value* packed = fn_.b.CreateOr(size, fn_.b.CreateShl(Get(flags_), 32));
    uint64_t span = first_span_ + sizeof(FlowSpan) * static_cast<uint64_t>(column);
    fn_.StoreAt(begin, state_, span);
    fn_.StoreAt(packed, state_, span + 8);
    Set(found_, fn_.b.CreateOr(Get(found_), Bit(column)));
    Next(fn_.Call("flow_json_next", m_.i32, {end, next_}), more);

    fn_.b.SetInsertPoint(more);
    bool last = column + 1 == columns_.size();
    llvm::BasicBlock* onward = last ? dispatch_ : expect_[static_cast<size_t>(column) + 1];
    Set(expected_, fn_.Int32(column + 1));
    llvm::Value* missing = fn_.b.CreateAnd(want_, fn_.b.CreateNot(Get(found_)));
    fn_.CondBr(fn_.b.CreateICmpEQ(missing, llvm::ConstantInt::get(mask_, 0)), enough, onward);
    fn_.b.SetInsertPoint(enough);
    Leave(Get(key_), Get(key_), true);
  }

  // Block that passes over a second member of a name; one for all columns.
  llvm::BasicBlock* Duplicate() {
    if (duplicate_ == nullptr) duplicate_ = fn_.Block("duplicate");
    return duplicate_;
  }

  void EmitPass() {
    llvm::AllocaInst* escaped = fn_.Alloca(m_.ptr, "escaped");
    llvm::BasicBlock* passed = fn_.Block("passed");
    llvm::BasicBlock* stopped = fn_.Block("stopped");
    llvm::BasicBlock* odd_key = fn_.Block("odd_key");
    fn_.b.SetInsertPoint(pass_);
    llvm::Value* place = fn_.b.CreateAnd(Get(passed_), fn_.Int32(kGuesses - 1));
    Set(passed_, fn_.b.CreateAdd(Get(passed_), fn_.Int32(1)));
    llvm::Type* guess_type = llvm::ArrayType::get(m_.i8, sizeof(FlowKeyGuess));
    llvm::Value* guess = fn_.b.CreateInBoundsGEP(guess_type, fn_.At(state_, guesses_),
                                                 {fn_.b.CreateZExt(place, m_.i64)});
    llvm::Value* end = fn_.Call("flow_json_skip_member", m_.ptr, {Get(key_), guess, escaped});
    fn_.CondBrUnlikely(IsNull(end), stopped, passed);
    fn_.b.SetInsertPoint(passed);
    Next(fn_.Call("flow_json_next", m_.i32, {end, next_}), resume_);

    fn_.b.SetInsertPoint(stopped);
    llvm::Value* quote = Get(escaped);
    fn_.CondBr(IsNull(quote), bad_, odd_key);
    fn_.b.SetInsertPoint(odd_key);
    Set(key_end_, fn_.At(quote, 1));
    llvm::Value* index =
        fn_.Call("flow_json_find_key", m_.i32,
                 {fn_.At(Get(key_), 1), quote, columns_.Names(), fn_.Int32(columns_.size())});
    auto* jump = fn_.b.CreateSwitch(index, Duplicate());
    jump->addCase(fn_.Int32(-2), bad_);
    for (int i = 0; i < columns_.size(); ++i) {
      jump->addCase(fn_.Int32(i), column_[static_cast<size_t>(i)]);
    }

    fn_.b.SetInsertPoint(Duplicate());
    llvm::Value* value_end = PassValue("flow_json_skip_value").second;
    Next(fn_.Call("flow_json_next", m_.i32, {value_end, next_}), resume_);
  }

  void EmitEnds() {
    llvm::BasicBlock* closed = fn_.Block("closed");
    fn_.b.SetInsertPoint(ended_);
    fn_.CondBrLikely(fn_.Call("flow_json_closed", m_.i1, {Get(next_)}), closed, bad_);
    fn_.b.SetInsertPoint(closed);
    Leave(llvm::ConstantPointerNull::get(llvm::cast<llvm::PointerType>(m_.ptr)), Get(next_), true);
    fn_.b.SetInsertPoint(bad_);
    Leave(Get(key_), Get(key_), false);
  }

  void Leave(llvm::Value* at, llvm::Value* stop, bool good) {
    fn_.StoreAt(at, state_, 0);
    fn_.StoreAt(stop, state_, stop_offset_);
    fn_.StoreAt(Get(expected_), state_, expected_offset_);
    fn_.StoreAt(Get(passed_), state_, passed_offset_);
    fn_.StoreAt(Get(found_), state_, found_offset_);
    fn_.b.CreateRet(fn_.Bool(good));
  }

  ModuleContext& m_;
  ColumnSlots& columns_;
  llvm::IntegerType* mask_;
  FunctionContext fn_;
  llvm::Value* state_;
  llvm::Value* want_;
  uint64_t stop_offset_;
  uint64_t expected_offset_;
  uint64_t passed_offset_;
  uint64_t found_offset_;
  uint64_t first_span_;
  uint64_t guesses_;
  llvm::AllocaInst* key_ = nullptr;      // at the quote of the current key
  llvm::AllocaInst* key_end_ = nullptr;  // after its closing quote
  llvm::AllocaInst* next_ = nullptr;
  llvm::AllocaInst* flags_ = nullptr;
  llvm::AllocaInst* expected_ = nullptr;
  llvm::AllocaInst* passed_ = nullptr;
  llvm::AllocaInst* found_ = nullptr;
  llvm::BasicBlock* bad_ = nullptr;
  llvm::BasicBlock* ended_ = nullptr;
  llvm::BasicBlock* dispatch_ = nullptr;  // tries all columns
  llvm::BasicBlock* resume_ = nullptr;    // tries the expected one
  llvm::BasicBlock* pass_ = nullptr;      // no column's key
  llvm::BasicBlock* duplicate_ = nullptr;
  std::vector<llvm::BasicBlock*> expect_;
  std::vector<llvm::BasicBlock*> column_;
};

}  // namespace

JsonScanner::JsonScanner(ModuleContext& module, ColumnSlots& columns)
    : module_(module), columns_(columns) {
  unsigned bits = (static_cast<unsigned>(columns.size()) + 63) / 64 * 64;
  mask_ = llvm::IntegerType::get(module.context, std::max(64u, bits));
}

uint64_t JsonScanner::SpanOffset(int column) const {
  uint64_t mask_bytes = mask_->getBitWidth() / 8;
  return kFound + mask_bytes + sizeof(FlowSpan) * static_cast<uint64_t>(column);
}

void JsonScanner::EmitFunction() {
  auto* type = llvm::FunctionType::get(module_.i1, {module_.ptr, mask_}, false);
  function_ = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "scan_json",
                                     &module_.llvm_module);
  function_->setDoesNotThrow();
  function_->addParamAttr(0, llvm::Attribute::NoAlias);
  ScanBody(module_, columns_, mask_, function_, kStop, kExpected, kPassed, kFound, SpanOffset(0),
           SpanOffset(columns_.size()))
      .Emit();
}

void JsonScanner::Begin(FunctionContext& fn) {
  EmitFunction();
  uint64_t guesses = SpanOffset(columns_.size());
  uint64_t guess_bytes = sizeof(FlowKeyGuess) * kGuesses;
  state_ = fn.AllocaBytes(guesses + guess_bytes, 16, "json");
  fn.b.CreateMemSet(fn.At(state_, guesses), llvm::ConstantInt::get(module_.i8, 0), guess_bytes,
                    llvm::Align(8));
}

void JsonScanner::Start(FunctionContext& fn, llvm::Value* record) {
  fn.StoreAt(record, state_, 0);
  fn.StoreAt(record, state_, kStop);
  fn.StoreAt(fn.Int32(0), state_, kExpected);
  fn.StoreAt(fn.Int32(0), state_, kPassed);
  fn.StoreAt(llvm::ConstantInt::get(mask_, 0), state_, kFound);
}

llvm::Value* JsonScanner::ScanAhead(FunctionContext& fn) {
  ahead_ = fn.b.CreateCall(function_, {state_, llvm::ConstantInt::get(mask_, 0)});
  return fn.LoadAt(module_.ptr, state_, kStop);
}

void JsonScanner::SetAhead(llvm::ArrayRef<bool> columns) {
  llvm::APInt want(mask_->getBitWidth(), 0);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i]) want.setBit(static_cast<unsigned>(i));
  }
  if (want.isZero()) {
    ahead_->eraseFromParent();
  } else {
    ahead_->setArgOperand(1, llvm::ConstantInt::get(mask_, want));
  }
}

llvm::Value* JsonScanner::Scan(FunctionContext& fn, llvm::ArrayRef<int> columns) {
  llvm::APInt want(mask_->getBitWidth(), 0);
  for (int column : columns) want.setBit(static_cast<unsigned>(column));
  llvm::Value* mask = llvm::ConstantInt::get(mask_, want);
  llvm::Value* found = fn.LoadAt(mask_, state_, kFound);
  llvm::Value* complete = fn.b.CreateICmpEQ(fn.b.CreateAnd(found, mask), mask);
  llvm::Value* ended = fn.b.CreateIsNull(At(fn));
  llvm::BasicBlock* before = fn.b.GetInsertBlock();
  llvm::BasicBlock* scan = fn.Block("scan");
  llvm::BasicBlock* scanned = fn.Block("scanned");
  fn.CondBr(fn.b.CreateOr(complete, ended), scanned, scan);
  fn.b.SetInsertPoint(scan);
  llvm::Value* good = fn.b.CreateCall(function_, {state_, mask});
  fn.b.CreateBr(scanned);
  fn.b.SetInsertPoint(scanned);
  llvm::PHINode* out = fn.b.CreatePHI(module_.i1, 2);
  out->addIncoming(fn.Bool(true), before);
  out->addIncoming(good, scan);
  return out;
}

llvm::Value* JsonScanner::At(FunctionContext& fn) { return fn.LoadAt(module_.ptr, state_, 0); }

llvm::Value* JsonScanner::Found(FunctionContext& fn, int column) {
  llvm::Value* found = fn.LoadAt(mask_, state_, kFound);
  auto bit = llvm::APInt::getOneBitSet(mask_->getBitWidth(), static_cast<unsigned>(column));
  llvm::Value* here = fn.b.CreateAnd(found, llvm::ConstantInt::get(mask_, bit));
  return fn.b.CreateICmpNE(here, llvm::ConstantInt::get(mask_, 0));
}

JsonScanner::Span JsonScanner::Load(FunctionContext& fn, int column) {
  uint64_t offset = SpanOffset(column);
  llvm::Value* packed = fn.LoadAt(module_.i64, state_, offset + 8);
  return {fn.LoadAt(module_.ptr, state_, offset), fn.b.CreateAnd(packed, fn.Int(0xffffffff)),
          fn.b.CreateLShr(packed, 32)};
}

}  // namespace flow::codegen
