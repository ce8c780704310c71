#include "runtime/env.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "runtime/status.h"

namespace flow::runtime {
namespace {

int64_t ClockNanoseconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

template <class Call>
int64_t Retry(Call call) {
  for (;;) {
    int64_t result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

void Fill(const struct stat& from, int fd, FileInfo* info) {
  info->size = from.st_size;
  info->device = from.st_dev;
  info->inode = from.st_ino;
  info->mode = from.st_mode & 07777;
  if (S_ISREG(from.st_mode)) info->kind = FileKind::kRegular;
  if (S_ISDIR(from.st_mode)) info->kind = FileKind::kDirectory;
  if (S_ISFIFO(from.st_mode) || S_ISSOCK(from.st_mode)) info->kind = FileKind::kPipe;
  if (S_ISCHR(from.st_mode) && fd >= 0 && isatty(fd) == 1) info->kind = FileKind::kTerminal;
}

class RealEnv final : public Env {
 public:
  explicit RealEnv(StandardStreams streams) : streams_(streams) {}

  int64_t WallNanoseconds() override { return ClockNanoseconds(CLOCK_REALTIME); }
  int64_t MonotonicNanoseconds() override { return ClockNanoseconds(CLOCK_MONOTONIC); }

  int OpenRead(const std::string& path) override {
    return static_cast<int>(
        Retry([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  }
  int CreateNew(const std::string& path) override {
    return static_cast<int>(
        Retry([&] { return open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); }));
  }
  int OpenWrite(const std::string& path) override {
    return static_cast<int>(Retry([&] { return open(path.c_str(), O_WRONLY | O_CLOEXEC); }));
  }
  int Close(int fd) override { return close(fd) == 0 ? 0 : -errno; }
  int64_t Position(int fd) override {
    off_t at = lseek(fd, 0, SEEK_CUR);
    return at < 0 ? -errno : at;
  }
  int64_t Read(int fd, void* data, int64_t size) override {
    return Retry([&] { return read(fd, data, static_cast<size_t>(size)); });
  }
  int64_t ReadAt(int fd, void* data, int64_t size, int64_t offset) override {
    return Retry([&] { return pread(fd, data, static_cast<size_t>(size), offset); });
  }
  int64_t Write(int fd, const void* data, int64_t size) override {
    return Retry([&] { return write(fd, data, static_cast<size_t>(size)); });
  }
  int Sync(int fd) override {
    int result = static_cast<int>(Retry([&] { return fsync(fd); }));
    // Pipes and devices cannot be synced, and need not be.
    return result == -EINVAL || result == -EROFS ? 0 : result;
  }
  int Describe(int fd, FileInfo* info) override {
    struct stat found;
    if (fstat(fd, &found) != 0) return -errno;
    Fill(found, fd, info);
    return 0;
  }
  int Describe(const std::string& path, FileInfo* info) override {
    struct stat found;
    if (stat(path.c_str(), &found) != 0) return -errno;
    Fill(found, -1, info);
    return 0;
  }
  bool MayOpen(int64_t files) override {
    // Standard streams, sinks, and what the process has open besides.
    constexpr rlim_t kOthers = 128;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
    rlim_t wanted = static_cast<rlim_t>(files) + kOthers;
    if (limit.rlim_cur >= wanted) return true;
    if (limit.rlim_max < wanted) return false;
    limit.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
  }
  int SetMode(int fd, uint32_t mode) override { return fchmod(fd, mode) == 0 ? 0 : -errno; }
  std::string Resolve(const std::string& path) override {
    char* real = realpath(path.c_str(), nullptr);
    if (real == nullptr) return path;
    std::string out = real;
    free(real);
    return out;
  }
  int Rename(const std::string& from, const std::string& to) override {
    return rename(from.c_str(), to.c_str()) == 0 ? 0 : -errno;
  }
  int Remove(const std::string& path) override { return unlink(path.c_str()) == 0 ? 0 : -errno; }
  int MakeDirectories(const std::string& path) override {
    for (size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
      std::string part = path.substr(0, at);
      if (mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) return -errno;
      if (at == std::string::npos) break;
    }
    FileInfo info;
    if (int error = Describe(path, &info); error < 0) return error;
    return info.kind == FileKind::kDirectory ? 0 : -ENOTDIR;
  }
  int SyncDirectoryOf(const std::string& path) override {
    size_t slash = path.rfind('/');
    std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int result = Sync(fd);
    close(fd);
    return result;
  }
  int Glob(const std::string& pattern, std::vector<std::string>* paths) override {
    glob_t found;
    int result = glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
    if (result == GLOB_NOMATCH) return 0;
    if (result != 0) return result == GLOB_NOSPACE ? -ENOMEM : -EACCES;
    for (size_t i = 0; i < found.gl_pathc; ++i) paths->push_back(found.gl_pathv[i]);
    globfree(&found);
    std::sort(paths->begin(), paths->end());
    return 0;
  }
  int WaitReadable(int fd, int wake_fd, int timeout_ms) override {
    pollfd waiting[2] = {{fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
    int ready = poll(waiting, wake_fd < 0 ? 1 : 2, timeout_ms);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    return waiting[0].revents != 0 ? 1 : 0;
  }
  bool ReaderGone(int fd) override {
    pollfd asked = {fd, 0, 0};
    return poll(&asked, 1, 0) > 0 && (asked.revents & POLLERR) != 0;
  }
  int WaitWritable(int fd) override {
    pollfd waiting = {fd, POLLOUT, 0};
    return poll(&waiting, 1, -1) < 0 && errno != EINTR ? -errno : 0;
  }
  void WidenPipe(int fd) override { fcntl(fd, F_SETPIPE_SZ, 1 << 20); }

  int standard_input() const override { return streams_.input; }
  int standard_output() const override { return streams_.output; }
  int standard_error() const override { return streams_.error; }

 private:
  StandardStreams streams_;
};

}  // namespace

std::unique_ptr<Env> MakeRealEnv(StandardStreams streams) {
  return std::make_unique<RealEnv>(streams);
}

int WriteAll(Env& env, int fd, const void* data, int64_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    int64_t written = env.Write(fd, at, size);
    if (written == -EAGAIN) {
      if (int waited = env.WaitWritable(fd); waited < 0) return waited;
      continue;
    }
    if (written < 0) return static_cast<int>(written);
    at += written;
    size -= written;
  }
  return 0;
}

Status IoStatus(int error, const std::string& doing) {
  if (error < 0) error = -error;
  bool again = error == ENOSPC || error == EDQUOT || error == ENOMEM || error == EMFILE ||
               error == ENFILE || error == EAGAIN;
  return Status::Error(again ? kExitTryAgain : kExitIo, Cat(doing, ": ", std::strerror(error)));
}

}  // namespace flow::runtime
