#include "frontend/lower/expr.h"

#include <utility>

#include "frontend/lower/expr_lowerer.h"

namespace flow::frontend {

ir::Place PlaceOf(Span span, const Sources& sources) {
  if (!sources.Has(span.file)) return {};
  LineColumn at = sources.Get(span.file).Locate(span.begin);
  return {span.begin, span.end, at.line, at.column};
}

ir::FnId LowerFunction(const TypedExpr& body, const std::vector<Type>& rows, const Sources& sources,
                       ir::Module& module, std::string name) {
  ExprLowerer lowerer(module, sources, std::move(name));
  lowerer.AddRows(rows);
  return lowerer.Finish(lowerer.Lower(body), body.type);
}

ir::FnId LowerStructFunction(const std::vector<std::string>& names,
                             const std::vector<TypedExprPtr>& values, const std::vector<Type>& rows,
                             const Sources& sources, ir::Module& module, std::string name,
                             bool second) {
  ExprLowerer lowerer(module, sources, std::move(name));
  lowerer.AddRows(rows);
  if (second) lowerer.CallRowSecond();
  ir::MakeStruct made;
  std::vector<StructField> fields;
  for (size_t i = 0; i < names.size(); ++i) {
    made.names.push_back(names[i]);
    made.values.push_back(lowerer.Lower(*values[i]));
    fields.push_back({names[i], values[i]->type, {}});
  }
  Type type = Type::Struct(std::move(fields));
  return lowerer.Finish(lowerer.Add(std::move(made), type), type);
}

ir::AggregateCall LowerAggregate(const TypedAggregate& aggregate, std::string column,
                                 const std::vector<Type>& rows, const Sources& sources,
                                 ir::Module& module, const std::string& function_name) {
  ir::AggregateCall out;
  out.name = std::move(column);
  out.function = aggregate.function;
  out.overload = aggregate.overload;
  out.type = aggregate.type;
  if (!aggregate.args.empty()) {
    std::vector<std::string> names;
    for (size_t i = 0; i < aggregate.args.size(); ++i) names.push_back("a" + std::to_string(i));
    out.args =
        LowerStructFunction(names, aggregate.args, rows, sources, module, function_name + "_args");
  }
  if (aggregate.where) {
    out.where = LowerFunction(*aggregate.where, rows, sources, module, function_name + "_where");
  }
  for (size_t i = 0; i < aggregate.consts.size(); ++i) {
    out.consts.push_back(LowerFunction(*aggregate.consts[i], {}, sources, module,
                                       function_name + "_const" + std::to_string(i)));
  }
  return out;
}

}  // namespace flow::frontend
