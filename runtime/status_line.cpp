#include "runtime/status_line.h"

#include <cmath>

#include "base/text.h"

namespace flow::runtime {

std::string ShortCount(double count) {
  static constexpr const char* kUnits[] = {"", " k", " M", " G", " T"};
  int unit = 0;
  while (count >= 999.5 && unit < 4) {
    count /= 1000;
    ++unit;
  }
  if (unit == 0) return Cat(static_cast<int64_t>(count));
  // Three digits: 1.23, 12.3, 123.
  int digits = count < 9.995 ? 2 : count < 99.95 ? 1 : 0;
  int64_t scaled = std::llround(count * std::pow(10.0, digits));
  std::string text = Cat(scaled);
  if (digits > 0) text.insert(text.size() - static_cast<size_t>(digits), 1, '.');
  return text + kUnits[unit];
}

std::string StatusLine(const Progress& progress, int64_t elapsed_ns, int64_t total_bytes) {
  double seconds = std::max(static_cast<double>(elapsed_ns) / 1e9, 1e-3);
  int64_t bytes = progress.bytes_read;
  int64_t rows = progress.rows_in;
  std::string out = Cat(ShortCount(static_cast<double>(rows)), " rows in, ",
                        ShortCount(static_cast<double>(rows) / seconds), "/s");
  if (bytes > 0) Append(out, Cat(", ", ShortCount(static_cast<double>(bytes) / seconds), "B/s"));
  Append(out, Cat(", ", ShortCount(static_cast<double>(progress.rows_out)), " out"));
  int64_t rejected = progress.rejected;
  if (rejected > 0) Append(out, Cat(", ", rejected, " rejected"));
  int64_t watermark = progress.watermark;
  if (watermark != INT64_MIN && watermark != INT64_MAX) {
    Append(out, Cat(", watermark ", TimestampText(watermark / 1'000'000'000 * 1'000'000'000)));
  }
  if (total_bytes > 0 && bytes > 0) {
    double share = std::min(static_cast<double>(bytes) / static_cast<double>(total_bytes), 1.0);
    double left = seconds / share - seconds;
    Append(out, Cat(", ", static_cast<int64_t>(share * 100), " %, ",
                    DurationText(static_cast<int64_t>(left + 0.5) * 1'000'000'000), " left"));
  }
  return out;
}

}  // namespace flow::runtime
