// CSV records (RFC 4180): cells with separators, quotes around what holds them; columns found by
// the header, or in the order of the schema.

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "interp/read_lines.h"
#include "interp/records.h"
#include "runtime/inline/reject_codes.h"

namespace flow::interp {
namespace {

struct Cell {
  std::string text;
  bool quoted = false;
};

class CsvRecord final : public Record {
 public:
  CsvRecord(const std::vector<std::string>* columns, int64_t unit)
      : columns_(columns), unit_(unit) {}

  bool Check(DecodeFault* fault) override {
    if (closed && cells.size() == columns_->size()) return true;
    fault->code = runtime::kWrongCellCount.code;
    fault->message =
        Cat(runtime::kWrongCellCount.message, ": ", cells.size(), " instead of ", columns_->size());
    return false;
  }

  bool Decode(const StructField& field, Value* value, DecodeFault* fault) override {
    auto column = std::find(columns_->begin(), columns_->end(), field.external_name());
    const Cell& cell = cells[static_cast<size_t>(column - columns_->begin())];
    bool empty = cell.text.empty() && !cell.quoted;
    if (empty && field.type.is_optional()) return *value = Value::None(), true;
    if (!empty && ReadPlain(field.type, cell.text, {unit_}, value)) return true;
    fault->code = runtime::kBadValue.code;
    fault->message = Cat(runtime::kBadValue.message, ": field `", field.external_name(),
                         "`: expected ", field.type.ToText(), ", found ",
                         empty ? std::string("an empty cell") : QuoteString(cell.text));
    return false;
  }

  std::vector<Cell> cells;
  bool closed = true;  // every quote has its end

 private:
  const std::vector<std::string>* columns_;
  int64_t unit_;
};

class CsvFile final : public Partition {
 public:
  CsvFile(std::string file, const ir::Source& source, const Arguments& format, Loader load)
      : source_(source), lines_(std::move(load), format), unit_(TimeUnit(format)) {
    name = std::move(file);
    header_ = format.Text("header", "true") == "true";
    separator_ = format.Text("separator", ",")[0];
  }

  std::unique_ptr<Record> Next(InputError* error) override {
    if (!begun_ && !Begin(error)) return nullptr;
    SkipBlankLines();
    if (at_ >= lines_.bytes().size()) return nullptr;
    auto record = std::make_unique<CsvRecord>(&columns_, unit_);
    record->line = line_;
    record->offset = static_cast<int64_t>(at_);
    size_t begin = at_;
    int64_t first_line = line_;
    record->closed = ReadCells(&record->cells);
    std::string_view bytes = lines_.bytes();
    if (lines_.TooLong(bytes.substr(begin, at_ - begin))) {
      // Goes on at the first line that begins after as many bytes as a record may have.
      at_ = begin + static_cast<size_t>(lines_.max_line());
      at_ = std::min(bytes.find('\n', at_), bytes.size() - 1) + 1;
      auto passed = std::count(bytes.begin() + begin, bytes.begin() + at_, '\n');
      line_ = first_line + passed;
      return std::make_unique<LongRecord>(bytes.substr(begin, at_ - begin), first_line, begin);
    }
    record->text = lines_.bytes().substr(begin, at_ - begin);
    while (record->text.ends_with('\n') || record->text.ends_with('\r')) record->text.pop_back();
    return record;
  }

 private:
  bool Begin(InputError* error) {
    begun_ = true;
    if (!lines_.Load(error)) return false;
    if (lines_.bytes().starts_with("\xef\xbb\xbf")) at_ = 3;
    if (!header_) {
      for (const StructField& field : source_.row.fields())
        columns_.push_back(field.external_name());
      return true;
    }
    if (at_ >= lines_.bytes().size()) return true;
    std::vector<Cell> cells;
    ReadCells(&cells);
    for (Cell& cell : cells) columns_.push_back(std::move(cell.text));
    for (const std::string& used : source_.used) {
      const std::string& wanted = source_.row.FindField(used)->external_name();
      if (std::find(columns_.begin(), columns_.end(), wanted) != columns_.end()) continue;
      *error = {65, Cat("`", name, "` has no column `", wanted, "` in its header")};
      return false;
    }
    return true;
  }

  void SkipBlankLines() {
    const std::string& bytes = lines_.bytes();
    while (at_ < bytes.size() &&
           (bytes[at_] == '\n' || (bytes[at_] == '\r' && bytes.substr(at_, 2) == "\r\n"))) {
      line_ += bytes[at_] == '\n';
      ++at_;
    }
  }

  // Up to and with the end of the record; false when a quote has no end or text stands behind it.
  bool ReadCells(std::vector<Cell>* cells) {
    const std::string& bytes = lines_.bytes();
    for (;;) {
      Cell& cell = cells->emplace_back();
      if (at_ < bytes.size() && bytes[at_] == '"') {
        cell.quoted = true;
        if (!ReadQuoted(&cell.text)) return SkipLine(), false;
      } else {
        size_t end = at_;
        while (end < bytes.size() && bytes[end] != separator_ && bytes[end] != '\n') ++end;
        cell.text = bytes.substr(at_, end - at_);
        at_ = end;
        bool line_end = at_ >= bytes.size() || bytes[at_] == '\n';
        if (line_end && cell.text.ends_with('\r')) cell.text.pop_back();
      }
      if (bytes.substr(at_, 2) == "\r\n") ++at_;
      if (at_ >= bytes.size()) return true;
      char c = bytes[at_++];
      if (c == '\n') return ++line_, true;
      if (c != separator_) return SkipLine(), false;
    }
  }

  bool ReadQuoted(std::string* text) {
    const std::string& bytes = lines_.bytes();
    size_t begin = at_;
    for (++at_; at_ < bytes.size(); ++at_) {
      if (bytes[at_] == '"' && at_ + 1 < bytes.size() && bytes[at_ + 1] == '"') {
        ++at_;
      } else if (bytes[at_] == '"') {
        line_ += std::count(text->begin(), text->end(), '\n');
        ++at_;
        return true;
      }
      *text += bytes[at_];
    }
    at_ = begin;
    return false;
  }

  void SkipLine() {
    at_ = std::min(lines_.bytes().find('\n', at_), lines_.bytes().size());
    if (at_ < lines_.bytes().size()) ++at_;
    ++line_;
  }

  const ir::Source& source_;
  Lines lines_;
  int64_t unit_;
  bool header_;
  char separator_;
  bool begun_ = false;
  size_t at_ = 0;
  int64_t line_ = 1;
  std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<Partition> CsvPartition(std::string name, const ir::Source& source,
                                        const Arguments& format, Loader load) {
  return std::make_unique<CsvFile>(std::move(name), source, format, std::move(load));
}

}  // namespace flow::interp
