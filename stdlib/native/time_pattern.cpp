#include "stdlib/native/time_pattern.h"

#include "base/text.h"
#include "runtime/inline/time.h"
#include "stdlib/kernel.h"

namespace flow::stdlib {
namespace {

constexpr const char* kMonths[] = {"January",   "February", "March",    "April",
                                   "May",       "June",     "July",     "August",
                                   "September", "October",  "November", "December"};
constexpr const char* kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                 "Friday", "Saturday", "Sunday"};
constexpr int64_t kMaxFormatted = 4096;

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// What one directive stands for, when it is short for others.
std::string_view Expansion(char directive) {
  switch (directive) {
    case 'F':
      return "%Y-%m-%d";
    case 'T':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'D':
      return "%m/%d/%y";
    default:
      return {};
  }
}

class TimeReader {
 public:
  TimeReader(std::string_view text) : text_(text) {}

  bool Read(std::string_view pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) {
      char c = pattern[i];
      if (IsSpace(c)) {
        SkipSpace();
        continue;
      }
      if (c == '%' && i + 1 < pattern.size()) {
        if (!Directive(pattern[++i])) return false;
        continue;
      }
      if (!Take(c)) return false;
    }
    return true;
  }
  bool AtEnd() const { return at_ == text_.size(); }
  bool bad_pattern() const { return bad_pattern_; }

  // The moment all fields make; false when they are no date or no time of day.
  bool Finish(ParsedTime* out) const {
    out->has_zone = has_zone_;
    out->nanos = nanos_;
    if (has_epoch_) {
      out->seconds = epoch_;
      out->has_zone = true;
      return true;
    }
    int64_t hour = hour_;
    if (has_half_) {
      if (hour < 1 || hour > 12) return false;
      hour = hour % 12 + (afternoon_ ? 12 : 0);
    }
    if (month_ < 1 || month_ > 12 || day_ < 1 || hour > 23 || minute_ > 59 || second_ > 60) {
      return false;
    }
    int64_t days;
    if (day_of_year_ > 0) {
      bool leap = flow_days_in_month(year_, 2) == 29;
      if (day_of_year_ > 365 + leap) return false;
      days = flow_days_from_civil(year_, 1, 1) + day_of_year_ - 1;
    } else {
      if (day_ > flow_days_in_month(year_, static_cast<int32_t>(month_))) return false;
      days = flow_days_from_civil(year_, month_, day_);
    }
    out->seconds = days * 86400 + hour * 3600 + minute_ * 60 + second_ - offset_;
    return true;
  }

