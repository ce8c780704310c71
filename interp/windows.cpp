// Windows whose rows rest until they are complete, and late rows.

#include "interp/interpreter.h"

namespace flow::interp {

void Interpreter::Take(ValueId, const ir::WindowSession&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::WindowSession&) {}

void Interpreter::Take(ValueId, const ir::WindowRows&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

void Interpreter::Finish(ValueId, const ir::WindowRows&) {}

void Interpreter::SendLate(ValueId id, const Row& row) {
  ++result_.late;
  for (ValueId consumer : consumers_[id.index]) {
    const auto* late = std::get_if<ir::Late>(&graph_.ops[consumer]);
    if (late != nullptr && !stopped_) Send(consumer, row);
  }
}

void Interpreter::Take(ValueId, const ir::Late&, Row&) {
  FLOW_UNREACHABLE("refused by name: E0901");
}

}  // namespace flow::interp
