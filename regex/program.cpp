#include "regex/program.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace flow::regex {
namespace {

// Bytes from `lo` to `hi`, one set after another: what UTF-8 makes of a range of characters.
struct Sequence {
  std::vector<std::pair<uint8_t, uint8_t>> bytes;
  friend auto operator<=>(const Sequence&, const Sequence&) = default;
};

uint32_t LastOfLength(int length) {
  return length == 1 ? 0x7F : length == 2 ? 0x7FF : length == 3 ? 0xFFFF : kLastRune;
}

std::vector<uint8_t> Encode(uint32_t rune, int length) {
  static constexpr uint32_t kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  std::vector<uint8_t> out(static_cast<size_t>(length));
  for (int i = length - 1; i > 0; --i) {
    out[static_cast<size_t>(i)] = static_cast<uint8_t>(0x80 | (rune & 0x3F));
    rune >>= 6;
  }
  out[0] = static_cast<uint8_t>(kLead[length] | rune);
  return out;
}

// Splits a range until the bytes of its ends differ like a rectangle: each place has its own range.
void AddSequences(uint32_t lo, uint32_t hi, int length, std::vector<Sequence>* out) {
  for (int i = 1; i < length; ++i) {
    uint32_t mask = (1u << (6 * i)) - 1;
    if ((lo & ~mask) == (hi & ~mask)) continue;
    if ((lo & mask) != 0) {
      AddSequences(lo, lo | mask, length, out);
      return AddSequences((lo | mask) + 1, hi, length, out);
    }
    if ((hi & mask) != mask) {
      AddSequences(lo, (hi & ~mask) - 1, length, out);
      return AddSequences(hi & ~mask, hi, length, out);
    }
  }
  std::vector<uint8_t> first = Encode(lo, length);
  std::vector<uint8_t> last = Encode(hi, length);
  Sequence sequence;
  for (size_t i = 0; i < first.size(); ++i) sequence.bytes.emplace_back(first[i], last[i]);
  out->push_back(std::move(sequence));
}

class ProgramMaker {
 public:
  explicit ProgramMaker(const std::vector<int>& groups) : groups_(groups) {}

  // Everything is made from its end: each part knows what follows it.
  Program Make(const Pattern& pattern) {
    program_.tags = static_cast<int>(groups_.size()) * 2;
    uint32_t match = Add({.op = Inst::Op::kMatch});
    Node whole{.kind = NodeKind::kGroup};
    whole.children.push_back(pattern.root);
    uint32_t begin = Emit(whole, match);
    uint32_t search = Add({.op = Inst::Op::kSplit, .out = begin});
    ByteSet any;
    any.set();
    uint32_t skip = Add({.op = Inst::Op::kBytes, .arms = {{any, search}}});
    program_.insts[search].out1 = skip;
    FindPrefix(begin);
    program_.start = search;
    return std::move(program_);
  }

  // As far as there is one way, and one byte.
  void FindPrefix(uint32_t at) {
    for (;;) {
      const Inst& inst = program_.insts[at];
      if (inst.op == Inst::Op::kTag) {
        at = inst.out;
        continue;
      }
      bool one =
          inst.op == Inst::Op::kBytes && inst.arms.size() == 1 && inst.arms[0].bytes.count() == 1;
      if (!one) return;
      program_.prefix += static_cast<char>(inst.arms[0].bytes._Find_first());
      at = inst.arms[0].out;
    }
  }

  bool too_large() const { return program_.insts.size() > kMaxInsts; }

 private:
  uint32_t Add(Inst inst) {
    program_.insts.push_back(std::move(inst));
    return static_cast<uint32_t>(program_.insts.size()) - 1;
  }

  uint32_t Emit(const Node& node, uint32_t next) {
    if (too_large()) return next;
    switch (node.kind) {
      case NodeKind::kEmpty:
        return next;
      case NodeKind::kSet:
        return EmitSet(node.set, next);
      case NodeKind::kConcat:
        for (size_t i = node.children.size(); i-- > 0;) next = Emit(node.children[i], next);
        return next;
      case NodeKind::kAlternate: {
        uint32_t out = Emit(node.children.back(), next);
        for (size_t i = node.children.size() - 1; i-- > 0;) {
          uint32_t first = Emit(node.children[i], next);
          out = Add({.op = Inst::Op::kSplit, .out = first, .out1 = out});
        }
        return out;
      }
      case NodeKind::kRepeat:
        return EmitRepeat(node, next);
      case NodeKind::kGroup: {
        auto wanted = std::find(groups_.begin(), groups_.end(), node.group);
        if (wanted == groups_.end()) return Emit(node.children[0], next);
        int tag = static_cast<int>(wanted - groups_.begin()) * 2;
        uint32_t end = Add({.op = Inst::Op::kTag, .out = next, .arg = tag + 1});
        uint32_t inside = Emit(node.children[0], end);
        return Add({.op = Inst::Op::kTag, .out = inside, .arg = tag});
      }
      case NodeKind::kAssert:
        return Add({.op = Inst::Op::kAssert, .assertion = node.assertion, .out = next});
    }
    return next;
  }

