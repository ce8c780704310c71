// Lines of text, with their numbers.

#include "base/text.h"
#include "interp/read_lines.h"
#include "interp/records.h"
#include "runtime/inline/reject_codes.h"

namespace flow::interp {
namespace {

class TextRecord final : public Record {
 public:
  bool Decode(const StructField& field, Value* value, DecodeFault* fault) override {
    if (field.type.is(TypeKind::kInt)) return *value = Value::Of(line), true;
    if (!IsUtf8(text)) {
      fault->code = runtime::kBadValue.code;
      fault->message = Cat(runtime::kBadValue.message, ": the line is not UTF-8");
      return false;
    }
    *value = Value::Text(text);
    return true;
  }
};

class TextFile final : public Partition {
 public:
  TextFile(std::string file, const Arguments& format, Loader load)
      : lines_(std::move(load), format) {
    name = std::move(file);
  }

  std::unique_ptr<Record> Next(InputError* error) override {
    Line line;
    if (!lines_.Next(&line, error)) return nullptr;
    if (line.too_long) {
      return std::make_unique<LongRecord>(line.text, line.number, line.offset);
    }
    auto record = std::make_unique<TextRecord>();
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    record->text = line.text;
    record->line = line.number;
    record->offset = line.offset;
    return record;
  }

 private:
  Lines lines_;
};

}  // namespace

LongRecord::LongRecord(std::string_view record_text, int64_t record_line, int64_t record_offset) {
  text = record_text.substr(0, runtime::kLongRecordHead);
  line = record_line;
  offset = record_offset;
}

bool LongRecord::Check(DecodeFault* fault) {
  fault->code = runtime::kRecordTooLong.code;
  fault->message = runtime::kRecordTooLong.message;
  return false;
}

Lines::Lines(Loader load, const Arguments& format)
    : load_(std::move(load)), max_line_(format.Whole("max_line", 16 << 20)) {}

bool Lines::Load(InputError* error) {
  if (loaded_) return true;
  loaded_ = true;
  bool good = load_(&bytes_, error);
  if (bytes_.starts_with("\xef\xbb\xbf")) at_ = 3;
  return good;
}

bool Lines::TooLong(std::string_view record) const {
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  return static_cast<int64_t>(record.size()) > max_line_;
}

bool Lines::Next(Line* line, InputError* error) {
  if (!Load(error) || at_ >= bytes_.size()) return false;
  size_t end = std::min(bytes_.find('\n', at_), bytes_.size());
  line->text = std::string_view(bytes_).substr(at_, end - at_);
  line->number = ++number_;
  line->offset = static_cast<int64_t>(at_);
  line->too_long = TooLong(line->text);
  at_ = end + 1;
  return true;
}

std::unique_ptr<Partition> TextPartition(std::string name, const Arguments& format, Loader load) {
  return std::make_unique<TextFile>(std::move(name), format, std::move(load));
}

}  // namespace flow::interp
