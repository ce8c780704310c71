#pragma once
// Row-level ops, evaluated one after another over boxed values.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/catalog.h"
#include "interp/value.h"
#include "ir/module.h"

namespace re2 {
class RE2;
}

namespace flow::interp {

// Why a row was rejected (semantics.md 22).
struct Rejection {
  std::string code;
  std::string message;
  ir::Place place;  // of the op, when it has one of its own
};

// What an op may ask beside its operands.
struct RowContext {
  int64_t event_time = INT64_MIN;
  int64_t now = 0;
};

class Evaluator {
 public:
  Evaluator(const ir::Module& module, const Catalog& catalog);
  ~Evaluator();

  // False when the row is rejected.
  bool Call(ir::FnId fn, const std::vector<const Value*>& args, const RowContext& context,
            Value* result, Rejection* rejection);
  // A function without arguments; nothing in it may fail.
  bool Constant(ir::FnId fn, Value* result, Rejection* rejection);

 private:
  class Body;
  const re2::RE2& Pattern(const std::string& text);

  const ir::Module& module_;
  const Catalog& catalog_;
  std::map<std::string, std::unique_ptr<re2::RE2>> patterns_;
};

// Arithmetic on plain values: false and the reason when it faults.
bool EvaluateArith(ir::ArithKind kind, const Type& a_type, const Value& a, const Type& b_type,
                   const Value& b, const Type& type, Value* result, Rejection* rejection);
bool EvaluateNeg(const Type& type, const Value& a, Value* result, Rejection* rejection);
bool EvaluateCompare(ir::CompareKind kind, const Type& a_type, const Value& a, const Type& b_type,
                     const Value& b);
Value EvaluateConvert(const Type& from, const Type& to, const Value& value);
Value LiteralValue(const ir::Literal& literal);

}  // namespace flow::interp
