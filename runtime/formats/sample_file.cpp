#include "runtime/formats/sample_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace flow::runtime {
namespace {

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

  // Bytes read, fewer than `size` at the end only; -1 on errors.
  ssize_t Read(char* to, size_t size) {
    size_t have = 0;
    while (have < size) {
      ssize_t got = read(fd_, to + have, size - have);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return -1;
      if (got == 0) break;
      have += static_cast<size_t>(got);
    }
    return static_cast<ssize_t>(have);
  }

 private:
  int fd_;
};

bool ReadPlain(File& file, size_t size, FileHead* head) {
  head->text.resize(size);
  ssize_t got = file.Read(head->text.data(), size);
  if (got < 0) return false;
  head->text.resize(static_cast<size_t>(got));
  head->whole = static_cast<size_t>(got) < size;
  return true;
}

constexpr size_t kPiece = 64 << 10;

// `Input` has File's Read. Several members may follow each other.
template <class Input>
bool Gunzip(Input& file, size_t size, FileHead* head) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return false;
  head->text.resize(size);
  stream.next_out = reinterpret_cast<Bytef*>(head->text.data());
  stream.avail_out = static_cast<uInt>(size);
  std::string piece(kPiece, '\0');
  bool good = true;
  bool ended = true;  // between members
  while (good && stream.avail_out > 0) {
    if (stream.avail_in == 0) {
      ssize_t got = file.Read(piece.data(), piece.size());
      good = got > 0 || (got == 0 && ended);
      if (got <= 0) break;
      stream.next_in = reinterpret_cast<Bytef*>(piece.data());
      stream.avail_in = static_cast<uInt>(got);
    }
    int code = inflate(&stream, Z_NO_FLUSH);
    ended = code == Z_STREAM_END;
    good = code == Z_OK || ended;
    if (ended) inflateReset(&stream);
  }
  head->whole = stream.avail_out > 0;
  head->text.resize(size - stream.avail_out);
  inflateEnd(&stream);
  return good;
}

template <class Input>
bool Unzstd(Input& file, size_t size, FileHead* head) {
  ZSTD_DStream* stream = ZSTD_createDStream();
  head->text.resize(size);
  ZSTD_outBuffer out = {head->text.data(), size, 0};
  std::string piece(kPiece, '\0');
  ZSTD_inBuffer in = {piece.data(), 0, 0};
  bool good = true;
  size_t left = 0;  // 0: between frames
  while (out.pos < out.size) {
    if (in.pos == in.size) {
      ssize_t got = file.Read(piece.data(), piece.size());
      good = got > 0 || (got == 0 && left == 0);
      if (got <= 0) break;
      in = {piece.data(), static_cast<size_t>(got), 0};
    }
    left = ZSTD_decompressStream(stream, &out, &in);
    good = ZSTD_isError(left) == 0;
    if (!good) break;
  }
  head->whole = out.pos < out.size;
  head->text.resize(out.pos);
  ZSTD_freeDStream(stream);
  return good;
}

// Data that is in memory already.
class Memory {
 public:
  explicit Memory(std::string_view data) : data_(data) {}
  ssize_t Read(char* to, size_t size) {
    size_t taken = data_.copy(to, size);
    data_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }

 private:
  std::string_view data_;
};

}  // namespace

bool ReadCompressedHead(std::string_view data, size_t size, FileHead* head) {
  Memory memory(data);
  return data[0] == 0x1f ? Gunzip(memory, size, head) : Unzstd(memory, size, head);
}

bool ReadFileHead(const std::string& path, size_t size, FileHead* head, std::string* error) {
  File file(path);
  struct stat info = {};
  if (file.fd() < 0 || fstat(file.fd(), &info) != 0) {
    *error = strerror(errno);
    return false;
  }
  if (S_ISDIR(info.st_mode)) {
    *error = "it is a directory";
    return false;
  }
  std::string_view name = path;
  errno = 0;
  bool good = name.ends_with(".gz")    ? Gunzip(file, size, head)
              : name.ends_with(".zst") ? Unzstd(file, size, head)
                                       : ReadPlain(file, size, head);
  if (!good) *error = errno != 0 ? strerror(errno) : "its compressed data is damaged";
  return good;
}

}  // namespace flow::runtime
