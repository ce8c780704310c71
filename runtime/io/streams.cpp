// Byte streams over file descriptors: pipes and growing files.

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "runtime/reader.h"

namespace flow::runtime {
namespace {

constexpr int kFollowPollMilliseconds = 100;

// Lets one thread wake another that waits in poll.
class StopSignal {
 public:
  StopSignal() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~StopSignal() {
    if (fd_ >= 0) close(fd_);
  }
  void Set() {
    set_.store(true);
    uint64_t one = 1;
    ssize_t ignored = write(fd_, &one, sizeof one);
    (void)ignored;
  }
  bool set() const { return set_.load(); }
  int fd() const { return fd_; }

 private:
  int fd_;
  std::atomic<bool> set_{false};
};

class FdStream final : public ByteStream {
 public:
  FdStream(Env& env, int fd, bool close_at_end) : env_(env), fd_(fd), close_(close_at_end) {
    env_.WidenPipe(fd_);
  }
  ~FdStream() override {
    if (close_) env_.Close(fd_);
  }
  int64_t Read(char* data, int64_t size, bool wait) override {
    for (;;) {
      if (stop_.set()) return kStopped;
      int ready = env_.WaitReadable(fd_, stop_.fd(), wait ? -1 : 0);
      if (ready < 0) return ready;
      if (ready == 0) {
        if (!wait) return kNothingYet;
        continue;
      }
      int64_t read = env_.Read(fd_, data, size);
      if (read != -EAGAIN) return read;
    }
  }
  void Stop() override { stop_.Set(); }

 private:
  Env& env_;
  int fd_;
  bool close_;
  StopSignal stop_;
};

class FollowStream final : public ByteStream {
 public:
  FollowStream(Env& env, std::string path) : env_(env), path_(std::move(path)) {}
  ~FollowStream() override {
    if (fd_ >= 0) env_.Close(fd_);
  }

  int64_t Read(char* data, int64_t size, bool wait) override {
    for (;;) {
      if (stop_.set()) return kStopped;
      int64_t read = ReadNow(data, size);
      if (read != 0) return read;
      if (!wait) return kNothingYet;
      env_.WaitReadable(stop_.fd(), -1, kFollowPollMilliseconds);
    }
  }
  void Stop() override { stop_.Set(); }

 private:
  // 0: nothing new.
  int64_t ReadNow(char* data, int64_t size) {
    if (fd_ < 0 && !Open()) return 0;
    int64_t read = env_.Read(fd_, data, size);
    if (read > 0) {
      offset_ += read;
      last_ = data[read - 1];
    }
    if (read != 0) return read == -EAGAIN ? 0 : read;
    // At the end: has another file taken the name, or was this one cut?
    FileInfo at_path;
    if (env_.Describe(path_, &at_path) < 0) return 0;
    bool rotated = at_path.inode != inode_ || at_path.device != device_;
    if (!rotated && at_path.size >= offset_) return 0;
    env_.Close(fd_);
    fd_ = -1;
    // A last line without a newline ends with its file.
    if (last_ == '\n') return ReadNow(data, size);
    last_ = '\n';
    data[0] = '\n';
    return 1;
  }
  bool Open() {
    int fd = env_.OpenRead(path_);
    if (fd < 0) return false;
    FileInfo info;
    if (env_.Describe(fd, &info) < 0) {
      env_.Close(fd);
      return false;
    }
    fd_ = fd;
    offset_ = 0;
    device_ = info.device;
    inode_ = info.inode;
    return true;
  }

  Env& env_;
  std::string path_;
  int fd_ = -1;
  int64_t offset_ = 0;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  char last_ = '\n';
  StopSignal stop_;
};

}  // namespace

std::unique_ptr<ByteStream> MakeFdStream(Env& env, int fd, bool close_at_end) {
  return std::make_unique<FdStream>(env, fd, close_at_end);
}

std::unique_ptr<ByteStream> MakeFollowStream(Env& env, const std::string& path) {
  return std::make_unique<FollowStream>(env, path);
}

}  // namespace flow::runtime
