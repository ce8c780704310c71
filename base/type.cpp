#include "base/type.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace flow {

struct Type::Node {
  TypeKind kind = TypeKind::kError;
  int precision = 0;
  int scale = 0;
  std::vector<std::string> labels;
  std::vector<StructField> fields;
  std::vector<Type> parts;  // kOptional, kFallible, kArray: {inner}; kMap: {value, key}
};

Type::Type(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
Type::Type() = default;  // a null node is the error type: no allocation for the common default

TypeKind Type::kind() const { return node_ ? node_->kind : TypeKind::kError; }

#define FLOW_SIMPLE_TYPE(Name)              \
  Type Type::Name() {                       \
    static const Type type = [] {           \
      auto node = std::make_shared<Node>(); \
      node->kind = TypeKind::k##Name;       \
      return Type(std::move(node));         \
    }();                                    \
    return type;                            \
  }
FLOW_SIMPLE_TYPE(None)
FLOW_SIMPLE_TYPE(Bool)
FLOW_SIMPLE_TYPE(Int)
FLOW_SIMPLE_TYPE(Float)
FLOW_SIMPLE_TYPE(String)
FLOW_SIMPLE_TYPE(Bytes)
FLOW_SIMPLE_TYPE(Timestamp)
FLOW_SIMPLE_TYPE(Duration)
FLOW_SIMPLE_TYPE(Json)
#undef FLOW_SIMPLE_TYPE

Type Type::Error() { return Type(); }

Type Type::Decimal(int precision, int scale) {
  FLOW_CHECK(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision,
             "decimal out of range");
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kDecimal;
  node->precision = precision;
  node->scale = scale;
  return Type(std::move(node));
}

Type Type::Set(std::vector<std::string> labels) {
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kSet;
  node->labels = std::move(labels);
  return Type(std::move(node));
}

Type Type::Struct(std::vector<StructField> fields) {
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kStruct;
  node->fields = std::move(fields);
  return Type(std::move(node));
}

Type Type::Array(Type element) {
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kArray;
  node->parts.push_back(std::move(element));
  return Type(std::move(node));
}

Type Type::Map(Type key, Type value) {
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kMap;
  node->parts.push_back(std::move(value));
  node->parts.push_back(std::move(key));
  return Type(std::move(node));
}

Type Type::Optional(Type inner) {
  if (inner.is_optional() || inner.is_error()) return inner;
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kOptional;
  node->parts.push_back(std::move(inner));
  return Type(std::move(node));
}

Type Type::Fallible(Type inner) {
  if (inner.is(TypeKind::kFallible) || inner.is_error()) return inner;
  auto node = std::make_shared<Node>();
  node->kind = TypeKind::kFallible;
  node->parts.push_back(std::move(inner));
  return Type(std::move(node));
}

int Type::precision() const {
  FLOW_CHECK(is(TypeKind::kDecimal), "not a decimal");
  return node_->precision;
}

int Type::scale() const {
  FLOW_CHECK(is(TypeKind::kDecimal), "not a decimal");
  return node_->scale;
}

const std::vector<std::string>& Type::labels() const {
  FLOW_CHECK(is(TypeKind::kSet), "not a string set");
  return node_->labels;
}

const std::vector<StructField>& Type::fields() const {
  FLOW_CHECK(is(TypeKind::kStruct), "not a struct");
  return node_->fields;
}

int Type::FieldIndex(std::string_view name) const {
  const auto& all = fields();
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

const StructField* Type::FindField(std::string_view name) const {
  int i = FieldIndex(name);
  return i < 0 ? nullptr : &fields()[static_cast<size_t>(i)];
}

const Type& Type::inner() const {
  FLOW_CHECK(node_ && !node_->parts.empty(), "type has no inner type");
  return node_->parts[0];
}

const Type& Type::key() const {
  FLOW_CHECK(is(TypeKind::kMap), "not a map");
  return node_->parts[1];
}

Type Type::strip_optional() const { return is_optional() ? inner() : *this; }

bool operator==(const Type& a, const Type& b) {
  if (a.node_ == b.node_) return true;
  if (!a.node_ || !b.node_) return false;
  const Type::Node& x = *a.node_;
  const Type::Node& y = *b.node_;
  return x.kind == y.kind && x.precision == y.precision && x.scale == y.scale &&
         x.labels == y.labels && x.fields == y.fields && x.parts == y.parts;
}

bool IsPlainName(std::string_view name) {
  if (name.empty() || (std::isdigit(static_cast<unsigned char>(name[0])) != 0)) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// One definition of string literals serves types, IR text and messages.
std::string QuoteString(std::string_view text) { return Quoted(text); }

std::string Type::ToText() const {
  switch (kind()) {
    case TypeKind::kError:
      return "<error>";
    case TypeKind::kNone:
      return "none";
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kInt:
      return "int";
    case TypeKind::kFloat:
      return "float";
    case TypeKind::kDecimal:
      return "decimal(" + std::to_string(precision()) + ", " + std::to_string(scale()) + ")";
    case TypeKind::kString:
      return "string";
    case TypeKind::kBytes:
      return "bytes";
    case TypeKind::kTimestamp:
      return "timestamp";
    case TypeKind::kDuration:
      return "duration";
    case TypeKind::kSet: {
      std::string out;
      for (const std::string& label : labels()) {
        if (!out.empty()) out += " | ";
        out += QuoteString(label);
      }
      return out;
    }
    case TypeKind::kStruct: {
      if (fields().empty()) return "{}";
      std::string out = "{ ";
      bool first = true;
      for (const StructField& field : fields()) {
        if (!first) out += ", ";
        first = false;
        out += IsPlainName(field.name) ? field.name : "`" + field.name + "`";
        out += ": " + field.type.ToText();
        if (!field.external.empty()) out += " from " + QuoteString(field.external);
      }
      return out + " }";
    }
    case TypeKind::kArray:
      return "[" + inner().ToText() + "]";
    case TypeKind::kMap:
      return "map(" + key().ToText() + ", " + inner().ToText() + ")";
    case TypeKind::kJson:
      return "json";
    case TypeKind::kOptional: {
      // A set of strings binds looser than `?`.
      std::string text = inner().ToText();
      return inner().is(TypeKind::kSet) ? "(" + text + ")?" : text + "?";
    }
    case TypeKind::kFallible: {
      std::string text = inner().ToText();
      return inner().is(TypeKind::kSet) ? "(" + text + ")!" : text + "!";
    }
  }
  FLOW_UNREACHABLE("type kind");
}

TypeLayout LayoutOf(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kBool:
      return {1, 1};
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kTimestamp:
    case TypeKind::kDuration:
      return {8, 8};
    case TypeKind::kDecimal:
      return {16, 16};
    case TypeKind::kString:
    case TypeKind::kBytes:
    case TypeKind::kJson:
    case TypeKind::kArray:
    case TypeKind::kMap:
      return {16, 8};
    case TypeKind::kSet:
      return {4, 4};
    case TypeKind::kStruct: {
      TypeLayout out;
      for (const StructField& field : type.fields()) {
        TypeLayout part = LayoutOf(field.type);
        out.size = (out.size + part.align - 1) / part.align * part.align + part.size;
        out.align = std::max(out.align, part.align);
      }
      out.size = (out.size + out.align - 1) / out.align * out.align;
      return out;
    }
    case TypeKind::kOptional:
    case TypeKind::kFallible: {
      TypeLayout part = LayoutOf(type.inner());
      uint32_t size = (part.size + 1 + part.align - 1) / part.align * part.align;
      return {size, part.align};
    }
  }
  FLOW_UNREACHABLE("type kind");
}

std::vector<uint32_t> FieldOffsets(const Type& struct_type) {
  std::vector<uint32_t> out;
  uint32_t at = 0;
  for (const StructField& field : struct_type.fields()) {
    TypeLayout part = LayoutOf(field.type);
    at = (at + part.align - 1) / part.align * part.align;
    out.push_back(at);
    at += part.size;
  }
  return out;
}

namespace {

// Reads the text form of types, for IR text and tests; the language has its own, richer grammar.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_(text) {}

  bool AtEnd() {
    Space();
    return at_ == text_.size();
  }

  bool ReadType(Type* out) {
    if (!ReadBase(out)) return false;
    for (;;) {
      if (Take('?')) {
        *out = Type::Optional(*out);
      } else if (Take('!')) {
        *out = Type::Fallible(*out);
      } else {
        return true;
      }
    }
  }

 private:
  void Space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
      ++at_;
  }
  bool Peek(char c) {
    Space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool Take(char c) {
    if (!Peek(c)) return false;
    ++at_;
    return true;
  }
  bool Word(std::string* out) {
    Space();
    if (Take('`')) {
      size_t end = text_.find('`', at_);
      if (end == std::string_view::npos) return false;
      *out = text_.substr(at_, end - at_);
      at_ = end + 1;
      return true;
    }
    size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == '$'))
      ++at_;
    *out = text_.substr(begin, at_ - begin);
    return at_ > begin;
  }
  bool Int(int* out) {
    Space();
    auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), *out);
    if (error != std::errc()) return false;
    at_ = static_cast<size_t>(end - text_.data());
    return true;
  }
  bool Quoted(std::string* out) {
    if (!Take('"')) return false;
    out->clear();
    while (at_ < text_.size() && text_[at_] != '"') {
      char c = text_[at_++];
      if (c != '\\') {
        *out += c;
        continue;
      }
      if (at_ == text_.size()) return false;
      c = text_[at_++];
      if (c == 'n')
        *out += '\n';
      else if (c == 't')
        *out += '\t';
      else if (c == 'r')
        *out += '\r';
      else if (c == 'u') {
        int value = 0;
        auto [end, error] =
            std::from_chars(text_.data() + at_ + 1, text_.data() + text_.size(), value, 16);
        if (error != std::errc()) return false;
        *out += static_cast<char>(value);
        at_ = static_cast<size_t>(end - text_.data()) + 1;
      } else {
        *out += c;
      }
    }
    return Take('"');
  }
  bool ReadBase(Type* out) {
    if (Peek('"')) {
      std::vector<std::string> labels;
      do {
        std::string label;
        if (!Quoted(&label)) return false;
        labels.push_back(std::move(label));
      } while (Take('|'));
      *out = Type::Set(std::move(labels));
      return true;
    }
    if (Take('(')) return ReadType(out) && Take(')');
    if (Take('[')) {
      Type element;
      if (!ReadType(&element) || !Take(']')) return false;
      *out = Type::Array(element);
      return true;
    }
    if (Take('{')) {
      std::vector<StructField> fields;
      while (!Take('}')) {
        StructField field;
        if (!Word(&field.name) || !Take(':') || !ReadType(&field.type)) return false;
        size_t mark = at_;
        std::string from;
        Space();
        if (at_ < text_.size() && text_[at_] == 'f' && Word(&from) && from == "from") {
          if (!Quoted(&field.external)) return false;
        } else {
          at_ = mark;
        }
        fields.push_back(std::move(field));
        if (!Take(',') && !Peek('}')) return false;
      }
      *out = Type::Struct(std::move(fields));
      return true;
    }
    std::string word;
    if (!Word(&word)) return false;
    if (word == "none")
      *out = Type::None();
    else if (word == "bool")
      *out = Type::Bool();
    else if (word == "int")
      *out = Type::Int();
    else if (word == "float")
      *out = Type::Float();
    else if (word == "string")
      *out = Type::String();
    else if (word == "bytes")
      *out = Type::Bytes();
    else if (word == "timestamp")
      *out = Type::Timestamp();
    else if (word == "duration")
      *out = Type::Duration();
    else if (word == "json")
      *out = Type::Json();
    else if (word == "decimal") {
      int precision = 0;
      int scale = 0;
      if (!Take('(') || !Int(&precision) || !Take(',') || !Int(&scale) || !Take(')')) return false;
      if (precision < 1 || precision > 38 || scale < 0 || scale > precision) return false;
      *out = Type::Decimal(precision, scale);
    } else if (word == "map") {
      Type key;
      Type value;
      if (!Take('(') || !ReadType(&key) || !Take(',') || !ReadType(&value) || !Take(')'))
        return false;
      *out = Type::Map(key, value);
    } else {
      return false;
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Type ParseType(std::string_view text) {
  TypeReader reader(text);
  Type type;
  if (!reader.ReadType(&type) || !reader.AtEnd()) return Type::Error();
  return type;
}

}  // namespace flow
