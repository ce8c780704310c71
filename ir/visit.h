#pragma once
// Walks the parts of an op that refer to something else, by reflection over its fields: operands
// (ValueId), functions (FnId), parameters (ParamId), handlers (HandlerId), also inside lists,
// optionals and nested structs. One definition serves every op, present and future.
//
//   ForEach<ValueId>(op, [&](ValueId& id) { id = renumbered[id.index]; });

#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/reflect.h"
#include "ir/module.h"

namespace flow::ir {
namespace visit_internal {

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;

}  // namespace visit_internal

// Calls f for every valid Wanted (ValueId, FnId, ParamId or HandlerId) in `part`, in the order of
// the fields. `part` may be const; f takes a reference of the same constness.
template <class Wanted, class Part, class F>
void ForEach(Part& part, F&& f) {
  using T = std::remove_const_t<Part>;
  if constexpr (std::is_same_v<T, Wanted>) {
    if (part.valid()) f(part);
  } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
    return;  // holds no ids, and its elements are no objects
  } else if constexpr (visit_internal::kIsVector<T>) {
    for (auto& element : part) ForEach<Wanted>(element, f);
  } else if constexpr (visit_internal::kIsOptional<T>) {
    if (part) ForEach<Wanted>(*part, f);
  } else if constexpr (visit_internal::kIsVariant<T>) {
    std::visit([&](auto& op) { ForEach<Wanted>(op, f); }, part);
  } else if constexpr (std::is_aggregate_v<T>) {
    std::apply([&](auto&... field) { (ForEach<Wanted>(field, f), ...); }, AsTuple(part));
  }
}

// The operands of an op, in order.
template <class OpT>
std::vector<ValueId> OperandsOf(const OpT& op) {
  std::vector<ValueId> out;
  ForEach<ValueId>(op, [&](const ValueId& id) { out.push_back(id); });
  return out;
}

// The kInfo of the op that a variant holds.
template <class... Ops>
const OpInfo& InfoOf(const std::variant<Ops...>& op) {
  return std::visit([](const auto& o) -> const OpInfo& { return o.kInfo; }, op);
}

// Overloads in one place for std::visit; leaves out no alternative unless told by a generic lambda.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace flow::ir
