#include "interp/json_text.h"

#include "base/check.h"
#include "base/text.h"
#include "interp/base64.h"
#include "runtime/inline/json_write.h"
#include "runtime/inline/number.h"
#include "runtime/inline/number_text.h"
#include "runtime/inline/time.h"
#include "runtime/inline/utf8.h"

namespace flow::interp {
namespace {

constexpr int kDeepest = 512;

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The end of the string whose opening quote stands at `at`; npos when it has none.
size_t StringEnd(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (static_cast<unsigned char>(text[at]) < 0x20) return std::string_view::npos;
    if (text[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

size_t ValueEnd(std::string_view text, size_t at, int depth);

// `at` stands at a bracket.
size_t NestedEnd(std::string_view text, size_t at, int depth) {
  bool object = text[at] == '{';
  char close = object ? '}' : ']';
  auto space = [&] {
    while (at < text.size() && IsSpace(text[at])) ++at;
  };
  ++at;
  space();
  if (at < text.size() && text[at] == close) return at + 1;
  for (;;) {
    if (object) {
      space();
      if (at >= text.size() || text[at] != '"') return std::string_view::npos;
      at = StringEnd(text, at);
      if (at == std::string_view::npos) return at;
      space();
      if (at >= text.size() || text[at++] != ':') return std::string_view::npos;
    }
    space();
    at = ValueEnd(text, at, depth + 1);
    if (at == std::string_view::npos) return at;
    space();
    if (at >= text.size()) return std::string_view::npos;
    if (text[at] == close) return at + 1;
    if (text[at++] != ',') return std::string_view::npos;
  }
}

size_t ValueEnd(std::string_view text, size_t at, int depth) {
  if (at >= text.size() || depth > kDeepest) return std::string_view::npos;
  if (text[at] == '"') return StringEnd(text, at);
  if (text[at] == '{' || text[at] == '[') return NestedEnd(text, at, depth);
  size_t begin = at;
  while (at < text.size() &&
         std::string_view(",]} \t\r\n").find(text[at]) == std::string_view::npos) {
    ++at;
  }
  std::string_view word = text.substr(begin, at - begin);
  bool number = !word.empty() && (word[0] == '-' || (word[0] >= '0' && word[0] <= '9'));
  bool known = number || word == "true" || word == "false" || word == "null";
  return known ? at : std::string_view::npos;
}

// The text of a quoted string.
bool Unquote(std::string_view raw, std::string* out) {
  if (raw.size() < 2 || raw[0] != '"' || StringEnd(raw, 0) != raw.size()) return false;
  raw = raw.substr(1, raw.size() - 2);
  auto unit = [&](size_t at, uint32_t* code) {
    *code = 0;
    for (size_t i = at; i < at + 4; ++i) {
      if (i >= raw.size() || HexDigit(raw[i]) < 0) return false;
      *code = *code * 16 + static_cast<uint32_t>(HexDigit(raw[i]));
    }
    return true;
  };
  out->clear();
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      *out += raw[i];
      continue;
    }
    char c = raw[++i];
    static constexpr std::string_view kFrom = "\"\\/bfnrt";
    static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (size_t at = kFrom.find(c); at != std::string_view::npos) {
      *out += kTo[at];
      continue;
    }
    uint32_t code = 0;
    if (c != 'u' || !unit(i + 1, &code)) return false;
    i += 4;
    if (code >= 0xdc00 && code < 0xe000) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      uint32_t low = 0;
      bool pair = raw.substr(i + 1).starts_with("\\u") && unit(i + 3, &low) && low >= 0xdc00 &&
                  low < 0xe000;
      if (!pair) return false;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      i += 6;
    }
    char bytes[4];
    out->append(bytes, flow_utf8_encode(bytes, code));
  }
  return IsUtf8(*out);
}

int64_t Size(std::string_view text) { return static_cast<int64_t>(text.size()); }

bool GiveWhole(bool good, int64_t whole, Value* out) {
  if (good) *out = Value::Of(whole);
  return good;
}

bool ReadStruct(const Type& type, std::string_view raw, const JsonOptions& options, Value* out) {
  std::vector<Value> items(type.fields().size());
  JsonMembers members(raw);
  std::string key;
  std::string_view value;
  JsonMembers::Next next;
  while ((next = members.Read(&key, &value)) == JsonMembers::Next::kMember) {
    for (size_t i = 0; i < items.size(); ++i) {
      const StructField& field = type.fields()[i];
      if (field.external_name() != key || items[i].state != Value::State::kUnset) continue;
      if (!ReadJson(field.type, value, options, &items[i])) return false;
    }
  }
  if (next == JsonMembers::Next::kBad) return false;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].state != Value::State::kUnset) continue;
    if (!type.fields()[i].type.is_optional()) return false;
    items[i] = Value::None();
  }
  *out = Value::Items(std::move(items));
  return true;
}

