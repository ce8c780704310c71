// T3 by hand: the ten most viewed pages of each minute of event time, of requests up to three
// seconds out of order.
//
// Pages are numbered once; an open minute is an array of counts by number.

#include <algorithm>
#include <vector>

#include "bench/yardstick/csv.h"
#include "bench/yardstick/json.h"

using namespace yard;

namespace {

// Texts to numbers from 0 on.
class Names {
 public:
  Names() : slots_(4096) {}

  uint32_t Number(std::string_view text) {
    uint64_t hash = Hash(text);
    size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.text == nullptr) return Insert(at, hash, text);
      if (slot.hash == hash && Same(text, {slot.text, slot.size})) return slot.number;
    }
  }
  std::string_view Text(uint32_t number) const { return texts_[number]; }
  size_t size() const { return texts_.size(); }

 private:
  struct Slot {
    uint64_t hash = 0;
    const char* text = nullptr;  // with 8 bytes of padding behind
    uint32_t size = 0;
    uint32_t number = 0;
  };

  uint32_t Insert(size_t at, uint64_t hash, std::string_view text) {
    char* copy = new char[text.size() + 8]();
    std::memcpy(copy, text.data(), text.size());
    auto number = static_cast<uint32_t>(texts_.size());
    texts_.push_back({copy, text.size()});
    slots_[at] = {hash, copy, static_cast<uint32_t>(text.size()), number};
    if (texts_.size() * 2 > slots_.size()) {
      std::vector<Slot> old(slots_.size() * 2);
      old.swap(slots_);
      for (const Slot& slot : old) {
        if (slot.text == nullptr) continue;
        size_t place = slot.hash & (slots_.size() - 1);
        while (slots_[place].text != nullptr) place = (place + 1) & (slots_.size() - 1);
        slots_[place] = slot;
      }
    }
    return number;
  }

  std::vector<Slot> slots_;
  std::vector<std::string_view> texts_;
};

class Minutes {
 public:
  void Add(int64_t ms, std::string_view page) {
    int64_t minute = ms / kMinute;
    // Late: its window has closed. `closed_` is the first minute that is open.
    if (__builtin_expect(minute < closed_, 0)) return;
    if (__builtin_expect(minute != last_, 0)) Choose(minute);
    uint32_t number = names_.Number(page);
    if (__builtin_expect(number >= current_->size(), 0)) current_->resize(number * 2 + 1024);
    ++(*current_)[number];
    if (ms > newest_) {
      newest_ = ms;
      int64_t open = (ms - kLateness) / kMinute;
      if (__builtin_expect(open > closed_, 0)) Close(open);
    }
  }

  void Finish() { Close(INT64_MAX); }

 private:
  static constexpr int64_t kMinute = 60'000;
  static constexpr int64_t kLateness = 3'000;
  using Counts = std::vector<uint32_t>;

  void Choose(int64_t minute) {
    for (auto& [number, counts] : open_) {
      if (number == minute) {
        last_ = minute;
        current_ = counts.get();
        return;
      }
    }
    open_.emplace_back(minute, std::make_unique<Counts>(names_.size() + 1024));
    last_ = minute;
    current_ = open_.back().second.get();
  }

