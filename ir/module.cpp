#include "ir/module.h"

#include <utility>

namespace flow::ir {

ValueId Function::Add(ScalarOp op, Type type, ValueId guard, Place place) {
  types.Add(std::move(type));
  guards.Add(guard);
  places.Add(place);
  return ops.Add(std::move(op));
}

ValueId Graph::Add(Op op, StreamType type, HandlerId handler, Place place) {
  types.Add(std::move(type));
  handlers.Add(handler);
  places.Add(place);
  fragments.Add(kNoFragment);
  return ops.Add(std::move(op));
}

Type RejectedRowType() {
  return Type::Struct({{"at", Type::Optional(Type::Timestamp()), {}},
                       {"source", Type::String(), {}},
                       {"partition", Type::String(), {}},
                       {"offset", Type::Optional(Type::Int()), {}},
                       {"line", Type::Optional(Type::Int()), {}},
                       {"stage", Type::String(), {}},
                       {"code", Type::String(), {}},
                       {"message", Type::String(), {}},
                       {"row", Type::String(), {}}});
}

}  // namespace flow::ir
