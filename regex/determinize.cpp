// Subsets with priorities: a state is the list of places in the program that threads of a
// backtracking search would be at, the preferred one first, each with the registers of its tags and
// the tags it has passed since the last byte, which are noted once the next byte is known.
//
// Where a thread comes to a place that depends on the next byte (`$`, `\b`), the whole state is
// kept as it was before its threads went on, and they go on in each move. To let only the others go
// on would be wrong: what a thread may do depends on where those before it have been.

#include "regex/determinize.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "base/text.h"

namespace flow::regex {
namespace {

struct Thread {
  uint32_t pc = 0;
  uint64_t pending = 0;    // tags whose place is before the next byte
  std::vector<int> found;  // of the others: kUnset or a register; while a move is made, kHere
  friend auto operator<=>(const Thread&, const Thread&) = default;
};

// What stood before: only what the places of some thread ask about.
struct Before {
  bool text_begin = false;
  bool line_begin = false;
  bool word = false;
  friend auto operator<=>(const Before&, const Before&) = default;
};

struct Subset {
  bool open = false;  // the threads stand right behind the last byte
  Before before;      // of open ones
  std::vector<Thread> threads;
  friend auto operator<=>(const Subset&, const Subset&) = default;
};

constexpr int kEnd = -1;  // instead of a byte

class Determinizer {
 public:
  explicit Determinizer(const Program& program) : program_(program) {
    out_.tags = program.tags;
    out_.prefix = program.prefix;
    out_.search_only = program.tags == 0;
    registers_of_.resize(static_cast<size_t>(program.tags));
    visited_.resize(program.insts.size());
    FindClasses();
    FindUseful();
    ActionOf({});
  }

  std::optional<Automaton> Run(std::string* reason) {
    StateOf(Start());
    for (size_t i = 0; i < subsets_.size(); ++i) {
      if (subsets_.size() > kMaxStatesMade) {
        *reason = Cat("more than ", kMaxStatesMade, " states");
        return std::nullopt;
      }
      threads_made_ += subsets_[i]->threads.size();
      if (threads_made_ > kMaxThreadsMade) {
        *reason = "states of many threads";
        return std::nullopt;
      }
      State state;
      for (int c = 0; c < out_.classes; ++c) {
        state.moves.push_back(MoveOn(*subsets_[i], sample_[static_cast<size_t>(c)]));
      }
      state.end_action = MoveOn(*subsets_[i], kEnd).action;
      out_.states.push_back(std::move(state));
    }
    return std::move(out_);
  }

 private:
  // Bytes that no instruction tells apart are one class.
  void FindClasses() {
    std::vector<ByteSet> sets;
    for (const Inst& inst : program_.insts) {
      for (const Inst::Arm& arm : inst.arms) sets.push_back(arm.bytes);
      if (inst.op != Inst::Op::kAssert) continue;
      bool lines =
          inst.assertion == AssertKind::kLineBegin || inst.assertion == AssertKind::kLineEnd;
      bool words =
          inst.assertion == AssertKind::kWordEdge || inst.assertion == AssertKind::kNoWordEdge;
      ByteSet set;
      asks_lines_ |= lines;
      asks_words_ |= words;
      for (uint32_t byte = 0; byte < 256; ++byte) {
        set[byte] = (lines && byte == '\n') || (words && IsWordByte(byte));
      }
      sets.push_back(set);
    }
    std::sort(sets.begin(), sets.end(),
              [](const ByteSet& a, const ByteSet& b) { return a.to_string() < b.to_string(); });
    sets.erase(std::unique(sets.begin(), sets.end()), sets.end());
    std::map<std::vector<bool>, uint8_t> classes;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      std::vector<bool> in;
      for (const ByteSet& set : sets) in.push_back(set[byte]);
      auto [found, added] = classes.emplace(in, static_cast<uint8_t>(sample_.size()));
      if (added) sample_.push_back(static_cast<int>(byte));
      out_.class_of[byte] = found->second;
    }
    out_.classes = static_cast<int>(sample_.size());
  }

  // Instructions from which a match can be reached though the text has begun: a thread anywhere
  // else is dropped after the first byte.
  void FindUseful() {
    useful_.assign(program_.insts.size(), false);
    for (bool more = true; more;) {
      more = false;
      for (size_t i = program_.insts.size(); i-- > 0;) {
        if (useful_[i] || !Useful(program_.insts[i])) continue;
        useful_[i] = true;
        more = true;
      }
    }
  }

