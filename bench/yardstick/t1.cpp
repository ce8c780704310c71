// T1 by hand: failed requests of a web log, four of their columns, as NDJSON.
//
// The status is looked at first; of the nineteen in twenty records that it ends, no other field is
// converted. A time in the form that is written anyway is judged and copied.

#include "bench/yardstick/csv.h"
#include "bench/yardstick/json.h"

using namespace yard;

namespace {

class Failures {
 public:
  void Json(const char* path) {
    Input input(path);
    while (input.Next()) {
      for (const char* p = input.begin; p < input.end;) p = Record(p);
    }
  }

  void CsvFile(const char* path) {
    Csv csv(path, {"status", "ts", "user", "page"});
    csv.Records([&](const Csv::Cells& cells) {
      int64_t status = 0;
      if (!CellInt(cells[0], &status)) Bad("bad status", cells[0]);
      if (status < 500) return;
      int64_t user = 0;
      if (!CellInt(cells[2], &user)) Bad("bad user", cells[2]);
      std::string_view page = cells[3];
      if (page.empty() || (cells.non_ascii() && !ValidUtf8(page))) Bad("bad page", page);
      Write(cells[1], user, page, status);
    });
  }

 private:
  const char* Record(const char* p) {
    const char* record = p;
    unsigned page_met = 0;
    unsigned met = 0;
    const char* at = p;
    int64_t status = 0;
    int64_t user = 0;
    if (!Expect(&at, "{\"ts\":\"") || at[24] != '"') return Other(record);
    const char* ts = at;
    at += 25;
    if (!Expect(&at, ",\"user\":")) return Other(record);
    const char* user_text = at;
    at += DigitsAhead(Load8(at));
    if (!Expect(&at, ",\"page\":\"")) return Other(record);
    const char* page = at;
    at = StringEnd(at, &page_met);
    if (at == nullptr) return Other(record);
    const char* page_end = at++;
    if (!Expect(&at, ",\"country\":\"")) return Other(record);
    at = StringEnd(at, &met);
    if (at == nullptr) return Other(record);
    ++at;
    if (!Expect(&at, ",\"status\":") || !ReadInt(&at, &status) || *at != ',') return Other(record);
    const char* newline = FindNewline(at);
    if (!Closes(newline)) Bad("the record does not close", {record, newline});
    if (status < 500) return newline + 1;
    std::string_view text(page, static_cast<size_t>(page_end - page));
    if (!ReadInt(&user_text, &user)) return Other(record);
    if (!Use(text, page_met, &room_, &text)) Bad("bad page", text);
    Write({ts, 24}, user, text, status);
    return newline + 1;
  }

  // A record of another form.
  __attribute__((noinline)) const char* Other(const char* p) {
    const char* newline = FindNewline(p);
    if (Blank(p, newline)) return newline + 1;
    Member ts{}, user{}, page{}, status{};
    bool good = Members(p, [&](const Member& member) {
      Member* into = member.key == "ts"       ? &ts
                     : member.key == "user"   ? &user
                     : member.key == "page"   ? &page
                     : member.key == "status" ? &status
                                              : nullptr;
      if (into != nullptr && into->value.empty()) *into = member;
      return true;
    });
    int64_t status_value = 0;
    int64_t user_value = 0;
    if (!good || !Closes(newline)) Bad("no JSON", {p, newline});
    if (!SlowInt(status.value, &status_value)) Bad("bad status", {p, newline});
    if (status_value < 500) return newline + 1;
    std::string_view text;
    if (!SlowInt(user.value, &user_value)) Bad("bad user", {p, newline});
    if (ts.value.size() != 26) Bad("bad ts", {p, newline});
    if (page.value.size() < 2 || page.value[0] != '"' ||
        !Use(page.value.substr(1, page.value.size() - 2), page.met, &room_, &text)) {
      Bad("bad page", {p, newline});
    }
    Write(ts.value.substr(1, 24), user_value, text, status_value);
    return newline + 1;
  }

  static bool CellInt(std::string_view cell, int64_t* out) {
    const char* p = cell.data();
    return (ReadInt(&p, out) && p == cell.data() + cell.size()) || SlowInt(cell, out);
  }

  void Write(std::string_view ts, int64_t user, std::string_view page, int64_t status) {
    int64_t ms = 0;
    if (ts.size() != 24 || !clock_.Read(ts.data(), &ms)) Bad("bad ts", ts);
    char* out = output_.Reserve(page.size() * 6 + 160);
    out = WriteText(out, "{\"ts\":\"");
    out = WriteText(out, ts);
    out = WriteText(out, "\",\"user\":");
    out = WriteInt(out, user);
    out = WriteText(out, ",\"page\":");
    out = WriteJson(out, page);
    out = WriteText(out, ",\"status\":");
    out = WriteInt(out, status);
    output_.Wrote(WriteText(out, "}\n"));
  }

  Clock clock_;
  Output output_;
  std::string room_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::string_view path = argv[1];
  Failures failures;
  if (path.ends_with(".csv"))
    failures.CsvFile(argv[1]);
  else
    failures.Json(argv[1]);
  return 0;
}
