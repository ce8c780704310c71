#include "codegen/link.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "lld/Common/Driver.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

namespace flow::codegen {
namespace {

// lld takes its inputs by path only. A memory file has one under /proc, and vanishes with us.
class MemoryFile {
 public:
  MemoryFile(const char* name, std::span<const std::byte> bytes)
      : fd_(memfd_create(name, MFD_CLOEXEC)) {
    while (fd_ >= 0 && !bytes.empty()) {
      ssize_t written = write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        close(fd_);
        fd_ = -1;
        return;
      }
      bytes = bytes.subspan(static_cast<size_t>(written));
    }
  }
  ~MemoryFile() {
    if (fd_ >= 0) close(fd_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool ok() const { return fd_ >= 0; }
  std::string Path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace

bool LinkExecutable(std::span<const std::byte> object, std::span<const std::byte> runtime,
                    std::string_view output_path, std::string* error) {
  MemoryFile object_file("script.o", object);
  MemoryFile runtime_file("runtime.o", runtime);
  if (!object_file.ok() || !runtime_file.ok()) {
    *error = std::string("no memory file for the linker: ") + strerror(errno);
    return false;
  }

  std::string object_path = object_file.Path();
  std::string runtime_path = runtime_file.Path();
  std::string output(output_path);
  std::vector<const char*> args = {
      "ld.lld",
      "-static",
      // The runtime object holds every native function and connector; this leaves the used ones.
      "--gc-sections",
      "--build-id=none",
      "-z",
      "noexecstack",
      // The inputs are two; threads would cost more than they bring, and output stays the same.
      "--threads=1",
      "-o",
      output.c_str(),
      // Before the runtime, whose end files close the lists that both contribute to.
      object_path.c_str(),
      runtime_path.c_str(),
  };
  std::string said;
  llvm::raw_string_ostream stream(said);
  lld::Result result = lld::lldMain(args, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0) return true;
  *error = std::move(said);
  return false;
}

}  // namespace flow::codegen
