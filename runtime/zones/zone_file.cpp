#include "runtime/zones/zone_file.h"

#include <algorithm>

#include "runtime/inline/time.h"

namespace flow::runtime {
namespace {

constexpr uint64_t kMaxChanges = 1 << 16;
constexpr int64_t kSecondsPerDay = 86400;

// Big-endian numbers of a zone file; reading past the end gives zero and is noticed once at the
// end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  int64_t Number(int size) {
    if (!Has(size)) return 0;
    uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | static_cast<uint8_t>(bytes_[at_++]);
    return size == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
  }
  uint8_t Byte() { return Has(1) ? static_cast<uint8_t>(bytes_[at_++]) : 0; }
  void Skip(uint64_t size) {
    if (Has(size)) at_ += size;
  }
  std::string_view Rest() const { return bytes_.substr(at_); }
  bool ok() const { return ok_; }

 private:
  bool Has(uint64_t size) {
    ok_ = ok_ && size <= bytes_.size() - at_;
    return ok_;
  }
  std::string_view bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

struct Header {
  uint64_t utc_flags = 0;
  uint64_t standard_flags = 0;
  uint64_t leaps = 0;
  uint64_t changes = 0;
  uint64_t kinds = 0;
  uint64_t letters = 0;
};

bool ReadHeader(ByteReader* in, Header* out, uint8_t* version) {
  if (in->Number(4) != 0x545a6966) return false;  // TZif
  *version = in->Byte();
  in->Skip(15);
  for (uint64_t* count : {&out->utc_flags, &out->standard_flags, &out->leaps, &out->changes,
                          &out->kinds, &out->letters}) {
    *count = static_cast<uint64_t>(in->Number(4)) & 0xffffffff;
    if (*count > kMaxChanges) return false;
  }
  return in->ok() && out->kinds > 0;
}

uint64_t BodySize(const Header& header, uint64_t time_size) {
  return header.changes * (time_size + 1) + header.kinds * 6 + header.letters +
         header.leaps * (time_size + 4) + header.standard_flags + header.utc_flags;
}

// A POSIX TZ text: CET-1CEST,M3.5.0,M10.5.0/3
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  bool Read(Zone* out) {
    if (!Name() || !Offset(&out->standard)) return false;
    out->standard = -out->standard;  // POSIX counts to the west
    out->has_rule = true;
    if (text_.empty()) return true;
    if (!Name()) return false;
    out->summer = out->standard + 3600;
    if (!text_.empty() && text_[0] != ',') {
      if (!Offset(&out->summer)) return false;
      out->summer = -out->summer;
    }
    out->has_summer = Take(',') && Switch(&out->to_summer) && Take(',') &&
                      Switch(&out->to_standard) && text_.empty();
    return out->has_summer;
  }

 private:
  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool Name() {
    size_t size = 0;
    if (Take('<')) {
      size = text_.find('>');
      if (size == std::string_view::npos) return false;
      text_.remove_prefix(size + 1);
      return true;
    }
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (size < text_.size() && letter(text_[size])) ++size;
    text_.remove_prefix(size);
    return size >= 3;
  }
  bool Number(int64_t* out) {
    size_t size = 0;
    *out = 0;
    while (size < text_.size() && size < 4 && FlowIsDigit(text_[size])) {
      *out = *out * 10 + (text_[size++] - '0');
    }
    text_.remove_prefix(size);
    return size > 0;
  }
  // [+-]hh[:mm[:ss]] in seconds
  bool Offset(int64_t* out) {
    bool negative = Take('-');
    if (!negative) Take('+');
    int64_t part;
    if (!Number(&part) || part > 167) return false;
    *out = part * 3600;
    for (int64_t unit : {60, 1}) {
      if (!Take(':')) break;
      if (!Number(&part) || part > 59) return false;
      *out += part * unit;
    }
    if (negative) *out = -*out;
    return true;
  }
  bool Switch(ZoneSwitch* out) {
    int64_t number = 0;
    if (Take('M')) {
      if (!Number(&number) || number < 1 || number > 12) return false;
      out->month = static_cast<int32_t>(number);
      if (!Take('.') || !Number(&number) || number < 1 || number > 5) return false;
      out->week = static_cast<int32_t>(number);
      if (!Take('.') || !Number(&number) || number > 6) return false;
      out->day = static_cast<int32_t>(number);
    } else {
      out->kind = Take('J') ? ZoneSwitch::Kind::kJulian : ZoneSwitch::Kind::kDayOfYear;
      if (!Number(&number) || number > 365) return false;
      out->day = static_cast<int32_t>(number);
    }
    return !Take('/') || Offset(&out->second);
  }

