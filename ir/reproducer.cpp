#include "ir/reproducer.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "base/check.h"

namespace flow::ir {
namespace {

constexpr int kSignals[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

// A signal handler has no argument of ours; these are what it writes. Constant initialised.
constinit const char* crash_path = nullptr;
constinit const char* crash_text = nullptr;
constinit CheckHook previous_hook = nullptr;
constinit size_t crash_size = 0;
constinit struct sigaction previous[std::size(kSignals)] = {};

void Say(const char* text) {
  ssize_t ignored = write(2, text, strlen(text));
  (void)ignored;
}

void WriteReproducer() {
  if (crash_text == nullptr) return;
  int file = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return;
  ssize_t ignored = write(file, crash_text, crash_size);
  (void)ignored;
  close(file);
  Say("flowc: a pass crashed; this repeats it: flow-opt ");
  Say(crash_path);
  Say("\n");
}

void OnCrash(int signal_number) {
  WriteReproducer();
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

}  // namespace

Reproducer::Reproducer(const char* path) {
  crash_path = path;
  if (path == nullptr) return;
  struct sigaction action = {};
  action.sa_handler = OnCrash;
  previous_hook = SetCheckHook(WriteReproducer);
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &action, &previous[i]);
}

Reproducer::~Reproducer() {
  crash_text = nullptr;
  if (crash_path == nullptr) return;
  for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &previous[i], nullptr);
  SetCheckHook(previous_hook);
  crash_path = nullptr;
}

void Reproducer::Set(std::string text) {
  crash_text = nullptr;
  text_ = std::move(text);
  crash_size = text_.size();
  crash_text = text_.data();
}

}  // namespace flow::ir
