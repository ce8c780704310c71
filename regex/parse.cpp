// Reads patterns as RE2 does with its default options. Every pattern that gets here was accepted by
// RE2 itself, so what is wrong is only declined, not explained.

#include <algorithm>

#include "base/text.h"
#include "regex/classes.h"
#include "regex/syntax.h"
#include "regex/unicode.h"

namespace flow::regex {
namespace {

// What (?..) switches, to the end of its group.
struct Flags {
  bool fold = false;         // i
  bool lines = false;        // m
  bool dot_newline = false;  // s
  bool swap_greed = false;   // U
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class Parser {
 public:
  explicit Parser(std::string_view pattern) : rest_(pattern) {}

  std::optional<Pattern> Parse(std::string* reason) {
    Flags flags;
    pattern_.root = Alternatives(flags, 0);
    if (reason_.empty() && !rest_.empty()) Decline("an unmatched `)`");
    if (reason_.empty()) return std::move(pattern_);
    *reason = reason_;
    return std::nullopt;
  }

 private:
  // Gives up: nothing is read any more.
  void Decline(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
    rest_ = {};
  }

  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  uint32_t TakeRune() {
    auto byte = [&](size_t i) {
      return i < rest_.size() ? static_cast<uint32_t>(static_cast<unsigned char>(rest_[i])) : 0;
    };
    uint32_t first = byte(0);
    if (first < 0x80) {
      rest_.remove_prefix(1);
      return first;
    }
    size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    uint32_t rune = first & (0xFFu >> (size + 1));
    for (size_t i = 1; i < size; ++i) rune = rune << 6 | (byte(i) & 0x3F);
    rest_.remove_prefix(std::min(size, rest_.size()));
    return rune;
  }

  Node Alternatives(Flags& flags, int depth) {
    if (depth > kMaxNesting) Decline("deeply nested groups");
    Node out{.kind = NodeKind::kAlternate};
    do {
      out.children.push_back(Sequence(flags, depth));
    } while (Take("|"));
    if (out.children.size() == 1) return std::move(out.children[0]);
    return out;
  }

  Node Sequence(Flags& flags, int depth) {
    Node out{.kind = NodeKind::kConcat};
    while (!rest_.empty() && rest_[0] != '|' && rest_[0] != ')') {
      if (Take("\\Q")) {
        Quoted(flags, &out);
        continue;
      }
      std::optional<Node> atom = Atom(flags, depth);
      if (!atom) continue;  // only flags
      out.children.push_back(std::move(*atom));
      Repeat(flags, &out.children.back());
    }
    if (out.children.empty()) return Node{};
    if (out.children.size() == 1) return std::move(out.children[0]);
    return out;
  }

  // \Q..\E: a repeat after it counts for its last character.
  void Quoted(const Flags& flags, Node* out) {
    bool any = false;
    while (!rest_.empty() && !Take("\\E")) {
      out->children.push_back(Literal(TakeRune(), flags));
      any = true;
    }
    if (any) Repeat(flags, &out->children.back());
  }

  Node Literal(uint32_t rune, const Flags& flags) {
    RuneSet set({{rune, rune}});
    return Node{.kind = NodeKind::kSet, .set = flags.fold ? set.Folded() : set};
  }

  static Node Place(AssertKind kind) { return Node{.kind = NodeKind::kAssert, .assertion = kind}; }

  std::optional<Node> Atom(Flags& flags, int depth) {
    if (rest_[0] == '(') return Group(flags, depth);
    if (rest_[0] == '[') return Class(flags);
    if (rest_[0] == '\\') return Escape(flags);
    if (Take("^")) return Place(flags.lines ? AssertKind::kLineBegin : AssertKind::kTextBegin);
    if (Take("$")) return Place(flags.lines ? AssertKind::kLineEnd : AssertKind::kTextEnd);
    if (Take(".")) {
      RuneSet all({{0, kLastRune}});
      RuneSet no_newline({{0, '\n' - 1}, {'\n' + 1, kLastRune}});
      return Node{.kind = NodeKind::kSet, .set = flags.dot_newline ? all : no_newline};
    }
    if (rest_[0] == '*' || rest_[0] == '+' || rest_[0] == '?') {
      Decline("a repeat of nothing");
      return Node{};
    }
    return Literal(TakeRune(), flags);
  }

  std::optional<Node> Group(Flags& flags, int depth) {
    Take("(");
    Flags inside = flags;
    Node out{.kind = NodeKind::kGroup};
    if (Take("?P<") || Take("?<")) {
      size_t end = rest_.find('>');
      if (end == std::string_view::npos) Decline("a name without an end");
      pattern_.names.emplace_back(rest_.substr(0, end));
      rest_.remove_prefix(std::min(end, rest_.size()));
      Take(">");
      out.group = ++pattern_.groups;
      pattern_.named.push_back(out.group);
    } else if (Take("?")) {
      if (!ReadFlags(&inside)) {
        flags = inside;
        return std::nullopt;
      }
    } else {
      out.group = ++pattern_.groups;
    }
    out.children.push_back(Alternatives(inside, depth + 1));
    if (!Take(")")) Decline("an unmatched `(`");
    if (out.group == 0) return std::move(out.children[0]);
    return out;
  }

  // After `(?`: the flags and `:`, then true; or the flags and `)`, which go on to hold.
  bool ReadFlags(Flags* flags) {
    bool on = true;
    while (!rest_.empty()) {
      char c = rest_[0];
      rest_.remove_prefix(1);
      switch (c) {
        case 'i':
          flags->fold = on;
          break;
        case 'm':
          flags->lines = on;
          break;
        case 's':
          flags->dot_newline = on;
          break;
        case 'U':
          flags->swap_greed = on;
          break;
        case '-':
          on = false;
          break;
        case ':':
          return true;
        case ')':
          return false;
        default:
          Decline("an unknown flag");
      }
    }
    Decline("an unmatched `(`");
    return true;
  }

  void Repeat(const Flags& flags, Node* atom) {
    Node out{.kind = NodeKind::kRepeat};
    if (!TakeRepeat(&out.min, &out.max)) return;
    out.greedy = !flags.swap_greed;
    if (Take("?")) out.greedy = !out.greedy;
    int min = 0;
    int max = 0;
    if (TakeRepeat(&min, &max)) Decline("a repeat of a repeat");
    out.children.push_back(std::move(*atom));
    *atom = std::move(out);
  }

  bool TakeRepeat(int* min, int* max) {
    *min = 0;
    *max = kUnbounded;
    if (Take("*")) return true;
    if (Take("+")) {
      *min = 1;
      return true;
    }
    if (Take("?")) {
      *max = 1;
      return true;
    }
    // A brace that begins no count is a character.
    std::string_view before = rest_;
    if (Take("{") && TakeNumber(min)) {
      *max = *min;
      if (Take(",")) {
        *max = kUnbounded;
        TakeNumber(max);
      }
      if (Take("}")) return true;
    }
    rest_ = before;
    return false;
  }

  bool TakeNumber(int* number) {
    constexpr int kLargest = 100'000;
    if (rest_.empty() || !IsDigit(rest_[0])) return false;
    int value = 0;
    while (!rest_.empty() && IsDigit(rest_[0])) {
      value = std::min(value * 10 + (rest_[0] - '0'), kLargest);
      rest_.remove_prefix(1);
    }
    *number = value;
    return true;
  }

  Node Escape(const Flags& flags) {
    if (Take("\\A")) return Place(AssertKind::kTextBegin);
    if (Take("\\z")) return Place(AssertKind::kTextEnd);
    if (Take("\\b")) return Place(AssertKind::kWordEdge);
    if (Take("\\B")) return Place(AssertKind::kNoWordEdge);
    if (rest_.starts_with("\\C")) {
      Decline("`\\C`, a byte that may be part of a character");
      return Node{};
    }
    RuneSet set;
    if (TakeNamedClass(flags, &set)) return Node{.kind = NodeKind::kSet, .set = std::move(set)};
    return Literal(EscapedRune(), flags);
  }

  // \d and the like, \pN, \p{Name}: adds it to `set`.
  bool TakeNamedClass(const Flags& flags, RuneSet* set) {
    if (rest_.size() < 2) return false;
    char c = rest_[1];
    bool negated = c >= 'A' && c <= 'Z';
    if (std::optional<RuneSet> perl = PerlClass(c)) {
      rest_.remove_prefix(2);
      AddClass(flags, *perl, negated, set);
      return true;
    }
    if (c != 'p' && c != 'P') return false;
    rest_.remove_prefix(2);
    std::string_view name = rest_.substr(0, 1);
    if (Take("{")) {
      size_t end = rest_.find('}');
      if (end == std::string_view::npos) Decline("a name without an end");
      name = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end, rest_.size()));
      Take("}");
      if (name.starts_with("^")) {
        negated = !negated;
        name.remove_prefix(1);
      }
    } else {
      rest_.remove_prefix(name.size());
    }
    std::optional<RuneSet> named = UnicodeClass(name);
    if (!named) {
      Decline(Cat("the class `\\p{", name, "}`"));
      return true;
    }
    AddClass(flags, *named, negated, set);
    return true;
  }

