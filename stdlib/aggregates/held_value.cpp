#include "stdlib/aggregates/held_value.h"

#include <cstring>

#include "runtime/value.h"
#include "stdlib/kernel.h"

namespace flow::stdlib {
namespace {

constexpr int64_t kAlign = 16;

// No less than what flow_value_copy takes from an arena for the parts of `value`.
int64_t SizeOfParts(const FlowType* type, const void* value) {
  if (!flow_type_has_pointers(type)) return 0;
  const char* at = static_cast<const char*>(value);
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return static_cast<const FlowString*>(value)->size;
    case TypeKind::kOptional:
      return flow_is_present(type, value) ? SizeOfParts(type->inner, value) : 0;
    case TypeKind::kStruct: {
      int64_t size = 0;
      for (uint32_t i = 0; i < type->count; ++i) {
        size += SizeOfParts(type->fields[i].type, at + type->fields[i].offset);
      }
      return size;
    }
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const auto* array = static_cast<const FlowArray*>(value);
      const FlowType* element =
          type->kind == static_cast<uint8_t>(TypeKind::kMap) ? type->entry : type->inner;
      int64_t size = array->count * element->size + kAlign;
      for (int64_t i = 0; i < array->count; ++i) {
        size += SizeOfParts(element, static_cast<const char*>(array->data) + i * element->size);
      }
      return size;
    }
    default:
      return 0;
  }
}

}  // namespace

void Hold(FlowArena* arena, const FlowType* type, HeldValue* held, const void* value) {
  int64_t size = type->size + kAlign + SizeOfParts(type, value);
  if (size > held->capacity) {
    int64_t capacity = held->capacity * 2 > size ? held->capacity * 2 : size;
    held->block = Allocate(arena, capacity, kAlign);
    held->capacity = capacity;
  }
  // The block serves as an arena that never grows.
  FlowArena parts = {held->block + type->size, held->block + held->capacity, nullptr, 0};
  flow_value_copy(&parts, type, held->block, value);
}

void CopyHeld(FlowArena* arena, const FlowType* type, const HeldValue& held, void* out) {
  flow_value_copy(arena, type, out, held.value());
}

}  // namespace flow::stdlib
