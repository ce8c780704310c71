// Cuts a stream that can only be read forward. A unit is handed on when it is full, or when the
// stream has nothing more just now and whole records are there: a slow pipe is answered at once.

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "runtime/reader.h"

namespace flow::runtime {
namespace {

constexpr int64_t kReadBytes = 256 << 10;
constexpr int64_t kHeadBytes = 200;
constexpr int64_t kLargestHeaderBytes = 1 << 20;

class StreamReader final : public UnitReader {
 public:
  StreamReader(std::string name, std::unique_ptr<ByteStream> stream, const TextRules& rules)
      : name_(std::move(name)),
        stream_(std::move(stream)),
        rules_(rules),
        scanner_(rules.shape),
        header_wanted_(rules.map_columns != nullptr) {}

  bool blocking() const override { return true; }
  void Stop() override { stream_->Stop(); }
  Next Read(Unit* unit) override;

 private:
  // Reads on into `bytes`; false at the end or a fault (*fault).
  bool Fill(Buffer* bytes, bool wait, bool* idle, Status* fault);
  Status TakeHeader(Buffer* bytes, bool* complete);
  Next Give(Unit* unit, int64_t end);
  bool Skip(Unit* unit, Status* fault);

  std::string name_;
  std::unique_ptr<ByteStream> stream_;
  TextRules rules_;
  RecordScanner scanner_;
  bool header_wanted_;
  bool has_columns_ = false;
  bool first_ = true;
  bool ended_ = false;
  bool stopped_ = false;  // ended, but the rest is no whole record
  std::vector<int32_t> columns_;
  Buffer rest_;         // bytes of the record that is not complete yet, already scanned
  int64_t offset_ = 0;  // of the next unit
  int64_t line_ = 1;
  int64_t raw_bytes_ = 0;
};

bool StreamReader::Fill(Buffer* bytes, bool wait, bool* idle, Status* fault) {
  bytes->Reserve(bytes->size() + kReadBytes + kInputPadding);
  int64_t read = stream_->Read(bytes->data() + bytes->size(), kReadBytes, wait);
  *idle = read == ByteStream::kNothingYet;
  if (*idle) return true;
  if (read == 0 || read == ByteStream::kStopped) {
    ended_ = true;
    stopped_ = read != 0;
    return true;
  }
  if (read < 0) {
    std::string words = stream_->fault();
    *fault = words.empty() ? IoStatus(static_cast<int>(read), Cat("cannot read `", name_, "`"))
                           : Status::Error(kExitIo, Cat("cannot read `", name_, "`: ", words));
    return false;
  }
  bytes->set_size(bytes->size() + read);
  return true;
}

Status StreamReader::TakeHeader(Buffer* bytes, bool* complete) {
  std::string_view text(bytes->data(), static_cast<size_t>(bytes->size()));
  int64_t end = RecordScanner(rules_.shape).FirstEnd(text);
  if (end < 0 && !ended_) {
    if (bytes->size() < kLargestHeaderBytes) return Status::Ok();
    return Status::Error(kExitBadData, Cat("the header of `", name_, "` does not end"));
  }
  *complete = true;
  header_wanted_ = false;
  has_columns_ = true;
  if (end < 0) end = bytes->size();
  if (end == 0) return Status::Ok();
  std::string_view header = text.substr(0, static_cast<size_t>(end));
  line_ += CountNewlines(header.data(), end);
  while (!header.empty() && (header.back() == '\n' || header.back() == '\r')) {
    header.remove_suffix(1);
  }
  Status status = rules_.map_columns(name_, header, &columns_);
  offset_ += end;
  std::memmove(bytes->data(), bytes->data() + end, static_cast<size_t>(bytes->size() - end));
  bytes->set_size(bytes->size() - end);
  return status;
}

// Hands on [0, end) of the unit's bytes, keeps what follows.
Next StreamReader::Give(Unit* unit, int64_t end) {
  int64_t left = unit->bytes.size() - end;
  rest_.set_size(0);
  rest_.Reserve(left + kReadBytes + kInputPadding);
  if (left > 0) std::memcpy(rest_.data(), unit->bytes.data() + end, static_cast<size_t>(left));
  rest_.set_size(left);
  unit->bytes.set_size(end);
  unit->input.first_offset = offset_;
  unit->input.first_line = line_;
  unit->input.columns = has_columns_ ? columns_.data() : nullptr;
  unit->input.column_count = static_cast<int64_t>(columns_.size());
  int64_t raw = stream_->raw_bytes();
  unit->bytes_read = raw < 0 ? end : raw - raw_bytes_;
  raw_bytes_ = raw < 0 ? 0 : raw;
  offset_ += end;
  line_ += CountNewlines(unit->bytes.data(), end);
  return Next::kUnit;
}

// Leaves out the record that fills all of the unit's bytes, up to a newline.
bool StreamReader::Skip(Unit* unit, Status* fault) {
  Buffer& bytes = unit->bytes;
  int64_t head = std::min(kHeadBytes, bytes.size());
  unit->has_long_record = true;
  unit->long_record = {offset_, 0, std::string(bytes.data(), static_cast<size_t>(head))};
  unit->input.first_offset = offset_;
  unit->input.first_line = line_;
  line_ += CountNewlines(bytes.data(), bytes.size());
  for (;;) {
    offset_ += bytes.size();
    bytes.set_size(0);
    bool idle = false;
    if (!Fill(&bytes, true, &idle, fault)) return false;
    const void* newline =
        ended_ ? nullptr : std::memchr(bytes.data(), '\n', static_cast<size_t>(bytes.size()));
    if (newline == nullptr && !ended_) continue;
    int64_t end = ended_ ? 0 : static_cast<const char*>(newline) + 1 - bytes.data();
    line_ += ended_ ? 0 : 1;
    offset_ += end;
    scanner_.Restart();
    int64_t left = bytes.size() - end;
    rest_.set_size(0);
    rest_.Reserve(left + kReadBytes + kInputPadding);
    if (left > 0) std::memcpy(rest_.data(), bytes.data() + end, static_cast<size_t>(left));
    rest_.set_size(left);
    bytes.set_size(0);
    return true;
  }
}

Next StreamReader::Read(Unit* unit) {
  Buffer& bytes = unit->bytes;
  std::swap(bytes, rest_);
  rest_.set_size(0);
  scanner_.Restart();
  int64_t scanned = 0;
  int64_t end = -1;
  for (;;) {
    if (first_ && (bytes.size() >= 3 || ended_)) {
      first_ = false;
      if (bytes.size() >= 3 && std::memcmp(bytes.data(), "\xef\xbb\xbf", 3) == 0) {
        bytes.set_size(bytes.size() - 3);
        std::memmove(bytes.data(), bytes.data() + 3, static_cast<size_t>(bytes.size()));
        offset_ = 3;
      }
    }
    bool ready = !first_;
    if (ready && header_wanted_) {
      ready = false;
      unit->status = TakeHeader(&bytes, &ready);
      if (!unit->status.ok()) return Next::kFault;
    }
    if (ready && bytes.size() > scanned) {
      int64_t found =
          scanner_.LastEnd({bytes.data() + scanned, static_cast<size_t>(bytes.size() - scanned)});
      if (found >= 0) end = scanned + found;
      scanned = bytes.size();
    }
    if (ended_) {
      int64_t whole = stopped_ ? std::max<int64_t>(end, 0) : bytes.size();
      if (whole == 0) return Next::kEnd;
      Next given = Give(unit, whole);
      rest_.set_size(0);
      return given;
    }
    if (end >= 0 && bytes.size() >= rules_.unit_bytes) return Give(unit, end);
    if (ready && end < 0 && bytes.size() > rules_.max_record_bytes) {
      return Skip(unit, &unit->status) ? Next::kUnit : Next::kFault;
    }
    bool idle = false;
    if (!Fill(&bytes, end < 0, &idle, &unit->status)) return Next::kFault;
    if (idle && end >= 0) return Give(unit, end);
  }
}

}  // namespace

std::unique_ptr<UnitReader> MakeStreamReader(const std::string& name,
                                             std::unique_ptr<ByteStream> stream,
                                             const TextRules& rules) {
  return std::make_unique<StreamReader>(name, std::move(stream), rules);
}

}  // namespace flow::runtime
