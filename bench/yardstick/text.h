#pragma once
// What the hand-written programs share: input in blocks of whole lines, buffered output, and the
// vector scans and number readers that a careful programmer would write for this machine. They
// check what flowc checks (docs/formats.md): fields that are used are well-formed, strings are
// UTF-8, records are framed; a bad record ends the run with exit code 65.
//
// The fast ways are for text as programs write it: JSON without white space, keys in one order, CSV
// without quotes. Everything else takes a slow way that knows the whole format.

#include <fcntl.h>
#include <immintrin.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace yard {

[[noreturn]] inline void Bad(const char* what, std::string_view record) {
  std::fprintf(stderr, "yardstick: %s: %.*s\n", what,
               static_cast<int>(record.size() < 200 ? record.size() : 200), record.data());
  std::exit(65);
}

inline uint64_t Load8(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}
inline uint32_t Load4(const char* p) {
  uint32_t word;
  std::memcpy(&word, p, 4);
  return word;
}

// One bit for each of the 64 bytes at `p`.
struct Chunk {
  __m256i low, high;
  explicit Chunk(const char* p)
      : low(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))),
        high(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32))) {}
  static uint64_t Join(__m256i a, __m256i b) {
    return static_cast<uint32_t>(_mm256_movemask_epi8(a)) |
           static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(b))) << 32;
  }
  uint64_t Equal(char c) const {
    __m256i all = _mm256_set1_epi8(c);
    return Join(_mm256_cmpeq_epi8(low, all), _mm256_cmpeq_epi8(high, all));
  }
  uint64_t NonAscii() const { return Join(low, high); }
};

