#pragma once
// The world as the runtime sees it: clock, files, standard streams. One real implementation; tests
// and simulation put their own in its place. Calls give >= 0, or -errno.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace flow::runtime {

enum class FileKind : uint8_t { kRegular, kDirectory, kPipe, kTerminal, kOther };

struct FileInfo {
  FileKind kind = FileKind::kOther;
  int64_t size = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint32_t mode = 0;  // permissions
};

class Env {
 public:
  virtual ~Env() = default;

  virtual int64_t WallNanoseconds() = 0;
  virtual int64_t MonotonicNanoseconds() = 0;

  virtual int OpenRead(const std::string& path) = 0;
  virtual int CreateNew(const std::string& path) = 0;  // for writing; fails when it exists
  virtual int OpenWrite(const std::string& path) = 0;  // what is there: a pipe, a device
  virtual int Close(int fd) = 0;
  virtual int64_t Position(int fd) = 0;
  virtual int64_t Read(int fd, void* data, int64_t size) = 0;
  virtual int64_t ReadAt(int fd, void* data, int64_t size, int64_t offset) = 0;
  virtual int64_t Write(int fd, const void* data, int64_t size) = 0;
  virtual int Sync(int fd) = 0;
  virtual int Describe(int fd, FileInfo* info) = 0;
  virtual int Describe(const std::string& path, FileInfo* info) = 0;
  virtual int SetMode(int fd, uint32_t mode) = 0;
  // The path that symbolic links lead to; the path itself when nothing is there.
  virtual std::string Resolve(const std::string& path) = 0;
  virtual int Rename(const std::string& from, const std::string& to) = 0;
  virtual int Remove(const std::string& path) = 0;
  // With all that lead to it; 0 when it is there.
  virtual int MakeDirectories(const std::string& path) = 0;
  virtual int SyncDirectoryOf(const std::string& path) = 0;
  // Paths that fit a shell pattern, sorted by bytes.
  virtual int Glob(const std::string& pattern, std::vector<std::string>* paths) = 0;
  // Waits until `fd` or `wake_fd` (-1: none) can be read, or the time is over: 1 when `fd` can,
  // else 0. A negative timeout waits for ever.
  virtual int WaitReadable(int fd, int wake_fd, int timeout_ms) = 0;
  // True when nobody reads the other end of `fd` any more.
  virtual bool ReaderGone(int fd) = 0;
  virtual int WaitWritable(int fd) = 0;
  // True when so many files can be open at a time, with those of the process; asks the system for
  // more when they cannot.
  virtual bool MayOpen(int64_t /*files*/) { return true; }
  // Asks the system for a larger buffer, when `fd` is a pipe.
  virtual void WidenPipe(int fd) = 0;

  virtual int standard_input() const = 0;
  virtual int standard_output() const = 0;
  virtual int standard_error() const = 0;
};

// The operating system, with these descriptors as standard streams.
struct StandardStreams {
  int input = 0;
  int output = 1;
  int error = 2;
};
std::unique_ptr<Env> MakeRealEnv(StandardStreams streams = {});

// Writes all of it, over short writes and EAGAIN; 0 or -errno.
int WriteAll(Env& env, int fd, const void* data, int64_t size);

}  // namespace flow::runtime