  std::string_view text_;
};

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Day of `year` of a switch, as days since 1970.
int64_t SwitchDay(const ZoneSwitch& rule, int64_t year) {
  int64_t new_year = flow_days_from_civil(year, 1, 1);
  if (rule.kind == ZoneSwitch::Kind::kDayOfYear) return new_year + rule.day;
  if (rule.kind == ZoneSwitch::Kind::kJulian) {
    return new_year + rule.day - 1 + (rule.day >= 60 && IsLeap(year));
  }
  int64_t first = flow_days_from_civil(year, rule.month, 1);
  int64_t weekday = ((first + 4) % 7 + 7) % 7;  // Sunday 0
  int64_t day = first + (rule.day - weekday + 7) % 7 + (rule.week - 1) * 7;
  while (day >= first + flow_days_in_month(year, rule.month)) day -= 7;
  return day;
}

int64_t RuleOffset(const Zone& zone, int64_t second) {
  if (!zone.has_summer) return zone.standard;
  int64_t local = second + zone.standard;
  FlowCivil civil;
  flow_civil_from_days(local / kSecondsPerDay - (local % kSecondsPerDay < 0), &civil);
  int64_t begin = SwitchDay(zone.to_summer, civil.year) * kSecondsPerDay + zone.to_summer.second -
                  zone.standard;
  int64_t end = SwitchDay(zone.to_standard, civil.year) * kSecondsPerDay + zone.to_standard.second -
                zone.summer;
  bool summer = begin < end ? second >= begin && second < end : second < end || second >= begin;
  return summer ? zone.summer : zone.standard;
}

}  // namespace

int64_t Zone::OffsetAt(int64_t second) const {
  if (changes.empty() || second >= changes.back().at) {
    if (has_rule) return RuleOffset(*this, second);
    return changes.empty() ? first_offset : changes.back().offset;
  }
  auto after = std::upper_bound(changes.begin(), changes.end(), second,
                                [](int64_t at, const Change& change) { return at < change.at; });
  return after == changes.begin() ? first_offset : after[-1].offset;
}

bool ParseZone(std::string_view file, Zone* out) {
  ByteReader in(file);
  Header header;
  uint8_t version;
  if (!ReadHeader(&in, &header, &version)) return false;
  int time_size = 4;
  if (version >= '2') {
    in.Skip(BodySize(header, 4));
    if (!ReadHeader(&in, &header, &version)) return false;
    time_size = 8;
  }
  std::vector<int64_t> times;
  for (uint64_t i = 0; i < header.changes; ++i) times.push_back(in.Number(time_size));
  if (!std::is_sorted(times.begin(), times.end())) return false;
  std::vector<uint8_t> kinds;
  for (uint64_t i = 0; i < header.changes; ++i) kinds.push_back(in.Byte());
  std::vector<int64_t> offsets;
  for (uint64_t i = 0; i < header.kinds; ++i) {
    offsets.push_back(in.Number(4));
    in.Skip(2);
  }
  in.Skip(header.letters + header.leaps * (static_cast<uint64_t>(time_size) + 4) +
          header.standard_flags + header.utc_flags);
  if (!in.ok()) return false;
  out->first_offset = offsets[0];
  for (size_t i = 0; i < times.size(); ++i) {
    if (kinds[i] >= offsets.size()) return false;
    out->changes.push_back({times[i], offsets[kinds[i]]});
  }
  std::string_view footer = in.Rest();
  if (time_size == 4 || footer.size() < 3) return true;
  footer.remove_prefix(1);
  footer = footer.substr(0, footer.find('\n'));
  return footer.empty() || RuleReader(footer).Read(out);
}

}  // namespace flow::runtime
