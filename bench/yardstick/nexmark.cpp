// NEXMark q1, q2, q5, q7 and q8 by hand: yardstick-nexmark QUERY EVENTS. Events come from the
// runtime's generator, which makes only the columns that are asked for, as it does for flowc.

#include "runtime/inline/nexmark.h"

#include <algorithm>
#include <map>
#include <vector>

#include "bench/yardstick/text.h"
#include "runtime/nexmark.h"

using namespace yard;

namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kBase = 1704067200 * kSecond;  // 2024-01-01
constexpr int64_t kLateness = 4 * kSecond;
constexpr uint32_t kAuction = 1, kBidder = 2, kPrice = 4, kDateTime = 32, kExtra = 64;  // of a bid

// Writes times; the text up to the second is kept, since times come in order.
class TimeText {
 public:
  char* Write(char* out, int64_t nanoseconds) {
    int64_t ms = nanoseconds / 1'000'000;
    int64_t second = ms / 1000;
    if (second != second_) {
      second_ = second;
      WriteTime(text_, second * 1000);
    }
    out = WriteText(out, {text_, 20});
    auto part = static_cast<int>(ms - second * 1000);
    *out++ = static_cast<char>('0' + part / 100);
    *out++ = static_cast<char>('0' + part / 10 % 10);
    *out++ = static_cast<char>('0' + part % 10);
    *out++ = 'Z';
    return out;
  }

 private:
  int64_t second_ = INT64_MIN;
  char text_[32] = {};
};

