// JSON text to values of any type, with the whole grammar checked.

#include <cstring>
#include <string>

#include "base/text.h"
#include "base/type.h"
#include "runtime/formats/base64.h"
#include "runtime/formats/json_text.h"
#include "runtime/formats/text.h"
#include "runtime/inline/json.h"
#include "runtime/type_descriptor.h"

namespace flow::runtime {
namespace {

// Where and why a value is bad.
struct Fault {
  std::string path;
  const FlowType* type = nullptr;
  const char* begin = nullptr;
  const char* end = nullptr;
  const char* reason = nullptr;  // when the type does not say it
};

class Reader {
 public:
  Reader(FlowTask* task, int64_t unit, const char* p, const char* end, Fault* fault)
      : task_(task), unit_(unit), p_(p), end_(end), fault_(fault) {}

  // The whole text is one value of `type`.
  bool ReadAll(const FlowType* type, void* out) {
    Space();
    if (!Read(type, out, 0)) return false;
    Space();
    return p_ == end_ || Bad(type, p_, "something follows the value");
  }

  // The whole text is one value.
  bool SkipAll() {
    Space();
    if (!Skip(0)) return false;
    Space();
    return p_ == end_;
  }

 private:
  bool Bad(const FlowType* type, const char* begin, const char* reason = nullptr) {
    if (fault_ == nullptr || fault_->type != nullptr) return false;
    fault_->type = type;
    fault_->begin = begin;
    fault_->reason = reason;
    p_ = begin;
    if (begin == end_ || !Skip(0)) p_ = end_;
    fault_->end = p_;
    return false;
  }

  // A fault below the field or element `name`.
  bool Below(std::string_view name) {
    if (fault_ != nullptr) {
      std::string rest = fault_->path;
      fault_->path = name;
      if (!rest.empty() && rest[0] != '[') fault_->path += '.';
      fault_->path += rest;
    }
    return false;
  }

  void Space() {
    while (p_ < end_ && (*p_ == ' ' || *p_ == '\t' || *p_ == '\r' || *p_ == '\n')) ++p_;
  }
  bool Take(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (static_cast<size_t>(end_ - p_) < word.size() || memcmp(p_, word.data(), word.size()) != 0) {
      return false;
    }
    p_ += word.size();
    return true;
  }

  // Past a string; its inside and whether it has escapes. Control characters end it badly.
  bool TakeString(FlowString* inside, bool* escapes) {
    *escapes = false;
    if (!Take('"')) return false;
    const char* begin = p_;
    for (; p_ < end_ && *p_ != '"'; ++p_) {
      if (static_cast<uint8_t>(*p_) < 0x20) return false;
      if (*p_ != '\\') continue;
      *escapes = true;
      if (++p_ == end_) return false;
    }
    *inside = {begin, p_ - begin};
    return Take('"');
  }

  // A string as UTF-8: a view, or a copy when it has escapes.
  bool ReadText(FlowString* out) {
    FlowString raw;
    bool escapes = false;
    if (!TakeString(&raw, &escapes)) return false;
    if (!escapes) {
      *out = raw;
      return flow_utf8_valid(raw.data, raw.size);
    }
    char* copy = static_cast<char*>(flow_arena_alloc(task_->arena, raw.size, 1));
    char* copy_end = JsonUnescapeAll(raw.data, raw.data + raw.size, copy);
    if (copy_end == nullptr) return false;
    *out = {copy, copy_end - copy};
    return true;
  }

  // Past a number as the grammar has it.
  bool TakeNumber() {
    Take('-');
    const char* whole = p_;
    while (p_ < end_ && FlowIsDigit(*p_)) ++p_;
    if (p_ == whole || (*whole == '0' && p_ - whole > 1)) return false;
    if (Take('.')) {
      const char* fraction = p_;
      while (p_ < end_ && FlowIsDigit(*p_)) ++p_;
      if (p_ == fraction) return false;
    }
    if (p_ < end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (!Take('-')) Take('+');
      const char* exponent = p_;
      while (p_ < end_ && FlowIsDigit(*p_)) ++p_;
      if (p_ == exponent) return false;
    }
    return true;
  }

  // Past any value, judging all of it.
  bool Skip(int32_t depth) {
    if (depth > kFlowJsonDepth || p_ == end_) return false;
    FlowString text;
    bool escapes = false;
    switch (*p_) {
      case '"':
        return SkipString(&text, &escapes);
      case 't':
        return TakeWord("true");
      case 'f':
        return TakeWord("false");
      case 'n':
        return TakeWord("null");
      case '[':
        ++p_;
        Space();
        if (Take(']')) return true;
        for (;;) {
          Space();
          if (!Skip(depth + 1)) return false;
          Space();
          if (Take(']')) return true;
          if (!Take(',')) return false;
        }
      case '{':
        ++p_;
        Space();
        if (Take('}')) return true;
        for (;;) {
          Space();
          if (!SkipString(&text, &escapes)) return false;
          Space();
          if (!Take(':')) return false;
          Space();
          if (!Skip(depth + 1)) return false;
          Space();
          if (Take('}')) return true;
          if (!Take(',')) return false;
        }
      default:
        return TakeNumber();
    }
  }