bool ReadMap(const Type& type, std::string_view raw, const JsonOptions& options, Value* out) {
  std::vector<Value> entries;
  JsonMembers members(raw);
  std::string key;
  std::string_view value;
  JsonMembers::Next next;
  while ((next = members.Read(&key, &value)) == JsonMembers::Next::kMember) {
    std::vector<Value> entry(2);
    if (!ReadPlain(type.key(), key, options, &entry[0])) return false;
    if (!ReadJson(type.inner(), value, options, &entry[1])) return false;
    entries.push_back(Value::Items(std::move(entry)));
  }
  *out = Value::Items(std::move(entries));
  return next == JsonMembers::Next::kEnd;
}

bool ReadArray(const Type& type, std::string_view raw, const JsonOptions& options, Value* out) {
  if (raw.empty() || raw[0] != '[') return false;
  std::vector<Value> items;
  size_t at = 1;
  auto space = [&] {
    while (at < raw.size() && IsSpace(raw[at])) ++at;
  };
  space();
  for (bool first = true; at < raw.size() && raw[at] != ']'; first = false) {
    if (!first && raw[at++] != ',') return false;
    space();
    size_t end = ValueEnd(raw, at, 0);
    if (end == std::string_view::npos) return false;
    if (!ReadJson(type.inner(), raw.substr(at, end - at), options, &items.emplace_back()))
      return false;
    at = end;
    space();
  }
  *out = Value::Items(std::move(items));
  return at + 1 == raw.size();
}

bool ReadFloatWord(std::string_view text, double* out) {
  if (text == "NaN") return *out = __builtin_nan(""), true;
  if (text == "Infinity") return *out = __builtin_inf(), true;
  if (text == "-Infinity") return *out = -__builtin_inf(), true;
  return false;
}

bool FindLabel(const Type& type, const std::string& text, Value* out) {
  for (size_t i = 0; i < type.labels().size(); ++i) {
    if (type.labels()[i] == text) return *out = Value::Of(static_cast<int64_t>(i)), true;
  }
  return false;
}

template <class Write>
std::string Written(int64_t room, Write write) {
  std::string out(static_cast<size_t>(room), '\0');
  out.resize(static_cast<size_t>(write(out.data()) - out.data()));
  return out;
}

}  // namespace

void JsonMembers::Space() {
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
}

