#include "runtime/formats/text.h"

#include "base/text.h"
#include "runtime/inline/memory.h"
#include "runtime/inline/utf8.h"

namespace flow::runtime {

std::string Excerpt(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  constexpr size_t kMost = 40;
  std::string out;
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end) {
    if (out.size() >= kMost) return out + "...";
    int32_t length = flow_utf8_length(p, end);
    if (length == 0 || static_cast<uint8_t>(*p) < 0x20) {
      out += "\\x";
      out += kHex[static_cast<uint8_t>(*p) >> 4];
      out += kHex[*p & 15];
      ++p;
      continue;
    }
    out.append(p, static_cast<size_t>(length));
    p += length;
  }
  return out;
}

void SetDetail(FlowTask* task, const std::string& text) {
  task->detail = flow_arena_string(task->arena, text.data(), static_cast<int64_t>(text.size()));
}

}  // namespace flow::runtime

extern "C" void flow_field_missing(FlowTask* task, const FlowString* name,
                                   const FlowType*) noexcept {
  flow::runtime::SetDetail(task, flow::Cat("field `", flow::runtime::View(*name), "` is missing"));
}
