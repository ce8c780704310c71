// Event patterns.

#include "interp/interpreter.h"

namespace flow::interp {

void Interpreter::Take(ValueId, const ir::Match&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::Match&) {}

}  // namespace flow::interp