bool JsonMembers::Take(char c) {
  Space();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

JsonMembers::Next JsonMembers::Read(std::string* key, std::string_view* raw) {
  // What was found bad once stays so, whoever asks again.
  if (bad_) return Next::kBad;
  Next next = ReadNext(key, raw);
  bad_ = next == Next::kBad;
  return next;
}

JsonMembers::Next JsonMembers::ReadNext(std::string* key, std::string_view* raw) {
  if (ended_) return Next::kEnd;
  bool first = !begun_;
  if (first && !Take('{')) return Next::kBad;
  begun_ = true;
  if (Take('}')) {
    ended_ = true;
    Space();
    return at_ == text_.size() ? Next::kEnd : Next::kBad;
  }
  if (!first && !Take(',')) return Next::kBad;
  Space();
  member_ = at_;
  if (at_ >= text_.size() || text_[at_] != '"') return Next::kBad;
  size_t end = StringEnd(text_, at_);
  if (end == std::string_view::npos || !Unquote(text_.substr(at_, end - at_), key))
    return Next::kBad;
  at_ = end;
  if (!Take(':')) return Next::kBad;
  Space();
  end = ValueEnd(text_, at_, 0);
  if (end == std::string_view::npos) return Next::kBad;
  *raw = text_.substr(at_, end - at_);
  at_ = end;
  return Next::kMember;
}

bool ReadJson(const Type& type, std::string_view raw, const JsonOptions& options, Value* out) {
  std::string text;
  int64_t whole = 0;
  switch (type.kind()) {
    case TypeKind::kOptional:
      if (raw == "null") return *out = Value::None(), true;
      return ReadJson(type.inner(), raw, options, out);
    case TypeKind::kBool:
      return GiveWhole(raw == "true" || raw == "false", raw == "true", out);
    case TypeKind::kInt:
      return GiveWhole(flow_parse_int(raw.data(), Size(raw), &whole), whole, out);
    case TypeKind::kFloat: {
      double real = 0;
      bool good = Unquote(raw, &text) ? ReadFloatWord(text, &real)
                                      : flow_parse_float(raw.data(), Size(raw), &real);
      if (good) *out = Value::Real(real);
      return good;
    }
    case TypeKind::kDecimal: {
      __int128 decimal = 0;
      if (!flow_parse_decimal(raw.data(), Size(raw), type.precision(), type.scale(), &decimal)) {
        return false;
      }
      *out = Value::Decimal(decimal);
      return true;
    }
    case TypeKind::kTimestamp:
      if (Unquote(raw, &text)) {
        return GiveWhole(flow_parse_timestamp(text.data(), Size(text), &whole), whole, out);
      }
      return GiveWhole(options.time_unit != 0 &&
                           flow_epoch_timestamp(raw.data(), Size(raw), options.time_unit, &whole),
                       whole, out);
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kDuration:
    case TypeKind::kSet:
      return Unquote(raw, &text) && ReadPlain(type, text, options, out);
    case TypeKind::kJson: {
      // null is none, and so no value of a plain json.
      bool good = raw != "null" && ValueEnd(raw, 0, 0) == raw.size() && IsUtf8(raw);
      if (good) *out = Value::Text(std::string(raw));
      return good;
    }
    case TypeKind::kStruct:
      return ReadStruct(type, raw, options, out);
    case TypeKind::kArray:
      return ReadArray(type, raw, options, out);
    case TypeKind::kMap:
      return ReadMap(type, raw, options, out);
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kFallible:
      break;
  }
  FLOW_UNREACHABLE("a type that no file holds");
}

bool ReadPlain(const Type& type, std::string_view text, const JsonOptions& options, Value* out) {
  int64_t whole = 0;
  switch (type.kind()) {
    case TypeKind::kOptional:
      return ReadPlain(type.inner(), text, options, out);
    case TypeKind::kString:
      *out = Value::Text(std::string(text));
      return IsUtf8(text);
    case TypeKind::kBytes: {
      std::string bytes;
      if (!DecodeBase64(text, &bytes)) return false;
      *out = Value::Text(std::move(bytes));
      return true;
    }
    case TypeKind::kSet:
      return FindLabel(type, std::string(text), out);
    case TypeKind::kDuration:
      return GiveWhole(flow_parse_duration(text.data(), Size(text), &whole), whole, out);
    case TypeKind::kTimestamp:
      if (flow_parse_timestamp(text.data(), Size(text), &whole)) return GiveWhole(true, whole, out);
      return GiveWhole(options.time_unit != 0 &&
                           flow_epoch_timestamp(text.data(), Size(text), options.time_unit, &whole),
                       whole, out);
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kDecimal: {
      if (double word = 0; type.is(TypeKind::kFloat) && ReadFloatWord(text, &word)) {
        return *out = Value::Real(word), true;
      }
      // Unlike JSON's numbers, a cell's may have a plus sign and zeros in front.
      std::string number(text.starts_with('+') ? text.substr(1) : text);
      size_t digits = number.starts_with('-') ? 1 : 0;
      if (text.starts_with('+') && digits == 1) return false;
      while (number.size() > digits + 1 && number[digits] == '0' &&
             FlowIsDigit(number[digits + 1])) {
        number.erase(digits, 1);
      }
      return ReadJson(type, number, options, out);
    }
    default:
      return ReadJson(type, text, options, out);
  }
}

bool JsonMember(std::string_view object, const std::string& name, std::string* member) {
  JsonMembers members(object);
  std::string key;
  std::string_view raw;
  while (members.Read(&key, &raw) == JsonMembers::Next::kMember) {
    if (key != name) continue;
    *member = raw;
    return raw != "null";
  }
  return false;
}

void AppendJsonString(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kFrom = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kTo = "\"\\bfnrt";
  *out += '"';
  for (char c : text) {
    if (size_t at = kFrom.find(c); at != std::string_view::npos) {
      *out += '\\';
      *out += kTo[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      *out += "\\u00";
      *out += kHex[c >> 4];
      *out += kHex[c & 15];
    } else {
      *out += c;
    }
  }
  *out += '"';
}

void AppendJson(const Type& type, const Value& value, std::string* out) {
  const char* separator = "";
  switch (type.kind()) {
    case TypeKind::kOptional:
      if (!value.there()) return Append(*out, "null");
      return AppendJson(type.inner(), value, out);
    case TypeKind::kFloat: {
      std::string text = PlainText(type, value);
      bool finite = value.real - value.real == 0;
      return Append(*out, finite ? text : Cat('"', text, '"'));
    }
    case TypeKind::kString:
    case TypeKind::kSet:
    case TypeKind::kBytes:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return AppendJsonString(PlainText(type, value), out);
    case TypeKind::kStruct:
      *out += '{';
      for (size_t i = 0; i < value.items.size(); ++i) {
        *out += separator;
        separator = ",";
        AppendJsonString(type.fields()[i].external_name(), out);
        *out += ':';
        AppendJson(type.fields()[i].type, value.items[i], out);
      }
      *out += '}';
      return;
    case TypeKind::kArray:
      *out += '[';
      for (const Value& item : value.items) {
        *out += separator;
        separator = ",";
        AppendJson(type.inner(), item, out);
      }
      *out += ']';
      return;
    case TypeKind::kMap:
      *out += '{';
      for (const Value& entry : value.items) {
        *out += separator;
        separator = ",";
        AppendJsonString(PlainText(type.key(), entry.items[0]), out);
        *out += ':';
        AppendJson(type.inner(), entry.items[1], out);
      }
      *out += '}';
      return;
    case TypeKind::kNone:
      return Append(*out, "null");
    default:
      return Append(*out, PlainText(type, value));
  }
}

std::string PlainText(const Type& type, const Value& value) {
  switch (type.kind()) {
    case TypeKind::kNone:
      return "";
    case TypeKind::kOptional:
      return value.there() ? PlainText(type.inner(), value) : "";
    case TypeKind::kBool:
      return value.whole != 0 ? "true" : "false";
    case TypeKind::kInt:
      return Cat(value.whole);
    case TypeKind::kFloat:
      return Written(kFlowFloatRoom, [&](char* out) { return flow_write_float(out, value.real); });
    case TypeKind::kDecimal:
      return Written(kFlowDecimalRoom, [&](char* out) {
        return flow_write_decimal(out, &value.decimal, type.scale());
      });
    case TypeKind::kTimestamp:
      return Written(kFlowTimestampRoom,
                     [&](char* out) { return flow_write_timestamp(out, value.whole); });
    case TypeKind::kDuration:
      return Written(kFlowDurationRoom,
                     [&](char* out) { return flow_write_duration(out, value.whole); });
    case TypeKind::kSet:
      return type.labels()[static_cast<size_t>(value.whole)];
    case TypeKind::kString:
    case TypeKind::kJson:
      return value.text;
    case TypeKind::kBytes:
      return EncodeBase64(value.text);
    default: {
      std::string out;
      AppendJson(type, value, &out);
      return out;
    }
  }
}

}  // namespace flow::interp
