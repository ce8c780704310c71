// Joins, by nested loops over all rows.

#include "interp/interpreter.h"

namespace flow::interp {

void Interpreter::Take(ValueId, const ir::Join&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::Join&) {}

void Interpreter::Take(ValueId, const ir::AsofJoin&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::AsofJoin&) {}

void Interpreter::Take(ValueId, const ir::Lookup&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::Lookup&) {}

}  // namespace flow::interp
