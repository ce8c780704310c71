#pragma once
// JSON records of known keys. `Cursor` reads what a program expects to stand there; `Members` walks
// a record of any form.

#include "bench/yardstick/text.h"

namespace yard {

// What a string scan has met.
constexpr unsigned kEscape = 1;
constexpr unsigned kNonAscii = 2;

// `p` after the opening quote: the closing one, or null at a control character.
inline const char* StringEnd(const char* p, unsigned* met) {
  const __m256i quote = _mm256_set1_epi8('"');
  const __m256i slash = _mm256_set1_epi8('\\');
  const __m256i last_control = _mm256_set1_epi8(0x1f);
  for (;;) {
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, last_control), v);
    __m256i stop = _mm256_or_si256(
        control, _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, slash)));
    uint32_t stops = static_cast<uint32_t>(_mm256_movemask_epi8(stop));
    uint32_t high = static_cast<uint32_t>(_mm256_movemask_epi8(v));
    if (stops == 0) {
      if (high != 0) *met |= kNonAscii;
      p += 32;
      continue;
    }
    int n = __builtin_ctz(stops);
    if ((high & ((uint32_t{1} << n) - 1)) != 0) *met |= kNonAscii;
    p += n;
    if (*p == '"') return p;
    if (*p != '\\' || p[1] == '\n') return nullptr;
    *met |= kEscape;
    p += 2;
  }
}

// The text between quotes with its escapes undone; false when it is no UTF-8 or badly escaped. The
// result is padded and lives until the next call.
bool Unescape(std::string_view raw, std::string* room, std::string_view* out);

// A string that is used: judged and unescaped.
inline bool Use(std::string_view raw, unsigned met, std::string* room, std::string_view* out) {
  *out = raw;
  return __builtin_expect(met == 0, 1) || Unescape(raw, room, out);
}

// The record from `p` to `newline` ends as an object does.
inline bool Closes(const char* newline) {
  --newline;
  while (*newline == ' ' || *newline == '\t' || *newline == '\r') --newline;
  return *newline == '}';
}

// White space only: no record.
inline bool Blank(const char* p, const char* newline) {
  while (*p == ' ' || *p == '\t' || *p == '\r') ++p;
  return p == newline;
}

struct Member {
  std::string_view key;  // lives until `see` returns
  std::string_view value;
  unsigned met;  // in a string value
};

// Walks any record: calls `see(member)` for each, until it returns false. False: no object.
bool Walk(const char* p, bool (*see)(void*, const Member&), void* self);

template <typename See>
bool Members(const char* p, See see) {
  return Walk(
      p, [](void* self, const Member& member) { return (*static_cast<See*>(self))(member); }, &see);
}

// `text` is at *p, which steps over it. Texts up to 16 bytes are one or two comparisons.
template <size_t N>
inline bool Expect(const char** p, const char (&text)[N]) {
  if (std::memcmp(*p, text, N - 1) != 0) return false;
  *p += N - 1;
  return true;
}

}  // namespace yard
