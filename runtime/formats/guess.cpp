#include "runtime/formats/guess.h"

#include <algorithm>

#include "runtime/formats/json_text.h"
#include "runtime/inline/number.h"
#include "runtime/inline/time.h"

namespace flow::runtime {
namespace {

// Objects used as maps have ever new keys: they stay json.
constexpr size_t kMostFields = 1000;

std::string_view Trim(std::string_view text) {
  size_t start = text.find_first_not_of(" \t\r\n");
  return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

// The length of the string literal that `text` starts with, its quotes included.
size_t StringLength(std::string_view text) {
  size_t at = 1;
  while (text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at + 1;
}

Type BaseType(const Guess& guess, uint32_t kinds) {
  switch (kinds) {
    case Guess::kBool:
      return Type::Bool();
    case Guess::kInt:
      return Type::Int();
    case Guess::kBigInt:
    case Guess::kBigInt | Guess::kInt:
      return Type::Decimal(38, 0);
    case Guess::kFloat:
    case Guess::kFloat | Guess::kInt:
    case Guess::kFloat | Guess::kBigInt:
    case Guess::kFloat | Guess::kBigInt | Guess::kInt:
      return Type::Float();
    case Guess::kTime:
      return Type::Timestamp();
    case Guess::kText:
    case Guess::kText | Guess::kTime:
      return Type::String();
    case Guess::kList:
      return Type::Array(guess.element ? guess.element->ToType() : Type::Json());
    case Guess::kObject:
      break;
    default:
      return Type::Json();
  }
  if (guess.fields.size() > kMostFields) return Type::Json();
  std::vector<StructField> fields;
  for (const GuessField& field : guess.fields) {
    Type type = field.guess->ToType();
    if (field.seen < guess.objects) type = Type::Optional(type);
    fields.push_back({field.name, type, ""});
  }
  return Type::Struct(std::move(fields));
}

}  // namespace

Guess& Guess::Field(std::string_view name) {
  for (GuessField& field : fields) {
    if (field.name != name) continue;
    ++field.seen;
    return *field.guess;
  }
  fields.push_back({std::string(name), std::make_unique<Guess>(), 1});
  return *fields.back().guess;
}

Guess& Guess::Element() {
  if (!element) element = std::make_unique<Guess>();
  return *element;
}

Type Guess::ToType() const {
  uint32_t known = kinds & ~static_cast<uint32_t>(kNull);
  if (known == 0) return Type::Optional(Type::Json());
  Type type = BaseType(*this, known);
  return (kinds & kNull) != 0 ? Type::Optional(type) : type;
}

uint32_t NumberKind(std::string_view text) {
  if (text.find_first_of(".eE") != std::string_view::npos) return Guess::kFloat;
  int64_t size = static_cast<int64_t>(text.size());
  int64_t narrow = 0;
  if (flow_parse_int(text.data(), size, &narrow)) return Guess::kInt;
  __int128 wide = 0;
  return flow_parse_decimal(text.data(), size, 38, 0, &wide) ? Guess::kBigInt : Guess::kFloat;
}

std::string_view AddJsonValue(std::string_view text, Guess* guess) {
  text = Trim(text);
  switch (text[0]) {
    case 'n':
      guess->kinds |= Guess::kNull;
      return text.substr(4);
    case 't':
      guess->kinds |= Guess::kBool;
      return text.substr(4);
    case 'f':
      guess->kinds |= Guess::kBool;
      return text.substr(5);
    case '"': {
      size_t length = StringLength(text);
      int64_t time = 0;
      bool is_time = flow_parse_timestamp(text.data() + 1, static_cast<int64_t>(length) - 2, &time);
      guess->kinds |= is_time ? Guess::kTime : Guess::kText;
      return text.substr(length);
    }
    case '[':
      guess->kinds |= Guess::kList;
      text = Trim(text.substr(1));
      while (text[0] != ']') {
        text = Trim(AddJsonValue(text, &guess->Element()));
        if (text[0] == ',') text = Trim(text.substr(1));
      }
      return text.substr(1);
    case '{': {
      guess->kinds |= Guess::kObject;
      ++guess->objects;
      std::vector<std::string> names;
      text = Trim(text.substr(1));
      while (text[0] != '}') {
        size_t length = StringLength(text);
        std::string name;
        JsonStringText(text.substr(1, length - 2), &name);
        text = Trim(text.substr(length)).substr(1);
        // Of duplicate keys the first counts.
        bool again = std::find(names.begin(), names.end(), name) != names.end();
        Guess ignored;
        bool full = guess->fields.size() > kMostFields;
        text = Trim(AddJsonValue(text, again || full ? &ignored : &guess->Field(name)));
        names.push_back(std::move(name));
        if (text[0] == ',') text = Trim(text.substr(1));
      }
      return text.substr(1);
    }
    default: {
      size_t length = text.find_first_not_of("+-.0123456789eE");
      if (length == std::string_view::npos) length = text.size();
      guess->kinds |= NumberKind(text.substr(0, length));
      return text.substr(length);
    }
  }
}

}  // namespace flow::runtime
