// Cuts a stream that can only be read forward. A unit is handed on when it is full, or when the
// stream has nothing more just now and whole records are there: a slow pipe is answered at once.

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "runtime/inline/reject_codes.h"
#include "runtime/reader.h"

namespace flow::runtime {
namespace {

constexpr int64_t kReadBytes = 256 << 10;
constexpr int64_t kLargestHeaderBytes = 1 << 20;

// Offset just after the first newline at or after `from`, or -1.
int64_t AfterNewline(Buffer& bytes, int64_t from) {
  if (from >= bytes.size()) return -1;
  const void* found =
      std::memchr(bytes.data() + from, '\n', static_cast<size_t>(bytes.size() - from));
  return found == nullptr ? -1 : static_cast<const char*>(found) - bytes.data() + 1;
}

class StreamReader final : public UnitReader {
 public:
  StreamReader(std::string name, std::unique_ptr<ByteStream> stream, const TextRules& rules)
      : name_(std::move(name)),
        stream_(std::move(stream)),
        rules_(rules),
        scanner_(rules.shape),
        header_wanted_(rules.map_columns != nullptr) {}

  bool blocking() const override { return true; }
  void LimitUnits(int64_t bytes) override {
    rules_.unit_bytes = std::min(rules_.unit_bytes, bytes);
  }
  void Stop() override { stream_->Stop(); }
  Next Read(Unit* unit) override;

 private:
  // Reads on into `bytes`; false at the end or a fault (*fault).
  bool Fill(Buffer* bytes, bool wait, bool* idle, Status* fault);
  Status TakeHeader(Buffer* bytes, bool* complete);
  void Hand(Unit* unit, int64_t end, int64_t resume);
  Next Give(Unit* unit, int64_t end);
  Next LeaveOut(Unit* unit, int64_t record);

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

// Hands on [0, end) of the unit's bytes, keeps what follows `resume`.
void StreamReader::Hand(Unit* unit, int64_t end, int64_t resume) {
  int64_t left = unit->bytes.size() - resume;
  rest_.set_size(0);
  rest_.Reserve(left + kReadBytes + kInputPadding);
  if (left > 0) std::memcpy(rest_.data(), unit->bytes.data() + resume, static_cast<size_t>(left));
  rest_.set_size(left);
  unit->input.first_offset = offset_;
  unit->input.first_line = line_;
  unit->input.columns = has_columns_ ? columns_.data() : nullptr;
  unit->input.column_count = static_cast<int64_t>(columns_.size());
  int64_t raw = stream_->raw_bytes();
  unit->bytes_read = raw < 0 ? resume : raw - raw_bytes_;
  raw_bytes_ = raw < 0 ? 0 : raw;
  offset_ += resume;
  line_ += CountNewlines(unit->bytes.data(), resume);
  unit->bytes.set_size(end);
}

Next StreamReader::Give(Unit* unit, int64_t end) {
  std::string_view text(unit->bytes.data(), static_cast<size_t>(end));
  int64_t record = FindLongRecord(rules_.shape, text, rules_.max_record_bytes);
  if (record >= 0) return LeaveOut(unit, record);
  Hand(unit, end, end);
  return Next::kUnit;
}

// The record at `record` is too long: the unit ends before it. Reading goes on at the first line
// that begins after as many bytes as a record may have.
Next StreamReader::LeaveOut(Unit* unit, int64_t record) {
  Buffer& bytes = unit->bytes;
  int64_t resume = AfterNewline(bytes, record + rules_.max_record_bytes);
  int64_t known = (resume < 0 ? bytes.size() : resume) - record;
  std::string head(bytes.data() + record, static_cast<size_t>(std::min(kLongRecordHead, known)));
  unit->has_long_record = true;
  unit->long_record = {offset_ + record, CountNewlines(bytes.data(), record), {}};
  Hand(unit, record, record + known);
  while (resume < 0 && !ended_) {
    rest_.set_size(0);
    bool idle = false;
    if (!Fill(&rest_, true, &idle, &unit->status)) return Next::kFault;
    resume = AfterNewline(rest_, 0);
    int64_t skipped = resume < 0 ? rest_.size() : resume;
    size_t lacks = static_cast<size_t>(kLongRecordHead) - head.size();
    head.append(rest_.data(), std::min(lacks, static_cast<size_t>(skipped)));
    offset_ += skipped;
    line_ += resume < 0 ? 0 : 1;
    unit->bytes_read += stream_->raw_bytes() < 0 ? skipped : 0;
    rest_.set_size(rest_.size() - skipped);
    std::memmove(rest_.data(), rest_.data() + skipped, static_cast<size_t>(rest_.size()));
  }
  unit->long_record.head = std::move(head);
  return Next::kUnit;
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
      bytes.set_size(whole);
      return Give(unit, whole);
    }
    if (end >= 0 && bytes.size() >= rules_.unit_bytes) return Give(unit, end);
    // Longer than the longest record with its line break.
    if (ready && end < 0 && bytes.size() - 2 >= rules_.max_record_bytes) return LeaveOut(unit, 0);
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
