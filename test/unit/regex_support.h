#pragma once
// Generated patterns and texts, and what RE2 finds, for tests of regex/.

#include <re2/re2.h>

#include <random>
#include <string>
#include <vector>

namespace flow::regex {

// Patterns of every construct over a small alphabet, so that texts of the same alphabet often
// match.
class PatternGenerator {
 public:
  explicit PatternGenerator(uint64_t seed) : random_(seed) {}

  std::string Pattern() {
    groups_ = 0;
    std::string out = Below(8) == 0 ? Flags() : "";
    return out + Alternatives(3);
  }

  std::string Text() {
    static const char* const kPieces[] = {"a", "b", "c", "A", "B", "k",  "s",  " ", "\n", "_",
                                          "1", "é", "É", "ſ", "K", "猫", "😀", "a", "b",  "ab"};
    std::string out;
    for (size_t left = Below(12); left-- > 0;) out += kPieces[Below(std::size(kPieces))];
    return out;
  }

  size_t Below(size_t bound) { return random_() % bound; }

 private:
  std::string Flags() {
    static const char* const kFlags[] = {"(?i)",  "(?m)",  "(?s)",  "(?U)",
                                         "(?im)", "(?is)", "(?ims)"};
    return kFlags[Below(std::size(kFlags))];
  }

  std::string Alternatives(int depth) {
    std::string out = Sequence(depth);
    while (Below(4) == 0) out += "|" + Sequence(depth);
    return out;
  }

  std::string Sequence(int depth) {
    std::string out;
    for (size_t left = Below(5); left-- > 0;) out += Repeated(depth);
    return out;
  }

  std::string Repeated(int depth) {
    static const char* const kRepeats[] = {"*",      "+",     "?",     "*?",   "+?",
                                           "??",     "{2}",   "{0,2}", "{1,}", "{1,2}",
                                           "{0,1}?", "{2,}?", "{0}",   "{1}"};
    std::string out = Atom(depth);
    if (Below(3) == 0) out += kRepeats[Below(std::size(kRepeats))];
    return out;
  }

  std::string Atom(int depth) {
    if (depth > 0 && Below(4) == 0) {
      std::string inside = Alternatives(depth - 1);
      switch (Below(4)) {
        case 0:
          return "(?:" + inside + ")";
        case 1:
          return (Below(2) == 0 ? "(?i:" : "(?-s:") + inside + ")";
        default:
          break;
      }
      if (groups_ >= 5) return "(?:" + inside + ")";
      return "(?P<g" + std::to_string(++groups_) + ">" + inside + ")";
    }
    static const char* const kAtoms[] = {"a",
                                         "b",
                                         "c",
                                         "k",
                                         "s",
                                         "é",
                                         "猫",
                                         "ab",
                                         ".",
                                         "[ab]",
                                         "[^a]",
                                         "[^ab]",
                                         "\\w",
                                         "\\W",
                                         "\\d",
                                         "\\s",
                                         "\\S",
                                         "^",
                                         "$",
                                         "\\b",
                                         "\\B",
                                         "\\A",
                                         "\\z",
                                         "[a-c1]",
                                         "[é-猫]",
                                         "\\pL",
                                         "\\PL",
                                         "[^é]",
                                         "\\p{Lu}",
                                         "[[:alpha:]]",
                                         "[[:^digit:]]",
                                         "\\x{e9}",
                                         "\\.",
                                         "[\\w ]",
                                         "a",
                                         "b",
                                         "[^\\W]",
                                         "[b-]",
                                         "😀"};
    return kAtoms[Below(std::size(kAtoms))];
  }

  std::mt19937_64 random_;
  int groups_ = 0;
};

// Where RE2 finds the whole match and the named groups in the order of the pattern, as Run gives
// it; false when nothing is found.
inline bool RunRe2(const RE2& re, const std::string& text, std::vector<int>* places) {
  std::vector<re2::StringPiece> found(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  if (!re.Match(text, 0, text.size(), RE2::UNANCHORED, found.data(),
                static_cast<int>(found.size()))) {
    return false;
  }
  places->clear();
  for (const re2::StringPiece& piece : found) {
    bool there = piece.data() != nullptr;
    int begin = there ? static_cast<int>(piece.data() - text.data()) : -1;
    places->push_back(begin);
    places->push_back(there ? begin + static_cast<int>(piece.size()) : -1);
  }
  return true;
}

inline std::string PlacesText(bool found, const std::vector<int>& places) {
  if (!found) return "nothing";
  std::string out;
  for (int place : places) out += std::to_string(place) + " ";
  return out;
}

}  // namespace flow::regex
