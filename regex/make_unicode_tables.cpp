// Run when flowc is built: asks the RE2 library which characters its classes and case folding know,
// and prints the tables that regex/unicode.cpp includes.

#include <re2/re2.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

// Names that \p{..} may have; those that the library does not know are left out.
const char* const kNames[] = {
    "C",         "Cc",      "Cf",       "Co",       "Cs",     "L",        "Ll",         "Lm",
    "Lo",        "Lt",      "Lu",       "M",        "Mc",     "Me",       "Mn",         "N",
    "Nd",        "Nl",      "No",       "P",        "Pc",     "Pd",       "Pe",         "Pf",
    "Pi",        "Po",      "Ps",       "S",        "Sc",     "Sk",       "Sm",         "So",
    "Z",         "Zl",      "Zp",       "Zs",       "Adlam",  "Arabic",   "Armenian",   "Bengali",
    "Bopomofo",  "Braille", "Cherokee", "Common",   "Coptic", "Cyrillic", "Devanagari", "Ethiopic",
    "Georgian",  "Greek",   "Gujarati", "Gurmukhi", "Han",    "Hangul",   "Hebrew",     "Hiragana",
    "Inherited", "Kannada", "Katakana", "Khmer",    "Lao",    "Latin",    "Malayalam",  "Mongolian",
    "Myanmar",   "Oriya",   "Runic",    "Sinhala",  "Syriac", "Tamil",    "Telugu",     "Thaana",
    "Thai",      "Tibetan"};

void AppendUtf8(std::string* out, uint32_t rune) {
  auto put = [&](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (rune < 0x80) return put(rune);
  if (rune < 0x800) {
    put(0xC0 | (rune >> 6));
  } else {
    if (rune < 0x10000) {
      put(0xE0 | (rune >> 12));
    } else {
      put(0xF0 | (rune >> 18));
      put(0x80 | ((rune >> 12) & 0x3F));
    }
    put(0x80 | ((rune >> 6) & 0x3F));
  }
  put(0x80 | (rune & 0x3F));
}

uint32_t RuneAt(const char* p) {
  auto byte = [&](int i) { return static_cast<uint32_t>(static_cast<unsigned char>(p[i])); };
  if (byte(0) < 0x80) return byte(0);
  if (byte(0) < 0xE0) return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
  if (byte(0) < 0xF0) return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
}

// All characters of `text` that `pattern` finds, in order.
std::vector<uint32_t> Find(const std::string& pattern, const std::string& text) {
  std::vector<uint32_t> out;
  RE2 re("(" + pattern + ")+", RE2::Quiet);
  if (!re.ok()) return out;
  re2::StringPiece found;
  size_t at = 0;
  while (at < text.size() && re.Match(text, at, text.size(), RE2::UNANCHORED, &found, 1)) {
    for (const char* p = found.data(); p < found.data() + found.size();) {
      out.push_back(RuneAt(p));
      std::string again;
      AppendUtf8(&again, out.back());
      p += again.size();
    }
    at = static_cast<size_t>(found.data() - text.data()) + found.size();
  }
  return out;
}

}  // namespace

int main() {
  std::string all;
  for (uint32_t rune = 0; rune <= 0x10FFFF; ++rune) AppendUtf8(&all, rune);

  std::string list;
  for (const char* name : kNames) {
    std::vector<uint32_t> runes = Find(std::string("\\p{") + name + "}", all);
    if (runes.empty()) continue;
    std::printf("constexpr RuneRange k%s[] = {", name);
    size_t count = 0;
    for (size_t i = 0; i < runes.size(); ++count) {
      size_t last = i;
      while (last + 1 < runes.size() && runes[last + 1] == runes[last] + 1) ++last;
      std::printf("{0x%x, 0x%x},", runes[i], runes[last]);
      i = last + 1;
    }
    std::printf("};\n");
    list += std::string("{\"") + name + "\", k" + name + ", " + std::to_string(count) + "},\n";
  }
  std::printf("constexpr ClassRanges kClasses[] = {\n%s};\n", list.c_str());

  // Characters with case are letters that have one, marks, letter numbers, symbols, and few more.
  std::string cased;
  for (uint32_t rune :
       Find("[\\p{Lu}\\p{Ll}\\p{Lt}\\p{M}\\p{Nl}\\p{So}\\p{Georgian}\\p{Cherokee}]", all)) {
    AppendUtf8(&cased, rune);
  }
  std::printf("constexpr CasePair kCasePairs[] = {\n");
  for (const char* p = cased.data(); p < cased.data() + cased.size();) {
    uint32_t rune = RuneAt(p);
    std::string itself;
    AppendUtf8(&itself, rune);
    p += itself.size();
    for (uint32_t other : Find("(?i:" + RE2::QuoteMeta(itself) + ")", cased)) {
      if (other != rune) std::printf("{0x%x, 0x%x},\n", rune, other);
    }
  }
  std::printf("};\n");
}
