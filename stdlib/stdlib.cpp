#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const FunctionDef* const kFunctions[] = {
    &kAbs, &kAvgArray, &kBin, &kBool, &kCeil, &kContains, &kDay, &kDayOfYear, &kDecimal,
    &kEndsWith, &kExtract, &kFind, &kFirstArray, &kFloat, &kFloor, &kFormatTime, &kFromMicros,
    &kFromMillis, &kFromNanos, &kFromSeconds, &kGreatest, &kHash, &kHour, &kInt, &kJoin, &kJson,
    &kLastArray, &kLeast, &kLen, &kLower, &kMatches, &kMaxArray, &kMinArray, &kMinute, &kMonth,
    &kQuarter, &kRepeat, &kReplace, &kReplaceMatches, &kRound, &kSecond, &kSign, &kSlice, &kSplit,
    &kSqrt, &kStartsWith, &kString, &kSumArray, &kTimestamp, &kToMicros, &kToMillis, &kToNanos,
    &kToSeconds, &kTrim, &kTrimEnd, &kTrimStart, &kTrunc, &kUpper, &kUrlDecode, &kUrlHost,
    &kUrlPath, &kUrlQuery, &kWeek, &kWeekday, &kWords, &kYear,
};

const AggregateDef* const kAggregates[] = {
    &kArgMax, &kArgMin, &kAvg, &kCollect, &kCount, &kCountDistinct, &kFirst, &kLast, &kMax,
    &kMedian, &kMin, &kQuantile, &kStddev, &kSum, &kVariance,
};

}  // namespace

std::span<const FunctionDef* const> Functions() { return kFunctions; }
std::span<const AggregateDef* const> Aggregates() { return kAggregates; }
std::string_view Prelude() { return {}; }

}  // namespace flow::stdlib
