#include "runtime/terminal_table.h"

#include <algorithm>

#include "runtime/inline/utf8.h"

namespace flow::runtime {
namespace {

constexpr int kNarrowest = 8;  // that a column is cut to, when it is wider

int CodePointWidth(uint32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return 0;
  bool combining = (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
                   (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0x20d0 && c <= 0x20ff);
  if (combining) return 0;
  bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f) ||
              (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
              (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
              (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) ||
              (c >= 0x20000 && c <= 0x3fffd);
  return wide ? 2 : 1;
}

// Text of a JSON string without its quotes; control characters become spaces, so that no cell can
// move the cursor.
std::string Unquote(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c != '\\') {
      bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
      out += control ? ' ' : c;
      continue;
    }
    if (++i >= text.size()) break;
    switch (text[i]) {
      case '"':
      case '\\':
      case '/':
        out += text[i];
        break;
      case 'u':
        out += ' ';
        i = std::min(i + 4, text.size() - 1);
        break;
      default:
        out += ' ';
    }
  }
  return out;
}

// End of the JSON value at `at`.
size_t SkipValue(std::string_view text, size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
    if (c == '}' || c == ']') --depth;
  }
  return std::min(at, text.size());
}

std::string Cut(const std::string& text, int width) {
  if (DisplayWidth(text) <= width) return text;
  std::string out;
  int used = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    int32_t length = std::max(flow_utf8_length(at, end), 1);
    int32_t decoded = 0;
    int next = CodePointWidth(flow_utf8_decode(at, &decoded));
    if (used + next > width - 1) break;
    out.append(at, static_cast<size_t>(length));
    used += next;
    at += length;
  }
  return out + "…";
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    int32_t length = flow_utf8_length(at, end);
    if (length == 0) {
      ++at;
      ++width;
      continue;
    }
    int32_t decoded = 0;
    width += CodePointWidth(flow_utf8_decode(at, &decoded));
    at += length;
  }
  return width;
}

TerminalTable::TerminalTable(std::vector<std::string> names, int width)
    : names_(std::move(names)), width_(width > 0 ? width : 80) {}

TerminalTable::Row TerminalTable::Split(std::string_view line) const {
  Row row(names_.size());
  size_t at = 1;
  for (size_t column = 0; column < names_.size() && at < line.size(); ++column) {
    // The key is a string, so the first colon after it is the separator.
    size_t key_end = line.find("\":", at);
    if (key_end == std::string_view::npos) break;
    size_t begin = key_end + 2;
    size_t end = SkipValue(line, begin);
    std::string_view value = line.substr(begin, end - begin);
    Cell& cell = row[column];
    if (value.starts_with('"') && value.size() >= 2) {
      cell.text = Unquote(value.substr(1, value.size() - 2));
    } else if (value != "null") {
      cell.text = value;
      cell.number = !value.empty() && (value[0] == '-' || (value[0] >= '0' && value[0] <= '9'));
    }
    at = end + 1;
  }
  return row;
}

std::string TerminalTable::Add(std::string_view ndjson) {
  std::string out;
  while (!ndjson.empty()) {
    size_t newline = ndjson.find('\n');
    std::string_view line = ndjson.substr(0, newline);
    ndjson.remove_prefix(newline == std::string_view::npos ? ndjson.size() : newline + 1);
    if (line.empty()) continue;
    Row row = Split(line);
    if (measured_) {
      Print(row, &out);
      continue;
    }
    waiting_.push_back(std::move(row));
    if (waiting_.size() >= kTableRowsMeasured) out += Flush();
  }
  return out;
}

std::string TerminalTable::Flush() {
  std::string out;
  if (waiting_.empty()) return out;
  if (!measured_) {
    Measure();
    Row header(names_.size());
    for (size_t i = 0; i < names_.size(); ++i) header[i] = {names_[i], numbers_[i]};
    Print(header, &out);
    for (size_t i = 0; i < names_.size(); ++i) {
      if (i > 0) out += "  ";
      for (int c = 0; c < widths_[i]; ++c) out += "─";
    }
    out += '\n';
  }
  for (const Row& row : waiting_) Print(row, &out);
  waiting_.clear();
  return out;
}

void TerminalTable::Measure() {
  measured_ = true;
  for (size_t i = 0; i < names_.size(); ++i) {
    int widest = DisplayWidth(names_[i]);
    bool number = true;
    bool any = false;
    for (const Row& row : waiting_) {
      widest = std::max(widest, DisplayWidth(row[i].text));
      number = number && (row[i].number || row[i].text.empty());
      any = any || row[i].number;
    }
    widths_.push_back(widest);
    numbers_.push_back(number && any);
  }
  // Too wide for the terminal: the widest columns give way first.
  int total = static_cast<int>(names_.size() - 1) * 2;
  for (int width : widths_) total += width;
  while (total > width_) {
    auto widest = std::max_element(widths_.begin(), widths_.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --total;
  }
}

void TerminalTable::Print(const Row& row, std::string* out) const {
  for (size_t i = 0; i < row.size(); ++i) {
    if (i > 0) *out += "  ";
    // Values later than the first screenful may be wider; numbers are never cut.
    std::string text = row[i].number ? row[i].text : Cut(row[i].text, widths_[i]);
    int missing = std::max(widths_[i] - DisplayWidth(text), 0);
    if (numbers_[i]) out->append(static_cast<size_t>(missing), ' ');
    *out += text;
    bool last = i + 1 == row.size();
    if (!numbers_[i] && !last) out->append(static_cast<size_t>(missing), ' ');
  }
  *out += '\n';
}

}  // namespace flow::runtime
