#include "frontend/lower/tests.h"

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
    AddRows(expect.rows);
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
