#pragma once
// The words of the enums of ops in IR text, in the order of their values.

#include <array>
#include <string_view>

#include "ir/ops.h"

namespace flow::ir {

template <class E>
inline constexpr std::array<std::string_view, 0> kEnumWords = {};

template <>
inline constexpr std::array<std::string_view, 2> kEnumWords<OnFail> = {"reject", "yield"};
template <>
inline constexpr std::array<std::string_view, 6> kEnumWords<ArithKind> = {"add", "sub",  "mul",
                                                                          "div", "idiv", "mod"};
template <>
inline constexpr std::array<std::string_view, 6> kEnumWords<CompareKind> = {"eq", "ne", "lt",
                                                                            "le", "gt", "ge"};
template <>
inline constexpr std::array<std::string_view, 4> kEnumWords<ArrayKind> = {"map", "filter", "any",
                                                                          "all"};
template <>
inline constexpr std::array<std::string_view, 3> kEnumWords<WindowKind> = {"tumble", "hop",
                                                                           "cumulate"};
template <>
inline constexpr std::array<std::string_view, 3> kEnumWords<EmitKind> = {"close", "change",
                                                                         "every"};
template <>
inline constexpr std::array<std::string_view, 5> kEnumWords<JoinKind> = {"inner", "left", "full",
                                                                         "semi", "anti"};
template <>
inline constexpr std::array<std::string_view, 4> kEnumWords<JoinBound> = {"none", "window",
                                                                          "within", "until"};
template <>
inline constexpr std::array<std::string_view, 4> kEnumWords<MatchLink> = {"first", "then", "next",
                                                                          "without"};
template <>
inline constexpr std::array<std::string_view, 2> kEnumWords<ExchangeKind> = {"gather", "ordered"};

template <class E>
constexpr std::string_view WordOf(E value) {
  return kEnumWords<E>[static_cast<size_t>(value)];
}

}  // namespace flow::ir
