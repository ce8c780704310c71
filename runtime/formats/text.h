#pragma once
// Quoting input in messages.

#include <string>
#include <string_view>

#include "runtime/abi.h"

namespace flow::runtime {

// At most 40 bytes of `text` as they may stand in a message: bytes that are no UTF-8 and control
// characters escaped, `...` where it was cut.
std::string Excerpt(std::string_view text);

// Sets task->detail to a copy in the task's arena.
void SetDetail(FlowTask* task, const std::string& text);

inline std::string_view View(const FlowString& text) {
  return {text.data, static_cast<size_t>(text.size)};
}

}  // namespace flow::runtime
