#include "ir/demand.h"

#include <vector>

#include "ir/visit.h"

namespace flow::ir {

void Demand::Merge(const Demand& other) {
  all |= other.all;
  for (const auto& [name, demand] : other.fields) fields[name].Merge(demand);
}

const Demand* Demand::Of(const std::string& name) const {
  if (all) return this;
  auto found = fields.find(name);
  return found == fields.end() ? nullptr : &found->second;
}

Demand RowDemand(const Function& fn, const Demand& result, uint32_t index) {
  std::vector<Demand> demands(fn.ops.size());
  Demand row;
  for (size_t i = fn.ops.size(); i-- > 0;) {
    const ScalarOp& op = fn.ops[fn.ops.IdAt(i)];
    const Demand own = demands[i];
    auto ask = [&](ValueId id, const Demand& demand) { demands[id.index].Merge(demand); };
    if (const auto* end = std::get_if<Return>(&op)) {
      ask(end->value, result);
    } else if (const auto* field = std::get_if<Field>(&op)) {
      demands[field->value.index].fields[field->name].Merge(own);
    } else if (const auto* made = std::get_if<MakeStruct>(&op)) {
      for (size_t j = 0; j < made->names.size(); ++j) {
        if (const Demand* part = own.Of(made->names[j])) ask(made->values[j], *part);
      }
    } else if (const auto* unwrap = std::get_if<Unwrap>(&op)) {
      ask(unwrap->a, own);  // an optional is as its value
    } else if (const auto* arg = std::get_if<Arg>(&op)) {
      if (arg->index == index) row.Merge(own);
    } else if (!std::holds_alternative<IsNone>(op)) {
      ForEach<ValueId>(op, [&](const ValueId& id) { ask(id, Demand::All()); });
    }
  }
  return row;
}

Type Pruned(const Type& type, const Demand& demand) {
  if (demand.all) return type;
  if (type.is_optional()) return Type::Optional(Pruned(type.inner(), demand));
  if (!type.is(TypeKind::kStruct)) return type;
  std::vector<StructField> fields;
  for (const StructField& field : type.fields()) {
    const Demand* part = demand.Of(field.name);
    if (part != nullptr) fields.push_back({field.name, Pruned(field.type, *part), field.external});
  }
  return Type::Struct(std::move(fields));
}

}  // namespace flow::ir
