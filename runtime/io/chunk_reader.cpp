// Cuts a regular file into ranges of whole records. Only the record boundary is found here, from a
// few bytes around the wished end; the bytes themselves are read by the workers. Files with quoted
// cells are the exception: their boundaries depend on every byte before, so they are read here.

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "runtime/inline/memory.h"
#include "runtime/inline/reject_codes.h"
#include "runtime/reader.h"

namespace flow::runtime {
namespace {

constexpr int64_t kFirstWindowBytes = 4 << 10;
constexpr int64_t kLargestWindowBytes = 1 << 20;
constexpr int64_t kLargestHeaderBytes = 1 << 20;

class ChunkReader final : public UnitReader {
 public:
  ChunkReader(Env& env, const OpenFile& file, const TextRules& rules)
      : env_(env),
        name_(file.name),
        fd_(file.fd),
        owned_(file.owned),
        size_(file.end),
        rules_(rules),
        offset_(file.begin),
        wish_(rules.unit_bytes),
        counted_offset_(file.begin) {}
  ~ChunkReader() override {
    if (owned_) env_.Close(fd_);
  }

  Status Begin();
  Next Read(Unit* unit) override;
  Status Load(Unit* unit) override;
  int64_t LineAt(int64_t offset) override;
  void LimitUnits(int64_t bytes) override {
    rules_.unit_bytes = std::min(rules_.unit_bytes, bytes);
    wish_ = std::min(wish_, bytes);
  }

 private:
  Status ReadExactly(char* data, int64_t size, int64_t offset);
  Status TakeHeader();
  // First offset after a newline at or after `from`; size_ when there is none.
  Status AfterNewline(int64_t from, int64_t* offset);
  Next ReadQuoted(Unit* unit);
  Next Fault(Unit* unit, Status status);
  Next Judge(Unit* unit, int64_t end);