 private:
  static bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }
  bool Take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // At most `width` digits, at least one.
  bool Number(int width, int64_t* out) {
    size_t begin = at_;
    *out = 0;
    while (at_ < text_.size() && at_ - begin < static_cast<size_t>(width) &&
           FlowIsDigit(text_[at_])) {
      *out = *out * 10 + (text_[at_++] - '0');
    }
    return at_ > begin;
  }
  // One of the names, in full or its first three letters, in any case.
  template <size_t N>
  bool Name(const char* const (&names)[N], int64_t* index) {
    for (size_t i = 0; i < N; ++i) {
      std::string_view name = names[i];
      for (size_t size : {name.size(), size_t{3}}) {
        if (text_.size() - at_ < size) continue;
        size_t same = 0;
        while (same < size && LowerAscii(text_[at_ + same]) == LowerAscii(name[same])) ++same;
        if (same < size) continue;
        at_ += size;
        *index = static_cast<int64_t>(i) + 1;
        return true;
      }
    }
    return false;
  }
  bool Fraction() {
    int64_t digits = 0;
    nanos_ = 0;
    for (; at_ < text_.size() && FlowIsDigit(text_[at_]); ++at_, ++digits) {
      if (digits < 9) nanos_ = nanos_ * 10 + (text_[at_] - '0');
    }
    for (int64_t i = digits; i < 9; ++i) nanos_ *= 10;
    return digits > 0;
  }
  bool Offset() {
    has_zone_ = true;
    offset_ = 0;
    if (Take('Z')) return true;
    bool west = Take('-');
    if (!west && !Take('+')) return false;
    int64_t hours;
    int64_t minutes = 0;
    if (!Number(2, &hours) || hours > 23) return false;
    if ((Take(':') || (at_ < text_.size() && FlowIsDigit(text_[at_]))) &&
        (!Number(2, &minutes) || minutes > 59)) {
      return false;
    }
    offset_ = hours * 3600 + minutes * 60;
    if (west) offset_ = -offset_;
    return true;
  }
  bool Half() {
    if (text_.size() - at_ < 2 || LowerAscii(text_[at_ + 1]) != 'm') return false;
    char c = LowerAscii(text_[at_]);
    if (c != 'a' && c != 'p') return false;
    at_ += 2;
    has_half_ = true;
    afternoon_ = c == 'p';
    return true;
  }
  bool Directive(char c) {
    int64_t ignored;
    switch (c) {
      case 'Y':
        return Number(4, &year_);
      case 'y':
        if (!Number(2, &year_)) return false;
        year_ += year_ < 69 ? 2000 : 1900;
        return true;
      case 'm':
        return Number(2, &month_);
      case 'b':
      case 'B':
      case 'h':
        return Name(kMonths, &month_);
      case 'e':
        SkipSpace();
        return Number(2, &day_);
      case 'd':
        return Number(2, &day_);
      case 'j':
        return Number(3, &day_of_year_) && day_of_year_ > 0;
      case 'H':
      case 'I':
        return Number(2, &hour_);
      case 'p':
        return Half();
      case 'M':
        return Number(2, &minute_);
      case 'S':
        return Number(2, &second_);
      case 'f':
      case 'L':
        return Fraction();
      case 'z':
        return Offset();
      case 'a':
      case 'A':
        return Name(kDays, &ignored);
      case 's':
        return Epoch();
      case 'n':
      case 't':
        SkipSpace();
        return true;
      case '%':
        return Take('%');
      default:
        break;
    }
    std::string_view expansion = Expansion(c);
    bad_pattern_ = expansion.empty();
    return !bad_pattern_ && Read(expansion);
  }
  bool Epoch() {
    bool negative = Take('-');
    has_epoch_ = Number(12, &epoch_);
    if (negative) epoch_ = -epoch_;
    return has_epoch_;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool bad_pattern_ = false;
  int64_t year_ = 1970;
  int64_t month_ = 1;
  int64_t day_ = 1;
  int64_t day_of_year_ = 0;
  int64_t hour_ = 0;
  bool has_half_ = false;
  bool afternoon_ = false;
  int64_t minute_ = 0;
  int64_t second_ = 0;
  int64_t nanos_ = 0;
  int64_t offset_ = 0;
  bool has_zone_ = false;
  int64_t epoch_ = 0;
  bool has_epoch_ = false;
};

// Appends to a bounded piece of memory; what does not fit fails at the end.
class TimeWriter {
 public:
  TimeWriter(int64_t t, int64_t offset) : t_(t), offset_(offset) {
    int64_t seconds = t / kFlowNanosPerSecond - (t % kFlowNanosPerSecond < 0);
    nanos_ = t - seconds * kFlowNanosPerSecond;
    seconds += offset;
    days_ = seconds / 86400 - (seconds % 86400 < 0);
    second_ = seconds - days_ * 86400;
    flow_civil_from_days(days_, &civil_);
  }

