#pragma once
// The type that fits a list of values (semantics.md 72).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/type.h"

namespace flow::runtime {

struct GuessField;

struct Guess {
  enum Kind : uint32_t {
    kNull = 1,
    kBool = 2,
    kInt = 4,
    kBigInt = 8,  // beyond 64 bits, at most 38 digits
    kFloat = 16,
    kTime = 32,
    kText = 64,
    kObject = 128,
    kList = 256,
  };
  uint32_t kinds = 0;
  int objects = 0;                 // how often an object stood here
  std::vector<GuessField> fields;  // in first-seen order
  std::unique_ptr<Guess> element;

  // The guess for the field `name`, made when it is new; counts that an object has it.
  Guess& Field(std::string_view name);
  Guess& Element();
  Type ToType() const;
};

struct GuessField {
  std::string name;
  std::unique_ptr<Guess> guess;
  int seen = 0;
};

// What a number's text is: kInt, kBigInt or kFloat.
uint32_t NumberKind(std::string_view text);

// Adds a JSON value that is known to be valid; a view past it.
std::string_view AddJsonValue(std::string_view text, Guess* guess);

}  // namespace flow::runtime
