// Functions over the trailing rows of each row.

#include "interp/interpreter.h"

namespace flow::interp {

void Interpreter::Take(ValueId, const ir::Over&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::Over&) {}

}  // namespace flow::interp
