#include "runtime/type_descriptor.h"

#include <deque>
#include <string_view>

namespace flow::runtime {

struct TypeDescriptors::Parts {
  std::deque<FlowType> types;
  std::deque<std::vector<FlowField>> fields;
  std::deque<std::vector<FlowString>> labels;
  std::deque<std::string> texts;

  FlowString Keep(const std::string& text) {
    texts.push_back(text);
    return {texts.back().data(), static_cast<int64_t>(text.size())};
  }
};

TypeDescriptors::TypeDescriptors() : parts_(std::make_unique<Parts>()) {}
TypeDescriptors::~TypeDescriptors() = default;

const FlowType* TypeDescriptors::Get(const Type& type) {
  FlowType out = {};
  TypeLayout layout = LayoutOf(type);
  out.kind = static_cast<uint8_t>(type.kind());
  out.size = layout.size;
  out.align = layout.align;
  switch (type.kind()) {
    case TypeKind::kDecimal:
      out.precision = static_cast<uint8_t>(type.precision());
      out.scale = static_cast<uint8_t>(type.scale());
      break;
    case TypeKind::kSet: {
      std::vector<FlowString> labels;
      for (const std::string& label : type.labels()) labels.push_back(parts_->Keep(label));
      out.count = static_cast<uint32_t>(labels.size());
      parts_->labels.push_back(std::move(labels));
      out.labels = parts_->labels.back().data();
      break;
    }
    case TypeKind::kStruct: {
      std::vector<uint32_t> offsets = FieldOffsets(type);
      std::vector<FlowField> fields;
      for (const StructField& field : type.fields()) {
        fields.push_back({parts_->Keep(field.name), parts_->Keep(field.external_name()),
                          Get(field.type), offsets[fields.size()]});
      }
      out.count = static_cast<uint32_t>(fields.size());
      parts_->fields.push_back(std::move(fields));
      out.fields = parts_->fields.back().data();
      break;
    }
    case TypeKind::kMap:
      out.inner = Get(type.inner());
      out.key = Get(type.key());
      out.entry = Get(Type::Struct({{"key", type.key(), ""}, {"value", type.inner(), ""}}));
      break;
    case TypeKind::kArray:
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      out.inner = Get(type.inner());
      break;
    default:
      break;
  }
  parts_->types.push_back(out);
  return &parts_->types.back();
}

namespace {

Type ToType(const FlowType& type);

std::string ToString(const FlowString& text) {
  return std::string(text.data, static_cast<size_t>(text.size));
}

Type StructType(const FlowType& type) {
  std::vector<StructField> fields;
  for (uint32_t i = 0; i < type.count; ++i) {
    const FlowField& field = type.fields[i];
    fields.push_back({ToString(field.name), ToType(*field.type), ""});
  }
  return Type::Struct(std::move(fields));
}

Type ToType(const FlowType& type) {
  switch (static_cast<TypeKind>(type.kind)) {
    case TypeKind::kError:
      return Type::Error();
    case TypeKind::kNone:
      return Type::None();
    case TypeKind::kBool:
      return Type::Bool();
    case TypeKind::kInt:
      return Type::Int();
    case TypeKind::kFloat:
      return Type::Float();
    case TypeKind::kDecimal:
      return Type::Decimal(type.precision, type.scale);
    case TypeKind::kString:
      return Type::String();
    case TypeKind::kBytes:
      return Type::Bytes();
    case TypeKind::kTimestamp:
      return Type::Timestamp();
    case TypeKind::kDuration:
      return Type::Duration();
    case TypeKind::kSet: {
      std::vector<std::string> labels;
      for (uint32_t i = 0; i < type.count; ++i) labels.push_back(ToString(type.labels[i]));
      return Type::Set(std::move(labels));
    }
    case TypeKind::kStruct:
      return StructType(type);
    case TypeKind::kArray:
      return Type::Array(ToType(*type.inner));
    case TypeKind::kMap:
      return Type::Map(ToType(*type.key), ToType(*type.inner));
    case TypeKind::kJson:
      return Type::Json();
    case TypeKind::kOptional:
      return Type::Optional(ToType(*type.inner));
    case TypeKind::kFallible:
      return Type::Fallible(ToType(*type.inner));
  }
  return Type::Error();
}

}  // namespace

std::string TypeText(const FlowType& type) { return ToType(type).ToText(); }

}  // namespace flow::runtime
