#include "runtime/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace flow::runtime {

static sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

SignalWatch::SignalWatch(bool enabled) {
  // A closed pipe is an error of write, for whoever writes.
  signal(SIGPIPE, SIG_IGN);
  if (!enabled) return;
  sigset_t set = Watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

SignalWatch::~SignalWatch() {
  if (fd_ < 0) return;
  close(fd_);
  sigset_t set = Watched();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

int SignalWatch::Next() {
  if (fd_ < 0) return 0;
  signalfd_siginfo info;
  ssize_t size = read(fd_, &info, sizeof info);
  return size == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace flow::runtime
