#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const FunctionDef* const kFunctions[] = {
    &kJoin, &kLen, &kSplit, &kWords,
};

const AggregateDef* const kAggregates[] = {
    &kAvg, &kCount, &kMax, &kMin, &kSum,
};

}  // namespace

std::span<const FunctionDef* const> Functions() { return kFunctions; }
std::span<const AggregateDef* const> Aggregates() { return kAggregates; }
std::string_view Prelude() { return {}; }

}  // namespace flow::stdlib
