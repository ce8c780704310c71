// Writes the data of the benchmarks, deterministic by seed.
//
//   loggen --format json|csv|text --rows N [--seed N] > access.ndjson
//   loggen --format events|ads --rows N [--seed N]    > events.ndjson
//
// json, csv and text are the same web log in three shapes:
// 2,000 events per second of event time, up to 3 s out of order; 1,000 pages (Zipf), 50 countries,
// 200,000 users, 5 % of status >= 500. `text` is nginx's combined log format.
// events and ads are those of the Yahoo streaming benchmark: 100 campaigns of 10 ads, in order.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

// splitmix64 (Steele, Lea, Flood 2014): one multiply chain per number, seeded per event.
struct Random {
  uint64_t state;
  uint64_t Next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  uint64_t Below(uint64_t n) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * n) >> 64);
  }
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
};

struct Event {
  int64_t ms;  // since the epoch
  uint32_t user, page, country, status;
  double latency_ms, lat, lon;
  uint32_t tag_a, tag_b;
  uint64_t bytes;
};

constexpr int kPages = 1000;
constexpr const char* kSections[] = {"blog", "shop", "docs", "api",
                                     "help", "news", "user", "search"};
constexpr const char* kCountries[] = {"US", "CN", "IN", "DE", "BR", "FR", "GB", "JP", "RU", "ID",
                                      "MX", "IT", "KR", "ES", "CA", "TR", "NL", "AU", "PL", "TH",
                                      "VN", "AR", "EG", "ZA", "NG", "PK", "BD", "PH", "IR", "UA",
                                      "SE", "BE", "CH", "AT", "NO", "DK", "FI", "IE", "PT", "GR",
                                      "CZ", "RO", "HU", "IL", "AE", "SA", "SG", "MY", "NZ", "CL"};
constexpr const char* kTags[] = {"ab-a", "ab-b", "vip", "new", "bot", "mobile", "beta", "eu"};

// Zipf by inverse transform over the cumulative weights 1/rank.
std::vector<double> ZipfTable() {
  std::vector<double> cumulative(kPages);
  double sum = 0;
  for (int i = 0; i < kPages; ++i) cumulative[static_cast<size_t>(i)] = sum += 1.0 / (i + 1);
  for (double& value : cumulative) value /= sum;
  return cumulative;
}

Event Make(uint64_t i, uint64_t seed, const std::vector<double>& zipf) {
  Random random{i * 0x9e3779b97f4a7c15ULL + seed};
  Event event{};
  constexpr int64_t kStart = 1709251200000;  // 2024-03-01T00:00:00Z
  int64_t delay = static_cast<int64_t>(random.Below(3001));
  event.ms = kStart + static_cast<int64_t>(i / 2) - (random.Below(10) == 0 ? delay : 0);
  event.user = static_cast<uint32_t>(random.Below(200000));
  double u = random.Unit();
  event.page = static_cast<uint32_t>(std::lower_bound(zipf.begin(), zipf.end(), u) - zipf.begin());
  event.country = static_cast<uint32_t>(random.Below(50));
  uint64_t roll = random.Below(100);
  constexpr uint32_t kErrors[] = {500, 502, 503, 504};
  constexpr uint32_t kOthers[] = {301, 304, 403, 404};
  event.status = roll < 5 ? kErrors[random.Below(4)] : roll < 20 ? kOthers[random.Below(4)] : 200;
  event.latency_ms =
      std::floor(1000 *
                 std::exp(2.0 + 1.3 * (random.Unit() + random.Unit() + random.Unit() - 1.5) * 2)) /
      1000;
  event.lat = std::floor(random.Unit() * 1800000 - 900000) / 10000;
  event.lon = std::floor(random.Unit() * 3600000 - 1800000) / 10000;
  event.tag_a = static_cast<uint32_t>(random.Below(2));
  event.tag_b = static_cast<uint32_t>(2 + random.Below(6));
  event.bytes = 200 + random.Below(50000);
  return event;
}

// Civil date of a day number (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
void Civil(int64_t days, int* year, int* month, int* day) {
  days += 719468;
  int64_t era = days / 146097;
  int64_t doe = days - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153;
  *day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  *month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  *year = static_cast<int>(yoe + era * 400 + (*month <= 2 ? 1 : 0));
}

// Names of things of a kind, as long as ids are.
uint64_t Id(uint64_t kind, uint64_t number) {
  Random random{kind << 56 | number};
  return random.Next();
}

int WriteEvent(char* out, size_t size, uint64_t i, uint64_t seed) {
  Random random{i * 0x9e3779b97f4a7c15ULL + seed};
  constexpr const char* kAdTypes[] = {"banner", "modal", "sponsored-search", "mail", "mobile"};
  constexpr const char* kEventTypes[] = {"view", "click", "purchase"};
  uint64_t user = Id(1, random.Below(100000));
  uint64_t page = Id(2, random.Below(100));
  uint64_t ad = Id(3, random.Below(1000));
  const char* ad_type = kAdTypes[random.Below(5)];
  const char* event_type = kEventTypes[random.Below(3)];
  uint64_t ms = i / 10;
  return std::snprintf(out, size,
                       "{\"user_id\":\"%016llx\",\"page_id\":\"%016llx\",\"ad_id\":\"%016llx\","
                       "\"ad_type\":\"%s\",\"event_type\":\"%s\",\"event_time\":"
                       "\"2024-03-01T%02u:%02u:%02u.%03uZ\",\"ip_address\":\"10.%u.%u.%u\"}\n",
                       static_cast<unsigned long long>(user), static_cast<unsigned long long>(page),
                       static_cast<unsigned long long>(ad), ad_type, event_type,
                       static_cast<unsigned>(ms / 3600000 % 24),
                       static_cast<unsigned>(ms / 60000 % 60),
                       static_cast<unsigned>(ms / 1000 % 60), static_cast<unsigned>(ms % 1000),
                       static_cast<unsigned>(user & 255), static_cast<unsigned>(user >> 8 & 255),
                       static_cast<unsigned>(user >> 16 & 255));
}