// The input as blocks of whole lines; after the last newline 64 more bytes can be read.
class Input {
 public:
  explicit Input(const char* path) : fd_(open(path, O_RDONLY)), room_(kBlock * 2) {
    if (fd_ < 0) {
      std::perror(path);
      std::exit(74);
    }
    buffer_.reset(new char[room_ + kPadding]);
  }
  ~Input() { close(fd_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // The next block; what was not consumed of the last one comes first. False at the end.
  bool Next() {
    size_t rest = static_cast<size_t>(filled_ - consumed_);
    std::memmove(buffer_.get(), buffer_.get() + consumed_, rest);
    filled_ = static_cast<int64_t>(rest);
    consumed_ = 0;
    for (;;) {
      if (room_ - static_cast<size_t>(filled_) < kBlock) Grow();
      ssize_t got = ended_ ? 0 : read(fd_, buffer_.get() + filled_, kBlock);
      if (got <= 0) {
        bool added = !ended_ && filled_ > 0 && buffer_[static_cast<size_t>(filled_) - 1] != '\n';
        ended_ = true;
        if (added) buffer_[static_cast<size_t>(filled_++)] = '\n';
        if (filled_ == 0) return false;
        end = buffer_.get() + filled_;
        break;
      }
      const void* last = memrchr(buffer_.get() + filled_, '\n', static_cast<size_t>(got));
      filled_ += got;
      if (last == nullptr) continue;
      end = static_cast<const char*>(last) + 1;
      break;
    }
    begin = buffer_.get();
    consumed_ = end - begin;
    return true;
  }
  // Only what stands before `p` was used: the rest comes again, with more behind it.
  void ConsumedTo(const char* p) {
    if (ended_ && p != end) Bad("the last record is cut short", {p, end});
    consumed_ = p - begin;
  }

  const char* begin = nullptr;
  const char* end = nullptr;

 private:
  static constexpr size_t kBlock = 128 << 10;
  static constexpr size_t kPadding = 128;

  void Grow() {
    std::unique_ptr<char[]> wider(new char[room_ * 2 + kPadding]);
    std::memcpy(wider.get(), buffer_.get(), static_cast<size_t>(filled_));
    buffer_ = std::move(wider);
    room_ *= 2;
  }

  int fd_;
  size_t room_;
  std::unique_ptr<char[]> buffer_;
  int64_t filled_ = 0;
  int64_t consumed_ = 0;
  bool ended_ = false;
};

// Standard output, one write for each 64 KiB.
class Output {
 public:
  Output() : buffer_(new char[kRoom]), at_(buffer_.get()) {}
  ~Output() { Flush(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Where up to `bytes` bytes can be written; the end of what was written goes to Wrote.
  char* Reserve(size_t bytes) {
    if (bytes > static_cast<size_t>(buffer_.get() + kRoom - at_)) Flush();
    if (bytes > kRoom) Bad("a row is too long", {});
    return at_;
  }
  void Wrote(char* end) {
    at_ = end;
    if (at_ - buffer_.get() >= kWrite) Flush();
  }
  void Flush() {
    const char* p = buffer_.get();
    while (p < at_) {
      ssize_t put = write(1, p, static_cast<size_t>(at_ - p));
      if (put <= 0) std::exit(74);
      p += put;
    }
    at_ = buffer_.get();
  }

 private:
  static constexpr ptrdiff_t kWrite = 64 << 10;
  static constexpr size_t kRoom = 1 << 20;
  std::unique_ptr<char[]> buffer_;
  char* at_;
};

inline const char* FindNewline(const char* p) {
  __m256i newline = _mm256_set1_epi8('\n');
  for (;; p += 32) {
    __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    uint32_t mask = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, newline)));
    if (mask != 0) return p + __builtin_ctz(mask);
  }
}

// ---- numbers

inline bool IsDigit(char c) { return static_cast<uint8_t>(c - '0') < 10; }

// How many of the 8 bytes are digits before the first other one.
inline int DigitsAhead(uint64_t word) {
  uint64_t other =
      ((word ^ 0x3030303030303030u) + 0x0606060606060606u) | (word ^ 0x3030303030303030u);
  other &= 0xf0f0f0f0f0f0f0f0u;
  return other == 0 ? 8 : __builtin_ctzll(other) / 8;
}

// Eight digits, the first in the lowest byte.
inline uint64_t EightDigits(uint64_t word) {
  word &= 0x0f0f0f0f0f0f0f0fu;
  word = word * 10 + (word >> 8);
  return (((word & 0x000000ff000000ffu) * 0x000f424000000064u) +
          (((word >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u)) >>
         32;
}

// The digits at *p as a number, *p behind them; `limit` digits at most.
inline uint64_t ReadDigits(const char** p, int* count) {
  uint64_t word = Load8(*p);
  int digits = DigitsAhead(word);
  *count = digits;
  if (digits == 0) return 0;
  uint64_t value = EightDigits(word << (64 - digits * 8));
  *p += digits;
  if (digits < 8) return value;
  for (; IsDigit(**p) && *count < 18; ++*count)
    value = value * 10 + static_cast<uint64_t>(*(*p)++ - '0');
  return value;
}

// A JSON number that is whole; *p behind it. False: leave it to a reader of any number.
inline bool ReadInt(const char** p, int64_t* out) {
  bool negative = **p == '-';
  const char* digits = *p + negative;
  const char* q = digits;
  int count = 0;
  uint64_t value = ReadDigits(&q, &count);
  if (count == 0 || count >= 18 || (*digits == '0' && count > 1)) return false;
  if (*q == '.' || (*q | 0x20) == 'e') return false;
  *out = negative ? -static_cast<int64_t>(value) : static_cast<int64_t>(value);
  *p = q;
  return true;
}

// A JSON number with at most 15 digits and no exponent, which one division rounds rightly.
inline bool ReadFloat(const char** p, double* out) {
  static const double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  static const uint64_t kWhole[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
  bool negative = **p == '-';
  const char* digits = *p + negative;
  const char* q = digits;
  int whole = 0;
  int fraction = 0;
  uint64_t value = ReadDigits(&q, &whole);
  if (whole == 0 || (*digits == '0' && whole > 1)) return false;
  if (*q == '.') {
    ++q;
    uint64_t word = Load8(q);
    fraction = DigitsAhead(word);
    if (fraction == 0 || fraction == 8 || whole + fraction > 15) return false;
    value = value * kWhole[fraction] + EightDigits(word << (64 - fraction * 8));
    q += fraction;
  }
  if (whole > 15 || (*q | 0x20) == 'e') return false;
  double number = static_cast<double>(value) / kPowers[fraction];
  *out = negative ? -number : number;
  *p = q;
  return true;
}

// A whole cell or value of known size, by the C library.
inline bool SlowFloat(std::string_view text, double* out) {
  std::string copy(text);
  char* end = nullptr;
  if (copy.empty() || (!IsDigit(copy[0]) && copy[0] != '-')) return false;
  *out = std::strtod(copy.c_str(), &end);
  return *end == 0 && *out - *out == 0;
}
inline bool SlowInt(std::string_view text, int64_t* out) {
  double value = 0;
  if (!SlowFloat(text, &value) || value < -9e15 || value > 9e15) return false;
  *out = static_cast<int64_t>(value);
  return static_cast<double>(*out) == value;
}

// ---- time

// Milliseconds since 1970 of `2024-03-01T00:00:00.000Z`, 24 bytes; other forms are not read. The
// date of the last call is remembered, since times come in order.
class Clock {
 public:
  bool Read(const char* p, int64_t* out) {
    uint64_t middle = Load8(p + 8);  // 01T00:00
    uint64_t tail = Load8(p + 16);   // :00.000Z
    if (Load8(p) != date_ || (middle & 0xffff) != day_) {
      if (!NewDate(p)) return false;
    }
    if ((middle & 0x0000ff0000ff0000u) != 0x00003a0000540000u ||
        (tail & 0xff000000ff0000ffu) != 0x5a0000002e00003au) {
      return false;
    }
    // hhmmssff and one digit more, as text.
    uint64_t clock = (middle >> 24 & 0xffff) | (middle >> 32 & 0xffff0000u) |
                     (tail >> 8 & 0xffff) << 32 | (tail >> 32 & 0xffff) << 48;
    uint32_t last = static_cast<uint8_t>(p[22] - '0');
    if (DigitsAhead(clock) != 8 || last > 9) return false;
    uint64_t digits = EightDigits(clock);
    uint64_t hour = digits / 1000000;
    uint64_t minute = digits / 10000 % 100;
    uint64_t second = digits / 100 % 100;
    if (hour > 23 || minute > 59 || second > 60) return false;
    uint64_t ms = ((hour * 60 + minute) * 60 + second) * 1000 + digits % 100 * 10 + last;
    *out = days_ * 86400000 + static_cast<int64_t>(ms);
    return true;
  }

 private:
  bool NewDate(const char* p) {
    int digits[8] = {p[0], p[1], p[2], p[3], p[5], p[6], p[8], p[9]};
    for (int& digit : digits) {
      digit -= '0';
      if (digit < 0 || digit > 9) return false;
    }
    if (p[4] != '-' || p[7] != '-') return false;
    int64_t year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    int64_t month = digits[4] * 10 + digits[5];
    int64_t day = digits[6] * 10 + digits[7];
    static const int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month < 1 || month > 12 || day < 1 || day > kDays[month - 1]) return false;
    if (month == 2 && day == 29 && !leap) return false;
    date_ = Load8(p);
    day_ = Load8(p + 8) & 0xffff;
    // Days from civil (Howard Hinnant, chrono-compatible low-level date algorithms).
    year -= month <= 2;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    days_ = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    return true;
  }

  uint64_t date_ = 0;
  uint64_t day_ = 0;
  int64_t days_ = 0;
};

// `2024-03-01T00:00:00.000Z`
inline char* WriteTime(char* out, int64_t ms) {
  int64_t days = ms / 86400000 - (ms % 86400000 < 0);
  int64_t rest = ms - days * 86400000;
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t of_era = days - era * 146097;
  int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  int64_t shifted = (5 * of_year + 2) / 153;
  int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return out + std::snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                             static_cast<int>(year + era * 400 + (month <= 2)),
                             static_cast<int>(month),
                             static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1),
                             static_cast<int>(rest / 3600000), static_cast<int>(rest / 60000 % 60),
                             static_cast<int>(rest / 1000 % 60), static_cast<int>(rest % 1000));
}

// ---- strings

inline bool ValidUtf8(std::string_view text) {
  auto* p = reinterpret_cast<const uint8_t*>(text.data());
  auto* end = p + text.size();
  while (p < end) {
    if (*p < 0x80) {
      ++p;
      continue;
    }
    int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
    if (*p < 0xc2 || *p > 0xf4 || end - p <= more) return false;
    uint8_t low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : 0x80;
    uint8_t high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) return false;
    for (int i = 2; i <= more; ++i) {
      if ((p[i] & 0xc0) != 0x80) return false;
    }
    p += more + 1;
  }
  return true;
}

