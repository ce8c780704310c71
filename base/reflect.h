#pragma once
// Reflection over plain aggregates: AsTuple(x) ties the fields of a struct in order. Printing,
// reading, equality and remapping of IR ops are written once over it.

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace flow {
namespace reflect_internal {

// Converts to anything: counts how many initialisers an aggregate takes.
struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor): the conversion is the point
};

template <class T, class... Args>
constexpr size_t CountFields() {
  if constexpr (requires { T{Args{}..., Anything{}}; }) {
    return CountFields<T, Args..., Anything>();
  } else {
    return sizeof...(Args);
  }
}

}  // namespace reflect_internal

// The number of fields of the aggregate T (at most 14).
template <class T>
inline constexpr size_t kFieldCount = reflect_internal::CountFields<std::remove_cvref_t<T>>();

// References to the fields of `value`, in declaration order.
template <class T>
constexpr auto AsTuple(T& value) {
  constexpr size_t kN = kFieldCount<T>;
  static_assert(kN <= 14, "extend AsTuple for larger structs");
  if constexpr (kN == 0) {
    return std::tie();
  } else if constexpr (kN == 1) {
    auto& [a] = value;
    return std::tie(a);
  } else if constexpr (kN == 2) {
    auto& [a, b] = value;
    return std::tie(a, b);
  } else if constexpr (kN == 3) {
    auto& [a, b, c] = value;
    return std::tie(a, b, c);
  } else if constexpr (kN == 4) {
    auto& [a, b, c, d] = value;
    return std::tie(a, b, c, d);
  } else if constexpr (kN == 5) {
    auto& [a, b, c, d, e] = value;
    return std::tie(a, b, c, d, e);
  } else if constexpr (kN == 6) {
    auto& [a, b, c, d, e, f] = value;
    return std::tie(a, b, c, d, e, f);
  } else if constexpr (kN == 7) {
    auto& [a, b, c, d, e, f, g] = value;
    return std::tie(a, b, c, d, e, f, g);
  } else if constexpr (kN == 8) {
    auto& [a, b, c, d, e, f, g, h] = value;
    return std::tie(a, b, c, d, e, f, g, h);
  } else if constexpr (kN == 9) {
    auto& [a, b, c, d, e, f, g, h, i] = value;
    return std::tie(a, b, c, d, e, f, g, h, i);
  } else if constexpr (kN == 10) {
    auto& [a, b, c, d, e, f, g, h, i, j] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j);
  } else if constexpr (kN == 11) {
    auto& [a, b, c, d, e, f, g, h, i, j, k] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k);
  } else if constexpr (kN == 12) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l);
  } else if constexpr (kN == 13) {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m);
  } else {
    auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  }
}

}  // namespace flow
