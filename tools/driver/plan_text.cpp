#include "tools/driver/plan_text.h"

#include <vector>

#include "base/text.h"
#include "ir/visit.h"

namespace flow {
namespace {

using ir::FnId;
using ir::ValueId;

class Planner {
 public:
  explicit Planner(const ir::Module& module) : module_(module) {}

  std::string Text() {
    const ir::Graph& graph = module_.graph;
    for (size_t i = 0; i < graph.ops.size(); ++i) {
      ValueId id{static_cast<uint32_t>(i)};
      uint32_t fragment = graph.fragments[id];
      if (fragment != fragment_) {
        fragment_ = fragment;
        if (!out_.empty()) out_ += '\n';
        if (fragment != ir::kNoFragment) out_ += Cat("fragment ", fragment, "\n");
      }
      Stage(id);
    }
    return out_;
  }

 private:
  void Stage(ValueId id) {
    const ir::Op& op = module_.graph.ops[id];
    out_ += Cat("  %", id.index, " ", std::visit([](const auto& o) { return o.kInfo.name; }, op));
    std::visit([&](const auto& o) { Details(o); }, op);
    std::string inputs;
    for (ValueId input : ir::OperandsOf(op))
      inputs += Cat(inputs.empty() ? " <- %" : ", %", input.index);
    out_ += inputs;
    const ir::Place& place = module_.graph.places[id];
    if (place.line != 0) out_ += Cat("   (line ", place.line, ")");
    out_ += '\n';
    if (std::holds_alternative<ir::Sink>(op)) return;
    const ir::StreamType& type = module_.graph.types[id];
    std::string row = type.row.ToText();
    if (row != row_) out_ += Cat("       row ", row, "\n");
    row_ = row;
    std::string traits;
    if (type.has_time)
      traits += type.window_rows ? ", event time window_end - 1ns" : ", event time";
    if (type.ordered) traits += ", ordered";
    if (!type.bounded) traits += ", unbounded";
    traits = (type.updating ? "updating" : "append") + traits;
    if (traits != traits_) out_ += Cat("       ", traits, "\n");
    traits_ = traits;
  }

  void Details(const ir::Source& op) {
    out_ += Cat(" `", op.name, "` from ", op.endpoint.connector);
    if (!op.endpoint.format.empty()) out_ += Cat(", ", op.endpoint.format);
    out_ += Cat(", ", op.used.size(), " of ", op.row.fields().size(), " fields decoded");
  }
  void Details(const ir::Sink& op) {
    out_ += Cat(" into ", op.endpoint.connector);
    if (!op.endpoint.format.empty()) out_ += Cat(", ", op.endpoint.format);
  }
  void Details(const ir::Unnest& op) {
    out_ += Cat(" as ", op.name, op.keep_empty ? ", empty ones kept" : "");
  }
  void Details(const ir::Top& op) {
    out_ += Cat(op.windowed ? " per window" : "", op.ties ? ", with ties" : "");
  }
  void Details(const ir::Order& op) { out_ += op.windowed ? " per window" : ""; }
  void Details(const ir::Exchange& op) {
    out_ += op.kind == ir::ExchangeKind::kOrdered ? " in order" : " in any order";
  }
  void Details(const ir::Aggregate& op) { Calls(op.calls, op.windowed); }
  void Details(const ir::AggregateLocal& op) { Calls(op.calls, op.windowed); }
  template <class Op>
  void Details(const Op&) {}

  void Calls(const std::vector<ir::AggregateCall>& calls, bool windowed) {
    std::string text;
    for (const ir::AggregateCall& call : calls)
      text += Cat(text.empty() ? " " : ", ", call.function, "() as ", call.name);
    out_ += text + (windowed ? ", per window" : "");
  }

  const ir::Module& module_;
  std::string out_;
  std::string row_;
  std::string traits_;
  uint32_t fragment_ = ir::kNoFragment;
};

}  // namespace

std::string PlanText(const ir::Module& module) { return Planner(module).Text(); }

}  // namespace flow
