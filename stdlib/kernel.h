#pragma once
// What the files of native/ and aggregates/ share: how a kernel is named once for text and address,
// and how results get memory.

#include <cstring>
#include <string_view>

#include "base/catalog.h"
#include "base/type.h"
#include "runtime/abi.h"

// The name of a kernel and its address, for FunctionOverload{.signature = "...", FLOW_KERNEL(f)}.
#define FLOW_KERNEL(function) .symbol = #function, .address = reinterpret_cast<void*>(&function)

// The four functions of an aggregate with the common prefix `p`, for AggregateOverload.
#define FLOW_AGGREGATE(p, State)                                                              \
  .symbol = #p, .state_size = sizeof(State), .state_align = alignof(State),                   \
  .init = reinterpret_cast<void*>(&p##_init), .update = reinterpret_cast<void*>(&p##_update), \
  .merge = reinterpret_cast<void*>(&p##_merge), .final = reinterpret_cast<void*>(&p##_final)

namespace flow::stdlib {

inline std::string_view View(const FlowString& s) { return {s.data, static_cast<size_t>(s.size)}; }
inline FlowString Literal(std::string_view text) {
  return {text.data(), static_cast<int64_t>(text.size())};
}

// `size` bytes that live as long as the results of the unit of input.
inline char* Allocate(FlowArena* arena, int64_t size, int64_t align = 1) {
  auto at = (reinterpret_cast<uintptr_t>(arena->at) + static_cast<uintptr_t>(align) - 1) &
            ~static_cast<uintptr_t>(align - 1);
  if (at + static_cast<uintptr_t>(size) > reinterpret_cast<uintptr_t>(arena->end)) [[unlikely]] {
    return static_cast<char*>(flow_arena_grow(arena, size, align));
  }
  arena->at = reinterpret_cast<char*>(at + static_cast<uintptr_t>(size));
  return reinterpret_cast<char*>(at);
}

inline FlowString CopyText(FlowArena* arena, std::string_view text) {
  char* data = Allocate(arena, static_cast<int64_t>(text.size()));
  if (!text.empty()) std::memcpy(data, text.data(), text.size());
  return {data, static_cast<int64_t>(text.size())};
}

// Fails with a reason: sets task->detail and gives false.
inline bool Fail(FlowTask* task, std::string_view reason) {
  task->detail = CopyText(task->arena, reason);
  return false;
}

// The same for a text that should be `what` ("an int"): "abc" is not an int.
bool FailConversion(FlowTask* task, std::string_view text, std::string_view what);

// The descriptor of a type without parts.
constexpr FlowType PlainType(TypeKind kind, uint32_t size, uint32_t align) {
  return {static_cast<uint8_t>(kind),
          0,
          0,
          size,
          align,
          0,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          nullptr};
}

// Reads a JSON value of any type; false without a reason.
bool ReadJson(FlowTask* task, const FlowType& type, const FlowString& text, void* out);

// A value as JSON text in the task's arena.
FlowString JsonText(FlowTask* task, const FlowType* type, const void* value);

}  // namespace flow::stdlib
