// The rarer steps of walking a record; runtime/inline/json.h has the usual ones.

#include <string>

#include "base/text.h"
#include "runtime/formats/text.h"
#include "runtime/inline/json.h"

extern "C" const char* flow_json_skip_nested(const char* p, uint64_t* flags) noexcept {
  // One bit per open bracket: 1 for an object.
  constexpr int32_t kWords = kFlowJsonDepth / 64;
  uint64_t open[kWords] = {};
  int32_t depth = 0;
  for (;;) {
    FlowBytes16 v = FlowLoad16(p);
    // `[` and `{`, `]` and `}` differ in one bit.
    FlowBytes16 folded = v | 0x20;
    uint32_t mask =
        FlowMask16((v == '"') | (folded == '{') | (folded == '}') | ((v < 0x20) & (v != '\t')));
    uint32_t done = 16;
    while (mask != 0) {
      uint32_t bit = static_cast<uint32_t>(__builtin_ctz(mask));
      mask &= mask - 1;
      const char* at = p + bit;
      char c = *at;
      if (c == '"') {
        const char* quote = flow_json_scan_string(at + 1, flags);
        if (quote == nullptr) return nullptr;
        p = quote + 1;
        done = 0;
        break;
      }
      if (c == '{' || c == '[') {
        if (depth == kFlowJsonDepth) return nullptr;
        uint64_t place = uint64_t{1} << (depth % 64);
        uint64_t& word = open[depth / 64];
        word = c == '{' ? word | place : word & ~place;
        ++depth;
      } else if (c == '}' || c == ']') {
        --depth;
        bool object = (open[depth / 64] >> (depth % 64) & 1) != 0;
        if (object != (c == '}')) return nullptr;
        if (depth == 0) return at + 1;
      } else if (c != '\r' || at[1] == '\n') {
        return nullptr;  // the line has ended
      }
    }
    p += done;
  }
}

extern "C" const char* flow_json_colon_slow(const char* p) noexcept {
  p = flow_json_space(p);
  if (*p != ':') return nullptr;
  return flow_json_space(p + 1);
}

extern "C" int32_t flow_json_next_slow(const char* p, const char** next) noexcept {
  p = flow_json_space(p);
  if (*p == '}') {
    *next = p + 1;
    return kFlowNextEnd;
  }
  if (*p != ',') return kFlowNextBad;
  p = flow_json_space(p + 1);
  if (*p != '"') return kFlowNextBad;
  *next = p;
  return kFlowNextKey;
}

extern "C" int32_t flow_json_open_slow(const char* p, const char** next) noexcept {
  p = flow_json_space(p + 1);
  *next = p;
  if (*p == '"') return kFlowNextKey;
  if (*p != '}') return kFlowNextBad;
  ++*next;
  return kFlowNextEnd;
}

extern "C" void flow_json_bad_record(FlowTask* task, const char* begin, const char* at) noexcept {
  // Walks the line again, slowly, to say what is wrong where.
  const char* end = flow_scan_newline(begin);
  if (end > begin && end[-1] == '\r') --end;
  const char* reason = "the record is cut short or is no JSON";
  const char* last = end;
  while (last > begin && (last[-1] == ' ' || last[-1] == '\t')) --last;
  if (begin == end || *begin != '{') {
    reason = "the record does not begin with `{`";
    at = begin;
  } else if (last == begin || last[-1] != '}') {
    reason = "the record is cut short: its line does not end with `}`";
    at = last;
  } else if (at == nullptr) {
    at = begin;
  }
  std::string_view rest(at, static_cast<size_t>(end > at ? end - at : 0));
  std::string text = reason;
  if (!rest.empty() && at != begin) text += flow::Cat(": ", flow::runtime::Excerpt(rest));
  task->record_fault = at;
  flow::runtime::SetDetail(task, text);
}
