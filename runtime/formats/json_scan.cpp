// The rarer steps of walking a record; runtime/inline/json.h has the usual ones.

#include <string>

#include "base/text.h"
#include "runtime/formats/text.h"
#include "runtime/inline/json.h"

namespace {

// Past the string that starts at `p`, or null.
const char* SkipString(const char* p, uint64_t* flags) {
  const char* quote = *p == '"' ? flow_json_scan_string(p + 1, flags) : nullptr;
  return quote == nullptr ? nullptr : quote + 1;
}

// The open brackets of a nested value: one bit each, 1 for an object.
class Brackets {
 public:
  bool Open(bool object) {
    if (depth_ == kFlowJsonDepth) return false;
    uint64_t place = uint64_t{1} << (depth_ % 64);
    uint64_t& word = open_[depth_ / 64];
    word = object ? word | place : word & ~place;
    ++depth_;
    return true;
  }
  bool InObject() const { return (open_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0; }
  // True when it was the last one.
  bool Close() { return --depth_ == 0; }

 private:
  uint64_t open_[kFlowJsonDepth / 64] = {};
  int32_t depth_ = 0;
};

}  // namespace

extern "C" const char* flow_json_skip_nested(const char* p, uint64_t* flags) noexcept {
  Brackets brackets;
  bool first = false;  // a bracket has just been opened
  for (;;) {
    // At the outermost bracket, behind an opened one, or at the comma after a value.
    if (first || *p == ',') {
      p = flow_json_space(first ? p : p + 1);
      first = false;
      if (brackets.InObject()) {
        p = SkipString(p, flags);
        if (p == nullptr) return nullptr;
        p = flow_json_space(p);
        if (*p != ':') return nullptr;
        p = flow_json_space(p + 1);
      }
    }
    bool object = *p == '{';
    if (object || *p == '[') {
      if (!brackets.Open(object)) return nullptr;
      p = flow_json_space(p + 1);
      first = *p != (object ? '}' : ']');
      if (first) continue;
    } else {
      p = *p == '"' ? SkipString(p, flags) : flow_json_skip_token(p);
      if (p == nullptr) return nullptr;
      p = flow_json_space(p);
    }
    while (*p == (brackets.InObject() ? '}' : ']')) {
      ++p;
      if (brackets.Close()) return p;
      p = flow_json_space(p);
    }
    if (*p != ',') return nullptr;
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