  Env& env_;
  std::string name_;
  int fd_;
  bool owned_;
  int64_t size_;  // offset of the end
  TextRules rules_;
  int64_t offset_;
  int64_t wish_;  // bytes of the next unit
  std::vector<int32_t> columns_;
  bool has_columns_ = false;
  int64_t line_ = 1;  // of the next unit, where lines are counted
  Buffer window_;
  // Lines are counted only when a message wants them, from the last place asked for.
  int64_t counted_offset_;
  int64_t counted_lines_ = 0;
};

Status ChunkReader::ReadExactly(char* data, int64_t size, int64_t offset) {
  while (size > 0) {
    int64_t read = env_.ReadAt(fd_, data, size, offset);
    if (read < 0) return IoStatus(static_cast<int>(read), Cat("cannot read `", name_, "`"));
    if (read == 0) {
      return Status::Error(kExitIo, Cat("`", name_, "` became shorter while it was read"));
    }
    data += read;
    size -= read;
    offset += read;
  }
  return Status::Ok();
}

Status ChunkReader::Begin() {
  char mark[3];
  if (offset_ == 0 && size_ >= 3) {
    if (Status status = ReadExactly(mark, 3, 0); !status.ok()) return status;
    if (std::memcmp(mark, "\xef\xbb\xbf", 3) == 0) offset_ = 3;
  }
  return rules_.map_columns ? TakeHeader() : Status::Ok();
}

Status ChunkReader::TakeHeader() {
  int64_t wanted = kFirstWindowBytes;
  for (;; wanted *= 4) {
    int64_t have = std::min(wanted, size_ - offset_);
    window_.Reserve(have);
    if (Status status = ReadExactly(window_.data(), have, offset_); !status.ok()) return status;
    std::string_view text(window_.data(), static_cast<size_t>(have));
    int64_t end = RecordScanner(rules_.shape).FirstEnd(text);
    if (end < 0 && offset_ + have < size_) {
      if (wanted < kLargestHeaderBytes) continue;
      return Status::Error(kExitBadData, Cat("the header of `", name_, "` does not end"));
    }
    if (end < 0) end = have;
    std::string_view header = text.substr(0, static_cast<size_t>(end));
    while (!header.empty() && (header.back() == '\n' || header.back() == '\r')) {
      header.remove_suffix(1);
    }
    offset_ += end;
    has_columns_ = true;
    return end == 0 ? Status::Ok() : rules_.map_columns(name_, header, &columns_);
  }
}

Status ChunkReader::AfterNewline(int64_t from, int64_t* offset) {
  int64_t window = kFirstWindowBytes;
  while (from < size_) {
    int64_t have = std::min(window, size_ - from);
    window_.Reserve(have);
    if (Status status = ReadExactly(window_.data(), have, from); !status.ok()) return status;
    const void* found = std::memchr(window_.data(), '\n', static_cast<size_t>(have));
    if (found != nullptr) {
      *offset = from + (static_cast<const char*>(found) - window_.data()) + 1;
      return Status::Ok();
    }
    from += have;
    window = std::min(window * 4, kLargestWindowBytes);
  }
  *offset = size_;
  return Status::Ok();
}

Next ChunkReader::Fault(Unit* unit, Status status) {
  unit->status = std::move(status);
  return Next::kFault;
}

// The bytes read of a unit may hold a record that is too long: the unit then ends before it, and
// reading goes on at the first line that begins after as many bytes as a record may have. For a
// quote that never closes this is a guess, without which it would swallow the file.
Next ChunkReader::Judge(Unit* unit, int64_t end) {
  int64_t begin = offset_;
  Buffer& bytes = unit->bytes;
  std::string_view text(bytes.data(), static_cast<size_t>(bytes.size()));
  int64_t record = FindLongRecord(rules_.shape, text, rules_.max_record_bytes);
  if (record >= 0) {
    Status status = AfterNewline(begin + record + rules_.max_record_bytes, &end);
    if (!status.ok()) return Fault(unit, std::move(status));
    int64_t head = std::min(kLongRecordHead, end - begin - record);
    // -1: the line is told by the offset.
    unit->long_record = {begin + record, -1, std::string(static_cast<size_t>(head), '\0')};
    status = ReadExactly(unit->long_record.head.data(), head, begin + record);
    if (!status.ok()) return Fault(unit, std::move(status));
    unit->has_long_record = true;
    bytes.set_size(record);
  }
  // Where such records are many, less is read in vain.
  wish_ = record >= 0 ? std::max(std::min(kFirstWindowBytes, rules_.unit_bytes), wish_ / 2)
                      : std::min(rules_.unit_bytes, wish_ * 2);
  unit->bytes_read = end - begin;
  offset_ = end;
  return Next::kUnit;
}

Next ChunkReader::Read(Unit* unit) {
  if (offset_ >= size_) return Next::kEnd;
  unit->input.columns = has_columns_ ? columns_.data() : nullptr;
  unit->input.column_count = static_cast<int64_t>(columns_.size());
  unit->input.first_offset = offset_;
  if (rules_.shape.quotes) return ReadQuoted(unit);
  int64_t begin = offset_;
  int64_t wished = begin + wish_;
  int64_t end = size_;
  if (wished < size_) {
    Status status = AfterNewline(wished - 1, &end);
    if (!status.ok()) return Fault(unit, std::move(status));
  }
  bool doubtful = end - begin > rules_.max_record_bytes;
  unit->load_offset = begin;
  unit->load_size = end - begin;
  if (!doubtful && !rules_.count_lines) {
    unit->bytes_read = end - begin;
    offset_ = end;
    unit->reader = this;
    return Next::kUnit;
  }
  // Of what goes beyond the wish only so much that it is known to be too long.
  int64_t enough =
      end - wished > rules_.max_record_bytes ? wish_ + rules_.max_record_bytes + 2 : end - begin;
  unit->load_size = std::min(unit->load_size, enough);
  if (Status status = Load(unit); !status.ok()) return Fault(unit, std::move(status));
  if (Judge(unit, end) == Next::kFault) return Next::kFault;
  unit->input.first_line = rules_.count_lines ? line_ : 0;
  line_ += CountNewlines(unit->bytes.data(), unit->bytes.size()) + (unit->has_long_record ? 1 : 0);
  return Next::kUnit;
}

Next ChunkReader::ReadQuoted(Unit* unit) {
  int64_t begin = offset_;
  RecordScanner scanner(rules_.shape);
  int64_t have = 0;
  int64_t end = -1;
  while (end < 0) {
    int64_t more = std::min(wish_, size_ - begin - have);
    unit->bytes.Reserve(have + more + kInputPadding);
    Status status = ReadExactly(unit->bytes.data() + have, more, begin + have);
    if (!status.ok()) return Fault(unit, std::move(status));
    int64_t found = scanner.LastEnd({unit->bytes.data() + have, static_cast<size_t>(more)});
    if (found >= 0) end = have + found;
    have += more;
    if (begin + have == size_) end = have;
    if (have - 1 > rules_.max_record_bytes) break;
  }
  if (end < 0) end = have;  // of a record that is too long
  unit->bytes.set_size(end);
  return Judge(unit, begin + end);
}

Status ChunkReader::Load(Unit* unit) {
  unit->bytes.Reserve(unit->load_size + kInputPadding);
  unit->bytes.set_size(unit->load_size);
  return ReadExactly(unit->bytes.data(), unit->load_size, unit->load_offset);
}

int64_t ChunkReader::LineAt(int64_t offset) {
  while (counted_offset_ < offset) {
    int64_t have = std::min(kLargestWindowBytes, offset - counted_offset_);
    std::string bytes(static_cast<size_t>(have), '\0');
    if (!ReadExactly(bytes.data(), have, counted_offset_).ok()) return 0;
    counted_lines_ += CountNewlines(bytes.data(), have);
    counted_offset_ += have;
  }
  return counted_lines_ + 1;
}

}  // namespace

Status OpenChunkReader(Env& env, const OpenFile& file, const TextRules& rules,
                       std::unique_ptr<UnitReader>* reader) {
  auto made = std::make_unique<ChunkReader>(env, file, rules);
  Status status = made->Begin();
  if (status.ok()) *reader = std::move(made);
  return status;
}

}  // namespace flow::runtime
