#include "runtime/formats/sample.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/formats/guess.h"
#include "runtime/formats/sample_file.h"
#include "runtime/inline/json.h"
#include "runtime/inline/time.h"

namespace flow::runtime {
namespace {

std::string_view Argument(const SampleFormat& format, std::string_view name) {
  auto found = format.args.find(name);
  if (found == format.args.end()) return {};
  std::string_view value = found->second;
  // As a literal or as the command line writes it.
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return value;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

// The kind of a cell's text; quoted numbers are numbers, too, as most writers quote all or nothing.
uint32_t CellKind(std::string_view cell, bool quoted) {
  if (cell.empty()) return quoted ? Guess::kText : Guess::kNull;
  if (cell == "true" || cell == "false") return Guess::kBool;
  int64_t size = static_cast<int64_t>(cell.size());
  double number = 0;
  // A JSON number has no zeros in front and no sign `+`: such cells are texts (phone numbers).
  if (flow_parse_float(cell.data(), size, &number)) return NumberKind(cell);
  int64_t time = 0;
  return flow_parse_timestamp(cell.data(), size, &time) ? Guess::kTime : Guess::kText;
}

// Takes one CSV record off *text; false when it is cut off.
bool TakeCsvRecord(std::string_view* text, char separator, bool whole,
                   std::vector<std::string>* cells, std::vector<bool>* quoted) {
  cells->clear();
  quoted->clear();
  size_t at = 0;
  for (;;) {
    std::string cell;
    bool is_quoted = at < text->size() && (*text)[at] == '"';
    if (is_quoted) {
      for (++at;; ++at) {
        if (at >= text->size()) return false;
        if ((*text)[at] == '"') {
          if (at + 1 >= text->size() || (*text)[at + 1] != '"') break;
          ++at;
        }
        cell += (*text)[at];
      }
      ++at;
    }
    size_t stop = at;
    while (stop < text->size() && (*text)[stop] != separator && (*text)[stop] != '\n') ++stop;
    if (stop == text->size() && !whole) return false;
    std::string_view rest = text->substr(at, stop - at);
    bool last = stop == text->size() || (*text)[stop] == '\n';
    if (last && !rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
    cell += rest;
    cells->push_back(std::move(cell));
    quoted->push_back(is_quoted);
    at = stop + 1;
    if (!last) continue;
    text->remove_prefix(std::min(at, text->size()));
    return true;
  }
}

}  // namespace

SchemaSampler::SchemaSampler(const SampleFormat& format)
    : format_(format), row_(std::make_unique<Guess>()) {
  std::string_view separator = Argument(format, "separator");
  if (separator == "\\t") separator = "\t";
  if (separator.size() == 1) separator_ = separator[0];
  header_ = Argument(format, "header") != "false";
}

SchemaSampler::~SchemaSampler() = default;

void SchemaSampler::Add(std::string_view text, bool whole) {
  empty_ = empty_ && text.empty();
  whole_ = whole_ && whole;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (format_.name == "csv") {
    AddCsv(text, whole);
  } else {
    AddJson(text, whole);
  }
}

void SchemaSampler::AddJson(std::string_view text, bool whole) {
  while (!Full() && !text.empty()) {
    size_t newline = text.find('\n');
    if (newline == std::string_view::npos && !whole) return;
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (IsBlank(line)) continue;
    size_t first = line.find_first_not_of(" \t\r");
    if (line[first] != '{' || !flow_json_valid(line.data(), static_cast<int64_t>(line.size()))) {
      if (line[first] == '[' && records_ == 0 && skipped_ == 0) {
        fault_ =
            "it is one JSON array; rows are read from one object a line (`jq -c .[]` makes "
            "it so)";
      }
      ++skipped_;
      continue;
    }
    AddJsonValue(line, row_.get());
    ++records_;
  }
}

void SchemaSampler::AddCsv(std::string_view text, bool whole) {
  std::vector<std::string> cells;
  std::vector<bool> quoted;
  bool expect_header = header_;
  while (!Full() && !text.empty()) {
    if (text[0] == '\n' || text.starts_with("\r\n")) {
      text.remove_prefix(text[0] == '\n' ? 1 : 2);
      continue;
    }
    if (!TakeCsvRecord(&text, separator_, whole, &cells, &quoted)) return;
    if (expect_header) {
      expect_header = false;
      if (names_.empty()) names_ = cells;
      for (size_t i = 0; i < cells.size(); ++i) {
        if (std::find(cells.begin(), cells.begin() + static_cast<ptrdiff_t>(i), cells[i]) !=
            cells.begin() + static_cast<ptrdiff_t>(i)) {
          fault_ = Cat("its header has two columns `", cells[i], "`");
        }
      }
      continue;
    }
    if (names_.empty()) {
      for (size_t i = 0; i < cells.size(); ++i) names_.push_back(Cat("c", i + 1));
    }
    AddCsvRecord(cells, quoted);
  }
}

void SchemaSampler::AddCsvRecord(const std::vector<std::string>& cells,
                                 const std::vector<bool>& quoted) {
  if (cells.size() != names_.size()) {
    ++skipped_;
    return;
  }
  row_->kinds |= Guess::kObject;
  ++row_->objects;
  for (size_t i = 0; i < cells.size(); ++i) {
    Guess& guess = row_->Field(names_[i]);
    guess.kinds |= CellKind(cells[i], quoted[i]);
  }
  ++records_;
}

Type SchemaSampler::Finish(std::string* error) const {
  if (!fault_.empty()) {
    *error = fault_;
    return Type::Error();
  }
  if (records_ == 0 && skipped_ == 0 && whole_ && !names_.empty()) {
    std::vector<StructField> fields;
    for (const std::string& name : names_) {
      fields.push_back({name, Type::Optional(Type::String()), {}});
    }
    return Type::Struct(std::move(fields));
  }
  if (empty_) {
    *error = "it is empty";
    return Type::Error();
  }
  if (records_ == 0) {
    *error = skipped_ > 0 ? Cat("none of its first ", skipped_, " lines is a record of format `",
                                format_.name, "`")
                          : std::string("it has no records");
    return Type::Error();
  }
  Type row = row_->ToType();
  if (!row.is(TypeKind::kStruct) || row.fields().empty()) {
    *error = "its records have no columns, or too many different ones";
    return Type::Error();
  }
  if (format_.name != "csv") return row;
  // Cells cannot be mixed: what is neither is text.
  std::vector<StructField> fields = row.fields();
  for (StructField& field : fields) {
    bool optional = field.type.is_optional();
    if (!field.type.strip_optional().is(TypeKind::kJson)) continue;
    field.type = optional ? Type::Optional(Type::String()) : Type::String();
  }
  return Type::Struct(std::move(fields));
}

Type SampleFiles(const std::vector<std::string>& paths, const SampleFormat& format,
                 std::string* error) {
  constexpr size_t kFirst = 256 << 10;
  constexpr size_t kMost = 64 << 20;
  auto sampler = std::make_unique<SchemaSampler>(format);
  // A larger piece of every file, until there are enough records or no more to read.
  for (const std::string& path : paths) {
    if (sampler->Full()) break;
    for (size_t size = kFirst;; size *= 4) {
      FileHead head;
      if (!ReadFileHead(path, size, &head, error)) return Type::Error();
      SchemaSampler trial(format);
      trial.Add(head.text, head.whole);
      if (!trial.Full() && !head.whole && size < kMost) continue;
      sampler->Add(head.text, head.whole);
      break;
    }
  }
  return sampler->Finish(error);
}

}  // namespace flow::runtime
