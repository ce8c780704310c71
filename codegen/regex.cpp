// A state is a block: it passes over the run of bytes for which it stays, notes a match, looks at
// the next byte and goes on to another. The place in the text is a phi of each; registers are stack
// slots, which the optimised tier promotes.

#include "codegen/regex.h"

#include <map>

#include "codegen/function_context.h"
#include "regex/automaton.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

using regex::Action;
using regex::Automaton;
using regex::ByteSet;
using regex::kDead;
using regex::kHere;
using regex::kUnset;
using regex::Move;

class RegexEmitter {
 public:
  RegexEmitter(ModuleContext& m, llvm::Function* function, const Automaton& automaton)
      : m_(m), fn_(m, function), automaton_(automaton) {}

  void Emit() {
    llvm::Value* text = fn_.function->getArg(0);
    // An empty text may have no address, by which it would look like a group that took no part.
    llvm::Value* begin =
        fn_.b.CreateSelect(fn_.b.CreateIsNull(text), m_.Bytes(std::string_view("", 1)), text);
    end_ = fn_.b.CreateInBoundsGEP(m_.i8, begin, fn_.function->getArg(1));
    for (int i = 0; i < automaton_.registers; ++i) registers_.push_back(Slot("register"));
    for (int i = 0; i < automaton_.tags; ++i) found_.push_back(Slot("found"));
    matched_ = fn_.Alloca(m_.i1, "matched");
    fn_.b.CreateStore(fn_.Bool(false), matched_);
    finish_ = fn_.Block("finish");
    size_t count = automaton_.states.size();
    for (size_t i = 0; i < count; ++i) {
      blocks_.push_back(fn_.Block("state"));
      llvm::IRBuilder<> b(blocks_.back());
      places_.push_back(b.CreatePHI(m_.ptr, 2, "at"));
    }
    GoOn(0, begin);
    for (size_t i = 0; i < count; ++i) EmitState(i);
    EmitFinish();
  }

 private:
  llvm::Value* Slot(const char* name) {
    llvm::Value* slot = fn_.Alloca(m_.ptr, name);
    fn_.b.CreateStore(llvm::Constant::getNullValue(m_.ptr), slot);
    return slot;
  }

  const Action& ActionAt(int number) const {
    return automaton_.actions[static_cast<size_t>(number)];
  }

  // From the block at hand to `state`, or to the end.
  void GoOn(int state, llvm::Value* at) {
    if (state == kDead) {
      fn_.b.CreateBr(finish_);
      return;
    }
    places_[static_cast<size_t>(state)]->addIncoming(at, fn_.b.GetInsertBlock());
    fn_.b.CreateBr(blocks_[static_cast<size_t>(state)]);
  }

  llvm::Value* Source(int source, llvm::Value* here) {
    if (source == kUnset) return llvm::Constant::getNullValue(m_.ptr);
    if (source == kHere) return here;
    return fn_.b.CreateLoad(m_.ptr, registers_[static_cast<size_t>(source)]);
  }

  void NoteMatch(const Action& action, llvm::Value* here) {
    fn_.b.CreateStore(fn_.Bool(true), matched_);
    for (size_t tag = 0; tag < action.found.size(); ++tag) {
      fn_.b.CreateStore(Source(action.found[tag], here), found_[tag]);
    }
  }

  void MoveRegisters(const Action& action, llvm::Value* here) {
    llvm::SmallVector<llvm::Value*, 8> values;
    for (const regex::Copy& copy : action.copies) values.push_back(Source(copy.from, here));
    for (size_t i = 0; i < action.copies.size(); ++i) {
      fn_.b.CreateStore(values[i], registers_[static_cast<size_t>(action.copies[i].to)]);
    }
  }

  // The match that every move of the state notes, whatever comes next; null: there is none.
  const Action* CommonMatch(const regex::State& state) const {
    const Action& first = ActionAt(state.end_action);
    if (!first.matches) return nullptr;
    for (const Move& move : state.moves) {
      const Action& action = ActionAt(move.action);
      if (!action.matches || action.found != first.found) return nullptr;
    }
    return &first;
  }