  uint32_t Split(uint32_t more, uint32_t done, bool greedy) {
    if (!greedy) std::swap(more, done);
    return Add({.op = Inst::Op::kSplit, .out = more, .out1 = done});
  }

  // x{2,4} is xx(x(x)?)?, x{2,} is xx+.
  uint32_t EmitRepeat(const Node& node, uint32_t next) {
    const Node& child = node.children[0];
    int copies = node.min;
    uint32_t out = next;
    if (node.max == kUnbounded) {
      out = EmitLoop(child, next, node.greedy, /*at_least_once=*/node.min > 0);
      copies = std::max(0, node.min - 1);
    } else {
      for (int i = node.min; i < node.max && !too_large(); ++i) {
        out = Split(Emit(child, out), next, node.greedy);
      }
    }
    for (int i = 0; i < copies && !too_large(); ++i) out = Emit(child, out);
    return out;
  }

  uint32_t EmitLoop(const Node& child, uint32_t next, bool greedy, bool at_least_once) {
    uint32_t loop = Add({.op = Inst::Op::kSplit});
    uint32_t body = Emit(child, loop);
    program_.insts[loop].out = greedy ? body : next;
    program_.insts[loop].out1 = greedy ? next : body;
    if (at_least_once) return body;
    // Where the body may match nothing, one split would not try all ways in their order: x* is
    // (x+)? then.
    return Nullable(child) ? Split(body, next, greedy) : loop;
  }

  static bool Nullable(const Node& node) {
    switch (node.kind) {
      case NodeKind::kEmpty:
      case NodeKind::kAssert:
        return true;
      case NodeKind::kSet:
        return false;
      case NodeKind::kConcat:
        return std::all_of(node.children.begin(), node.children.end(), Nullable);
      case NodeKind::kAlternate:
        return std::any_of(node.children.begin(), node.children.end(), Nullable);
      case NodeKind::kRepeat:
        return node.min == 0 || Nullable(node.children[0]);
      case NodeKind::kGroup:
        return Nullable(node.children[0]);
    }
    return true;
  }

  uint32_t EmitSet(const RuneSet& set, uint32_t next) {
    std::vector<Sequence> sequences;
    for (const RuneRange& range : set.ranges()) {
      // All beyond ASCII is common, in `.` and complements: by the lengths that lead bytes tell,
      // since no text has the sequences that this admits beyond it.
      if (range.lo <= 0x80 && range.hi == kLastRune) {
        if (range.lo < 0x80) AddSequences(range.lo, 0x7F, 1, &sequences);
        sequences.push_back({{{0xC2, 0xDF}, {0x80, 0xBF}}});
        sequences.push_back({{{0xE0, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}}});
        sequences.push_back({{{0xF0, 0xF4}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}}});
        continue;
      }
      uint32_t lo = range.lo;
      for (int length = 1; length <= 4; ++length) {
        uint32_t last = LastOfLength(length);
        if (lo > last || lo > range.hi) continue;
        AddSequences(lo, std::min(range.hi, last), length, &sequences);
        lo = last + 1;
      }
    }
    tails_.clear();
    return EmitSequences(sequences, 0, next);
  }

  // One instruction for what `sequences` have at `place`; equal tails are made once.
  uint32_t EmitSequences(const std::vector<Sequence>& sequences, size_t place, uint32_t next) {
    std::map<std::pair<uint8_t, uint8_t>, std::vector<Sequence>> by_lead;
    for (const Sequence& sequence : sequences) by_lead[sequence.bytes[place]].push_back(sequence);
    std::map<uint32_t, ByteSet> arms;
    for (const auto& [lead, group] : by_lead) {
      uint32_t out = next;
      if (group[0].bytes.size() > place + 1) out = Tail(group, place + 1, next);
      arms[out] |= ByteRange(lead.first, lead.second);
    }
    Inst inst{.op = Inst::Op::kBytes};
    for (const auto& [out, bytes] : arms) inst.arms.push_back({bytes, out});
    if (inst.arms.empty()) inst.op = Inst::Op::kFail;
    return Add(std::move(inst));
  }

  uint32_t Tail(const std::vector<Sequence>& sequences, size_t place, uint32_t next) {
    std::vector<Sequence> key;
    for (const Sequence& sequence : sequences) {
      key.push_back(
          {{sequence.bytes.begin() + static_cast<std::ptrdiff_t>(place), sequence.bytes.end()}});
    }
    auto found = tails_.find(key);
    if (found != tails_.end()) return found->second;
    uint32_t made = EmitSequences(sequences, place, next);
    tails_.emplace(std::move(key), made);
    return made;
  }

  const std::vector<int>& groups_;
  Program program_;
  std::map<std::vector<Sequence>, uint32_t> tails_;  // of the set at hand
};

}  // namespace

std::optional<Program> MakeProgram(const Pattern& pattern, const std::vector<int>& groups,
                                   std::string* reason) {
  ProgramMaker maker(groups);
  Program program = maker.Make(pattern);
  if (program.insts.size() <= kMaxInsts) return program;
  *reason = Cat("more than ", kMaxInsts, " steps");
  return std::nullopt;
}

}  // namespace flow::regex
