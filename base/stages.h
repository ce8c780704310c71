#pragma once
// What stages of the language and dataflow ops both say of themselves.

#include <cstdint>

namespace flow {

// Steps of a hopping or growing window: so many copies of a row at the most.
inline constexpr int64_t kWindowStepsMax = 100'000;
// Hidden column of windows of so many rows: their number, since bounds may be equal.
inline constexpr const char* kWindowNumber = "$window";
enum class WindowKind : uint8_t { kTumble, kHop, kCumulate };
// When a stage of groups sends (semantics.md 46): once when its input ends or its window closes,
// after each change, or every so often by the clock; the latter two make the stream updating.
enum class EmitKind : uint8_t { kClose, kChange, kEvery };
enum class JoinKind : uint8_t { kInner, kLeft, kFull, kSemi, kAnti };
// How far apart in time rows may match: not at all bounded, in the same window, |r - l| within
// [l - before, l + after], or r in [l, until(l)].
enum class JoinBound : uint8_t { kNone, kWindow, kWithin, kUntil };
// How a step of a pattern follows the one before it (semantics.md 66).
enum class MatchLink : uint8_t { kFirst, kThen, kNext, kWithout };

}  // namespace flow