  bool Useful(const Inst& inst) const {
    switch (inst.op) {
      case Inst::Op::kMatch:
        return true;
      case Inst::Op::kFail:
        return false;
      case Inst::Op::kSplit:
        return useful_[inst.out] || useful_[inst.out1];
      case Inst::Op::kTag:
        return useful_[inst.out];
      case Inst::Op::kAssert:
        return inst.assertion != AssertKind::kTextBegin && useful_[inst.out];
      case Inst::Op::kBytes:
        return std::any_of(inst.arms.begin(), inst.arms.end(),
                           [&](const Inst::Arm& arm) { return useful_[arm.out]; });
    }
    return true;
  }

  Subset Start() {
    Thread first;
    first.pc = program_.start;
    first.found.assign(static_cast<size_t>(program_.tags), kUnset);
    return Close({first}, {.text_begin = true, .line_begin = true, .word = false});
  }

  // The state of threads that stand right behind a byte.
  Subset Close(std::vector<Thread> threads, Before before) {
    Subset out;
    ++round_;
    for (const Thread& thread : threads) Spread(thread, before, /*next=*/nullptr, &out.threads);
    out.open = std::any_of(out.threads.begin(), out.threads.end(), [&](const Thread& thread) {
      return program_.insts[thread.pc].op == Inst::Op::kAssert;
    });
    if (out.open) {
      out.before = {.text_begin = before.text_begin,
                    .line_begin = before.line_begin && asks_lines_,
                    .word = before.word && asks_words_};
      out.threads.clear();
      ++round_;
      for (Thread& thread : threads) {
        bool useless = !before.text_begin && !useful_[thread.pc];
        if (useless || visited_[thread.pc] == round_) continue;
        visited_[thread.pc] = round_;
        out.threads.push_back(std::move(thread));
      }
    }
    Settle(&out);
    return out;
  }

  // Follows `thread` without reading a byte. Threads come to rest before bytes, at the match, and,
  // unless `next` is known, at a place that depends on it.
  void Spread(const Thread& start, const Before& before, const int* next,
              std::vector<Thread>* out) {
    std::vector<Thread> stack = {start};
    while (!stack.empty()) {
      Thread thread = std::move(stack.back());
      stack.pop_back();
      if (visited_[thread.pc] == round_) continue;
      visited_[thread.pc] = round_;
      if (!before.text_begin && !useful_[thread.pc]) continue;
      const Inst& inst = program_.insts[thread.pc];
      switch (inst.op) {
        case Inst::Op::kFail:
          break;
        case Inst::Op::kBytes:
        case Inst::Op::kMatch:
          out->push_back(std::move(thread));
          break;
        case Inst::Op::kSplit: {
          Thread other = thread;
          other.pc = inst.out1;
          stack.push_back(std::move(other));
          thread.pc = inst.out;
          stack.push_back(std::move(thread));
          break;
        }
        case Inst::Op::kTag: {
          auto tag = static_cast<size_t>(inst.arg);
          thread.pending |= uint64_t{1} << tag;
          thread.found[tag] = kUnset;
          thread.pc = inst.out;
          stack.push_back(std::move(thread));
          break;
        }
        case Inst::Op::kAssert:
          if (next == nullptr && !DependsOnBefore(inst.assertion)) {
            out->push_back(std::move(thread));
            break;
          }
          if (!Holds(inst.assertion, before, next == nullptr ? kEnd : *next)) break;
          thread.pc = inst.out;
          stack.push_back(std::move(thread));
          break;
      }
    }
  }

  static bool DependsOnBefore(AssertKind kind) {
    return kind == AssertKind::kTextBegin || kind == AssertKind::kLineBegin;
  }

  static bool Holds(AssertKind kind, const Before& before, int next) {
    bool next_word = next != kEnd && IsWordByte(static_cast<uint32_t>(next));
    switch (kind) {
      case AssertKind::kTextBegin:
        return before.text_begin;
      case AssertKind::kLineBegin:
        return before.line_begin;
      case AssertKind::kTextEnd:
        return next == kEnd;
      case AssertKind::kLineEnd:
        return next == kEnd || next == '\n';
      case AssertKind::kWordEdge:
        return before.word != next_word;
      case AssertKind::kNoWordEdge:
        return before.word == next_word;
    }
    return false;
  }

