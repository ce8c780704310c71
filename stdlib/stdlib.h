#pragma once
// The native functions and aggregates of the language. Each is defined in its own file of native/
// or aggregates/ and listed once, alphabetically, here (declaration) and in stdlib.cpp (list).

#include <span>
#include <string_view>

#include "base/catalog.h"

namespace flow::stdlib {

extern const FunctionDef kAbs;
extern const FunctionDef kAcos;
extern const FunctionDef kAsin;
extern const FunctionDef kAtan;
extern const FunctionDef kAtan2;
extern const FunctionDef kAvgArray;
extern const FunctionDef kBin;
extern const FunctionDef kBool;
extern const FunctionDef kCeil;
extern const FunctionDef kContains;
extern const FunctionDef kCos;
extern const FunctionDef kDay;
extern const FunctionDef kDayOfYear;
extern const FunctionDef kDecimal;
extern const FunctionDef kDistinct;
extern const FunctionDef kEndsWith;
extern const FunctionDef kExp;
extern const FunctionDef kExtract;
extern const FunctionDef kFind;
extern const FunctionDef kFirstArray;
extern const FunctionDef kFloat;
extern const FunctionDef kFloor;
extern const FunctionDef kFormatTime;
extern const FunctionDef kFromMicros;
extern const FunctionDef kFromMillis;
extern const FunctionDef kFromNanos;
extern const FunctionDef kFromSeconds;
extern const FunctionDef kGreatest;
extern const FunctionDef kHash;
extern const FunctionDef kHour;
extern const FunctionDef kInt;
extern const FunctionDef kJoin;
extern const FunctionDef kJson;
extern const FunctionDef kLastArray;
extern const FunctionDef kLeast;
extern const FunctionDef kLen;
extern const FunctionDef kLn;
extern const FunctionDef kLog10;
extern const FunctionDef kLog2;
extern const FunctionDef kLower;
extern const FunctionDef kMatches;
extern const FunctionDef kMaxArray;
extern const FunctionDef kMinArray;
extern const FunctionDef kMinute;
extern const FunctionDef kMonth;
extern const FunctionDef kPadEnd;
extern const FunctionDef kPadStart;
extern const FunctionDef kPow;
extern const FunctionDef kQuarter;
extern const FunctionDef kRange;
extern const FunctionDef kRepeat;
extern const FunctionDef kReplace;
extern const FunctionDef kReplaceMatches;
extern const FunctionDef kReverse;
extern const FunctionDef kRound;
extern const FunctionDef kSecond;
extern const FunctionDef kSign;
extern const FunctionDef kSin;
extern const FunctionDef kSlice;
extern const FunctionDef kSort;
extern const FunctionDef kSplit;
extern const FunctionDef kSqrt;
extern const FunctionDef kStartsWith;
extern const FunctionDef kString;
extern const FunctionDef kSumArray;
extern const FunctionDef kTan;
extern const FunctionDef kTimestamp;
extern const FunctionDef kToMicros;
extern const FunctionDef kToMillis;
extern const FunctionDef kToNanos;
extern const FunctionDef kToSeconds;
extern const FunctionDef kTrim;
extern const FunctionDef kTrimEnd;
extern const FunctionDef kTrimStart;
extern const FunctionDef kTrunc;
extern const FunctionDef kUpper;
extern const FunctionDef kUrlDecode;
extern const FunctionDef kUrlHost;
extern const FunctionDef kUrlPath;
extern const FunctionDef kUrlQuery;
extern const FunctionDef kWeek;
extern const FunctionDef kWeekday;
extern const FunctionDef kWords;
extern const FunctionDef kYear;

extern const AggregateDef kArgMax;
extern const AggregateDef kArgMin;
extern const AggregateDef kAvg;
extern const AggregateDef kCollect;
extern const AggregateDef kCount;
extern const AggregateDef kCountDistinct;
extern const AggregateDef kFirst;
extern const AggregateDef kLast;
extern const AggregateDef kMax;
extern const AggregateDef kMedian;
extern const AggregateDef kMin;
extern const AggregateDef kQuantile;
extern const AggregateDef kStddev;
extern const AggregateDef kSum;
extern const AggregateDef kVariance;

std::span<const FunctionDef* const> Functions();
std::span<const AggregateDef* const> Aggregates();
// Functions written in the language (stdlib/flow/*.flow), as one text.
std::string_view Prelude();

}  // namespace flow::stdlib
