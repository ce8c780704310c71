#pragma once
// The native functions and aggregates of the language. Each is defined in its own file of native/ or aggregates/ and listed
// once, alphabetically, here (declaration) and in stdlib.cpp (list).

#include <span>
#include <string_view>

#include "base/catalog.h"

namespace flow::stdlib {

extern const FunctionDef kJoin;
extern const FunctionDef kLen;
extern const FunctionDef kSplit;
extern const FunctionDef kWords;

extern const AggregateDef kAvg;
extern const AggregateDef kCount;
extern const AggregateDef kMax;
extern const AggregateDef kMin;
extern const AggregateDef kSum;

std::span<const FunctionDef* const> Functions();
std::span<const AggregateDef* const> Aggregates();
// Functions written in the language (stdlib/flow/*.flow), as one text.
std::string_view Prelude();

}  // namespace flow::stdlib
