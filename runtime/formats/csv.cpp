// CSV cells beyond the plain ones; runtime/inline/csv.h has those.

#include "runtime/inline/csv.h"

#include <cstring>
#include <string>

#include "base/text.h"
#include "base/type.h"
#include "runtime/formats/base64.h"
#include "runtime/formats/text.h"
#include "runtime/inline/memory.h"
#include "runtime/type_descriptor.h"
#include "runtime/value.h"

using flow::TypeKind;

extern "C" const char* flow_csv_closing_quote(const char* p, const char* end,
                                              uint64_t* flags) noexcept {
  while (p < end) {
    const void* found = memchr(p, '"', static_cast<size_t>(end - p));
    if (found == nullptr) return nullptr;
    const char* quote = static_cast<const char*>(found);
    if (!flow_is_ascii(p, quote - p)) *flags |= kFlowNonAscii;
    if (quote + 1 == end || quote[1] != '"') return quote;
    *flags |= kFlowEscape;
    p = quote + 2;
  }
  return nullptr;
}

extern "C" int64_t flow_count_newlines(const char* p, const char* end) noexcept {
  int64_t count = 0;
  for (; p < end; ++p) count += *p == '\n';
  return count;
}

extern "C" bool flow_csv_string_slow(FlowTask* task, const char* p, int64_t size, uint64_t flags,
                                     FlowString* out) noexcept {
  *out = {p, size};
  if ((flags & kFlowNonAscii) != 0 && !flow_utf8_valid(p, size)) return false;
  if ((flags & kFlowEscape) == 0) return true;
  char* copy = static_cast<char*>(flow_arena_alloc(task->arena, size, 1));
  char* at = copy;
  for (const char* end = p + size; p < end; ++p) {
    *at++ = *p;
    if (*p == '"') ++p;  // the second of two
  }
  *out = {copy, at - copy};
  return true;
}

namespace {

// Without a sign `+` and zeros in front, which JSON's numbers do not have.
void Normalize(const char** p, int64_t* size, bool* negative) {
  *negative = *size > 0 && **p == '-';
  if (*size > 0 && (**p == '-' || **p == '+')) {
    ++*p;
    --*size;
  }
  while (*size > 1 && **p == '0' && FlowIsDigit((*p)[1])) {
    ++*p;
    --*size;
  }
}

}  // namespace

extern "C" bool flow_csv_int_slow(const char* p, int64_t size, int64_t* out) noexcept {
  if (flow_parse_int(p, size, out)) return true;
  bool negative = false;
  Normalize(&p, &size, &negative);
  // The smallest int has no positive twin and never needed this.
  if (size == 0 || *p == '-' || !flow_parse_int(p, size, out)) return false;
  if (negative) *out = -*out;
  return true;
}

extern "C" bool flow_csv_float_slow(const char* p, int64_t size, double* out) noexcept {
  bool negative = false;
  std::string_view text(p, static_cast<size_t>(size));
  if (text == "NaN") {
    *out = __builtin_nan("");
    return true;
  }
  Normalize(&p, &size, &negative);
  text = std::string_view(p, static_cast<size_t>(size));
  if (text == "Infinity") {
    *out = __builtin_inf();
  } else if (size == 0 || *p == '-' || !flow_parse_float(p, size, out)) {
    return false;
  }
  if (negative) *out = -*out;
  return true;
}

extern "C" bool flow_csv_decimal(const char* p, int64_t size, int32_t precision, int32_t scale,
                                 __int128* out) noexcept {
  bool negative = false;
  Normalize(&p, &size, &negative);
  if (size == 0 || *p == '-' || !flow_parse_decimal(p, size, precision, scale, out)) return false;
  if (negative) *out = -*out;
  return true;
}

extern "C" bool flow_csv_timestamp_slow(const char* p, int64_t size, int64_t unit,
                                        int64_t* out) noexcept {
  if (flow_parse_timestamp(p, size, out)) return true;
  return unit != 0 && flow_epoch_timestamp(p, size, unit, out);
}

extern "C" bool flow_csv_read_value(FlowTask* task, const FlowType* type, int64_t unit,
                                    const char* p, int64_t size, uint64_t flags,
                                    void* out) noexcept {
  FlowString text;
  if (!flow_csv_string_slow(task, p, size, flags | kFlowNonAscii, &text)) return false;
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kOptional: {
      char* bytes = static_cast<char*>(out);
      memset(bytes, 0, type->size);
      if (size == 0 && (flags & kFlowQuoted) == 0) return true;
      if (!flow_csv_read_value(task, type->inner, unit, p, size, flags, out)) return false;
      bytes[type->inner->size] = 1;
      return true;
    }
    case TypeKind::kBool: {
      bool yes = flow::runtime::View(text) == "true";
      if (!yes && flow::runtime::View(text) != "false") return false;
      *static_cast<uint8_t*>(out) = yes;
      return true;
    }
    case TypeKind::kInt:
      return flow_csv_int_slow(text.data, text.size, static_cast<int64_t*>(out));
    case TypeKind::kFloat:
      return flow_csv_float_slow(text.data, text.size, static_cast<double*>(out));
    case TypeKind::kDecimal:
      return flow_csv_decimal(text.data, text.size, type->precision, type->scale,
                              static_cast<__int128*>(out));
    case TypeKind::kString:
      memcpy(out, &text, sizeof text);
      return true;
    case TypeKind::kBytes: {
      FlowString bytes;
      if (!flow::runtime::DecodeBase64(task->arena, text, &bytes)) return false;
      memcpy(out, &bytes, sizeof bytes);
      return true;
    }
    case TypeKind::kTimestamp:
      return flow_csv_timestamp_slow(text.data, text.size, unit, static_cast<int64_t*>(out));
    case TypeKind::kDuration:
      return flow_parse_duration(text.data, text.size, static_cast<int64_t*>(out));
    case TypeKind::kSet: {
      int32_t index = flow_set_find(type, text.data, text.size);
      memcpy(out, &index, sizeof index);
      return index >= 0;
    }
    case TypeKind::kStruct:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kJson:
      return flow_json_read_value(task, type, unit, text.data, text.size, out);
    default:
      return false;
  }
}