  void Settle(Subset* subset) {
    if (!out_.search_only) return;
    // Without groups it does not matter which match is found: only which threads there are.
    for (const Thread& thread : subset->threads) {
      if (program_.insts[thread.pc].op != Inst::Op::kMatch) continue;
      subset->threads = {thread};
      return;
    }
    std::sort(subset->threads.begin(), subset->threads.end());
  }

  Move MoveOn(const Subset& subset, int next) {
    // Which threads there are, now that `next` is known.
    std::vector<Thread> threads;
    if (subset.open) {
      ++round_;
      for (const Thread& thread : subset.threads) Spread(thread, subset.before, &next, &threads);
    } else {
      threads = subset.threads;
    }
    Action action;
    std::vector<Thread> stepped;
    for (Thread& thread : threads) {
      for (; thread.pending != 0; thread.pending &= thread.pending - 1) {
        thread.found[static_cast<size_t>(std::countr_zero(thread.pending))] = kHere;
      }
      const Inst& inst = program_.insts[thread.pc];
      if (inst.op == Inst::Op::kMatch) {
        // Threads that are less preferred cannot win any more.
        action.matches = true;
        action.found = thread.found;
        break;
      }
      if (next == kEnd) continue;
      for (const Inst::Arm& arm : inst.arms) {
        if (!arm.bytes[static_cast<size_t>(next)]) continue;
        thread.pc = arm.out;
        stepped.push_back(std::move(thread));
        break;
      }
    }
    if (action.matches && out_.search_only) stepped.clear();
    bool word = next != kEnd && IsWordByte(static_cast<uint32_t>(next));
    Subset after =
        Close(std::move(stepped), {.text_begin = false, .line_begin = next == '\n', .word = word});
    NameRegisters(&after, &action);
    Move move;
    move.action = ActionOf(std::move(action));
    if (!after.threads.empty()) move.target = StateOf(std::move(after));
    return move;
  }

  // In a state, the values of a tag are numbered in the order of its threads, so that states differ
  // only where values differ. A tag with one value always has it in the same register.
  void NameRegisters(Subset* subset, Action* action) {
    for (size_t tag = 0; tag < registers_of_.size(); ++tag) {
      std::vector<int> values;
      for (Thread& thread : subset->threads) {
        int& value = thread.found[tag];
        if (value == kUnset) continue;
        size_t index =
            static_cast<size_t>(std::find(values.begin(), values.end(), value) - values.begin());
        if (index == values.size()) values.push_back(value);
        if (index == registers_of_[tag].size()) registers_of_[tag].push_back(out_.registers++);
        value = registers_of_[tag][index];
      }
      for (size_t i = 0; i < values.size(); ++i) {
        int to = registers_of_[tag][i];
        if (to != values[i]) action->copies.push_back({to, values[i]});
      }
    }
    std::sort(action->copies.begin(), action->copies.end());
  }

  int ActionOf(Action action) {
    auto [found, added] =
        action_numbers_.emplace(std::move(action), static_cast<int>(out_.actions.size()));
    if (added) out_.actions.push_back(found->first);
    return found->second;
  }

  int StateOf(Subset subset) {
    auto [found, added] =
        state_numbers_.emplace(std::move(subset), static_cast<int>(subsets_.size()));
    if (added) subsets_.push_back(&found->first);
    return found->second;
  }

  const Program& program_;
  Automaton out_;
  std::vector<int> sample_;  // a byte of each class
  bool asks_lines_ = false;
  bool asks_words_ = false;
  std::vector<bool> useful_;
  std::vector<std::vector<int>> registers_of_;  // by tag
  std::vector<uint32_t> visited_;
  uint32_t round_ = 0;
  size_t threads_made_ = 0;
  std::map<Action, int> action_numbers_;
  std::map<Subset, int> state_numbers_;
  std::vector<const Subset*> subsets_;
};

}  // namespace

std::optional<Automaton> Determinize(const Program& program, std::string* reason) {
  return Determinizer(program).Run(reason);
}

}  // namespace flow::regex
