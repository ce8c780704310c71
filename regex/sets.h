#pragma once
// Sets of characters, as ranges of code points, and sets of bytes.

#include <bitset>
#include <compare>
#include <cstdint>
#include <vector>

namespace flow::regex {

inline constexpr uint32_t kLastRune = 0x10FFFF;

struct RuneRange {
  uint32_t lo = 0;
  uint32_t hi = 0;
  friend auto operator<=>(const RuneRange&, const RuneRange&) = default;
};

// Ranges that are sorted, do not overlap and do not touch.
class RuneSet {
 public:
  RuneSet() = default;
  explicit RuneSet(std::vector<RuneRange> ranges) : ranges_(std::move(ranges)) { Normalize(); }

  void Add(uint32_t lo, uint32_t hi);
  void Add(const RuneSet& other);
  // Everything that is not in the set.
  RuneSet Complement() const;
  // With all that differs from a member only in case.
  RuneSet Folded() const;
  bool empty() const { return ranges_.empty(); }
  const std::vector<RuneRange>& ranges() const { return ranges_; }
  friend bool operator==(const RuneSet&, const RuneSet&) = default;

 private:
  void Normalize();
  std::vector<RuneRange> ranges_;
};

using ByteSet = std::bitset<256>;

inline ByteSet ByteRange(uint32_t lo, uint32_t hi) {
  ByteSet out;
  for (uint32_t byte = lo; byte <= hi; ++byte) out.set(byte);
  return out;
}

// What \w and \b count as part of a word.
inline bool IsWordByte(uint32_t byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         (byte >= 'a' && byte <= 'z');
}

}  // namespace flow::regex
