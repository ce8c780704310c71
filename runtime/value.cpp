#include "runtime/value.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "base/type.h"
#include "runtime/inline/memory.h"

namespace {

using flow::TypeKind;

TypeKind KindOf(const FlowType* type) { return static_cast<TypeKind>(type->kind); }

template <typename T>
T Read(const void* at) {
  T value;
  memcpy(&value, at, sizeof value);
  return value;
}

template <typename T>
int32_t Compare(T a, T b) {
  return (a > b) - (a < b);
}

int32_t CompareFloats(double a, double b) {
  bool a_nan = a != a;
  bool b_nan = b != b;
  if (a_nan || b_nan) return Compare<int>(a_nan, b_nan);
  return Compare(a, b);
}

int32_t CompareTexts(const FlowString& a, const FlowString& b) {
  int64_t common = a.size < b.size ? a.size : b.size;
  int order = common == 0 ? 0 : memcmp(a.data, b.data, static_cast<size_t>(common));
  if (order != 0) return order < 0 ? -1 : 1;
  return Compare(a.size, b.size);
}

const char* Element(const FlowArray& array, const FlowType* element, int64_t i) {
  return static_cast<const char*>(array.data) + i * element->size;
}

int32_t CompareArrays(const FlowType* element, const FlowArray& a, const FlowArray& b) {
  int64_t common = a.count < b.count ? a.count : b.count;
  for (int64_t i = 0; i < common; ++i) {
    int32_t order = flow_value_compare(element, Element(a, element, i), Element(b, element, i));
    if (order != 0) return order;
  }
  return Compare(a.count, b.count);
}

const FlowType* ElementOf(const FlowType* type) {
  return KindOf(type) == TypeKind::kMap ? type->entry : type->inner;
}

uint64_t Mix(uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  return value;
}

uint64_t Combine(uint64_t hash, uint64_t next) { return Mix(hash * 0x9e3779b97f4a7c15u + next); }

}  // namespace

extern "C" int32_t flow_value_compare(const FlowType* type, const void* a, const void* b) noexcept {
  switch (KindOf(type)) {
    case TypeKind::kError:
    case TypeKind::kNone:
      return 0;
    case TypeKind::kBool:
      return Compare(Read<uint8_t>(a), Read<uint8_t>(b));
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Compare(Read<int64_t>(a), Read<int64_t>(b));
    case TypeKind::kFloat:
      return CompareFloats(Read<double>(a), Read<double>(b));
    case TypeKind::kDecimal:
      return Compare(Read<__int128>(a), Read<__int128>(b));
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return CompareTexts(Read<FlowString>(a), Read<FlowString>(b));
    case TypeKind::kSet:
      return CompareTexts(type->labels[Read<uint32_t>(a)], type->labels[Read<uint32_t>(b)]);
    case TypeKind::kArray:
    case TypeKind::kMap:
      return CompareArrays(ElementOf(type), Read<FlowArray>(a), Read<FlowArray>(b));
    case TypeKind::kStruct:
      for (uint32_t i = 0; i < type->count; ++i) {
        const FlowField& field = type->fields[i];
        int32_t order = flow_value_compare(field.type, static_cast<const char*>(a) + field.offset,
                                           static_cast<const char*>(b) + field.offset);
        if (order != 0) return order;
      }
      return 0;
    case TypeKind::kOptional:
    case TypeKind::kFallible: {
      bool a_there = flow_is_present(type, a);
      bool b_there = flow_is_present(type, b);
      if (a_there && b_there) return flow_value_compare(type->inner, a, b);
      return Compare<int>(b_there, a_there);
    }
  }
  return 0;
}

