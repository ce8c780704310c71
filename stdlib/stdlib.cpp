#include "stdlib/stdlib.h"

namespace flow::stdlib {
namespace {

const FunctionDef* const kFunctions[] = {
    &kJoin, &kLen, &kSplit, &kWords,
};

}  // namespace

std::span<const FunctionDef* const> Functions() { return kFunctions; }
std::span<const AggregateDef* const> Aggregates() { return {}; }
std::string_view Prelude() { return {}; }

}  // namespace flow::stdlib
