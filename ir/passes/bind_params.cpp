// bind_params: replaces every reference to a parameter by its value: the one given
// (PassOptions::params), else its default, whose function is inlined. A parameter that has neither
// stays. The module keeps the list of its parameters.

#include "ir/infer.h"
#include "ir/passes/passes.h"
#include "ir/rewrite.h"

namespace flow::ir::passes {
namespace {

class Binder {
 public:
  Binder(Module& module, const PassOptions& options) : module_(module), options_(options) {}

  bool Run() {
    bool changed = false;
    // Defaults first, in order: a default may name parameters declared above it.
    for (const Param& param : module_.params) {
      if (param.default_value.valid()) changed |= BindIn(param.default_value);
    }
    for (size_t i = 0; i < module_.functions.size(); ++i) {
      changed |= BindIn(FnId{static_cast<uint32_t>(i)});
    }
    return changed;
  }

 private:
  bool HasValue(ParamId id) const {
    const Param& param = module_.params[id];
    return options_.params.count(param.name) != 0 || param.default_value.valid();
  }

  bool BindIn(FnId id) {
    const Function& fn = module_.functions[id];
    bool any = false;
    for (const ScalarOp& op : fn.ops) {
      const auto* ref = std::get_if<ParamRef>(&op);
      any |= ref != nullptr && HasValue(ref->param);
    }
    if (!any) return false;
    FunctionRewriter rewriter(module_, fn);
    for (size_t i = 0; i < fn.ops.size(); ++i) {
      ValueId op = fn.ops.IdAt(i);
      const auto* ref = std::get_if<ParamRef>(&fn.ops[op]);
      if (ref == nullptr || !HasValue(ref->param)) {
        rewriter.Copy(op);
        continue;
      }
      rewriter.ReplaceBy(op, Value(rewriter, op, module_.params[ref->param]));
    }
    module_.functions[id] = rewriter.Finish();
    return true;
  }

  ValueId Value(FunctionRewriter& rewriter, ValueId op, const Param& param) {
    ValueId guard = rewriter.NewGuard(op);
    auto given = options_.params.find(param.name);
    if (given == options_.params.end()) {
      const Function& value = module_.functions[param.default_value];
      return InlineCall(module_, rewriter.fn(), value, {}, guard);
    }
    ValueId value = AddOp(module_, rewriter.fn(), Const{given->second}, guard);
    if (!param.type.is_optional()) return value;
    return AddOp(module_, rewriter.fn(), Some{value}, guard);
  }

  Module& module_;
  const PassOptions& options_;
};

}  // namespace

bool bind_params(Module& module, const PassOptions& options) {
  return Binder(module, options).Run();
}

}  // namespace flow::ir::passes