inline char* WriteText(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

inline char* WriteInt(char* out, int64_t value) {
  char digits[24];
  char* at = digits + sizeof digits;
  uint64_t rest = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  do {
    *--at = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (value < 0) *--at = '-';
  return WriteText(out, {at, static_cast<size_t>(digits + sizeof digits - at)});
}

// A JSON string. Its text is well-formed already; six bytes of room for each.
inline char* WriteJson(char* out, std::string_view text) {
  *out++ = '"';
  bool plain = true;
  for (char c : text) plain &= c != '"' && c != '\\' && static_cast<uint8_t>(c) >= 0x20;
  if (plain) {
    out = WriteText(out, text);
  } else {
    for (char c : text) {
      if (c == '"' || c == '\\') {
        *out++ = '\\';
        *out++ = c;
      } else if (static_cast<uint8_t>(c) >= 0x20) {
        *out++ = c;
      } else if (c == '\n' || c == '\t' || c == '\r' || c == '\b' || c == '\f') {
        *out++ = '\\';
        *out++ = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : c == '\b' ? 'b' : 'f';
      } else {
        out += std::sprintf(out, "\\u%04x", static_cast<unsigned>(c));
      }
    }
  }
  *out++ = '"';
  return out;
}

// ---- hashes

// Up to 8 bytes as a number; `p` is padded.
inline uint64_t Head(const char* p, size_t size) {
  return size >= 8 ? Load8(p) : Load8(p) & ((uint64_t{1} << (size * 8)) - 1);
}
inline uint64_t Mix(uint64_t a, uint64_t b) {
  unsigned __int128 wide =
      static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xbf58476d1ce4e5b9u);
  return static_cast<uint64_t>(wide) ^ static_cast<uint64_t>(wide >> 64);
}
// Of padded text.
inline uint64_t Hash(std::string_view text) {
  const char* p = text.data();
  size_t left = text.size();
  uint64_t hash = left;
  for (; left > 8; left -= 8, p += 8) hash = Mix(hash, Load8(p));
  return Mix(hash, Head(p, left));
}
// Of padded text against kept text of 8 bytes of padding.
inline bool Same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const char* p = a.data();
  const char* q = b.data();
  size_t left = a.size();
  for (; left > 8; left -= 8, p += 8, q += 8) {
    if (Load8(p) != Load8(q)) return false;
  }
  return Head(p, left) == Head(q, left);
}

}  // namespace yard