  bool SkipString(FlowString* text, bool* escapes) {
    if (!TakeString(text, escapes)) return false;
    if (!*escapes) return flow_utf8_valid(text->data, text->size);
    const char* p = text->data;
    const char* end = p + text->size;
    char room[4];
    while (p < end) {
      char* out = room;
      if (*p == '\\') {
        ++p;
        if (!JsonUnescape(&p, end, &out)) return false;
        continue;
      }
      int32_t length = flow_utf8_length(p, end);
      if (length == 0) return false;
      p += length;
    }
    return true;
  }

  bool Read(const FlowType* type, void* out, int32_t depth);
  bool ReadScalar(const FlowType* type, void* out);
  bool ReadStruct(const FlowType* type, char* out, int32_t depth);
  bool ReadFields(const FlowType* type, char* out, char* seen, int32_t depth);
  bool ReadArray(const FlowType* type, void* out, int32_t depth);
  bool ReadMap(const FlowType* type, void* out, int32_t depth);
  bool ReadKey(const FlowType* type, void* out);

  template <typename T>
  static void Write(void* out, const T& value) {
    memcpy(out, &value, sizeof value);
  }

  FlowTask* task_;
  int64_t unit_;
  const char* p_;
  const char* end_;
  Fault* fault_;
};

// Elements of an array or map being read: doubles in the arena.
class Elements {
 public:
  Elements(FlowArena* arena, const FlowType* element) : arena_(arena), element_(element) {}

  char* Add() {
    if (count_ == capacity_) {
      int64_t capacity = capacity_ == 0 ? 4 : capacity_ * 2;
      char* data =
          static_cast<char*>(flow_arena_alloc(arena_, capacity * element_->size, element_->align));
      if (count_ > 0) memcpy(data, data_, static_cast<size_t>(count_) * element_->size);
      data_ = data;
      capacity_ = capacity;
    }
    char* at = data_ + count_++ * element_->size;
    memset(at, 0, element_->size);
    return at;
  }
  FlowArray array() const { return {data_, count_}; }