  // Windows before minute `until` are complete.
  void Close(int64_t until) {
    std::sort(open_.begin(), open_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    while (!open_.empty() && open_.front().first < until) {
      Write(open_.front().first, *open_.front().second);
      open_.erase(open_.begin());
    }
    closed_ = until;
    last_ = INT64_MIN;
  }

  void Write(int64_t minute, const Counts& counts) {
    std::vector<std::pair<uint32_t, uint32_t>> best;
    for (uint32_t i = 0; i < counts.size(); ++i) {
      if (counts[i] != 0) best.push_back({counts[i], i});
    }
    size_t keep = std::min<size_t>(best.size(), 10);
    std::partial_sort(best.begin(), best.begin() + static_cast<ptrdiff_t>(keep), best.end(),
                      std::greater<>());
    uint32_t least = best[keep - 1].first;
    std::sort(best.begin(), best.end(), std::greater<>());
    for (size_t i = 0; i < best.size() && best[i].first >= least; ++i) {
      std::string_view page = names_.Text(best[i].second);
      char* out = output_.Reserve(page.size() * 6 + 200);
      out = WriteText(out, "{\"window_start\":\"");
      out = WriteTime(out, minute * kMinute);
      out = WriteText(out, "\",\"window_end\":\"");
      out = WriteTime(out, (minute + 1) * kMinute);
      out = WriteText(out, "\",\"page\":");
      out = WriteJson(out, page);
      out = WriteText(out, ",\"views\":");
      out = WriteInt(out, best[i].first);
      output_.Wrote(WriteText(out, "}\n"));
    }
  }

  Names names_;
  Output output_;
  std::vector<std::pair<int64_t, std::unique_ptr<Counts>>> open_;
  Counts* current_ = nullptr;
  int64_t last_ = INT64_MIN;
  int64_t closed_ = INT64_MIN;
  int64_t newest_ = INT64_MIN;
};

class Views {
 public:
  void Json(const char* path) {
    Input input(path);
    while (input.Next()) {
      for (const char* p = input.begin; p < input.end;) p = Record(p);
    }
    minutes_.Finish();
  }

  void CsvFile(const char* path) {
    Csv csv(path, {"ts", "page"});
    csv.Records([&](const Csv::Cells& cells) {
      std::string_view ts = cells[0];
      std::string_view page = cells[1];
      int64_t ms = 0;
      if (ts.size() != 24 || !clock_.Read(ts.data(), &ms)) Bad("bad ts", ts);
      if (page.empty() || (cells.non_ascii() && !ValidUtf8(page))) Bad("bad page", page);
      minutes_.Add(ms, page);
    });
    minutes_.Finish();
  }

 private:
  const char* Record(const char* p) {
    const char* record = p;
    unsigned met = 0;
    const char* at = p;
    int64_t ms = 0;
    if (!Expect(&at, "{\"ts\":\"") || at[24] != '"' || !clock_.Read(at, &ms)) return Other(record);
    at += 25;
    if (!Expect(&at, ",\"user\":")) return Other(record);
    at += DigitsAhead(Load8(at));
    if (!Expect(&at, ",\"page\":\"")) return Other(record);
    const char* page = at;
    at = StringEnd(at, &met);
    if (at == nullptr) return Other(record);
    std::string_view text(page, static_cast<size_t>(at - page));
    const char* newline = FindNewline(at);
    if (!Closes(newline)) Bad("the record does not close", {record, newline});
    if (!Use(text, met, &room_, &text)) Bad("bad page", {record, newline});
    minutes_.Add(ms, text);
    return newline + 1;
  }

  __attribute__((noinline)) const char* Other(const char* p) {
    const char* newline = FindNewline(p);
    if (Blank(p, newline)) return newline + 1;
    Member ts{}, page{};
    bool good = Members(p, [&](const Member& member) {
      Member* into = member.key == "ts" ? &ts : member.key == "page" ? &page : nullptr;
      if (into != nullptr && into->value.empty()) *into = member;
      return true;
    });
    int64_t ms = 0;
    std::string_view text;
    if (!good || !Closes(newline) || ts.value.size() != 26 ||
        !clock_.Read(ts.value.data() + 1, &ms) || page.value.size() < 2 || page.value[0] != '"' ||
        !Use(page.value.substr(1, page.value.size() - 2), page.met, &room_, &text)) {
      Bad("bad record", {p, newline});
    }
    minutes_.Add(ms, text);
    return newline + 1;
  }

  Clock clock_;
  Minutes minutes_;
  std::string room_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Views views;
  if (std::string_view(argv[1]).ends_with(".csv"))
    views.CsvFile(argv[1]);
  else
    views.Json(argv[1]);
  return 0;
}
