#pragma once
// Names of the fields of a plain aggregate, for IR text (`top %1, count=@n, rank=true`): an op says
// each field once, in its struct. Taken from the compiler's spelling of a pointer to the field, at
// compile time.

#include <array>
#include <string_view>
#include <utility>

#include "base/reflect.h"

namespace flow::ir {
namespace field_names_internal {

template <class T>
struct Holder {
  T value;
};

#pragma clang diagnostic push
#pragma clang diagnostic ignored \
    "-Wundefined-var-template"  // never defined: only its address is spelled
template <class T>
extern Holder<T> fake;

// "... [kPointer = &fake.value.input]" -> "input"
template <auto* kPointer>
consteval std::string_view NameOf() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_suffix(1);
  return text.substr(text.rfind('.') + 1);
}

template <class T, size_t... I>
consteval auto Names(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{
      NameOf<&std::get<I>(AsTuple(fake<T>.value))>()...};
}
#pragma clang diagnostic pop

}  // namespace field_names_internal

// The names of T's fields, in declaration order.
template <class T>
inline constexpr auto kFieldNames =
    field_names_internal::Names<T>(std::make_index_sequence<kFieldCount<T>>());

}  // namespace flow::ir
