// T2 by hand: requests by country and section of the site: how many, how long on average, and the
// slowest 1 %.

#include <algorithm>
#include <vector>

#include "bench/yardstick/csv.h"
#include "bench/yardstick/json.h"

using namespace yard;

namespace {

struct Group {
  uint64_t hash = 0;
  std::string country;  // with 8 bytes of padding behind, like section
  std::string section;
  std::vector<double> values;
  // The sum in twice the precision of a double, so that its order does not show.
  double sum = 0;
  double rest = 0;

  std::string_view Country() const { return {country.data(), country.size() - 8}; }
  std::string_view Section() const { return {section.data(), section.size() - 8}; }

  void Add(double value) {
    double total = sum + value;
    double part = total - sum;
    rest += (sum - (total - part)) + (value - part);
    sum = total;
    values.push_back(value);
  }
};

class Groups {
 public:
  Groups() : slots_(1024) {}

  void Add(std::string_view country, std::string_view page, double latency) {
    Find(country, Section(page)).Add(latency);
  }

  void Write() {
    std::sort(groups_.begin(), groups_.end(), [](const Group* a, const Group* b) {
      return std::pair(a->Country(), a->Section()) < std::pair(b->Country(), b->Section());
    });
    Output output;
    for (Group* group : groups_) {
      char* out = output.Reserve(group->country.size() * 6 + group->section.size() * 6 + 200);
      out = WriteText(out, "{\"country\":");
      out = WriteJson(out, group->Country());
      out = WriteText(out, ",\"section\":");
      out = WriteJson(out, group->Section());
      out = WriteText(out, ",\"n\":");
      out = WriteInt(out, static_cast<int64_t>(group->values.size()));
      double mean = (group->sum + group->rest) / static_cast<double>(group->values.size());
      out += std::snprintf(out, 90, ",\"mean_ms\":%.17g,\"p99_ms\":%.17g}\n", mean, P99(group));
      output.Wrote(out);
    }
  }

 private:
  // What stands between the first slash and the next one, or nothing.
  static std::string_view Section(std::string_view page) {
    const char* end = page.data() + page.size();
    const char* p = page.data();
    while (p < end && *p != '/') ++p;
    if (p == end) return {};
    const char* begin = ++p;
    while (p < end && *p != '/') ++p;
    return {begin, static_cast<size_t>(p - begin)};
  }

  Group& Find(std::string_view country, std::string_view section) {
    uint64_t hash = Mix(Hash(country), Hash(section));
    size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      Group* group = slots_[at];
      if (group == nullptr) return Insert(at, hash, country, section);
      if (group->hash == hash && Same(country, group->Country()) &&
          Same(section, group->Section())) {
        return *group;
      }
    }
  }

  Group& Insert(size_t at, uint64_t hash, std::string_view country, std::string_view section) {
    auto* group = new Group;
    group->hash = hash;
    group->country = std::string(country) + std::string(8, '\0');
    group->section = std::string(section) + std::string(8, '\0');
    groups_.push_back(group);
    slots_[at] = group;
    if (groups_.size() * 2 > slots_.size()) {
      slots_.assign(slots_.size() * 2, nullptr);
      for (Group* each : groups_) {
        size_t place = each->hash & (slots_.size() - 1);
        while (slots_[place] != nullptr) place = (place + 1) & (slots_.size() - 1);
        slots_[place] = each;
      }
    }
    return *group;
  }

  static double P99(Group* group) {
    std::vector<double>& values = group->values;
    double rank = static_cast<double>(values.size() - 1) * 0.99;
    auto at = values.begin() + static_cast<int64_t>(rank);
    double part = rank - static_cast<double>(static_cast<int64_t>(rank));
    std::nth_element(values.begin(), at, values.end());
    if (part == 0) return *at;
    double next = *std::min_element(at + 1, values.end());
    return *at + (next - *at) * part;
  }

  std::vector<Group*> slots_;
  std::vector<Group*> groups_;
};