 private:
  FlowArena* arena_;
  const FlowType* element_;
  char* data_ = nullptr;
  int64_t count_ = 0;
  int64_t capacity_ = 0;
};

bool Reader::Read(const FlowType* type, void* out, int32_t depth) {
  const char* begin = p_;
  if (depth > kFlowJsonDepth) return Bad(type, begin, "too deep");
  switch (static_cast<TypeKind>(type->kind)) {
    case TypeKind::kOptional: {
      char* bytes = static_cast<char*>(out);
      memset(bytes, 0, type->size);
      if (TakeWord("null")) return true;
      if (!Read(type->inner, out, depth)) {
        // `float?` is what was wanted here.
        if (fault_ != nullptr && fault_->type == type->inner && fault_->begin == begin) {
          fault_->type = type;
        }
        return false;
      }
      bytes[type->inner->size] = 1;
      return true;
    }
    case TypeKind::kNone:
      return TakeWord("null") || Bad(type, begin);
    case TypeKind::kStruct:
      return ReadStruct(type, static_cast<char*>(out), depth);
    case TypeKind::kArray:
      return ReadArray(type, out, depth);
    case TypeKind::kMap:
      return ReadMap(type, out, depth);
    case TypeKind::kJson:
      if (TakeWord("null") || !Skip(depth)) return Bad(type, begin);
      Write(out, FlowString{begin, p_ - begin});
      return true;
    default:
      if (ReadScalar(type, out)) return true;
      return Bad(type, begin);
  }
}

bool Reader::ReadScalar(const FlowType* type, void* out) {
  const char* begin = p_;
  FlowString text = {};
  TypeKind kind = static_cast<TypeKind>(type->kind);
  if (p_ < end_ && *p_ == '"') {
    if (!ReadText(&text)) return false;
    switch (kind) {
      case TypeKind::kString:
        Write(out, text);
        return true;
      case TypeKind::kBytes: {
        FlowString bytes;
        if (!DecodeBase64(task_->arena, text, &bytes)) return false;
        Write(out, bytes);
        return true;
      }
      case TypeKind::kTimestamp:
        return flow_parse_timestamp(text.data, text.size, static_cast<int64_t*>(out));
      case TypeKind::kDuration:
        return flow_parse_duration(text.data, text.size, static_cast<int64_t*>(out));
      case TypeKind::kFloat:
        return flow_json_float_word(begin, p_ - begin, static_cast<double*>(out));
      case TypeKind::kSet: {
        int32_t index = flow_set_find(type, text.data, text.size);
        if (index < 0) return false;
        Write(out, index);
        return true;
      }
      default:
        return false;
    }
  }
  if (kind == TypeKind::kBool) {
    bool yes = TakeWord("true");
    if (!yes && !TakeWord("false")) return false;
    Write(out, static_cast<uint8_t>(yes));
    return true;
  }
  if (!TakeNumber()) return false;
  int64_t size = p_ - begin;
  switch (kind) {
    case TypeKind::kInt:
      return flow_parse_int(begin, size, static_cast<int64_t*>(out));
    case TypeKind::kFloat:
      return flow_parse_float(begin, size, static_cast<double*>(out));
    case TypeKind::kDecimal:
      return flow_parse_decimal(begin, size, type->precision, type->scale,
                                static_cast<__int128*>(out));
    case TypeKind::kTimestamp:
      return flow_json_timestamp_slow(begin, size, unit_, static_cast<int64_t*>(out));
    default:
      return false;
  }
}

bool Reader::ReadStruct(const FlowType* type, char* out, int32_t depth) {
  const char* begin = p_;
  memset(out, 0, type->size);
  if (!Take('{')) return Bad(type, begin);
  char few[64] = {};
  char* seen = few;
  if (type->count > sizeof few) {
    seen = static_cast<char*>(flow_arena_alloc(task_->arena, type->count, 1));
    memset(seen, 0, type->count);
  }
  if (!ReadFields(type, out, seen, depth)) return Bad(type, begin, "not an object");
  for (uint32_t i = 0; i < type->count; ++i) {
    const FlowField& field = type->fields[i];
    if (seen[i] || static_cast<TypeKind>(field.type->kind) == TypeKind::kOptional) continue;
    Bad(field.type, begin, "is missing");
    return Below(View(field.external));
  }
  return true;
}

bool Reader::ReadFields(const FlowType* type, char* out, char* seen, int32_t depth) {
  Space();
  if (Take('}')) return true;
  uint32_t guess = 0;
  for (;;) {
    Space();
    FlowString name;
    if (!ReadText(&name)) return false;
    Space();
    if (!Take(':')) return false;
    Space();
    uint32_t index = type->count;
    for (uint32_t i = 0; i < type->count; ++i) {
      uint32_t candidate = guess + i < type->count ? guess + i : guess + i - type->count;
      if (View(type->fields[candidate].external) != View(name)) continue;
      index = candidate;
      break;
    }
    if (index == type->count || seen[index]) {
      if (!Skip(depth + 1)) return false;
    } else {
      const FlowField& field = type->fields[index];
      if (!Read(field.type, out + field.offset, depth + 1)) return Below(View(field.external));
      seen[index] = 1;
      guess = index + 1;
    }
    Space();
    if (Take('}')) return true;
    if (!Take(',')) return false;
  }
}

bool Reader::ReadArray(const FlowType* type, void* out, int32_t depth) {
  const char* begin = p_;
  Elements elements(task_->arena, type->inner);
  if (!Take('[')) return Bad(type, begin);
  Space();
  if (!Take(']')) {
    for (;;) {
      Space();
      char* element = elements.Add();
      if (!Read(type->inner, element, depth + 1)) {
        return Below(Cat("[", elements.array().count - 1, "]"));
      }
      Space();
      if (Take(']')) break;
      if (!Take(',')) return Bad(type, begin);
    }
  }
  Write(out, elements.array());
  return true;
}

// Keys are strings in JSON; other types are read from the string's text.
bool Reader::ReadKey(const FlowType* type, void* out) {
  TypeKind kind = static_cast<TypeKind>(type->kind);
  if (kind == TypeKind::kString || kind == TypeKind::kSet || kind == TypeKind::kTimestamp ||
      kind == TypeKind::kDuration || kind == TypeKind::kBytes) {
    return ReadScalar(type, out);
  }
  FlowString text;
  if (!ReadText(&text)) return false;
  Reader inside(task_, unit_, text.data, text.data + text.size, nullptr);
  return inside.ReadAll(type, out);
}

bool Reader::ReadMap(const FlowType* type, void* out, int32_t depth) {
  const char* begin = p_;
  Elements elements(task_->arena, type->entry);
  if (!Take('{')) return Bad(type, begin);
  Space();
  if (!Take('}')) {
    for (;;) {
      Space();
      char* entry = elements.Add();
      const char* key = p_;
      if (!ReadKey(type->key, entry + type->entry->fields[0].offset)) return Bad(type->key, key);
      Space();
      if (!Take(':')) return Bad(type, begin);
      Space();
      if (!Read(type->inner, entry + type->entry->fields[1].offset, depth + 1)) return false;
      Space();
      if (Take('}')) break;
      if (!Take(',')) return Bad(type, begin);
    }
  }
  Write(out, elements.array());
  return true;
}

// What stands at the fault: "abc", 12, an array.
std::string Found(const char* begin, const char* end) {
  if (begin == end) return "nothing";
  if (*begin == '[') return "an array";
  if (*begin == '{') return "an object";
  std::string_view text(begin, static_cast<size_t>(end - begin));
  if (!flow_utf8_valid(begin, end - begin)) return Cat("bytes that are not UTF-8: ", Excerpt(text));
  return Excerpt(text);
}

}  // namespace

}  // namespace flow::runtime

