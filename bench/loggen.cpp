// Writes the web log of the benchmarks: deterministic by seed, the same events in three shapes.
//
//   loggen --format json|csv|text --rows N [--seed N] > access.ndjson
//
// 2,000 events per second of event time, up to 3 s out of order; 1,000 pages (Zipf), 50 countries,
// 200,000 users, 5 % of status >= 500. `text` is nginx's combined log format.

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
  std::vector<double> zipf = ZipfTable();
  std::vector<char> buffer(1 << 20);
  size_t used = 0;
  if (*format == 'c') {
    used = static_cast<size_t>(std::snprintf(
        buffer.data(), buffer.size(), "ts,user,page,country,status,latency_ms,lat,lon,tags\n"));
  }
  for (uint64_t i = 0; i < rows; ++i) {
    if (buffer.size() - used < 1024) {
      if (std::fwrite(buffer.data(), 1, used, stdout) != used) return 74;
      used = 0;
    }
    used += static_cast<size_t>(
        Write(buffer.data() + used, buffer.size() - used, Make(i, seed, zipf), format, i));
  }
  if (std::fwrite(buffer.data(), 1, used, stdout) != used || std::fflush(stdout) != 0) return 74;
  return 0;
}
