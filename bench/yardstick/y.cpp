// The Yahoo streaming benchmark by hand: yardstick-y EVENTS ADS. Views of each campaign in each ten
// seconds, events up to a second out of order.

#include <algorithm>
#include <map>
#include <vector>

#include "bench/yardstick/csv.h"
#include "bench/yardstick/json.h"

using namespace yard;

namespace {

// Which campaign an ad belongs to, by its place among the campaigns.
class Ads {
 public:
  explicit Ads(const char* path) : slots_(4096) {
    std::map<std::string, uint32_t> numbers;
    Csv csv(path, {"ad_id", "campaign_id"});
    csv.Records([&](const Csv::Cells& cells) {
      auto [at, fresh] =
          numbers.try_emplace(std::string(cells[1]), static_cast<uint32_t>(numbers.size()));
      if (fresh) campaigns_.push_back(at->first);
      Insert(cells[0], at->second);
    });
  }

  // -1 when there is no such ad.
  int64_t Find(std::string_view ad) const {
    uint64_t hash = Hash(ad);
    for (size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.text == nullptr) return -1;
      if (slot.hash == hash && Same(ad, {slot.text, slot.size})) return slot.campaign;
    }
  }
  const std::vector<std::string>& campaigns() const { return campaigns_; }

 private:
  struct Slot {
    uint64_t hash = 0;
    const char* text = nullptr;  // with 8 bytes of padding behind
    uint32_t size = 0;
    uint32_t campaign = 0;
  };

  void Insert(std::string_view ad, uint32_t campaign) {
    if (++count_ * 2 > slots_.size()) Bad("more ads than this program is made for", ad);
    char* copy = new char[ad.size() + 8]();
    std::memcpy(copy, ad.data(), ad.size());
    uint64_t hash = Hash(ad);
    size_t at = hash & (slots_.size() - 1);
    while (slots_[at].text != nullptr) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = {hash, copy, static_cast<uint32_t>(ad.size()), campaign};
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
  std::vector<std::string> campaigns_;
};

class Views {
 public:
  explicit Views(const char* ads) : ads_(ads) {}

  void Read(const char* path) {
    Input input(path);
    while (input.Next()) {
      for (const char* p = input.begin; p < input.end;) p = Record(p);
    }
    Close(INT64_MAX);
  }

 private:
  static constexpr int64_t kWindow = 10'000;
  static constexpr int64_t kLateness = 1'000;

  const char* Record(const char* record) {
    const char* at = record;
    unsigned met = 0;
    unsigned ad_met = 0;
    if (!Expect(&at, "{\"user_id\":\"") || !String(&at, &met)) return Other(record);
    if (!Expect(&at, ",\"page_id\":\"") || !String(&at, &met)) return Other(record);
    if (!Expect(&at, ",\"ad_id\":\"")) return Other(record);
    const char* ad = at;
    if (!String(&at, &ad_met)) return Other(record);
    std::string_view ad_text(ad, static_cast<size_t>(at - ad - 1));
    if (!Expect(&at, ",\"ad_type\":\"") || !String(&at, &met)) return Other(record);
    met = 0;
    if (!Expect(&at, ",\"event_type\":\"")) return Other(record);
    const char* type = at;
    if (!String(&at, &met)) return Other(record);
    std::string_view type_text(type, static_cast<size_t>(at - type - 1));
    int64_t ms = 0;
    if (met != 0 || !Expect(&at, ",\"event_time\":\"") || at[24] != '"' || !clock_.Read(at, &ms)) {
      return Other(record);
    }
    const char* newline = FindNewline(at);
    if (!Closes(newline)) Bad("the record does not close", {record, newline});
    Add(ms, type_text == "view", ad_text, ad_met, {record, newline});
    return newline + 1;
  }

  static bool String(const char** at, unsigned* met) {
    const char* end = StringEnd(*at, met);
    if (end == nullptr) return false;
    *at = end + 1;
    return true;
  }

  __attribute__((noinline)) const char* Other(const char* p) {
    const char* newline = FindNewline(p);
    if (Blank(p, newline)) return newline + 1;
    Member ad{}, type{}, time{};
    bool good = Members(p, [&](const Member& member) {
      Member* into = member.key == "ad_id"        ? &ad
                     : member.key == "event_type" ? &type
                     : member.key == "event_time" ? &time
                                                  : nullptr;
      if (into != nullptr && into->value.empty()) *into = member;
      return true;
    });
    int64_t ms = 0;
    std::string_view text;
    if (!good || !Closes(newline) || time.value.size() != 26 ||
        !clock_.Read(time.value.data() + 1, &ms) || ad.value.size() < 2 || type.value.size() < 2 ||
        !Use(type.value.substr(1, type.value.size() - 2), type.met, &room_, &text)) {
      Bad("bad record", {p, newline});
    }
    Add(ms, text == "view", ad.value.substr(1, ad.value.size() - 2), ad.met, {p, newline});
    return newline + 1;
  }

  void Add(int64_t ms, bool view, std::string_view ad, unsigned met, std::string_view record) {
    if (view && ms / kWindow >= closed_) {
      if (!Use(ad, met, &room_, &ad)) Bad("bad ad_id", record);
      int64_t campaign = ads_.Find(ad);
      if (campaign >= 0) ++Window(ms / kWindow)[static_cast<size_t>(campaign)];
    }
    if (ms > newest_) {
      newest_ = ms;
      int64_t open = (ms - kLateness) / kWindow;
      if (__builtin_expect(open > closed_, 0)) Close(open);
    }
  }

  std::vector<uint32_t>& Window(int64_t number) {
    if (__builtin_expect(number != last_, 0)) {
      last_ = number;
      current_ = &open_[number];
      current_->resize(ads_.campaigns().size());
    }
    return *current_;
  }

  void Close(int64_t until) {
    while (!open_.empty() && open_.begin()->first < until) {
      const auto& [number, counts] = *open_.begin();
      for (size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        char* out = output_.Reserve(ads_.campaigns()[i].size() * 6 + 200);
        out = WriteTime(WriteText(out, "{\"window_start\":\""), number * kWindow);
        out = WriteTime(WriteText(out, "\",\"window_end\":\""), (number + 1) * kWindow);
        out = WriteJson(WriteText(out, "\",\"campaign_id\":"), ads_.campaigns()[i]);
        out = WriteInt(WriteText(out, ",\"views\":"), counts[i]);
        output_.Wrote(WriteText(out, "}\n"));
      }
      open_.erase(open_.begin());
    }
    closed_ = until;
    last_ = INT64_MIN;
  }

  Ads ads_;
  Clock clock_;
  Output output_;
  std::map<int64_t, std::vector<uint32_t>> open_;
  std::vector<uint32_t>* current_ = nullptr;
  int64_t last_ = INT64_MIN;
  int64_t closed_ = INT64_MIN;
  int64_t newest_ = INT64_MIN;
  std::string room_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Views(argv[2]).Read(argv[1]);
  return 0;
}
