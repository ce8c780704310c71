#include "frontend/sema/signature.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "frontend/sema/expr_checker.h"

namespace flow::frontend {
namespace {

class SignatureReader {
 public:
  explicit SignatureReader(std::string_view text) : text_(text) {}

  std::optional<Signature> Read() {
    Signature out;
    if (!Word(&out.name) || !Take("(")) return std::nullopt;
    while (!Take(")")) {
      SignatureParam param;
      if (!Word(&param.name)) return std::nullopt;
      if (param.name == "const") {
        param.is_const = true;
        if (!Word(&param.name)) return std::nullopt;
      }
      if (!Take(":") || !ReadPattern(&param.type)) return std::nullopt;
      out.params.push_back(std::move(param));
      Take(",");
    }
    if (!Take("->") || !ReadPattern(&out.result)) return std::nullopt;
    out.fallible = Take("!");
    Space();
    if (at_ != text_.size()) return std::nullopt;
    return out;
  }

 private:
  void Space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool Take(std::string_view token) {
    Space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  static bool IsWordChar(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  bool Word(std::string* out) {
    Space();
    size_t begin = at_;
    while (at_ < text_.size() && IsWordChar(text_[at_])) ++at_;
    *out = text_.substr(begin, at_ - begin);
    return at_ > begin;
  }
  bool ReadPattern(TypePattern* out) {
    if (!ReadBase(out)) return false;
    while (Take("?")) {
      TypePattern optional;
      optional.kind = TypePattern::Kind::kOptional;
      optional.parts.push_back(std::move(*out));
      *out = std::move(optional);
    }
    return true;
  }
  bool ReadBase(TypePattern* out) {
    if (Take("[")) {
      out->kind = TypePattern::Kind::kArray;
      out->parts.resize(1);
      return ReadPattern(out->parts.data()) && Take("]");
    }
    Space();
    size_t begin = at_;
    if (Take("{")) return ReadStruct(begin, out);
    std::string word;
    if (!Word(&word)) return false;
    if (word == "map" && Take("(")) {
      out->kind = TypePattern::Kind::kMap;
      out->parts.resize(2);
      return ReadPattern(out->parts.data()) && Take(",") && ReadPattern(&out->parts[1]) &&
             Take(")");
    }
    if (word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z') {
      out->kind = TypePattern::Kind::kVariable;
      out->variable = word[0];
      return true;
    }
    if (word == "decimal" && !Take("(")) {
      out->kind = TypePattern::Kind::kAnyDecimal;
      return true;
    }
    if (word == "decimal") {
      while (at_ < text_.size() && text_[at_] != ')') ++at_;
      Take(")");
    }
    out->type = ParseType(text_.substr(begin, at_ - begin));
    return !out->type.is_error();
  }
  bool ReadStruct(size_t begin, TypePattern* out) {
    int depth = 1;
    while (at_ < text_.size() && depth > 0) {
      if (text_[at_] == '{') ++depth;
      if (text_[at_] == '}') --depth;
      ++at_;
    }
    out->type = ParseType(text_.substr(begin, at_ - begin));
    return !out->type.is_error();
  }

  std::string_view text_;
  size_t at_ = 0;
};

using Variables = std::map<char, Type>;

// Notes what `type` says about the variables of `pattern`; a variable seen twice is the common type
// of both.
void Bind(const TypePattern& pattern, const Type& type, Variables* variables) {
  switch (pattern.kind) {
    case TypePattern::Kind::kExact:
    case TypePattern::Kind::kAnyDecimal:
      return;
    case TypePattern::Kind::kVariable: {
      if (type.is(TypeKind::kNone) || type.is_error()) return;
      auto [at, is_new] = variables->try_emplace(pattern.variable, type);
      if (is_new) return;
      if (std::optional<Type> common = CommonType(at->second, type)) at->second = *common;
      return;
    }
    case TypePattern::Kind::kArray:
      if (type.is(TypeKind::kArray)) Bind(pattern.parts[0], type.inner(), variables);
      return;
    case TypePattern::Kind::kMap:
      if (!type.is(TypeKind::kMap)) return;
      Bind(pattern.parts[0], type.key(), variables);
      Bind(pattern.parts[1], type.inner(), variables);
      return;
    case TypePattern::Kind::kOptional:
      Bind(pattern.parts[0], type.strip_optional(), variables);
      return;
  }
}

// The type of `pattern` once the variables are known; the error type while one is not.
Type Substitute(const TypePattern& pattern, const Variables& variables, const Type& decimal) {
  switch (pattern.kind) {
    case TypePattern::Kind::kExact:
      return pattern.type;
    case TypePattern::Kind::kVariable: {
      auto at = variables.find(pattern.variable);
      return at == variables.end() ? Type::Error() : at->second;
    }
    case TypePattern::Kind::kAnyDecimal:
      return decimal;
    case TypePattern::Kind::kArray: {
      Type inner = Substitute(pattern.parts[0], variables, decimal);
      return inner.is_error() ? inner : Type::Array(inner);
    }
    case TypePattern::Kind::kMap: {
      Type key = Substitute(pattern.parts[0], variables, decimal);
      Type value = Substitute(pattern.parts[1], variables, decimal);
      return key.is_error() || value.is_error() ? Type::Error() : Type::Map(key, value);
    }
    case TypePattern::Kind::kOptional: {
      Type inner = Substitute(pattern.parts[0], variables, decimal);
      return inner.is_error() ? inner : Type::Optional(inner);
    }
  }
  return Type::Error();
}

// The first decimal of the arguments: what `decimal` in the result stands for.
Type FirstDecimal(const Signature& signature, const std::vector<TypedExprPtr>& args) {
  for (size_t i = 0; i < signature.params.size(); ++i) {
    TypePattern::Kind kind = signature.params[i].type.kind;
    if (kind != TypePattern::Kind::kAnyDecimal && kind != TypePattern::Kind::kOptional) continue;
    Type type = args[i]->type.strip_optional();
    if (type.is(TypeKind::kDecimal)) return type;
    if (type.is(TypeKind::kInt)) return Type::Decimal(19, 0);
  }
  return Type::Error();
}

TypedExprPtr ConvertArgument(const TypePattern& pattern, const TypedExprPtr& arg,
                             const Variables& variables) {
  if (pattern.kind == TypePattern::Kind::kAnyDecimal) {
    if (arg->type.is(TypeKind::kDecimal)) return arg;
    if (TypedExprPtr natural = NaturalDecimal(arg)) return natural;
    return arg->type.is(TypeKind::kInt) ? Coerce(arg, Type::Decimal(19, 0)) : nullptr;
  }
  Type type = Substitute(pattern, variables, arg->type.strip_optional());
  if (type.is_error()) return nullptr;
  return Coerce(arg, type);
}

TypedExprPtr WithoutOptional(const TypedExprPtr& arg) {
  TypedExpr stripped = *arg;
  stripped.type = arg->type.strip_optional();
  stripped.node = typed::Unwrap{arg};
  return std::make_shared<const TypedExpr>(std::move(stripped));
}

OverloadChoice MatchPlain(const Signature& signature, const std::vector<TypedExprPtr>& args) {
  OverloadChoice out;
  out.signature = signature;
  if (args.size() != signature.params.size()) return out;
  Variables variables;
  for (size_t i = 0; i < args.size(); ++i) {
    const TypePattern& pattern = signature.params[i].type;
    bool bare_optional =
        pattern.kind == TypePattern::Kind::kVariable && args[i]->type.is_optional();
    if (bare_optional) return out;
    Bind(pattern, args[i]->type, &variables);
  }
  out.fit = Fit::kExact;
  for (size_t i = 0; i < args.size(); ++i) {
    TypedExprPtr converted = ConvertArgument(signature.params[i].type, args[i], variables);
    if (!converted) {
      out.fit = Fit::kNo;
      return out;
    }
    if (converted->type != args[i]->type) out.fit = Fit::kWidening;
    // A set is text first: an overload for strings goes before one for any type.
    bool any_set = signature.params[i].type.kind == TypePattern::Kind::kVariable &&
                   args[i]->type.is(TypeKind::kSet);
    if (any_set) out.fit = Fit::kWidening;
    out.args.push_back(std::move(converted));
  }
  out.result = Substitute(signature.result, variables, FirstDecimal(signature, out.args));
  return out;
}

}  // namespace

std::optional<Signature> ParseSignature(std::string_view text) {
  return SignatureReader(text).Read();
}

OverloadChoice MatchSignature(const Signature& signature, const std::vector<TypedExprPtr>& args,
                              bool skip_none) {
  OverloadChoice out = MatchPlain(signature, args);
  if (out.fit != Fit::kNo || args.size() != signature.params.size()) return out;
  std::vector<TypedExprPtr> stripped = args;
  bool any = false;
  for (size_t i = 0; i < args.size(); ++i) {
    bool takes_none = signature.params[i].type.kind == TypePattern::Kind::kOptional;
    if (!args[i]->type.is_optional() || takes_none) continue;
    stripped[i] = WithoutOptional(args[i]);
    any = true;
  }
  if (!any) return out;
  OverloadChoice plain = MatchPlain(signature, stripped);
  if (plain.fit == Fit::kNo) return out;
  if (!skip_none) {
    plain.fit = Fit::kOptional;
    return plain;
  }
  // Back to the optional argument, widened inside its `?` if the parameter asks for it.
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i]->type.is_optional() || plain.args[i]->type.is_optional()) continue;
    plain.args[i] = Coerce(args[i], Type::Optional(plain.args[i]->type));
    if (!plain.args[i]) return out;
  }
  return plain;
}

}  // namespace flow::frontend