  // What is left out of a folded class is left out in every case.
  static void AddClass(const Flags& flags, const RuneSet& named, bool negated, RuneSet* set) {
    RuneSet folded = flags.fold ? named.Folded() : named;
    set->Add(negated ? folded.Complement() : folded);
  }

  uint32_t EscapedRune() {
    Take("\\");
    if (rest_.empty()) {
      Decline("a `\\` at the end");
      return 0;
    }
    char c = rest_[0];
    if (c >= '0' && c <= '7') return Octal();
    rest_.remove_prefix(1);
    switch (c) {
      case 'a':
        return '\a';
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'v':
        return '\v';
      case 'x':
        return Hex();
      default:
        break;
    }
    bool plain = static_cast<unsigned char>(c) < 0x80 && !IsLetter(c) && !IsDigit(c);
    if (!plain) Decline(Cat("the escape `\\", c, "`"));
    return static_cast<unsigned char>(c);
  }

  uint32_t Octal() {
    bool known = rest_[0] == '0' || (rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '7');
    if (!known) Decline("a back reference");
    uint32_t value = 0;
    for (int i = 0; i < 3 && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '7'; ++i) {
      value = value * 8 + static_cast<uint32_t>(rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  uint32_t Hex() {
    bool braces = Take("{");
    uint32_t value = 0;
    size_t digits = 0;
    while (!rest_.empty() && HexDigit(rest_[0]) >= 0 && (braces || digits < 2)) {
      value = value * 16 + static_cast<uint32_t>(HexDigit(rest_[0]));
      rest_.remove_prefix(1);
      ++digits;
      if (value > kLastRune) Decline("a character beyond the last one");
    }
    if ((braces && !Take("}")) || digits == 0 || (!braces && digits < 2)) {
      Decline("an unfinished `\\x`");
    }
    return value;
  }

  Node Class(const Flags& flags) {
    Take("[");
    bool negated = Take("^");
    Node out{.kind = NodeKind::kSet};
    bool first = true;
    while (!rest_.empty() && (first || rest_[0] != ']')) {
      first = false;
      if (rest_.starts_with("[:") && rest_.find(":]", 2) != std::string_view::npos) {
        PosixMember(flags, &out.set);
        continue;
      }
      if (rest_[0] == '\\' && TakeNamedClass(flags, &out.set)) continue;
      uint32_t lo = Member();
      uint32_t hi = lo;
      if (rest_.size() >= 2 && rest_[0] == '-' && rest_[1] != ']') {
        Take("-");
        hi = Member();
      }
      RuneSet range({{lo, hi}});
      out.set.Add(flags.fold ? range.Folded() : range);
    }
    if (!Take("]")) Decline("an unmatched `[`");
    if (negated) out.set = out.set.Complement();
    return out;
  }

  uint32_t Member() { return rest_[0] == '\\' ? EscapedRune() : TakeRune(); }

  void PosixMember(const Flags& flags, RuneSet* set) {
    Take("[:");
    bool negated = Take("^");
    size_t end = rest_.find(":]");
    std::optional<RuneSet> named = PosixClass(rest_.substr(0, end));
    if (!named) return Decline("an unknown class in `[:..:]`");
    rest_.remove_prefix(end + 2);
    AddClass(flags, *named, negated, set);
  }

  std::string_view rest_;
  Pattern pattern_;
  std::string reason_;
};

}  // namespace

std::optional<Pattern> Parse(std::string_view pattern, std::string* reason) {
  return Parser(pattern).Parse(reason);
}

}  // namespace flow::regex
