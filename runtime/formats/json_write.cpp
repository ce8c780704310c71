// Values of any type as JSON text.

#include "runtime/inline/json_write.h"

#include <cstring>

#include "base/type.h"
#include "runtime/formats/base64.h"
#include "runtime/value.h"

extern "C" char* flow_json_write_escaped(char* out, const char* p, int64_t size) noexcept {
  static constexpr char kHex[] = "0123456789abcdef";
  const char* end = p + size;
  for (; p < end; ++p) {
    uint8_t c = static_cast<uint8_t>(*p);
    if (c >= 0x20 && c != '"' && c != '\\') {
      *out++ = *p;
      continue;
    }
    *out++ = '\\';
    switch (c) {
      case '"':
      case '\\':
        *out++ = *p;
        break;
      case '\b':
        *out++ = 'b';
        break;
      case '\f':
        *out++ = 'f';
        break;
      case '\n':
        *out++ = 'n';
        break;
      case '\r':
        *out++ = 'r';
        break;
      case '\t':
        *out++ = 't';
        break;
      default:
        memcpy(out, "u00", 3);
        out[3] = kHex[c >> 4];
        out[4] = kHex[c & 15];
        out += 5;
    }
  }
  return out;
}

namespace {

using flow::TypeKind;

template <typename T>
T Read(const void* at) {
  T value;
  memcpy(&value, at, sizeof value);
  return value;
}

void AppendChar(FlowBuffer* buffer, char c) { flow_buffer_append(buffer, &c, 1); }

void AppendText(FlowBuffer* buffer, const FlowString& text) {
  char* out = flow_buffer_reserve(buffer, flow_json_string_room(text.size));
  buffer->size = flow_json_write_string(out, text.data, text.size) - buffer->data;
}

// Through a writer with a fixed room.
template <typename T>
void AppendWith(FlowBuffer* buffer, char* (*write)(char*, T), int64_t room, T value) {
  char* out = flow_buffer_reserve(buffer, room);
  buffer->size = write(out, value) - buffer->data;
}

void AppendStruct(FlowBuffer* buffer, const FlowType* type, const char* value) {
  AppendChar(buffer, '{');
  for (uint32_t i = 0; i < type->count; ++i) {
    const FlowField& field = type->fields[i];
    if (i > 0) AppendChar(buffer, ',');
    AppendText(buffer, field.external);
    AppendChar(buffer, ':');
    flow_json_append_value(buffer, field.type, value + field.offset);
  }
  AppendChar(buffer, '}');
}

void AppendArray(FlowBuffer* buffer, const FlowType* type, const FlowArray& array) {
  AppendChar(buffer, '[');
  for (int64_t i = 0; i < array.count; ++i) {
    if (i > 0) AppendChar(buffer, ',');
    flow_json_append_value(buffer, type->inner,
                           static_cast<const char*>(array.data) + i * type->inner->size);
  }
  AppendChar(buffer, ']');
}

// JSON's keys are strings: other types stand between quotes.
void AppendKey(FlowBuffer* buffer, const FlowType* type, const void* key) {
  TypeKind kind = static_cast<TypeKind>(type->kind);
  bool quotes = kind == TypeKind::kInt || kind == TypeKind::kBool || kind == TypeKind::kDecimal ||
                kind == TypeKind::kFloat;
  if (kind == TypeKind::kFloat) {
    double number = Read<double>(key);
    quotes = number - number == 0;  // the others have theirs
  }
  if (quotes) AppendChar(buffer, '"');
  flow_json_append_value(buffer, type, key);
  if (quotes) AppendChar(buffer, '"');
}

void AppendMap(FlowBuffer* buffer, const FlowType* type, const FlowArray& map) {
  AppendChar(buffer, '{');
  for (int64_t i = 0; i < map.count; ++i) {
    const char* entry = static_cast<const char*>(map.data) + i * type->entry->size;
    if (i > 0) AppendChar(buffer, ',');
    AppendKey(buffer, type->key, entry + type->entry->fields[0].offset);
    AppendChar(buffer, ':');
    flow_json_append_value(buffer, type->inner, entry + type->entry->fields[1].offset);
  }
  AppendChar(buffer, '}');
}

}  // namespace

extern "C" void flow_json_append_value(FlowBuffer* buffer, const FlowType* type,
                                       const void* value) noexcept {
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kError:
    case TypeKind::kNone:
      flow_buffer_append(buffer, "null", 4);
      return;
    case TypeKind::kBool:
      AppendWith(buffer, flow_write_bool, 5, Read<uint8_t>(value) != 0);
      return;
    case TypeKind::kInt:
      AppendWith(buffer, flow_write_int, kFlowIntRoom, Read<int64_t>(value));
      return;
    case TypeKind::kFloat:
      AppendWith(buffer, flow_json_write_float, kFlowFloatRoom, Read<double>(value));
      return;
    case TypeKind::kDecimal: {
      __int128 number = Read<__int128>(value);
      char* out = flow_buffer_reserve(buffer, kFlowDecimalRoom);
      buffer->size = flow_write_decimal(out, &number, type->scale) - buffer->data;
      return;
    }
    case TypeKind::kString:
      AppendText(buffer, Read<FlowString>(value));
      return;
    case TypeKind::kBytes:
      AppendChar(buffer, '"');
      flow::runtime::AppendBase64(buffer, Read<FlowString>(value));
      AppendChar(buffer, '"');
      return;
    case TypeKind::kTimestamp:
      AppendWith(buffer, flow_json_write_timestamp, kFlowTimestampRoom, Read<int64_t>(value));
      return;
    case TypeKind::kDuration:
      AppendWith(buffer, flow_json_write_duration, kFlowDurationRoom, Read<int64_t>(value));
      return;
    case TypeKind::kSet:
      AppendText(buffer, type->labels[Read<uint32_t>(value)]);
      return;
    case TypeKind::kStruct:
      AppendStruct(buffer, type, static_cast<const char*>(value));
      return;
    case TypeKind::kArray:
      AppendArray(buffer, type, Read<FlowArray>(value));
      return;
    case TypeKind::kMap:
      AppendMap(buffer, type, Read<FlowArray>(value));
      return;
    case TypeKind::kJson: {
      FlowString text = Read<FlowString>(value);
      flow_buffer_append(buffer, text.data, text.size);
      return;
    }
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      if (flow_is_present(type, value)) {
        flow_json_append_value(buffer, type->inner, value);
      } else {
        flow_buffer_append(buffer, "null", 4);
      }
      return;
  }
}
