#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const FunctionDef* const kFunctions[] = {
    &kAbs,
    &kAcos,
    &kAsin,
    &kAtan,
    &kAtan2,
    &kAvgArray,
    &kBin,
    &kBool,
    &kCeil,
    &kContains,
    &kCos,
    &kDay,
    &kDayOfYear,
    &kDecimal,
    &kDistinct,
    &kEndsWith,
    &kExp,
    &kExtract,
    &kFind,
    &kFirstArray,
    &kFloat,
    &kFloor,
    &kFormatTime,
    &kFromMicros,
    &kFromMillis,
    &kFromNanos,
    &kFromSeconds,
    &kGreatest,
    &kHash,
    &kHour,
    &kInt,
    &kJoin,
    &kJson,
    &kLastArray,
    &kLeast,
    &kLen,
    &kLn,
    &kLog10,
    &kLog2,
    &kLower,
    &kMatches,
    &kMaxArray,
    &kMinArray,
    &kMinute,
    &kMonth,
    &kPadEnd,
    &kPadStart,
    &kPow,
    &kQuarter,
    &kRange,
    &kRepeat,
    &kReplace,
    &kReplaceMatches,
    &kReverse,
    &kRound,
    &kSecond,
    &kSign,
    &kSin,
    &kSlice,
    &kSort,
    &kSplit,
    &kSqrt,
    &kStartsWith,
    &kString,
    &kSumArray,
    &kTan,
    &kTimestamp,
    &kToMicros,
    &kToMillis,
    &kToNanos,
    &kToSeconds,
    &kTrim,
    &kTrimEnd,
    &kTrimStart,
    &kTrunc,
    &kUpper,
    &kUrlDecode,
    &kUrlHost,
    &kUrlPath,
    &kUrlQuery,
    &kWeek,
    &kWeekday,
    &kWords,
    &kYear,
};

const AggregateDef* const kAggregates[] = {
    &kArgMax, &kArgMin, &kAvg, &kCollect,  &kCount,  &kCountDistinct, &kFirst,    &kLast,
    &kMax,    &kMedian, &kMin, &kQuantile, &kStddev, &kSum,           &kVariance,
};

}  // namespace

std::span<const FunctionDef* const> Functions() { return kFunctions; }
std::span<const AggregateDef* const> Aggregates() { return kAggregates; }
std::string_view Prelude() {
  return
#include "stdlib/prelude.inc"
      ;
}

}  // namespace flow::stdlib
