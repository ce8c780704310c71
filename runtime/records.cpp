#include "runtime/records.h"

#include <cstring>

namespace flow::runtime {

// Only quotes are looked at one by one, and only those that open or close a cell; in between memchr
// and memrchr do the work, so text with few quotes is scanned at the speed of memory.
int64_t RecordScanner::LastEnd(std::string_view piece) {
  const char* begin = piece.data();
  const char* end = begin + piece.size();
  auto last_newline = [](const char* from, const char* to) {
    return static_cast<const char*>(memrchr(from, '\n', static_cast<size_t>(to - from)));
  };
  if (!shape_.quotes) {
    const char* newline = piece.empty() ? nullptr : last_newline(begin, end);
    return newline == nullptr ? -1 : newline + 1 - begin;
  }
  int64_t found = -1;
  const char* at = begin;
  while (at < end) {
    if (state_ == State::kQuoteSeen) {
      // A doubled quote is one quote of the cell; anything else ends the quoted part.
      state_ = *at == '"' ? State::kQuoted : State::kPlain;
      if (state_ == State::kQuoted) ++at;
      continue;
    }
    const char* quote = static_cast<const char*>(memchr(at, '"', static_cast<size_t>(end - at)));
    if (state_ == State::kQuoted) {
      at = quote == nullptr ? end : quote + 1;
      if (quote != nullptr) state_ = State::kQuoteSeen;
      continue;
    }
    const char* stop = quote == nullptr ? end : quote;
    if (const char* newline = last_newline(at, stop); newline != nullptr) {
      found = newline + 1 - begin;
    }
    if (stop > at) {
      bool cell_starts = stop[-1] == shape_.separator || stop[-1] == '\n';
      state_ = cell_starts ? State::kCellStart : State::kPlain;
    }
    if (quote == nullptr) break;
    state_ = state_ == State::kCellStart ? State::kQuoted : State::kPlain;
    at = quote + 1;
  }
  return found;
}

int64_t RecordScanner::FirstEnd(std::string_view piece) {
  size_t at = 0;
  while (at < piece.size()) {
    size_t newline = piece.find('\n', at);
    if (newline == std::string_view::npos) return -1;
    if (LastEnd(piece.substr(at, newline + 1 - at)) >= 0) return static_cast<int64_t>(newline) + 1;
    at = newline + 1;
  }
  return -1;
}

int64_t FindLongRecord(RecordShape shape, std::string_view text, int64_t longest) {
  size_t most = static_cast<size_t>(longest);
  size_t at = 0;
  while (text.size() - at > most) {
    std::string_view rest = text.substr(at);
    // All records that end in here are short enough.
    int64_t end = RecordScanner(shape).LastEnd(rest.substr(0, most + 1));
    if (end < 0 && rest[most] == '\r') {
      bool last = rest.size() == most + 1;
      bool broken = !last && RecordScanner(shape).LastEnd(rest.substr(0, most + 2)) >= 0;
      end = last ? longest + 1 : broken ? longest + 2 : -1;
    }
    if (end < 0) return static_cast<int64_t>(at);
    at += static_cast<size_t>(end);
  }
  return -1;
}

int64_t CountNewlines(const char* data, int64_t size) {
  int64_t count = 0;
  for (int64_t i = 0; i < size; ++i) count += data[i] == '\n';
  return count;
}

}  // namespace flow::runtime
