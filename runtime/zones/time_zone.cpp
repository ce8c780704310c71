#include "runtime/zones/time_zone.h"

#include <algorithm>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "base/text.h"
#include "runtime/formats/text.h"
#include "runtime/inline/time.h"
#include "runtime/zones/zone_file.h"

namespace flow::runtime {
namespace {

constexpr const char* kZoneFolder = "/usr/share/zoneinfo/";
constexpr size_t kMaxNameSize = 64;
constexpr size_t kMaxFileSize = 1 << 20;
constexpr size_t kCachedZones = 8;

bool IsZoneName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameSize || name[0] == '/' || name[0] == '.') return false;
  for (char c : name) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || FlowIsDigit(c);
    if (!word && c != '/' && c != '_' && c != '-' && c != '+') return false;
  }
  return true;
}

std::string ReadFile(const std::string& path) {
  std::string out;
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return out;
  char block[4096];
  for (ssize_t size; out.size() < kMaxFileSize && (size = read(file, block, sizeof block)) > 0;) {
    out.append(block, static_cast<size_t>(size));
  }
  close(file);
  return out;
}

// UTC, Z, or +05:30
bool ParseFixed(std::string_view name, Zone* out) {
  if (name == "UTC" || name == "Z") return true;
  auto digit = [&](size_t i) { return name[i] - '0'; };
  if (name.size() != 6 || (name[0] != '+' && name[0] != '-') || name[3] != ':') return false;
  for (size_t i : {1, 2, 4, 5}) {
    if (!FlowIsDigit(name[i])) return false;
  }
  int64_t offset = (digit(1) * 10 + digit(2)) * 3600 + (digit(4) * 10 + digit(5)) * 60;
  out->first_offset = name[0] == '-' ? -offset : offset;
  return true;
}

struct CachedZone {
  std::string name;
  Zone zone;
};

// The zones one thread has used last: looking one up must not lock.
class ZoneCache {
 public:
  const Zone* Find(FlowTask* task, std::string_view name) {
    for (const std::unique_ptr<CachedZone>& entry : entries_) {
      if (entry && entry->name == name) return &entry->zone;
    }
    auto loaded = std::make_unique<CachedZone>();
    loaded->name = name;
    if (!ParseFixed(name, &loaded->zone)) {
      std::string file;
      if (IsZoneName(name)) file = ReadFile(Cat(kZoneFolder, name));
      if (file.empty() || !ParseZone(file, &loaded->zone)) {
        SetDetail(task, Cat("no time zone `", name.substr(0, kMaxNameSize), "` on this system"));
        return nullptr;
      }
    }
    std::unique_ptr<CachedZone>& slot = entries_[next_++ % kCachedZones];
    slot = std::move(loaded);
    return &slot->zone;
  }

 private:
  std::unique_ptr<CachedZone> entries_[kCachedZones];
  size_t next_ = 0;
};

const Zone* FindZone(FlowTask* task, const FlowString& name) {
  thread_local ZoneCache cache;
  return cache.Find(task, {name.data, static_cast<size_t>(name.size)});
}

int64_t FloorSeconds(int64_t t) { return t / kFlowNanosPerSecond - (t % kFlowNanosPerSecond < 0); }

bool AddSeconds(int64_t t, int64_t seconds, int64_t* out) {
  return !__builtin_add_overflow(t, seconds * kFlowNanosPerSecond, out);
}

}  // namespace

bool ZoneOffset(FlowTask* task, int64_t t, const FlowString& zone, int64_t* seconds) {
  const Zone* found = FindZone(task, zone);
  if (found == nullptr) return false;
  *seconds = found->OffsetAt(FloorSeconds(t));
  return true;
}

bool LocalTime(FlowTask* task, int64_t t, const FlowString& zone, int64_t* local) {
  int64_t offset;
  return ZoneOffset(task, t, zone, &offset) && AddSeconds(t, offset, local);
}

bool UtcTime(FlowTask* task, int64_t local, int64_t hint, const FlowString& zone, int64_t* out) {
  const Zone* found = FindZone(task, zone);
  if (found == nullptr) return false;
  int64_t near = found->OffsetAt(FloorSeconds(hint));
  int64_t guess;
  if (!AddSeconds(local, -near, &guess)) return false;
  *out = guess;
  int64_t other = found->OffsetAt(FloorSeconds(guess));
  if (other == near) return true;
  // The offset changed between the guess and the hint.
  int64_t second_guess;
  if (!AddSeconds(local, -other, &second_guess)) return false;
  *out = second_guess;
  if (found->OffsetAt(FloorSeconds(second_guess)) == other) return true;
  // No clock shows `local`: the change is between the guesses.
  int64_t low = FloorSeconds(guess < second_guess ? guess : second_guess);
  int64_t high = FloorSeconds(guess < second_guess ? second_guess : guess);
  int64_t before = found->OffsetAt(low);
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (found->OffsetAt(middle) == before ? low : high) = middle;
  }
  return flow_make_timestamp(high, 0, out);
}

bool HasZone(std::string_view name) {
  Zone zone;
  if (ParseFixed(name, &zone)) return true;
  if (!IsZoneName(name)) return false;
  std::string file = ReadFile(Cat(kZoneFolder, name));
  return !file.empty() && ParseZone(file, &zone);
}

std::vector<std::string> ZoneNames() {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  std::error_code error;
  size_t prefix = std::string_view(kZoneFolder).size();
  auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(kZoneFolder, options, error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().string().substr(prefix);
    // The same zones once more, with other seconds.
    bool copy = name == "posix" || name == "right";
    if (copy) at.disable_recursion_pending();
    std::error_code ignored;
    bool zone = !copy && name[0] >= 'A' && name[0] <= 'Z' && at->is_regular_file(ignored);
    if (zone) out.push_back(std::move(name));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace flow::runtime
