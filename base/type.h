#pragma once
// The types of the language (docs/language.md, "Types"). A Type is a small immutable value; equal
// types compare equal whatever way they were made.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flow {

enum class TypeKind : uint8_t {
  kError,  // poison: an error was reported already; silences followers
  kNone,   // the type of a bare `none`
  kBool,
  kInt,      // int64
  kFloat,    // float64
  kDecimal,  // 128-bit integer scaled by 10^scale
  kString,   // UTF-8
  kBytes,
  kTimestamp,  // int64 nanoseconds since the epoch, UTC
  kDuration,   // int64 nanoseconds
  kSet,        // closed set of strings, stored as the index of the label
  kStruct,
  kArray,
  kMap,
  kJson,      // text of a JSON value
  kOptional,  // T?
  kFallible,  // T!: only inside scalar functions of the IR
};

class Type;

struct StructField;

class Type {
 public:
  Type();  // kError

  static Type Error();
  static Type None();
  static Type Bool();
  static Type Int();
  static Type Float();
  static Type Decimal(int precision, int scale);  // 1 <= precision <= 38, 0 <= scale <= precision
  static Type String();
  static Type Bytes();
  static Type Timestamp();
  static Type Duration();
  static Type Set(std::vector<std::string> labels);
  static Type Struct(std::vector<StructField> fields);
  static Type Array(Type element);
  static Type Map(Type key, Type value);
  static Type Json();
  static Type Optional(Type inner);  // T?? is T?
  static Type Fallible(Type inner);

  TypeKind kind() const;
  bool is(TypeKind k) const { return kind() == k; }
  bool is_error() const { return is(TypeKind::kError); }
  bool is_optional() const { return is(TypeKind::kOptional); }
  bool is_number() const {
    return is(TypeKind::kInt) || is(TypeKind::kFloat) || is(TypeKind::kDecimal);
  }

  int precision() const;                                      // kDecimal
  int scale() const;                                          // kDecimal
  const std::vector<std::string>& labels() const;             // kSet
  const std::vector<StructField>& fields() const;             // kStruct
  const StructField* FindField(std::string_view name) const;  // kStruct; null when absent
  int FieldIndex(std::string_view name) const;                // kStruct; -1 when absent
  const Type& inner() const;    // kOptional, kFallible, kArray (element), kMap (value)
  const Type& key() const;      // kMap
  Type strip_optional() const;  // T of T?, else the type itself

  // The type as the language writes it, e.g. `{ user: string, total: decimal(12, 2)? }`.
  std::string ToText() const;

  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Node;
  explicit Type(std::shared_ptr<const Node> node);
  std::shared_ptr<const Node> node_;
};

// One field of a struct type. `external` is the name in files when it differs (`id: int from
// "eventId"`), else empty; it is no part of the type's identity.
struct StructField {
  std::string name;
  Type type;
  std::string external;

  const std::string& external_name() const { return external.empty() ? name : external; }
  friend bool operator==(const StructField& a, const StructField& b) {
    return a.name == b.name && a.type == b.type;
  }
};

// Memory layout, the same for generated code, interpreter and runtime (C rules on x86-64):
//   bool 1/1 · int float timestamp duration 8/8 · decimal 16/16 · string bytes json array map 16/8
//   (pointer, count) · set 4/4 · struct: fields in order · optional: {T, u8 present}.
struct TypeLayout {
  uint32_t size = 0;
  uint32_t align = 1;
};
TypeLayout LayoutOf(const Type& type);
// Byte offset of each field of a struct type.
std::vector<uint32_t> FieldOffsets(const Type& struct_type);

// Reads a type as ToText writes it; returns Type::Error() when `text` is not one.
Type ParseType(std::string_view text);

// Quotes `text` as a string literal of the language: "a\"b\n".
std::string QuoteString(std::string_view text);

// True when `name` can be written without backquotes.
bool IsPlainName(std::string_view name);

}  // namespace flow
