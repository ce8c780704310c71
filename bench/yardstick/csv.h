#pragma once
// CSV records. A first pass over a block notes where its separators and newlines are, 64 bytes at a
// time, and sees to it that every record has its number of cells; then a record is a slice of that
// list. A block with a quote in it is read cell by cell (RFC 4180).

#include <vector>

#include "bench/yardstick/text.h"

namespace yard {

class Csv {
 public:
  // The header is read and its columns are looked for: cell i of a record is wanted[i]'s.
  Csv(const char* path, std::initializer_list<const char*> wanted) : input_(path) {
    if (!input_.Next()) Bad("there is no header", {});
    const char* newline = FindNewline(input_.begin);
    std::vector<std::string_view> names;
    const char* cell = input_.begin;
    for (const char* p = cell;; ++p) {
      if (*p != ',' && *p != '\n') continue;
      names.push_back({cell, static_cast<size_t>(p - cell)});
      cell = p + 1;
      if (*p == '\n') break;
    }
    width_ = names.size();
    for (std::string_view name : wanted) {
      size_t at = 0;
      while (at < names.size() && names[at] != name) ++at;
      if (at == names.size()) Bad("the header lacks a column", name);
      places_.push_back(at);
    }
    input_.ConsumedTo(newline + 1);
  }

  // Calls `row(cells)` for every record; cells[i] is the i-th wanted cell, in padded text that need
  // not be UTF-8 when `non_ascii` is set.
  template <typename Row>
  void Records(Row row) {
    while (input_.Next()) {
      if (__builtin_expect(!Index(), 0)) {
        Quoted(row);
        continue;
      }
      const uint32_t* at = marks_.data();
      const uint32_t* last = at + count_;
      for (uint32_t start = 0; at != last; at += width_) {
        uint32_t end = at[width_ - 1];
        if (__builtin_expect(input_.begin[end] != '\n', 0)) {
          Bad("a wrong number of cells", {input_.begin + start, 100});
        }
        row(Cells{this, input_.begin, start, at});
        start = end + 1;
      }
    }
  }

  struct Cells {
    const Csv* csv;
    const char* text;
    uint32_t start;
    const uint32_t* marks;

    // Bounds of the i-th wanted cell.
    std::string_view operator[](size_t i) const {
      size_t place = csv->places_[i];
      uint32_t begin = place == 0 ? start : marks[place - 1] + 1;
      return {text + begin, marks[place] - begin};
    }
    bool non_ascii() const { return csv->non_ascii_; }
  };

 private:
  // False when there is a quote.
  bool Index() {
    const char* begin = input_.begin;
    size_t size = static_cast<size_t>(input_.end - begin);
    if (marks_.size() < size + 64) marks_.resize(size + 64);
    uint32_t* out = marks_.data();
    size_t lines = 0;
    uint64_t high = 0;
    for (size_t at = 0; at < size; at += 64) {
      Chunk chunk(begin + at);
      uint64_t newlines = chunk.Equal('\n');
      uint64_t marks = chunk.Equal(',') | newlines;
      uint64_t odd = chunk.Equal('"') | chunk.Equal('\r');
      uint64_t bytes = chunk.NonAscii();
      if (size - at < 64) {
        uint64_t inside = (uint64_t{1} << (size - at)) - 1;
        newlines &= inside, marks &= inside, odd &= inside, bytes &= inside;
      }
      if (__builtin_expect(odd != 0, 0)) return false;
      high |= bytes;
      lines += static_cast<size_t>(__builtin_popcountll(newlines));
      out = Append(out, static_cast<uint32_t>(at), marks);
    }
    count_ = static_cast<size_t>(out - marks_.data());
    non_ascii_ = high != 0;
    // As many newlines as records, and Records sees to it that each record ends with one.
    return lines * width_ == count_;
  }

  // Eight at a time whatever there are: what is too much is overwritten.
  static uint32_t* Append(uint32_t* out, uint32_t base, uint64_t bits) {
    int count = __builtin_popcountll(bits);
    for (int i = 0; i < count; i += 8) {
      for (int k = 0; k < 8; ++k) {
        out[i + k] = base + static_cast<uint32_t>(__builtin_ctzll(bits));
        bits &= bits - 1;
      }
    }
    return out + count;
  }

  template <typename Row>
  __attribute__((noinline)) void Quoted(Row row) {
    const char* p = input_.begin;
    std::string text;
    std::vector<uint32_t> marks;
    non_ascii_ = true;
    while (p < input_.end) {
      if (*p == '\n' || (*p == '\r' && p[1] == '\n')) {
        p += *p == '\r' ? 2 : 1;
        continue;
      }
      const char* record = p;
      text.clear();
      marks.clear();
      for (bool more = true; more;) {
        bool quoted = *p == '"';
        if (quoted) ++p;
        for (; quoted ? *p != '"' || p[1] == '"' : *p != ',' && *p != '\n'; ++p) {
          if (quoted && p >= input_.end) return input_.ConsumedTo(record);
          if (quoted && *p == '"') ++p;
          if (!quoted && *p == '\r' && p[1] == '\n') continue;
          text += *p;
        }
        if (quoted) ++p;
        if (*p == '\r' && p[1] == '\n') ++p;
        if (*p != ',' && *p != '\n') Bad("text after a quoted cell", {record, p});
        if (p >= input_.end) return input_.ConsumedTo(record);
        more = *p++ == ',';
        marks.push_back(static_cast<uint32_t>(text.size()));
        text += more ? ',' : '\n';
      }
      if (marks.size() != width_) Bad("a wrong number of cells", {record, p});
      text.append(64, '\n');
      row(Cells{this, text.data(), 0, marks.data()});
    }
  }

  Input input_;
  size_t width_ = 0;
  std::vector<size_t> places_;
  std::vector<uint32_t> marks_;
  size_t count_ = 0;
  bool non_ascii_ = false;
};

}  // namespace yard
