#include "interp/messages.h"

#include <string_view>

#include "base/text.h"
#include "interp/value.h"

namespace flow::interp {

std::string Readable(const std::string& text) {
  static constexpr char kHex[] = "0123456789abcdef";
  if (IsUtf8(text)) return text;
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = 1;
    while (length <= 4 && !IsUtf8(std::string_view(text).substr(i, length))) ++length;
    if (length <= 4 && i + length <= text.size()) {
      out.append(text, i, length);
      i += length;
      continue;
    }
    auto byte = static_cast<unsigned char>(text[i++]);
    Append(out, Cat("\\x", kHex[byte >> 4], kHex[byte & 15]));
  }
  return out;
}

std::string WithoutBreak(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

std::string SummaryText(const std::map<std::string, int64_t>& rejected_by_stage, int64_t rejected,
                        int64_t late) {
  std::string out = "flow: ";
  if (rejected > 0) {
    Append(out, Cat(rejected, rejected == 1 ? " row rejected" : " rows rejected"));
    const char* between = " (";
    for (const auto& [stage, count] : rejected_by_stage) {
      Append(out, Cat(between, stage, ": ", count));
      between = ", ";
    }
    Append(out, ")");
  }
  if (late > 0) {
    if (rejected > 0) Append(out, "; ");
    Append(out, Cat(late, late == 1 ? " late row dropped" : " late rows dropped"));
  }
  return out + "\n";
}

}  // namespace flow::interp
