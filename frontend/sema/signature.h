#pragma once
// Signatures of the catalog (base/catalog.h) and the choice of an overload.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/type.h"
#include "frontend/sema/typed_expr.h"

namespace flow::frontend {

// A type with holes.
struct TypePattern {
  enum class Kind : uint8_t { kExact, kVariable, kAnyDecimal, kArray, kMap, kOptional };
  Kind kind = Kind::kExact;
  Type type;                       // kExact
  char variable = 0;               // kVariable
  std::vector<TypePattern> parts;  // kArray, kOptional: inner; kMap: key, value
};

struct SignatureParam {
  std::string name;
  TypePattern type;
  bool is_const = false;
};

struct Signature {
  std::string name;
  std::vector<SignatureParam> params;
  TypePattern result;
  bool fallible = false;
};

// Reads `name(a: T, const b: float) -> R!`; nothing when it is malformed.
std::optional<Signature> ParseSignature(std::string_view text);

// How well arguments fit a signature.
enum class Fit : uint8_t { kNo, kOptional, kWidening, kExact };

struct OverloadChoice {
  uint32_t overload = 0;
  Signature signature;
  Fit fit = Fit::kNo;
  std::vector<TypedExprPtr> args;  // converted to the parameters' types
  Type result;  // without `!`; Type::Error() for `decimal` that depends on constants
};

// Tries one signature. `args` has one value per parameter. With `skip_none` (aggregates) an
// optional argument fits a plain parameter and stays optional. Fit::kOptional: it would fit, were
// it not for `?`.
OverloadChoice MatchSignature(const Signature& signature, const std::vector<TypedExprPtr>& args,
                              bool skip_none);

}  // namespace flow::frontend
