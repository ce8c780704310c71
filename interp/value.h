#pragma once
// Values of the interpreter, boxed: slow and obvious.

#include <cstdint>
#include <string>
#include <vector>

#include "base/type.h"

namespace flow::interp {

struct Value {
  // kUnset: not evaluated or not decoded yet. kNone: none of an optional, kFailed: a T! that
  // failed; else the value.
  enum class State : uint8_t { kUnset, kNone, kFailed, kThere };

  State state = State::kUnset;
  int64_t whole = 0;         // bool, int, timestamp, duration; label index of a set
  double real = 0;           // float
  __int128 decimal = 0;      // scaled by the type
  std::string text;          // string, bytes, json
  std::vector<Value> items;  // fields, elements; of a map: entries { key, value }

  bool there() const { return state == State::kThere; }
  static Value Of(int64_t whole);
  static Value Real(double real);
  static Value Decimal(__int128 decimal);
  static Value Text(std::string text);
  static Value Items(std::vector<Value> items);
  static Value None();
  static Value Failed();
};

// The order of semantics.md 6 to 8: -1, 0 or 1. none comes last.
int Compare(const Type& type, const Value& a, const Value& b);

// By exact value: int with float (semantics.md 7).
int CompareIntFloat(int64_t a, double b);

// Decodes UTF-8: false when `text` is none.
bool IsUtf8(std::string_view text);

}  // namespace flow::interp
