#include "bench/yardstick/json.h"

namespace yard {
namespace {

const char* Space(const char* p) {
  while (*p == ' ' || *p == '\t' || *p == '\r') ++p;
  return p;
}

const char* SkipValue(const char* p, unsigned* met, int depth);

// Past the object or array whose bracket is at `p`; null when it is badly formed.
const char* SkipNested(const char* p, int depth) {
  char close = *p == '{' ? '}' : ']';
  bool object = *p == '{';
  p = Space(p + 1);
  if (*p == close) return p + 1;
  for (;;) {
    unsigned met = 0;
    if (object) {
      if (*p != '"' || (p = StringEnd(p + 1, &met)) == nullptr) return nullptr;
      p = Space(p + 1);
      if (*p++ != ':') return nullptr;
      p = Space(p);
    }
    p = SkipValue(p, &met, depth);
    if (p == nullptr) return nullptr;
    p = Space(p);
    if (*p == close) return p + 1;
    if (*p++ != ',') return nullptr;
    p = Space(p);
  }
}

const char* SkipValue(const char* p, unsigned* met, int depth) {
  if (*p == '"') {
    const char* quote = StringEnd(p + 1, met);
    return quote == nullptr ? nullptr : quote + 1;
  }
  if (*p == '{' || *p == '[') return depth == 512 ? nullptr : SkipNested(p, depth + 1);
  const char* begin = p;
  while (static_cast<uint8_t>(*p) > ' ' && *p != ',' && *p != '}' && *p != ']') ++p;
  std::string_view word(begin, static_cast<size_t>(p - begin));
  bool good = !word.empty() && (IsDigit(*begin) || *begin == '-' || word == "true" ||
                                word == "false" || word == "null");
  return good ? p : nullptr;
}

int Hex(char c) {
  if (IsDigit(c)) return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool HexUnit(std::string_view raw, size_t at, unsigned* out) {
  if (raw.size() < at + 4) return false;
  *out = 0;
  for (size_t i = at; i < at + 4; ++i) {
    if (Hex(raw[i]) < 0) return false;
    *out = *out << 4 | static_cast<unsigned>(Hex(raw[i]));
  }
  return true;
}

void AppendUtf8(std::string* out, unsigned c) {
  if (c < 0x80) {
    *out += static_cast<char>(c);
    return;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  static const unsigned kLead[] = {0, 0xc0, 0xe0, 0xf0};
  *out += static_cast<char>(kLead[more] | c >> (6 * more));
  while (more-- > 0) *out += static_cast<char>(0x80 | (c >> (6 * more) & 0x3f));
}

}  // namespace

bool Unescape(std::string_view raw, std::string* room, std::string_view* out) {
  if (!ValidUtf8(raw)) return false;
  room->clear();
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      *room += raw[i];
      continue;
    }
    static const char kNames[] = "\"\\/bfnrt";
    static const char kValues[] = "\"\\/\b\f\n\r\t";
    if (++i == raw.size()) return false;
    if (const char* name = std::strchr(kNames, raw[i]); name != nullptr && *name != 0) {
      *room += kValues[name - kNames];
      continue;
    }
    unsigned unit = 0;
    if (raw[i] != 'u' || !HexUnit(raw, i + 1, &unit)) return false;
    i += 4;
    if (unit >= 0xd800 && unit < 0xdc00) {
      unsigned second = 0;
      if (raw.substr(i + 1, 2) != "\\u" || !HexUnit(raw, i + 3, &second)) return false;
      if (second < 0xdc00 || second > 0xdfff) return false;
      unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
      i += 6;
    } else if (unit >= 0xdc00 && unit <= 0xdfff) {
      return false;
    }
    AppendUtf8(room, unit);
  }
  *out = *room;
  room->append(64, '\0');  // padding
  *out = {room->data(), room->size() - 64};
  return true;
}

bool Walk(const char* p, bool (*see)(void*, const Member&), void* self) {
  p = Space(p);
  if (*p != '{') return false;
  p = Space(p + 1);
  if (*p == '}') return *Space(p + 1) == '\n';
  for (;;) {
    unsigned met = 0;
    if (*p != '"') return false;
    const char* quote = StringEnd(p + 1, &met);
    if (quote == nullptr) return false;
    Member member{};
    member.key = {p + 1, static_cast<size_t>(quote - p - 1)};
    std::string room;
    if (met != 0 && !Unescape(member.key, &room, &member.key)) return false;
    p = Space(quote + 1);
    if (*p++ != ':') return false;
    p = Space(p);
    const char* end = SkipValue(p, &member.met, 0);
    if (end == nullptr) return false;
    member.value = {p, static_cast<size_t>(end - p)};
    if (!see(self, member)) return true;
    p = Space(end);
    if (*p == '}') return *Space(p + 1) == '\n';
    if (*p++ != ',') return false;
    p = Space(p);
  }
}

}  // namespace yard