  // Bytes for which the state stays and does nothing but note the common match once more.
  ByteSet Run(size_t index, const Action* common) const {
    ByteSet out;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const Move& move = automaton_.MoveOf(static_cast<int>(index), byte);
      const Action& action = ActionAt(move.action);
      bool quiet = action.copies.empty() && (!action.matches || common != nullptr);
      out[byte] = move.target == static_cast<int>(index) && quiet;
    }
    return out;
  }

  llvm::Value* EmitRun(const ByteSet& run, llvm::Value* at) {
    constexpr size_t kWorthIt = 3;  // fewer bytes are rarely met in a row
    if (run.count() < kWorthIt) return at;
    ByteSet stops = ~run;
    if (stops.none()) return end_;
    llvm::SmallVector<llvm::Value*, 5> args = {at, end_};
    if (stops.count() <= 3) {
      for (uint32_t byte = 0; byte < 256; ++byte) {
        if (stops[byte]) args.push_back(llvm::ConstantInt::get(m_.i8, byte));
      }
      static constexpr const char* kHelpers[] = {"flow_regex_until1", "flow_regex_until2",
                                                 "flow_regex_until3"};
      return EmitBytesCall(kHelpers[stops.count() - 1], args);
    }
    std::string rows(16, '\0');
    bool high = true;
    for (uint32_t byte = 0; byte < 128; ++byte) {
      if (run[byte]) rows[byte & 15] = static_cast<char>(rows[byte & 15] | 1 << (byte >> 4));
    }
    for (uint32_t byte = 0x80; byte < 256; ++byte) high &= run[byte];
    args.push_back(m_.Bytes(rows));
    args.push_back(llvm::ConstantInt::get(m_.i8, high ? 0xFF : 0));
    return EmitBytesCall("flow_regex_while", args);
  }

  // Bytes cross the C ABI extended.
  llvm::Value* EmitBytesCall(const char* helper, llvm::ArrayRef<llvm::Value*> args) {
    llvm::CallInst* call = fn_.Call(helper, m_.ptr, args);
    for (unsigned i = 0; i < args.size(); ++i) {
      if (args[i]->getType() == m_.i8) call->addParamAttr(i, llvm::Attribute::ZExt);
    }
    return call;
  }

  void EmitState(size_t index) {
    const regex::State& state = automaton_.states[index];
    fn_.b.SetInsertPoint(blocks_[index]);
    const Action* common = CommonMatch(state);
    if (common != nullptr && automaton_.search_only) {
      fn_.b.CreateRet(fn_.Bool(true));
      return;
    }
    llvm::Value* at = places_[index];
    if (index == 0 && automaton_.prefix.size() >= 2) {
      at = fn_.Call("flow_regex_find", m_.ptr,
                    {at, end_, m_.Bytes(automaton_.prefix),
                     fn_.Int(static_cast<int64_t>(automaton_.prefix.size()))});
    } else {
      at = EmitRun(Run(index, common), at);
    }
    if (common != nullptr) NoteMatch(*common, at);

    // Where each byte leads: what most bytes do is the default.
    std::map<Move, ByteSet> outcomes;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      outcomes[automaton_.MoveOf(static_cast<int>(index), byte)].set(byte);
    }
    if (outcomes.size() == 1 && outcomes.begin()->first.target == kDead && common != nullptr) {
      fn_.b.CreateBr(finish_);
      return;
    }
    auto usual = outcomes.begin();
    for (auto it = outcomes.begin(); it != outcomes.end(); ++it) {
      if (it->second.count() > usual->second.count()) usual = it;
    }

    llvm::BasicBlock* at_end = fn_.Block("at_end");
    llvm::BasicBlock* look = fn_.Block("look");
    fn_.CondBrUnlikely(fn_.b.CreateICmpEQ(at, end_), at_end, look);
    fn_.b.SetInsertPoint(at_end);
    EmitOutcome({kDead, state.end_action}, common, at, at);

    fn_.b.SetInsertPoint(look);
    llvm::Value* byte = fn_.b.CreateLoad(m_.i8, at);
    llvm::Value* next = fn_.b.CreateConstInBoundsGEP1_64(m_.i8, at, 1);
    llvm::BasicBlock* otherwise = fn_.Block("otherwise");
    EmitChoice(byte, outcomes, usual->first, otherwise, common, at, next);
    fn_.b.SetInsertPoint(otherwise);
    EmitOutcome(usual->first, common, at, next);
  }

  // Goes to the outcome of `byte`: by comparisons when they are few, else by a switch.
  void EmitChoice(llvm::Value* byte, const std::map<Move, ByteSet>& outcomes, const Move& usual,
                  llvm::BasicBlock* otherwise, const Action* common, llvm::Value* at,
                  llvm::Value* next) {
    constexpr size_t kFewRanges = 6;
    size_t ranges = 0;
    for (const auto& [move, bytes] : outcomes) {
      if (move != usual) ranges += RangesOf(bytes).size();
    }
    if (ranges <= kFewRanges) {
      for (const auto& [move, bytes] : outcomes) {
        if (move == usual) continue;
        llvm::Value* in = fn_.Bool(false);
        for (auto [lo, hi] : RangesOf(bytes)) {
          llvm::Value* one = EmitInRange(byte, lo, hi);
          in = in == fn_.Bool(false) ? one : fn_.b.CreateOr(in, one);
        }
        llvm::BasicBlock* yes = fn_.Block("is");
        llvm::BasicBlock* no = fn_.Block("is_not");
        fn_.CondBr(in, yes, no);
        fn_.b.SetInsertPoint(yes);
        EmitOutcome(move, common, at, next);
        fn_.b.SetInsertPoint(no);
      }
      fn_.b.CreateBr(otherwise);
      return;
    }
    llvm::SwitchInst* choice = fn_.b.CreateSwitch(byte, otherwise);
    for (const auto& [move, bytes] : outcomes) {
      if (move == usual) continue;
      llvm::BasicBlock* block = fn_.Block("is");
      for (uint32_t value = 0; value < 256; ++value) {
        if (bytes[value]) choice->addCase(llvm::ConstantInt::get(m_.i8, value), block);
      }
      fn_.b.SetInsertPoint(block);
      EmitOutcome(move, common, at, next);
    }
  }

  static std::vector<std::pair<uint32_t, uint32_t>> RangesOf(const ByteSet& bytes) {
    std::vector<std::pair<uint32_t, uint32_t>> out;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      if (!bytes[byte]) continue;
      if (!out.empty() && out.back().second + 1 == byte) {
        out.back().second = byte;
      } else {
        out.emplace_back(byte, byte);
      }
    }
    return out;
  }

  llvm::Value* EmitInRange(llvm::Value* byte, uint32_t lo, uint32_t hi) {
    llvm::Value* from = llvm::ConstantInt::get(m_.i8, lo);
    if (lo == hi) return fn_.b.CreateICmpEQ(byte, from);
    llvm::Value* distance = lo == 0 ? byte : fn_.b.CreateSub(byte, from);
    return fn_.b.CreateICmpULE(distance, llvm::ConstantInt::get(m_.i8, hi - lo));
  }

  void EmitOutcome(const Move& move, const Action* common, llvm::Value* at, llvm::Value* next) {
    const Action& action = ActionAt(move.action);
    if (action.matches && automaton_.search_only) {
      fn_.b.CreateRet(fn_.Bool(true));
      return;
    }
    if (action.matches && common == nullptr) NoteMatch(action, at);
    if (move.target != kDead) MoveRegisters(action, at);
    GoOn(move.target, next);
  }

  void EmitFinish() {
    fn_.b.SetInsertPoint(finish_);
    if (automaton_.search_only) {
      fn_.b.CreateRet(fn_.Bool(false));
      return;
    }
    llvm::BasicBlock* found = fn_.Block("found");
    llvm::BasicBlock* missed = fn_.Block("missed");
    fn_.CondBr(fn_.b.CreateLoad(m_.i1, matched_), found, missed);
    fn_.b.SetInsertPoint(missed);
    fn_.b.CreateRet(fn_.Bool(false));
    fn_.b.SetInsertPoint(found);
    llvm::Value* groups = fn_.function->getArg(2);
    for (size_t i = 0; i + 1 < found_.size(); i += 2) {
      llvm::Value* begin = fn_.b.CreateLoad(m_.ptr, found_[i]);
      llvm::Value* end = fn_.b.CreateLoad(m_.ptr, found_[i + 1]);
      uint64_t offset = i / 2 * sizeof(FlowString);
      fn_.StoreAt(begin, groups, offset + offsetof(FlowString, data));
      fn_.StoreAt(fn_.b.CreatePtrDiff(m_.i8, end, begin), groups,
                  offset + offsetof(FlowString, size));
    }
    fn_.b.CreateRet(fn_.Bool(true));
  }

  ModuleContext& m_;
  FunctionContext fn_;
  const Automaton& automaton_;
  llvm::Value* end_ = nullptr;
  llvm::Value* matched_ = nullptr;
  llvm::BasicBlock* finish_ = nullptr;
  std::vector<llvm::Value*> registers_;
  std::vector<llvm::Value*> found_;  // by tag, of the match noted last
  std::vector<llvm::BasicBlock*> blocks_;
  std::vector<llvm::PHINode*> places_;
};

std::optional<Automaton> AutomatonFor(const std::string& pattern, RegexUse use) {
  std::string reason;
  if (use == RegexUse::kSearch) return regex::Compile(pattern, {}, &reason);
  return regex::CompileNamed(pattern, &reason);
}

}  // namespace

llvm::Function* RegexFunction(ModuleContext& m, const std::string& pattern, RegexUse use) {
  auto [found, added] = m.regex_functions.try_emplace({pattern, static_cast<int>(use)}, nullptr);
  if (!added) return found->second;
  std::optional<Automaton> automaton = AutomatonFor(pattern, use);
  if (!automaton) return nullptr;
  auto* type = llvm::FunctionType::get(m.i1, {m.ptr, m.i64, m.ptr}, /*isVarArg=*/false);
  auto* function =
      llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "pattern", m.llvm_module);
  function->setDoesNotThrow();
  // A loop of its own, with registers of its own.
  function->addFnAttr(llvm::Attribute::NoInline);
  RegexEmitter(m, function, *automaton).Emit();
  found->second = function;
  return function;
}

}  // namespace flow::codegen
