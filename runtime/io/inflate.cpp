// Streams that inflate gzip and zstd. Several members or frames after one another are one stream,
// as `cat a.gz b.gz` makes them.

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "runtime/reader.h"

namespace flow::runtime {
namespace {

constexpr int64_t kInputBytes = 256 << 10;

// Compressed bytes on their way from the stream below.
class Input {
 public:
  explicit Input(std::unique_ptr<ByteStream> stream)
      : stream_(std::move(stream)), bytes_(static_cast<size_t>(kInputBytes), '\0') {}

  // Has bytes afterwards unless it gives <= 0 (the end, an error) or kNothingYet.
  int64_t Fill(bool wait) {
    if (at_ < size_) return size_ - at_;
    int64_t read = stream_->Read(bytes_.data(), kInputBytes, wait);
    if (read <= 0) return read;
    at_ = 0;
    size_ = read;
    taken_ += read;
    return read;
  }
  std::string_view Rest() const { return {bytes_.data() + at_, static_cast<size_t>(size_ - at_)}; }
  void Take(int64_t count) { at_ += count; }
  int64_t taken() const { return taken_; }
  void Stop() { stream_->Stop(); }
  std::string fault() const { return stream_->fault(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::string bytes_;
  int64_t at_ = 0;
  int64_t size_ = 0;
  int64_t taken_ = 0;
};

class InflatingStream final : public ByteStream {
 public:
  explicit InflatingStream(std::unique_ptr<ByteStream> stream) : input_(std::move(stream)) {}
  ~InflatingStream() override {
    if (kind_ == Kind::kGzip) inflateEnd(&gzip_);
    if (zstd_ != nullptr) ZSTD_freeDStream(zstd_);
  }

  int64_t Read(char* data, int64_t size, bool wait) override {
    if (kind_ == Kind::kUnknown) {
      int64_t filled = input_.Fill(wait);
      if (filled <= 0) return filled;
      if (int started = Start(); started < 0) return started;
    }
    if (kind_ == Kind::kGzip) return ReadGzip(data, size, wait);
    if (kind_ == Kind::kZstd) return ReadZstd(data, size, wait);
    int64_t filled = input_.Fill(wait);
    if (filled <= 0) return filled;
    int64_t count = std::min(size, filled);
    std::memcpy(data, input_.Rest().data(), static_cast<size_t>(count));
    input_.Take(count);
    return count;
  }
  void Stop() override { input_.Stop(); }
  int64_t raw_bytes() const override { return input_.taken(); }
  std::string fault() const override { return fault_.empty() ? input_.fault() : fault_; }

 private:
  enum class Kind : uint8_t { kUnknown, kPlain, kGzip, kZstd };

  int Start() {
    std::string_view text = input_.Rest();
    kind_ = Kind::kPlain;
    if (!IsCompressed(text)) return 0;
    if (static_cast<unsigned char>(text[0]) == 0x1f) {
      gzip_ = {};
      if (inflateInit2(&gzip_, 15 + 16) != Z_OK) return -ENOMEM;
      kind_ = Kind::kGzip;
      return 0;
    }
    zstd_ = ZSTD_createDStream();
    if (zstd_ == nullptr) return -ENOMEM;
    kind_ = Kind::kZstd;
    return 0;
  }
  int64_t Damaged(const char* what) {
    fault_ = what;
    return -EIO;
  }
  int64_t ReadGzip(char* data, int64_t size, bool wait) {
    for (;;) {
      int64_t filled = pending_ ? 1 : input_.Fill(wait);
      if (filled == 0) return member_ended_ ? 0 : Damaged("the gzip data end too early");
      if (filled < 0) return filled;  // also kNothingYet and kStopped
      if (member_ended_) inflateReset(&gzip_);
      std::string_view text = input_.Rest();
      gzip_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
      gzip_.avail_in = static_cast<uInt>(text.size());
      gzip_.next_out = reinterpret_cast<Bytef*>(data);
      gzip_.avail_out = static_cast<uInt>(size);
      int result = inflate(&gzip_, Z_NO_FLUSH);
      input_.Take(static_cast<int64_t>(text.size()) - gzip_.avail_in);
      member_ended_ = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return Damaged("the gzip data are damaged");
      }
      int64_t made = size - gzip_.avail_out;
      pending_ = gzip_.avail_out == 0 && !member_ended_;
      if (made > 0) return made;
    }
  }
  int64_t ReadZstd(char* data, int64_t size, bool wait) {
    for (;;) {
      int64_t filled = pending_ ? 1 : input_.Fill(wait);
      if (filled == 0) return member_ended_ ? 0 : Damaged("the zstd data end too early");
      if (filled < 0) return filled;
      std::string_view text = input_.Rest();
      ZSTD_inBuffer in = {text.data(), text.size(), 0};
      ZSTD_outBuffer out = {data, static_cast<size_t>(size), 0};
      size_t result = ZSTD_decompressStream(zstd_, &out, &in);
      input_.Take(static_cast<int64_t>(in.pos));
      if (ZSTD_isError(result) != 0) return Damaged(ZSTD_getErrorName(result));
      member_ended_ = result == 0;
      pending_ = out.pos == out.size && !member_ended_;
      if (out.pos > 0) return static_cast<int64_t>(out.pos);
    }
  }

  Input input_;
  Kind kind_ = Kind::kUnknown;
  z_stream gzip_{};
  ZSTD_DStream* zstd_ = nullptr;
  bool member_ended_ = false;
  bool pending_ = false;  // the decoder holds output that had no room
  std::string fault_;
};

}  // namespace

bool IsCompressed(std::string_view first_bytes) {
  return first_bytes.starts_with("\x1f\x8b") || first_bytes.starts_with("\x28\xb5\x2f\xfd");
}

std::unique_ptr<ByteStream> MakeInflatingStream(std::unique_ptr<ByteStream> stream) {
  return std::make_unique<InflatingStream>(std::move(stream));
}

}  // namespace flow::runtime
