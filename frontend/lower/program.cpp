// A typed program as an ir::Module.

#include "frontend/frontend.h"
#include "frontend/lower/expr.h"
#include "frontend/lower/query.h"
#include "frontend/lower/tests.h"
#include "frontend/sema/typed_program.h"
#include "ir/module.h"

namespace flow::frontend {
namespace {

ir::HandlerKind KindOf(TypedHandlerKind kind) {
  switch (kind) {
    case TypedHandlerKind::kFail:
      return ir::HandlerKind::kFail;
    case TypedHandlerKind::kDrop:
      return ir::HandlerKind::kDrop;
    case TypedHandlerKind::kRoute:
      return ir::HandlerKind::kRoute;
  }
  return ir::HandlerKind::kFail;
}

ir::Module LowerProgram(const TypedProgram& program, const Sources& sources, bool for_tests) {
  ir::Module module;
  module.name = program.name;
  LowerParams(program, sources, module);
  for (const TypedHandler& handler : program.handlers) {
    module.handlers.Add({KindOf(handler.kind), handler.name});
  }
  QueryLowerer(program, sources, module, for_tests).Run();
  return module;
}

}  // namespace

void LowerParams(const TypedProgram& program, const Sources& sources, ir::Module& module) {
  for (const TypedParam& param : program.params) {
    ir::Param out{.name = param.name, .type = param.type, .default_value = {}, .doc = param.doc};
    if (param.default_value) {
      out.default_value =
          LowerFunction(*param.default_value, {}, sources, module, "param_" + param.name);
    }
    module.params.Add(std::move(out));
  }
}

ir::Module Lower(const TypedProgram& program, const Sources& sources) {
  return LowerProgram(program, sources, false);
}

ir::Module LowerForTests(const TypedProgram& program, const Sources& sources) {
  return LowerProgram(program, sources, true);
}

}  // namespace flow::frontend