class Requests {
 public:
  void Json(const char* path) {
    Input input(path);
    while (input.Next()) {
      for (const char* p = input.begin; p < input.end;) p = Record(p);
    }
    groups_.Write();
  }

  void CsvFile(const char* path) {
    Csv csv(path, {"page", "country", "latency_ms"});
    csv.Records([&](const Csv::Cells& cells) {
      std::string_view page = cells[0];
      std::string_view country = cells[1];
      std::string_view number = cells[2];
      const char* p = number.data();
      double latency = 0;
      if (!(ReadFloat(&p, &latency) && p == number.data() + number.size()) &&
          !SlowFloat(number, &latency)) {
        Bad("bad latency_ms", number);
      }
      if (page.empty() || country.empty()) Bad("an empty cell", {});
      if (cells.non_ascii() && !(ValidUtf8(page) && ValidUtf8(country))) Bad("no UTF-8", page);
      groups_.Add(country, page, latency);
    });
    groups_.Write();
  }

 private:
  const char* Record(const char* p) {
    const char* record = p;
    unsigned page_met = 0;
    unsigned country_met = 0;
    const char* at = p;
    double latency = 0;
    if (!Expect(&at, "{\"ts\":\"") || at[24] != '"') return Other(record);
    unsigned met = 0;
    at = StringEnd(at, &met);
    if (at == nullptr) return Other(record);
    ++at;
    if (!Expect(&at, ",\"user\":")) return Other(record);
    at += DigitsAhead(Load8(at));
    if (!Expect(&at, ",\"page\":\"")) return Other(record);
    const char* page = at;
    at = StringEnd(at, &page_met);
    if (at == nullptr) return Other(record);
    const char* page_end = at++;
    if (!Expect(&at, ",\"country\":\"")) return Other(record);
    const char* country = at;
    at = StringEnd(at, &country_met);
    if (at == nullptr) return Other(record);
    const char* country_end = at++;
    if (!Expect(&at, ",\"status\":")) return Other(record);
    at += DigitsAhead(Load8(at));
    if (!Expect(&at, ",\"latency_ms\":") || !ReadFloat(&at, &latency) || *at != ',') {
      return Other(record);
    }
    const char* newline = FindNewline(at);
    if (!Closes(newline)) Bad("the record does not close", {record, newline});
    std::string_view page_text(page, static_cast<size_t>(page_end - page));
    std::string_view country_text(country, static_cast<size_t>(country_end - country));
    if (!Use(page_text, page_met, &page_room_, &page_text) ||
        !Use(country_text, country_met, &country_room_, &country_text)) {
      Bad("bad text", {record, newline});
    }
    groups_.Add(country_text, page_text, latency);
    return newline + 1;
  }

  __attribute__((noinline)) const char* Other(const char* p) {
    const char* newline = FindNewline(p);
    if (Blank(p, newline)) return newline + 1;
    Member page{}, country{}, latency{};
    bool good = Members(p, [&](const Member& member) {
      Member* into = member.key == "page"         ? &page
                     : member.key == "country"    ? &country
                     : member.key == "latency_ms" ? &latency
                                                  : nullptr;
      if (into != nullptr && into->value.empty()) *into = member;
      return true;
    });
    double number = 0;
    std::string_view page_text;
    std::string_view country_text;
    if (!good || !Closes(newline) || !SlowFloat(latency.value, &number) ||
        !Quoted(page, &page_room_, &page_text) || !Quoted(country, &country_room_, &country_text)) {
      Bad("bad record", {p, newline});
    }
    groups_.Add(country_text, page_text, number);
    return newline + 1;
  }

  static bool Quoted(const Member& member, std::string* room, std::string_view* out) {
    if (member.value.size() < 2 || member.value[0] != '"') return false;
    return Use(member.value.substr(1, member.value.size() - 2), member.met, room, out);
  }

  Groups groups_;
  std::string page_room_;
  std::string country_room_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Requests requests;
  if (std::string_view(argv[1]).ends_with(".csv"))
    requests.CsvFile(argv[1]);
  else
    requests.Json(argv[1]);
  return 0;
}