  bool Write(std::string_view pattern) {
    for (size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '%' || i + 1 == pattern.size()) {
        Text(pattern.substr(i, 1));
      } else if (!Directive(pattern[++i])) {
        return false;
      }
    }
    return true;
  }
  std::string_view text() const { return {text_, static_cast<size_t>(size_)}; }
  bool full() const { return full_; }

 private:
  void Text(std::string_view text) {
    full_ = full_ || size_ + static_cast<int64_t>(text.size()) > kMaxFormatted;
    if (full_) return;
    std::memcpy(text_ + size_, text.data(), text.size());
    size_ += static_cast<int64_t>(text.size());
  }
  void Digits(int64_t value, int32_t width) {
    char digits[20];
    FlowWriteDigits(digits, static_cast<uint64_t>(value), width);
    Text({digits, static_cast<size_t>(width)});
  }
  void Offset() {
    int64_t minutes = (offset_ < 0 ? -offset_ : offset_) / 60;
    Text(offset_ < 0 ? "-" : "+");
    Digits(minutes / 60, 2);
    Text(":");
    Digits(minutes % 60, 2);
  }
  bool Directive(char c) {
    int64_t hour = second_ / 3600;
    std::string_view month = kMonths[civil_.month - 1];
    std::string_view day = kDays[((days_ + 3) % 7 + 7) % 7];
    switch (c) {
      case 'Y':
        Digits(civil_.year, 4);
        return true;
      case 'y':
        Digits(civil_.year % 100, 2);
        return true;
      case 'm':
        Digits(civil_.month, 2);
        return true;
      case 'B':
        Text(month);
        return true;
      case 'b':
      case 'h':
        Text(month.substr(0, 3));
        return true;
      case 'd':
        Digits(civil_.day, 2);
        return true;
      case 'e':
        if (civil_.day < 10) Text(" ");
        Digits(civil_.day, civil_.day < 10 ? 1 : 2);
        return true;
      case 'j':
        Digits(days_ - flow_days_from_civil(civil_.year, 1, 1) + 1, 3);
        return true;
      case 'A':
        Text(day);
        return true;
      case 'a':
        Text(day.substr(0, 3));
        return true;
      case 'H':
        Digits(hour, 2);
        return true;
      case 'I':
        Digits(hour % 12 == 0 ? 12 : hour % 12, 2);
        return true;
      case 'p':
        Text(hour < 12 ? "AM" : "PM");
        return true;
      case 'M':
        Digits(second_ / 60 % 60, 2);
        return true;
      case 'S':
        Digits(second_ % 60, 2);
        return true;
      case 'f':
        Digits(nanos_ / 1000, 6);
        return true;
      case 'L':
        Digits(nanos_ / 1000000, 3);
        return true;
      case 'z':
        Offset();
        return true;
      case 's':
        Text(Cat((t_ - nanos_) / kFlowNanosPerSecond));
        return true;
      case 'n':
        Text("\n");
        return true;
      case 't':
        Text("\t");
        return true;
      case '%':
        Text("%");
        return true;
      default:
        break;
    }
    std::string_view expansion = Expansion(c);
    return !expansion.empty() && Write(expansion);
  }

  int64_t t_;
  int64_t offset_;
  int64_t nanos_;
  int64_t days_;
  int64_t second_;  // of the day
  FlowCivil civil_;
  char text_[kMaxFormatted];
  int64_t size_ = 0;
  bool full_ = false;
};

}  // namespace

bool ParseTime(FlowTask* task, std::string_view text, std::string_view pattern, ParsedTime* out) {
  TimeReader reader(text);
  if (reader.Read(pattern) && reader.AtEnd() && reader.Finish(out)) return true;
  if (reader.bad_pattern()) return Fail(task, Cat("no time pattern: ", pattern));
  return FailConversion(task, text, Cat("a time like ", pattern));
}

bool FormatTime(FlowTask* task, int64_t t, int64_t offset, std::string_view pattern,
                FlowString* out) {
  TimeWriter writer(t, offset);
  if (!writer.Write(pattern)) return Fail(task, Cat("no time pattern: ", pattern));
  if (writer.full()) return Fail(task, "the formatted time is too long");
  *out = CopyText(task->arena, writer.text());
  return true;
}

}  // namespace flow::stdlib
