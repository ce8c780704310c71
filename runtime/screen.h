#pragma once
// The line that is rewritten on the terminal while rows may scroll by above it.

#include <mutex>
#include <string>

#include "runtime/env.h"

namespace flow::runtime {

class Screen {
 public:
  explicit Screen(Env& env) : env_(env) {}

  // Takes the status line away while something else is written; also where there is none.
  class Writing {
   public:
    explicit Writing(Screen* screen) : lock_(screen->mutex_) { screen->Erase(); }

   private:
    std::unique_lock<std::mutex> lock_;
  };

  void Show(const std::string& line);
  void Clear();

 private:
  void Erase();
  Env& env_;
  std::mutex mutex_;
  bool shown_ = false;
};

}  // namespace flow::runtime
