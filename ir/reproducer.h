#pragma once
// When a pass crashes, the module as it was before it, and the passes still to run, are written to
// a file, so that `flow-opt <file>` repeats the crash. The text is rendered beforehand: a signal
// handler may only write.

#include <string>

namespace flow::ir {

class Reproducer {
 public:
  // Arms the handlers; `path` must outlive the object. At most one at a time.
  explicit Reproducer(const char* path);
  ~Reproducer();
  Reproducer(const Reproducer&) = delete;
  Reproducer& operator=(const Reproducer&) = delete;

  // What to write from now on.
  void Set(std::string text);

 private:
  std::string text_;
};

}  // namespace flow::ir