extern "C" void flow_csv_bad_value(FlowTask* task, const FlowString* name, const FlowType* type,
                                   const char* p, int64_t size, uint64_t flags) noexcept {
  std::string text = flow::Cat("field `", flow::runtime::View(*name), "`: expected ",
                               flow::runtime::TypeText(*type), ", found ");
  if (size == 0) {
    text += (flags & kFlowQuoted) != 0 ? "an empty string" : "an empty cell";
  } else {
    if (!flow_utf8_valid(p, size)) text += "bytes that are not UTF-8: ";
    text += flow::Cat("\"", flow::runtime::Excerpt({p, static_cast<size_t>(size)}), "\"");
  }
  task->record_fault = p;
  flow::runtime::SetDetail(task, text);
}

extern "C" void flow_csv_bad_record(FlowTask* task, int64_t cells, int64_t expected) noexcept {
  flow::runtime::SetDetail(
      task, cells < 0 ? std::string("a quoted cell does not end, or text follows its quote")
                      : flow::Cat(cells, " instead of ", expected));
}

extern "C" char* flow_csv_write_quoted(char* out, const char* p, int64_t size) noexcept {
  *out++ = '"';
  for (const char* end = p + size; p < end; ++p) {
    if (*p == '"') *out++ = '"';
    *out++ = *p;
  }
  *out++ = '"';
  return out;
}

extern "C" void flow_csv_append_value(FlowBuffer* buffer, const FlowType* type, const void* value,
                                      int32_t separator) noexcept {
  auto append_string = [&](const char* data, int64_t size) {
    char* out = flow_buffer_reserve(buffer, flow_csv_string_room(size));
    buffer->size = flow_csv_write_string(out, data, size, separator) - buffer->data;
  };
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kNone:
      return;
    case TypeKind::kOptional:
      if (flow_is_present(type, value)) {
        flow_csv_append_value(buffer, type->inner, value, separator);
      }
      return;
    case TypeKind::kString: {
      const FlowString* text = static_cast<const FlowString*>(value);
      append_string(text->data, text->size);
      return;
    }
    case TypeKind::kSet: {
      const FlowString& label = type->labels[*static_cast<const uint32_t*>(value)];
      append_string(label.data, label.size);
      return;
    }
    case TypeKind::kFloat: {
      char text[kFlowFloatRoom];
      char* end = flow_write_float(text, *static_cast<const double*>(value));
      append_string(text, end - text);
      return;
    }
    case TypeKind::kTimestamp: {
      char text[kFlowTimestampRoom];
      char* end = flow_write_timestamp(text, *static_cast<const int64_t*>(value));
      append_string(text, end - text);
      return;
    }
    case TypeKind::kDuration: {
      char text[kFlowDurationRoom];
      char* end = flow_write_duration(text, *static_cast<const int64_t*>(value));
      append_string(text, end - text);
      return;
    }
    case TypeKind::kBytes: {
      int64_t before = buffer->size;
      flow::runtime::AppendBase64(buffer, *static_cast<const FlowString*>(value));
      if (buffer->size == before) append_string("", 0);
      return;
    }
    case TypeKind::kBool:
    case TypeKind::kInt:
    case TypeKind::kDecimal:
      flow_json_append_value(buffer, type, value);
      return;
    default:
      break;
  }
  // Structs, arrays, maps and json: their JSON text, as a string.
  int64_t before = buffer->size;
  flow_json_append_value(buffer, type, value);
  std::string text(buffer->data + before, static_cast<size_t>(buffer->size - before));
  buffer->size = before;
  append_string(text.data(), static_cast<int64_t>(text.size()));
}

extern "C" void flow_text_append_value(FlowBuffer* buffer, const FlowType* type,
                                       const void* value) noexcept {
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kNone:
      return;
    case TypeKind::kOptional:
      if (flow_is_present(type, value)) flow_text_append_value(buffer, type->inner, value);
      return;
    case TypeKind::kString: {
      const FlowString* text = static_cast<const FlowString*>(value);
      flow_buffer_append(buffer, text->data, text->size);
      return;
    }
    case TypeKind::kSet: {
      const FlowString& label = type->labels[*static_cast<const uint32_t*>(value)];
      flow_buffer_append(buffer, label.data, label.size);
      return;
    }
    case TypeKind::kFloat:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      // No separator is in such a text, so that the cell is it.
      flow_csv_append_value(buffer, type, value, 0);
      return;
    default:
      flow_json_append_value(buffer, type, value);
  }
}
