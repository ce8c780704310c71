#include "interp/memory_layout.h"

#include <cstring>

#include "base/check.h"

namespace flow::interp {
namespace {

template <class T>
void Put(void* at, T value) {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
T Get(const void* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

Type EntryType(const Type& map) {
  return Type::Struct({{"key", map.key(), {}}, {"value", map.inner(), {}}});
}

void StoreItems(const Type& element, const Value& value, void* at, runtime::Arena& arena) {
  TypeLayout layout = LayoutOf(element);
  auto count = static_cast<int64_t>(value.items.size());
  auto* data = static_cast<char*>(arena.Allocate(count * layout.size + 1, layout.align));
  for (int64_t i = 0; i < count; ++i) {
    StoreValue(element, value.items[static_cast<size_t>(i)], data + i * layout.size, arena);
  }
  Put(at, FlowArray{data, count});
}

Value LoadItems(const Type& element, const void* at) {
  auto array = Get<FlowArray>(at);
  int64_t size = LayoutOf(element).size;
  std::vector<Value> items;
  for (int64_t i = 0; i < array.count; ++i) {
    items.push_back(LoadValue(element, static_cast<const char*>(array.data) + i * size));
  }
  return Value::Items(std::move(items));
}

}  // namespace

void StoreValue(const Type& type, const Value& value, void* at, runtime::Arena& arena) {
  auto* bytes = static_cast<char*>(at);
  switch (type.kind()) {
    case TypeKind::kBool:
      return Put<uint8_t>(at, value.whole != 0);
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Put(at, value.whole);
    case TypeKind::kFloat:
      return Put(at, value.real);
    case TypeKind::kDecimal:
      return Put(at, value.decimal);
    case TypeKind::kSet:
      return Put(at, static_cast<int32_t>(value.whole));
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson: {
      auto size = static_cast<int64_t>(value.text.size());
      auto* data = static_cast<char*>(arena.Allocate(size + 1, 1));
      std::memcpy(data, value.text.data(), value.text.size());
      return Put(at, FlowString{data, size});
    }
    case TypeKind::kStruct: {
      std::vector<uint32_t> offsets = FieldOffsets(type);
      for (size_t i = 0; i < offsets.size(); ++i) {
        StoreValue(type.fields()[i].type, value.items[i], bytes + offsets[i], arena);
      }
      return;
    }
    case TypeKind::kArray:
      return StoreItems(type.inner(), value, at, arena);
    case TypeKind::kMap:
      return StoreItems(EntryType(type), value, at, arena);
    case TypeKind::kOptional: {
      uint32_t size = LayoutOf(type.inner()).size;
      std::memset(at, 0, LayoutOf(type).size);
      if (!value.there()) return;
      StoreValue(type.inner(), value, at, arena);
      bytes[size] = 1;
      return;
    }
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kFallible:
      break;
  }
  FLOW_UNREACHABLE("a type without a memory layout");
}

Value LoadValue(const Type& type, const void* at) {
  const auto* bytes = static_cast<const char*>(at);
  switch (type.kind()) {
    case TypeKind::kBool:
      return Value::Of(bytes[0] != 0);
    case TypeKind::kInt:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return Value::Of(Get<int64_t>(at));
    case TypeKind::kFloat:
      return Value::Real(Get<double>(at));
    case TypeKind::kDecimal:
      return Value::Decimal(Get<__int128>(at));
    case TypeKind::kSet:
      return Value::Of(Get<int32_t>(at));
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson: {
      auto text = Get<FlowString>(at);
      return Value::Text(text.size == 0 ? ""
                                        : std::string(text.data, static_cast<size_t>(text.size)));
    }
    case TypeKind::kStruct: {
      std::vector<uint32_t> offsets = FieldOffsets(type);
      std::vector<Value> items;
      for (size_t i = 0; i < offsets.size(); ++i) {
        items.push_back(LoadValue(type.fields()[i].type, bytes + offsets[i]));
      }
      return Value::Items(std::move(items));
    }
    case TypeKind::kArray:
      return LoadItems(type.inner(), at);
    case TypeKind::kMap:
      return LoadItems(EntryType(type), at);
    case TypeKind::kOptional:
      return bytes[LayoutOf(type.inner()).size] == 0 ? Value::None() : LoadValue(type.inner(), at);
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kFallible:
      break;
  }
  FLOW_UNREACHABLE("a type without a memory layout");
}

}  // namespace flow::interp
