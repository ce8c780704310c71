// Sampling standard input without taking anything from it: a file is read aside, a pipe is read and
// its beginning put in front of the rest again.

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "runtime/formats/sample.h"
#include "runtime/formats/sample_file.h"
#include "runtime/reader.h"

namespace flow::runtime {
namespace {

constexpr size_t kPiece = 64 << 10;
constexpr size_t kMost = 64 << 20;
// A live pipe may be far from a thousand records: after a pause, what has come must do.
constexpr int kPatienceMs = 250;

// Reads from a regular file without moving its offset.
bool ReadAside(std::string* text, bool* whole, size_t size) {
  off_t start = lseek(STDIN_FILENO, 0, SEEK_CUR);
  if (start < 0) return false;
  text->resize(size);
  size_t have = 0;
  while (have < size) {
    ssize_t got =
        pread(STDIN_FILENO, text->data() + have, size - have, start + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  text->resize(have);
  *whole = have < size;
  return true;
}

bool WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    ssize_t put = write(fd, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    data += put;
    size -= static_cast<size_t>(put);
  }
  return true;
}

// Puts `text` in front of what standard input has yet to give.
bool PutBack(std::string text, bool ended) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  int rest = ended ? -1 : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  if (dup2(ends[0], STDIN_FILENO) < 0) return false;
  close(ends[0]);
  int out = ends[1];
  std::thread([out, rest, text = std::move(text)] {
    bool open = WriteAll(out, text.data(), text.size());
    while (open && rest >= 0) {
      ssize_t moved = splice(rest, nullptr, out, nullptr, 1 << 20, SPLICE_F_MOVE);
      if (moved < 0 && errno == EINTR) continue;
      if (moved > 0) continue;
      if (moved == 0 || errno != EINVAL) break;
      // Not a pipe: a terminal, for instance.
      char piece[4096];
      ssize_t got = read(rest, piece, sizeof piece);
      open = got > 0 && WriteAll(out, piece, static_cast<size_t>(got));
    }
    close(out);
    if (rest >= 0) close(rest);
  }).detach();
  return true;
}

// The beginning of the rows' text in what was read of standard input.
struct Head {
  std::string inflated;
  std::string_view text;
  bool whole = false;
  bool damaged = false;
};

// `whole`: nothing follows `data`.
Head HeadOf(const std::string& data, bool whole, const SampleFormat& format) {
  Head out;
  out.text = data;
  out.whole = whole;
  if (!IsCompressed(data)) return out;
  // A larger piece until there are enough records, as little may be much compressed.
  for (size_t size = 256 << 10;; size *= 4) {
    FileHead head;
    bool good = ReadCompressedHead(data, size, &head);
    out.damaged = !good && whole;
    out.inflated = std::move(head.text);
    out.text = out.inflated;
    out.whole = whole && head.whole;
    if (head.whole || !good || size >= kMost) return out;
    SchemaSampler trial(format);
    trial.Add(out.text, false);
    if (trial.Full()) return out;
  }
}

// Reads a pipe until the sampler has enough.
bool ReadAhead(const SampleFormat& format, std::string* text, bool* whole) {
  *whole = false;
  size_t judged = 0;
  bool some = false;
  while (text->size() < kMost) {
    pollfd wait = {STDIN_FILENO, POLLIN, 0};
    int ready = poll(&wait, 1, some ? kPatienceMs : -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return true;
    size_t have = text->size();
    text->resize(have + kPiece);
    ssize_t got = read(STDIN_FILENO, text->data() + have, kPiece);
    text->resize(have + static_cast<size_t>(got > 0 ? got : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    *whole = got == 0;
    if (*whole) return true;
    // Judged anew when it has doubled, so that the work stays linear; always without a record.
    if (some && text->size() < judged * 2) continue;
    judged = text->size();
    SchemaSampler trial(format);
    trial.Add(HeadOf(*text, false, format).text, false);
    if (trial.Full()) return true;
    some = trial.SawLines();
  }
  return true;
}

}  // namespace

Type SampleStandardInput(const SampleFormat& format, std::string* error) {
  struct stat info = {};
  std::string text;
  bool whole = false;
  bool regular = fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode);
  SchemaSampler sampler(format);
  if (regular) {
    for (size_t size = 256 << 10; size <= kMost && !sampler.Full() && !whole; size *= 4) {
      if (!ReadAside(&text, &whole, size)) {
        *error = strerror(errno);
        return Type::Error();
      }
      SchemaSampler trial(format);
      Head head = HeadOf(text, whole, format);
      trial.Add(head.text, head.whole);
      if (trial.Full()) break;
    }
  } else if (!ReadAhead(format, &text, &whole)) {
    *error = strerror(errno);
    return Type::Error();
  }
  Head head = HeadOf(text, whole, format);
  sampler.Add(head.text, head.whole);
  if (!regular && !PutBack(std::move(text), whole)) {
    *error = strerror(errno);
    return Type::Error();
  }
  if (head.damaged) {
    *error = "its compressed data is damaged";
    return Type::Error();
  }
  return sampler.Finish(error);
}

}  // namespace flow::runtime