using flow::runtime::Fault;
using flow::runtime::Reader;
using flow::runtime::View;

extern "C" bool flow_json_read_value(FlowTask* task, const FlowType* type, int64_t unit,
                                     const char* p, int64_t size, void* out) noexcept {
  Reader reader(task, unit, p, p + size, nullptr);
  return reader.ReadAll(type, out);
}

extern "C" bool flow_json_valid(const char* p, int64_t size) noexcept {
  Reader reader(nullptr, 0, p, p + size, nullptr);
  return reader.SkipAll();
}

extern "C" bool flow_json_string_slow(FlowTask* task, const char* p, int64_t size, uint64_t flags,
                                      FlowString* out) noexcept {
  ++p;
  size -= 2;
  if ((flags & kFlowEscape) == 0) {
    *out = {p, size};
    return flow_utf8_valid(p, size);
  }
  char* copy = static_cast<char*>(flow_arena_alloc(task->arena, size, 1));
  char* end = flow::runtime::JsonUnescapeAll(p, p + size, copy);
  *out = {copy, end - copy};
  return end != nullptr;
}

extern "C" bool flow_json_float_word(const char* p, int64_t size, double* out) noexcept {
  std::string_view text(p, static_cast<size_t>(size));
  if (text == "\"NaN\"") {
    *out = __builtin_nan("");
  } else if (text == "\"Infinity\"") {
    *out = __builtin_inf();
  } else if (text == "\"-Infinity\"") {
    *out = -__builtin_inf();
  } else {
    return false;
  }
  return true;
}

extern "C" bool flow_json_timestamp_slow(const char* p, int64_t size, int64_t unit,
                                         int64_t* out) noexcept {
  if (*p == '"') {
    if (memchr(p, '\\', static_cast<size_t>(size)) == nullptr) {
      return flow_parse_timestamp(p + 1, size - 2, out);
    }
    char text[64];
    if (size > static_cast<int64_t>(sizeof text)) return false;
    char* end = flow::runtime::JsonUnescapeAll(p + 1, p + size - 1, text);
    return end != nullptr && flow_parse_timestamp(text, end - text, out);
  }
  return unit != 0 && flow_epoch_timestamp(p, size, unit, out);
}

extern "C" int32_t flow_json_find_key(const char* p, const char* end, const FlowString* names,
                                      int32_t count) noexcept {
  std::string key;
  std::string_view inside(p, static_cast<size_t>(end - p));
  if (!flow::runtime::JsonStringText(inside, &key)) return -2;
  for (int32_t i = 0; i < count; ++i) {
    if (View(names[i]) == key) return i;
  }
  return -1;
}

extern "C" void flow_json_bad_value(FlowTask* task, const FlowString* name, const FlowType* type,
                                    const char* p, int64_t size) noexcept {
  Fault fault;
  // A value of its type in memory is needed only to find the fault again.
  void* out = flow_arena_alloc(task->arena, type->size, type->align);
  Reader reader(task, 0, p, p + size, &fault);
  reader.ReadAll(type, out);
  if (fault.type == nullptr) {
    fault.type = type;
    fault.begin = p;
    fault.end = p + size;
  }
  std::string text = flow::Cat("field `", View(*name));
  if (!fault.path.empty() && fault.path[0] != '[') text += '.';
  text += fault.path + "`";
  if (fault.reason != nullptr && std::string_view(fault.reason) == "is missing") {
    text += " is missing";
  } else {
    text += ": expected " + flow::runtime::TypeText(*fault.type) + ", found " +
            flow::runtime::Found(fault.begin, fault.end);
    if (fault.reason != nullptr) text += flow::Cat(" (", fault.reason, ")");
  }
  task->record_fault = fault.begin;
  flow::runtime::SetDetail(task, text);
}
