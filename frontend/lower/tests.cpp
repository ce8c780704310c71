#include "frontend/lower/tests.h"

#include <algorithm>
#include <optional>
#include <type_traits>

#include "base/text.h"
#include "frontend/lower/expr.h"
#include "frontend/lower/query.h"
#include "frontend/sema/typed_program.h"

namespace flow::frontend {
namespace {

class TestLowerer {
 public:
  TestLowerer(const TypedProgram& program, const Sources& sources, const TypedTest& test)
      : program_(program), sources_(sources), test_(test) {}

  TestCase Run() {
    out_.name = test_.name;
    out_.span = test_.span;
    out_.values.name = program_.name;
    LowerParams(program_, sources_, out_.values);
    for (const NamedValue& value : test_.with) {
      ir::FnId fn =
          LowerFunction(*value.value, {}, sources_, out_.values, Cat("with_", value.name));
      out_.with.push_back({value.name, value.value->type, fn});
    }
    for (const TypedTestStep& step : test_.steps) {
      step_ = {};
      step_.at = step.at;
      step_.name = step.name;
      step_.span = step.span;
      step_.name_span = step.name_span;
      step_.value_span = step.value_span;
      std::visit([&](const auto& what) { Add(what); }, step.step);
      out_.steps.push_back(std::move(step_));
    }
    return std::move(out_);
  }

 private:
  void Add(const TypedSend& send) {
    const TypedNode& node = program_.nodes[send.source];
    step_.send = true;
    step_.row = std::get<node::Source>(node.node).row;
    AddRows(send.rows);
  }

  void Add(const TypedExpect& expect) {
    const auto& sink = std::get<node::Sink>(program_.nodes[expect.sink].node);
    const StreamInfo& stream = program_.nodes[sink.input].stream;
    step_.row = stream.row;
    step_.ordered = stream.ordered;
    step_.updating = stream.updating;
    if (stream.updating) step_.key = KeyOf(sink.input).value_or(std::vector<std::string>());
    AddRows(expect.rows);
  }

  // The columns that name a row of an updating stream (semantics.md 58); none when they are not all
  // among its columns, so that a row is named by all of it.
  using Key = std::optional<std::vector<std::string>>;
  Key KeyOf(NodeId id) const {
    return std::visit([this](const auto& node) { return KeyOf(node); }, program_.nodes[id].node);
  }
  Key KeyOf(const node::Source& source) const { return source.key; }
  Key KeyOf(const node::Rejects&) const { return std::nullopt; }
  Key KeyOf(const node::Union&) const { return std::nullopt; }
  Key KeyOf(const node::Aggregate& aggregate) const {
    std::vector<std::string> out;
    for (const NamedValue& key : aggregate.keys) out.push_back(key.name);
    return out;
  }
  Key KeyOf(const node::Dedup& dedup) const { return ColumnsOf(dedup.keys); }
  Key KeyOf(const node::Map& map) const {
    Key above = KeyOf(map.input);
    if (!above) return above;
    for (std::string& name : *above) {
      auto passed = std::find_if(map.columns.begin(), map.columns.end(), [&](const NamedValue& c) {
        Key column = ColumnsOf({c.value});
        return column && column->front() == name;
      });
      if (passed == map.columns.end()) return std::nullopt;
      name = passed->name;
    }
    return above;
  }
  // Row-wise stages keep the key; those whose rows are named by more than their columns have none.
  template <class Node>
  Key KeyOf(const Node& node) const {
    constexpr bool kKeeps = std::is_same_v<Node, node::Filter> ||
                            std::is_same_v<Node, node::Assert> ||
                            std::is_same_v<Node, node::Limit> || std::is_same_v<Node, node::Peek>;
    if constexpr (kKeeps) return KeyOf(node.input);
    return std::nullopt;
  }

  // The names of plain columns.
  static Key ColumnsOf(const std::vector<TypedExprPtr>& values) {
    std::vector<std::string> out;
    for (const TypedExprPtr& value : values) {
      const TypedExpr* at = value.get();
      if (const auto* unwrap = std::get_if<typed::Unwrap>(&at->node)) at = unwrap->a.get();
      const auto* column = std::get_if<typed::Column>(&at->node);
      if (column == nullptr) return std::nullopt;
      out.push_back(column->name);
    }
    return out;
  }

  void AddRows(const std::vector<TypedExprPtr>& rows) {
    for (const TypedExprPtr& row : rows) {
      ir::FnId fn =
          LowerFunction(*row, {}, sources_, out_.values, Cat("row_", out_.values.functions.size()));
      step_.rows.push_back({fn, row->type});
    }
  }

  const TypedProgram& program_;
  const Sources& sources_;
  const TypedTest& test_;
  TestStep step_;
  TestCase out_;
};

}  // namespace

std::vector<TestCase> LowerTests(const TypedProgram& program, const Sources& sources) {
  std::vector<TestCase> out;
  for (const TypedTest& test : program.tests) {
    out.push_back(TestLowerer(program, sources, test).Run());
  }
  return out;
}

}  // namespace flow::frontend