// Counts by number: open addressing, 0 is no key.
class Counts {
 public:
  void Add(int64_t key, uint32_t count) {
    if ((used_ + 1) * 2 > slots_.size()) Grow();
    for (size_t at = Place(key);; at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.key == key) {
        slot.count += count;
        return;
      }
      if (slot.key == 0) {
        slot = {key, count};
        ++used_;
        return;
      }
    }
  }
  bool Has(int64_t key) const {
    if (slots_.empty()) return false;
    for (size_t at = Place(key);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].key == key) return true;
      if (slots_[at].key == 0) return false;
    }
  }
  template <typename See>
  void Each(See see) const {
    for (const Slot& slot : slots_) {
      if (slot.key != 0) see(slot.key, slot.count);
    }
  }

 private:
  struct Slot {
    int64_t key = 0;
    uint32_t count = 0;
  };
  size_t Place(int64_t key) const {
    return (static_cast<uint64_t>(key) * 0x9e3779b97f4a7c15u >> 32) & (slots_.size() - 1);
  }
  void Grow() {
    std::vector<Slot> old(slots_.empty() ? 1024 : slots_.size() * 2);
    old.swap(slots_);
    used_ = 0;
    for (const Slot& slot : old) {
      if (slot.key != 0) Add(slot.key, slot.count);
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

class Queries {
 public:
  explicit Queries(int64_t events)
      : tables_(1, 10'000, kBase), generator_(tables_.generator()), events_(events) {}

  void Q1() {
    EachBid([&](int64_t n) {
      FlowNexmarkBid bid = Bid(n, kAuction | kBidder | kPrice | kDateTime | kExtra);
      char* out = output_.Reserve(static_cast<size_t>(bid.extra.size) * 6 + 200);
      out = WriteInt(WriteText(out, "{\"auction\":"), bid.auction);
      out = WriteInt(WriteText(out, ",\"bidder\":"), bid.bidder);
      int64_t price = bid.price * 908;  // thousandths
      out = WriteInt(WriteText(out, ",\"price\":"), price / 1000);
      *out++ = '.';
      *out++ = static_cast<char>('0' + price / 100 % 10);
      *out++ = static_cast<char>('0' + price / 10 % 10);
      *out++ = static_cast<char>('0' + price % 10);
      out = time_.Write(WriteText(out, ",\"dateTime\":\""), bid.date_time);
      out = WriteJson(WriteText(out, "\",\"extra\":"), View(bid.extra));
      output_.Wrote(WriteText(out, "}\n"));
    });
  }

  void Q2() {
    EachBid([&](int64_t n) {
      FlowNexmarkBid bid = Bid(n, kAuction);
      if (bid.auction % 123 != 0) return;
      char* out = output_.Reserve(100);
      out = WriteInt(WriteText(out, "{\"auction\":"), bid.auction);
      out = WriteInt(WriteText(out, ",\"price\":"), Bid(n, kPrice).price);
      output_.Wrote(WriteText(out, "}\n"));
    });
  }

  // A bid is counted in its pane of two seconds; a window is five panes.
  void Q5() {
    constexpr int64_t kPane = 2 * kSecond;
    std::map<int64_t, Counts> panes;
    int64_t last = INT64_MIN;
    Counts* current = nullptr;
    int64_t next_end = INT64_MIN;      // pane number before which the next window ends
    auto close = [&](int64_t until) {  // windows that end at pane `until` or before
      for (; next_end <= until; ++next_end) {
        Counts sums;
        for (auto at = panes.lower_bound(next_end - 5); at != panes.end() && at->first < next_end;
             ++at) {
          at->second.Each([&](int64_t auction, uint32_t count) { sums.Add(auction, count); });
        }
        uint32_t most = 0;
        sums.Each([&](int64_t, uint32_t count) { most = std::max(most, count); });
        sums.Each([&](int64_t auction, uint32_t count) {
          if (count != most) return;
          char* out = output_.Reserve(100);
          out = WriteInt(WriteText(out, "{\"auction\":"), auction);
          out = WriteInt(WriteText(out, ",\"num\":"), count);
          output_.Wrote(WriteText(out, "}\n"));
        });
        panes.erase(panes.begin(), panes.lower_bound(next_end - 4));
        last = INT64_MIN;
      }
    };
    EachBid([&](int64_t n) {
      FlowNexmarkBid bid = Bid(n, kAuction | kDateTime);
      int64_t pane = bid.date_time / kPane;
      if (__builtin_expect(pane != last, 0)) {
        if (next_end == INT64_MIN) next_end = pane + 1;
        if (pane + 5 <= next_end - 1) return;  // late: all its windows are closed
        last = pane;
        current = &panes[pane];
      }
      current->Add(bid.auction, 1);
      if (__builtin_expect(bid.date_time - kLateness >= next_end * kPane, 0)) {
        close((bid.date_time - kLateness) / kPane);
      }
    });
    if (!panes.empty()) close(panes.rbegin()->first + 5);
  }

  void Q7() {
    constexpr int64_t kWindow = 10 * kSecond;
    std::map<int64_t, std::pair<int64_t, std::vector<int64_t>>> windows;  // greatest price, bids
    int64_t last = INT64_MIN;
    int64_t closed = INT64_MIN;  // windows before this one
    std::pair<int64_t, std::vector<int64_t>>* current = nullptr;
    auto close = [&](int64_t until) {
      while (!windows.empty() && windows.begin()->first < until) {
        for (int64_t n : windows.begin()->second.second) WriteHighest(n);
        windows.erase(windows.begin());
      }
      closed = until;
      last = INT64_MIN;
    };
    EachBid([&](int64_t n) {
      FlowNexmarkBid bid = Bid(n, kPrice | kDateTime);
      int64_t window = bid.date_time / kWindow;
      if (__builtin_expect(window != last, 0)) {
        if (window < closed) return;
        last = window;
        current = &windows[window];
      }
      if (__builtin_expect(bid.price >= current->first, 0)) {
        if (bid.price > current->first) current->second.clear();
        current->first = bid.price;
        current->second.push_back(n);
      }
      if (__builtin_expect(bid.date_time - kLateness >= (last + 1) * kWindow, 0)) {
        close((bid.date_time - kLateness) / kWindow);
      }
      int64_t open = (bid.date_time - kLateness) / kWindow;
      if (__builtin_expect(open > closed, 0)) close(open);
    });
    close(INT64_MAX);
  }

  void Q8() {
    constexpr int64_t kWindow = 10 * kSecond;
    struct Window {
      std::vector<int64_t> people;  // numbers of their events
      Counts sellers;
    };
    std::map<int64_t, Window> windows;
    auto close = [&](int64_t until) {
      while (!windows.empty() && windows.begin()->first < until) {
        const auto& [number, window] = *windows.begin();
        for (int64_t n : window.people) {
          FlowNexmarkPerson person{};
          flow_nexmark_person(nullptr, generator_, n, 1 | 2, &person);
          if (!window.sellers.Has(person.id)) continue;
          char* out = output_.Reserve(static_cast<size_t>(person.name.size) * 6 + 150);
          out = WriteInt(WriteText(out, "{\"id\":"), person.id);
          out = WriteJson(WriteText(out, ",\"name\":"), View(person.name));
          out = time_.Write(WriteText(out, ",\"starttime\":\""), number * kWindow);
          output_.Wrote(WriteText(out, "\"}\n"));
        }
        windows.erase(windows.begin());
      }
    };
    int64_t closed = INT64_MIN;
    for (int64_t first = 0; first < events_; first += 50) {
      for (int64_t n = first; n < std::min(first + 4, events_); ++n) {
        int64_t time = flow_nexmark_time(generator_, n);
        if (time / kWindow < closed) continue;
        Window& window = windows[time / kWindow];
        if (n == first) {
          window.people.push_back(n);
        } else {
          FlowNexmarkAuction auction{};
          flow_nexmark_auction(nullptr, generator_, n, 128, &auction);
          window.sellers.Add(auction.seller, 1);
        }
        int64_t open = (time - kLateness) / kWindow;
        if (open > closed) close(closed = open);
      }
    }
    close(INT64_MAX);
  }

 private:
  static std::string_view View(FlowString text) {
    return {text.data, static_cast<size_t>(text.size)};
  }

  FlowNexmarkBid Bid(int64_t n, uint32_t columns) const {
    FlowNexmarkBid bid;
    flow_nexmark_bid(nullptr, generator_, n, columns, &bid);
    return bid;
  }

  template <typename See>
  void EachBid(See see) {
    for (int64_t first = 0; first < events_; first += 50) {
      int64_t end = std::min(first + 50, events_);
      for (int64_t n = first + 4; n < end; ++n) see(n);
    }
  }

  void WriteHighest(int64_t n) {
    FlowNexmarkBid bid = Bid(n, kAuction | kBidder | kPrice | kDateTime | kExtra);
    char* out = output_.Reserve(static_cast<size_t>(bid.extra.size) * 6 + 200);
    out = WriteInt(WriteText(out, "{\"auction\":"), bid.auction);
    out = WriteInt(WriteText(out, ",\"price\":"), bid.price);
    out = WriteInt(WriteText(out, ",\"bidder\":"), bid.bidder);
    out = time_.Write(WriteText(out, ",\"dateTime\":\""), bid.date_time);
    out = WriteJson(WriteText(out, "\",\"extra\":"), View(bid.extra));
    output_.Wrote(WriteText(out, "}\n"));
  }

  flow::runtime::NexmarkTables tables_;
  const FlowNexmark* generator_;
  int64_t events_;
  TimeText time_;
  Output output_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::string_view query = argv[1];
  Queries queries(std::strtoll(argv[2], nullptr, 10));
  if (query == "q1") {
    queries.Q1();
  } else if (query == "q2") {
    queries.Q2();
  } else if (query == "q5") {
    queries.Q5();
  } else if (query == "q7") {
    queries.Q7();
  } else if (query == "q8") {
    queries.Q8();
  } else {
    return 2;
  }
  return 0;
}
