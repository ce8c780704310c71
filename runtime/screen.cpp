#include "runtime/screen.h"

#include <string_view>

namespace flow::runtime {

static void Put(Env& env, std::string_view text) {
  WriteAll(env, env.standard_error(), text.data(), static_cast<int64_t>(text.size()));
}

void Screen::Show(const std::string& line) {
  std::lock_guard lock(mutex_);
  Put(env_, "\r\x1b[K" + line);
  shown_ = true;
}

void Screen::Clear() {
  std::lock_guard lock(mutex_);
  Erase();
}

void Screen::Erase() {
  if (!shown_) return;
  Put(env_, "\r\x1b[K");
  shown_ = false;
}

}  // namespace flow::runtime