extern "C" bool flow_value_equal(const FlowType* type, const void* a, const void* b) noexcept {
  switch (KindOf(type)) {
    case TypeKind::kSet:
      return Read<uint32_t>(a) == Read<uint32_t>(b);
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson: {
      FlowString x = Read<FlowString>(a);
      FlowString y = Read<FlowString>(b);
      return x.size == y.size &&
             (x.size == 0 || memcmp(x.data, y.data, static_cast<size_t>(x.size)) == 0);
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
      if (Read<FlowArray>(a).count != Read<FlowArray>(b).count) return false;
      break;
    default:
      break;
  }
  return flow_value_compare(type, a, b) == 0;
}

extern "C" uint64_t flow_value_hash(const FlowType* type, const void* value) noexcept {
  switch (KindOf(type)) {
    case TypeKind::kError:
    case TypeKind::kNone:
      return 0;
    case TypeKind::kBool:
      return Mix(Read<uint8_t>(value) + 1u);
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Mix(Read<uint64_t>(value) + 0x9e3779b97f4a7c15u);
    case TypeKind::kFloat: {
      double number = Read<double>(value);
      if (number == 0) number = 0;                            // -0.0 equals 0.0
      if (number != number) return Mix(0x7ff8000000000000u);  // all NaNs are one
      return Mix(Read<uint64_t>(&number) + 0x9e3779b97f4a7c15u);
    }
    case TypeKind::kDecimal: {
      unsigned __int128 number = Read<unsigned __int128>(value);
      return Combine(static_cast<uint64_t>(number), static_cast<uint64_t>(number >> 64));
    }
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson: {
      FlowString text = Read<FlowString>(value);
      return XXH3_64bits(text.data, static_cast<size_t>(text.size));
    }
    case TypeKind::kSet:
      return Mix(Read<uint32_t>(value) + 0x9e3779b97f4a7c15u);
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const FlowType* element = ElementOf(type);
      FlowArray array = Read<FlowArray>(value);
      uint64_t hash = static_cast<uint64_t>(array.count);
      for (int64_t i = 0; i < array.count; ++i) {
        hash = Combine(hash, flow_value_hash(element, Element(array, element, i)));
      }
      return Mix(hash);
    }
    case TypeKind::kStruct: {
      uint64_t hash = 0;
      for (uint32_t i = 0; i < type->count; ++i) {
        const FlowField& field = type->fields[i];
        hash = Combine(hash,
                       flow_value_hash(field.type, static_cast<const char*>(value) + field.offset));
      }
      return hash;
    }
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      return flow_is_present(type, value) ? flow_value_hash(type->inner, value)
                                          : 0x2545f4914f6cdd1du;
  }
  return 0;
}

extern "C" bool flow_type_has_pointers(const FlowType* type) noexcept {
  switch (KindOf(type)) {
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
      return true;
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      return flow_type_has_pointers(type->inner);
    case TypeKind::kStruct:
      for (uint32_t i = 0; i < type->count; ++i) {
        if (flow_type_has_pointers(type->fields[i].type)) return true;
      }
      return false;
    default:
      return false;
  }
}

extern "C" int64_t flow_value_extra_bytes(const FlowType* type, const void* value) noexcept {
  switch (KindOf(type)) {
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return Read<FlowString>(value).size;
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const FlowType* element = ElementOf(type);
      FlowArray array = Read<FlowArray>(value);
      if (array.count == 0) return 0;
      int64_t bytes = array.count * element->size + element->align;
      if (!flow_type_has_pointers(element)) return bytes;
      for (int64_t i = 0; i < array.count; ++i) {
        bytes += flow_value_extra_bytes(element, Element(array, element, i));
      }
      return bytes;
    }
    case TypeKind::kStruct: {
      int64_t bytes = 0;
      for (uint32_t i = 0; i < type->count; ++i) {
        const FlowField& field = type->fields[i];
        bytes += flow_value_extra_bytes(field.type, static_cast<const char*>(value) + field.offset);
      }
      return bytes;
    }
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      return flow_is_present(type, value) ? flow_value_extra_bytes(type->inner, value) : 0;
    default:
      return 0;
  }
}

extern "C" void flow_value_copy(FlowArena* arena, const FlowType* type, void* to,
                                const void* from) noexcept {
  memmove(to, from, type->size);
  switch (KindOf(type)) {
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson: {
      FlowString text = Read<FlowString>(to);
      text = flow_arena_string(arena, text.data, text.size);
      memcpy(to, &text, sizeof text);
      return;
    }
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const FlowType* element = ElementOf(type);
      FlowArray array = Read<FlowArray>(to);
      if (array.count == 0) return;
      char* data =
          static_cast<char*>(flow_arena_alloc(arena, array.count * element->size, element->align));
      if (flow_type_has_pointers(element)) {
        for (int64_t i = 0; i < array.count; ++i) {
          flow_value_copy(arena, element, data + i * element->size, Element(array, element, i));
        }
      } else {
        memcpy(data, array.data, static_cast<size_t>(array.count) * element->size);
      }
      array.data = data;
      memcpy(to, &array, sizeof array);
      return;
    }
    case TypeKind::kStruct:
      for (uint32_t i = 0; i < type->count; ++i) {
        const FlowField& field = type->fields[i];
        if (!flow_type_has_pointers(field.type)) continue;
        flow_value_copy(arena, field.type, static_cast<char*>(to) + field.offset,
                        static_cast<const char*>(from) + field.offset);
      }
      return;
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      if (flow_is_present(type, to)) flow_value_copy(arena, type->inner, to, from);
      return;
    default:
      return;
  }
}
