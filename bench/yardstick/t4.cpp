// T4 by hand: an nginx access log as text: requests and bytes by method and status. The pattern of
// t4.flow is a walk from mark to mark.

#include <algorithm>
#include <vector>

#include "bench/yardstick/text.h"

using namespace yard;

namespace {

// What \s is: the pattern's \S+ ends at a blank, and nothing else of this may stand before it.
bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }

// `p` at a \S: the space after the run of them; null when the run is empty or ends otherwise.
const char* Word(const char* p) {
  const __m256i space = _mm256_set1_epi8(' ');
  for (const char* at = p;; at += 32) {
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    // Blanks and control characters: the first one that is a \s ends the word.
    __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(v, space), v);
    for (uint32_t mask = static_cast<uint32_t>(_mm256_movemask_epi8(low)); mask != 0;
         mask &= mask - 1) {
      const char* stop = at + __builtin_ctz(mask);
      if (IsSpace(*stop)) return *stop == ' ' && stop > p ? stop : nullptr;
    }
  }
}

// The next `mark` in the line, or null.
const char* FindMark(const char* p, char mark) {
  const __m256i wanted = _mm256_set1_epi8(mark);
  const __m256i newline = _mm256_set1_epi8('\n');
  for (;; p += 32) {
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    __m256i stop = _mm256_or_si256(_mm256_cmpeq_epi8(v, wanted), _mm256_cmpeq_epi8(v, newline));
    uint32_t mask = static_cast<uint32_t>(_mm256_movemask_epi8(stop));
    if (mask == 0) continue;
    p += __builtin_ctz(mask);
    return *p == mark ? p : nullptr;
  }
}

// The newline; adds to *high whether there were bytes beyond ASCII.
const char* LineEnd(const char* p, uint32_t* high) {
  const __m256i newline = _mm256_set1_epi8('\n');
  for (;; p += 32) {
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    uint32_t mask = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, newline)));
    uint32_t bytes = static_cast<uint32_t>(_mm256_movemask_epi8(v));
    if (mask == 0) {
      *high |= bytes;
      continue;
    }
    *high |= bytes & (mask ^ (mask - 1));
    return p + __builtin_ctz(mask);
  }
}

struct Group {
  std::string method;  // with 8 bytes of padding behind
  int64_t status = 0;
  int64_t requests = 0;
  __int128 bytes = 0;

  std::string_view Method() const { return {method.data(), method.size() - 8}; }
};

class Log {
 public:
  Log() : slots_(1024) {}

  void Read(const char* path) {
    Input input(path);
    while (input.Next()) {
      for (const char* p = input.begin; p < input.end;) p = Line(p);
    }
    Write();
  }

 private:
  const char* Line(const char* line) {
    uint32_t high = 0;
    const char* newline = LineEnd(line, &high);
    std::string_view text(line, static_cast<size_t>(newline - line));
    if (__builtin_expect(high != 0, 0) && !ValidUtf8(text)) Bad("no UTF-8", text);
    const char* p = line;
    for (int i = 0; i < 3; ++i) {
      p = Word(p);
      if (p == nullptr) Bad("no match", text);
      ++p;
    }
    if (*p != '[' || p[1] == ']' || (p = FindMark(p + 1, ']')) == nullptr) Bad("no match", text);
    if (p[1] != ' ' || p[2] != '"') Bad("no match", text);
    const char* method = p + 3;
    p = method;
    while (static_cast<uint8_t>(*p - 'A') < 26) ++p;
    const char* method_end = p;
    if (p == method || *p != ' ' || (p = FindMark(p, '"')) == nullptr) Bad("no match", text);
    if (p[1] != ' ' || !IsDigit(p[2]) || !IsDigit(p[3]) || !IsDigit(p[4]) || p[5] != ' ') {
      Bad("no match", text);
    }
    int64_t status = (p[2] - '0') * 100 + (p[3] - '0') * 10 + (p[4] - '0');
    p += 6;
    int count = 0;
    int64_t bytes = static_cast<int64_t>(ReadDigits(&p, &count));
    if (count == 0 || *p != ' ') Bad("no match", text);
    Group& group = Find({method, static_cast<size_t>(method_end - method)}, status);
    ++group.requests;
    group.bytes += bytes;
    return newline + 1;
  }

  Group& Find(std::string_view method, int64_t status) {
    uint64_t hash = Mix(Hash(method), static_cast<uint64_t>(status));
    for (size_t at = hash & 1023;; at = (at + 1) & 1023) {
      Group* group = slots_[at];
      if (group == nullptr) return Insert(at, method, status);
      if (group->status == status && Same(method, group->Method())) return *group;
    }
  }

  Group& Insert(size_t at, std::string_view method, int64_t status) {
    if (groups_.size() == 1000) Bad("more methods and statuses than this program is made for", {});
    groups_.push_back(new Group{std::string(method) + std::string(8, '\0'), status});
    slots_[at] = groups_.back();
    return *groups_.back();
  }

  void Write() {
    std::sort(groups_.begin(), groups_.end(), [](const Group* a, const Group* b) {
      return std::pair(a->Method(), a->status) < std::pair(b->Method(), b->status);
    });
    Output output;
    for (const Group* group : groups_) {
      char* out = output.Reserve(group->method.size() + 200);
      out += std::sprintf(
          out, "{\"method\":\"%s\",\"status\":%lld,\"requests\":%lld,\"bytes\":%lld}\n",
          group->method.c_str(), static_cast<long long>(group->status),
          static_cast<long long>(group->requests), static_cast<long long>(group->bytes));
      output.Wrote(out);
    }
  }

  std::vector<Group*> slots_;
  std::vector<Group*> groups_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Log().Read(argv[1]);
  return 0;
}