int WriteAd(char* out, size_t size, uint64_t i) {
  return std::snprintf(out, size, "%016llx,%016llx\n", static_cast<unsigned long long>(Id(3, i)),
                       static_cast<unsigned long long>(Id(4, i / 10)));
}

int Write(char* out, size_t size, const Event& e, const char* format, uint64_t i) {
  int year = 0;
  int month = 0;
  int day = 0;
  Civil(e.ms / 86400000, &year, &month, &day);
  int64_t ms = e.ms % 86400000;
  int h = static_cast<int>(ms / 3600000);
  int m = static_cast<int>(ms / 60000 % 60);
  int s = static_cast<int>(ms / 1000 % 60);
  int f = static_cast<int>(ms % 1000);
  const char* section = kSections[e.page % 8];
  if (*format == 'j') {
    return std::snprintf(
        out, size,
        "{\"ts\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"user\":%u,\"page\":\"/%s/"
        "p%u\",\"country\":\"%s\",\"status\":%u,"
        "\"latency_ms\":%.3f,\"geo\":{\"lat\":%.4f,\"lon\":%.4f},\"tags\":[\"%s\",\"%s\"]}\n",
        year, month, day, h, m, s, f, e.user, section, e.page, kCountries[e.country], e.status,
        e.latency_ms, e.lat, e.lon, kTags[e.tag_a], kTags[e.tag_b]);
  }
  if (*format == 'c') {
    return std::snprintf(
        out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ,%u,/%s/p%u,%s,%u,%.3f,%.4f,%.4f,%s;%s\n",
        year, month, day, h, m, s, f, e.user, section, e.page, kCountries[e.country], e.status,
        e.latency_ms, e.lat, e.lon, kTags[e.tag_a], kTags[e.tag_b]);
  }
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr const char* kMethods[] = {"GET", "GET",  "GET", "GET",    "GET",
                                      "GET", "POST", "PUT", "DELETE", "HEAD"};
  return std::snprintf(out, size,
                       "10.%u.%u.%u - u%u [%02d/%s/%04d:%02d:%02d:%02d +0000] \"%s "
                       "/%s/p%u?session=%08x HTTP/1.1\" %u %llu "
                       "\"https://www.example.com/%s\" \"Mozilla/5.0 (X11; Linux x86_64) "
                       "AppleWebKit/537.36 Chrome/120.0\"\n",
                       e.user >> 16, (e.user >> 8) & 255, e.user & 255, e.user, day,
                       kMonths[month - 1], year, h, m, s, kMethods[i % 10], section, e.page,
                       static_cast<unsigned>(i * 2654435761u), e.status,
                       static_cast<unsigned long long>(e.bytes), section);
}

}  // namespace

int main(int argc, char** argv) {
  const char* format = "json";
  uint64_t rows = 1000;
  uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--format") == 0)
      format = argv[i + 1];
    else if (std::strcmp(argv[i], "--rows") == 0)
      rows = std::strtoull(argv[i + 1], nullptr, 10);
    else if (std::strcmp(argv[i], "--seed") == 0)
      seed = std::strtoull(argv[i + 1], nullptr, 10);
    else
      return std::fprintf(stderr, "loggen: unknown option `%s`\n", argv[i]), 2;
  }
  bool events = std::strcmp(format, "events") == 0;
  bool ads = std::strcmp(format, "ads") == 0;
  std::vector<double> zipf = ZipfTable();
  std::vector<char> buffer(1 << 20);
  size_t used = 0;
  if (*format == 'c') {
    used = static_cast<size_t>(std::snprintf(
        buffer.data(), buffer.size(), "ts,user,page,country,status,latency_ms,lat,lon,tags\n"));
  }
  if (ads) {
    rows = 1000;
    used = static_cast<size_t>(std::snprintf(buffer.data(), buffer.size(), "ad_id,campaign_id\n"));
  }
  for (uint64_t i = 0; i < rows; ++i) {
    if (buffer.size() - used < 1024) {
      if (std::fwrite(buffer.data(), 1, used, stdout) != used) return 74;
      used = 0;
    }
    char* at = buffer.data() + used;
    size_t room = buffer.size() - used;
    int wrote = events ? WriteEvent(at, room, i, seed)
                : ads  ? WriteAd(at, room, i)
                       : Write(at, room, Make(i, seed, zipf), format, i);
    used += static_cast<size_t>(wrote);
  }
  if (std::fwrite(buffer.data(), 1, used, stdout) != used || std::fflush(stdout) != 0) return 74;
  return 0;
}
