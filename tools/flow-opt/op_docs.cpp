#include "tools/flow-opt/op_docs.h"

#include <string_view>
#include <variant>

#include "base/text.h"
#include "ir/field_names.h"
#include "ir/ops.h"

namespace flow {
namespace {

template <class OpT>
std::string Row() {
  std::string fields;
  for (std::string_view name : ir::kFieldNames<OpT>) {
    Append(fields, Cat(fields.empty() ? "" : ", ", name));
  }
  std::string_view fails = OpT::kInfo.can_fail ? "yes" : "";
  std::string_view stateful = OpT::kInfo.stateful ? "yes" : "";
  return Cat("| `", OpT::kInfo.name, "` | ", fields, " | ", fails, " | ", stateful, " | ",
             OpT::kInfo.summary, " |\n");
}

template <class... Ops>
std::string Table(const std::variant<Ops...>*) {
  std::string out =
      "| op | fields | can fail | stateful | what it does |\n"
      "|---|---|---|---|---|\n";
  (out.append(Row<Ops>()), ...);
  return out;
}

}  // namespace

std::string OpDocs() {
  return Cat("### Row-level ops\n\n", Table(static_cast<const ir::ScalarOp*>(nullptr)),
             "\n### Dataflow ops\n\n", Table(static_cast<const ir::Op*>(nullptr)));
}

}  // namespace flow
