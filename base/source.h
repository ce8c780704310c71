#pragma once
// Source text and places in it. A Span is three integers, so it can be stored with every AST node
// and IR op; line and column are computed only when somebody asks.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flow {

// Bytes [begin, end) of the file with id `file`.
struct Span {
  uint32_t file = 0;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool operator==(const Span&) const = default;
};

// The place of what stands in no file: the command line, the run itself.
inline constexpr Span kNoSpan{UINT32_MAX, 0, 0};

// The smallest span that covers both; they lie in one file.
inline Span Join(Span a, Span b) {
  return {a.file, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

// One-based, as editors count. Columns count code points, so that carets stand under their text.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

class SourceFile {
 public:
  SourceFile(uint32_t id, std::string path, std::string text)
      : id_(id), path_(std::move(path)), text_(std::move(text)) {
    line_starts_.push_back(0);
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
    }
  }

  uint32_t id() const { return id_; }
  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  std::string_view Text(Span span) const {
    if (span.begin >= text_.size() || span.end < span.begin) return {};
    return std::string_view(text_).substr(span.begin, span.end - span.begin);
  }

  // One-based line that holds the byte at `offset`.
  uint32_t LineOf(uint32_t offset) const {
    auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    return static_cast<uint32_t>(after - line_starts_.begin());
  }
  uint32_t LineStart(uint32_t line) const { return line_starts_[line - 1]; }

  // The line's text without its end ("\n" or "\r\n").
  std::string_view LineText(uint32_t line) const {
    uint32_t begin = line_starts_[line - 1];
    size_t end = line < line_starts_.size() ? line_starts_[line] - 1 : text_.size();
    if (end > begin && text_[end - 1] == '\r') --end;
    return std::string_view(text_).substr(begin, end - begin);
  }

  LineColumn Locate(uint32_t offset) const {
    LineColumn place{LineOf(offset), 1};
    size_t end = std::min<size_t>(offset, text_.size());
    for (size_t i = LineStart(place.line); i < end; ++i) {
      if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++place.column;
    }
    return place;
  }

 private:
  uint32_t id_;
  std::string path_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

// All files of one compilation: the script, what it imports, a text from `-e`. Addresses of files
// stay valid as files are added.
class Sources {
 public:
  const SourceFile& Add(std::string path, std::string text) {
    uint32_t id = static_cast<uint32_t>(files_.size());
    return files_.emplace_back(id, std::move(path), std::move(text));
  }
  const SourceFile& Get(uint32_t id) const { return files_[id]; }
  bool Has(uint32_t id) const { return id < files_.size(); }
  size_t size() const { return files_.size(); }

 private:
  std::deque<SourceFile> files_;
};

}  // namespace flow
