#include "tools/driver/test_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "frontend/sema/typed_program.h"
#include "interp/evaluator.h"
#include "interp/json_text.h"
#include "ir/pass.h"
#include "tools/driver/param_value.h"
#include "tools/driver/test_changes.h"

namespace flow {
namespace {

using frontend::TestCase;
using frontend::TestStep;

// "66s", "@2024-01-31T10:00:00Z", "the end".
std::string TimeText(int64_t at) {
  constexpr int64_t kYear = 365LL * 24 * 3600 * 1'000'000'000;
  if (at == frontend::kTestEnd) return "the end";
  return at < kYear ? DurationText(at) : Cat("@", TimestampText(at));
}

// More lines than these say no more to a reader.
constexpr size_t kDiffLinesShown = 40;
constexpr size_t kShownColumns = 100;

std::string Rows(size_t count) { return Cat(count, count == 1 ? " row" : " rows"); }

std::string DifferenceText(const RowDiff& diff, size_t expected) {
  if (diff.only_order) return "the rows came in another order";
  std::string missing;
  if (diff.missing > 0) {
    missing = expected == 1 ? "the expected row did not come"
              : diff.missing == expected
                  ? Cat("none of the ", expected, " expected rows came")
                  : Cat(diff.missing, " of ", expected, " expected rows did not come");
  }
  if (diff.unexpected == 0) return missing;
  if (!missing.empty()) {
    return Cat(missing, ", ", diff.unexpected,
               diff.unexpected == 1 ? " other came" : " others came");
  }
  return Cat(Rows(diff.unexpected), " came that ", diff.unexpected == 1 ? "was" : "were",
             " not expected");
}

}  // namespace

// Finding a symbol in linked code takes longer than a small test: each is looked up once.
class TestRunner::Symbols final : public runtime::SymbolResolver {
 public:
  explicit Symbols(const runtime::SymbolResolver& code) : code_(code) {}
  void* Find(const std::string& symbol) const override {
    auto [at, fresh] = known_.try_emplace(symbol, nullptr);
    if (fresh) at->second = code_.Find(symbol);
    return at->second;
  }

 private:
  const runtime::SymbolResolver& code_;
  mutable std::unordered_map<std::string, void*> known_;
};

// One test while it runs.
class TestRunner::Case {
 public:
  Case(const TestRunner& runner, const TestCase& test)
      : plan_(runner.program_.plan),
        symbols_(*runner.symbols_),
        catalog_(runner.compilation_.catalog()),
        script_(runner.compilation_.script()),
        test_(test) {}

  std::vector<TestFailure> Run() {
    if (Prepare() && FillTables()) Steps();
    return std::move(failures_);
  }

  std::string said() const { return simulation_ == nullptr ? "" : simulation_->said(); }

 private:
  // Values of parameters, and with them of all rows; false when one has none.
  bool Prepare() {
    if (test_.values.params.empty()) return Start(test_.values, {});
    ir::PassHooks hooks;
    hooks.verify = false;
    hooks.options.catalog = &catalog_;
    std::string error;
    // Defaults first: what is given may speak of other parameters.
    ir::Module defaults = test_.values;
    ir::RunPasses(defaults, {"bind_params"}, hooks, &error);
    interp::Evaluator evaluator(defaults, catalog_);
    std::vector<std::pair<std::string, std::string>> params;
    for (const frontend::TestParam& param : test_.with) {
      interp::Value value;
      interp::Rejection rejection;
      if (!evaluator.Constant(param.value, &value, &rejection)) {
        return Broken(test_.span, Cat("`$", param.name, "` has no value: ", rejection.message));
      }
      params.emplace_back(param.name, interp::PlainText(param.type, value));
      bool simple = false;
      auto literal = ReadParamLiteral(param.type, params.back().second, &simple);
      if (literal) hooks.options.params.emplace(param.name, *std::move(literal));
    }
    for (const ir::Param& param : test_.values.params) {
      if (param.default_value.valid() || hooks.options.params.count(param.name) != 0) continue;
      return Broken(test_.span, Cat("parameter `$", param.name,
                                    "` has no default, and the test "
                                    "gives it no value: add `with $",
                                    param.name, " = ..`"));
    }
    bound_ = test_.values;
    ir::RunPasses(bound_, {"bind_params"}, hooks, &error);
    return Start(bound_, std::move(params));
  }

  bool Start(const ir::Module& values, std::vector<std::pair<std::string, std::string>> params) {
    evaluator_ = std::make_unique<interp::Evaluator>(values, catalog_);
    runtime::RunOptions options;
    options.params = std::move(params);
    options.quiet = true;
    options.handle_signals = false;
    std::vector<bool> open(plan_.sources.size(), false);
    for (size_t i = 0; i < plan_.sources.size(); ++i) {
      open[i] = plan_.sources[i].endpoint.connector == frontend::kTested && SentTo(i);
    }
    simulation_ = std::make_unique<runtime::Simulation>(plan_, symbols_, std::move(options));
    runtime::Status status = simulation_->Start(open);
    return status.ok() || Broken(test_.span, status.message);
  }

  bool SentTo(size_t source) const {
    return std::any_of(test_.steps.begin(), test_.steps.end(), [&](const TestStep& step) {
      return step.send && SourceOf(step) == static_cast<int>(source);
    });
  }

  // Rows of tables, which stand there before anything looks them up.
  bool FillTables() {
    std::vector<bool> tables = simulation_->Tables();
    for (const TestStep& step : test_.steps) {
      int source = step.send ? SourceOf(step) : -1;
      if (source < 0 || !tables[static_cast<size_t>(source)]) continue;
      if (!Send(step) || Stopped(step)) return false;
    }
    for (size_t i = 0; i < tables.size(); ++i) {
      if (tables[i]) simulation_->End(static_cast<int>(i));
    }
    return true;
  }

  // semantics.md 73: what falls due, then sends, then looks.
  void Steps() {
    const std::vector<TestStep>& steps = test_.steps;
    for (size_t begin = 0; begin < steps.size();) {
      size_t end = begin;
      while (end < steps.size() && steps[end].at == steps[begin].at) ++end;
      if (steps[begin].at == frontend::kTestEnd) {
        simulation_->Finish();
      } else {
        simulation_->AdvanceTo(steps[begin].at);
      }
      for (size_t i = begin; i < end; ++i) {
        if (steps[i].send && !Send(steps[i])) return;
        if (Stopped(steps[i])) return;
      }
      for (size_t i = begin; i < end; ++i) {
        if (!steps[i].send && !Look(steps[i])) return;
      }
      begin = end;
    }
  }

  // The run has failed, by the step or by what fell due before it.
  bool Stopped(const TestStep& step) {
    if (!simulation_->failed()) return false;
    Broken(step.span, Cat("the run stopped at ", TimeText(step.at)),
           simulation_->failure().message);
    return true;
  }

  bool Send(const TestStep& step) {
    int source = SourceOf(step);
    for (const frontend::TestRow& row : step.rows) {
      TestValue value;
      if (!Evaluate(step, row, &value)) return false;
      std::string record;
      interp::AppendJson(step.row, value.value, &record);
      record += '\n';
      // Nothing may read a source.
      if (source >= 0) simulation_->Send(source, record);
    }
    return true;
  }

  bool Look(const TestStep& step) {
    std::vector<TestValue> expected(step.rows.size());
    for (size_t i = 0; i < step.rows.size(); ++i) {
      if (!Evaluate(step, step.rows[i], &expected[i])) return false;
    }
    std::vector<TestValue> actual;
    int sink = SinkOf(step);
    if (sink >= 0 && !ReadRows(step, sink, &actual)) return false;
    // What is not said to be gone is there.
    if (step.updating) ForgetPresence(&expected);
    size_t actual_count = actual.size();
    RowDiff diff = DiffRows(expected, actual, step.ordered);
    if (diff.same) return true;
    TestFailure failure;
    failure.span = step.name_span;
    failure.here = DifferenceText(diff, expected.size());
    failure.message = Cat("at ", TimeText(step.at), ", `", step.name, "`: ", failure.here);
    failure.diff = std::move(diff.lines);
    if (diff.only_order) {
      failure.notes.push_back(Cat("`", step.name, "` keeps an order, so its rows are a list"));
    }
    if (diff.missing > 0 && actual_count == 0 && sink >= 0) {
      std::string why = runtime::WhyNothing(plan_, simulation_->MakeAccount(), sink);
      if (!why.empty()) failure.notes.push_back(std::move(why));
    }
    failure.value = step.value_span;
    size_t indent = script_.Locate(step.span.begin).column - 1;
    size_t column = script_.Locate(step.value_span.begin).column - 1;
    failure.rows = RowsAsExpected(expected, actual, column, indent);
    failures_.push_back(std::move(failure));
    return true;
  }

  bool ReadRows(const TestStep& step, int sink, std::vector<TestValue>* rows) {
    std::string text = simulation_->Take(sink);
    Changes& changes = changes_.try_emplace(sink, step.row, step.key).first->second;
    for (size_t begin = 0; begin < text.size();) {
      size_t end = text.find('\n', begin);
      std::string_view line(text.data() + begin, end - begin);
      TestValue row{step.row, {}};
      bool read =
          step.updating ? changes.Take(line) : interp::ReadJson(row.type, line, {}, &row.value);
      if (!read) return Broken(step.span, Cat("a row of `", step.name, "` cannot be read: ", line));
      if (!step.updating) rows->push_back(std::move(row));
      begin = end + 1;
    }
    if (step.updating) *rows = changes.Look();
    return true;
  }

  static void ForgetPresence(std::vector<TestValue>* rows) {
    for (TestValue& row : *rows) {
      int index = row.type.FieldIndex(ChangeField().name);
      if (index < 0 || row.value.items[static_cast<size_t>(index)].whole != 0) continue;
      std::vector<StructField> fields = row.type.fields();
      fields.erase(fields.begin() + index);
      row.type = Type::Struct(std::move(fields));
      row.value.items.erase(row.value.items.begin() + index);
    }
  }

  bool Evaluate(const TestStep& step, const frontend::TestRow& row, TestValue* out) {
    interp::Rejection rejection;
    out->type = row.type;
    if (evaluator_->Constant(row.value, &out->value, &rejection)) return true;
    return Broken(step.span, Cat("a row has no value: ", rejection.message));
  }

  int SourceOf(const TestStep& step) const {
    for (size_t i = 0; i < plan_.sources.size(); ++i) {
      const runtime::SourcePlan& source = plan_.sources[i];
      bool tested = source.endpoint.connector == frontend::kTested;
      if (tested && source.name == step.name) return static_cast<int>(i);
    }
    return -1;
  }
  int SinkOf(const TestStep& step) const {
    for (size_t i = 0; i < plan_.sinks.size(); ++i) {
      const runtime::SinkPlan& sink = plan_.sinks[i];
      bool tested = sink.endpoint.connector == frontend::kTested;
      if (tested && sink.name == step.name) return static_cast<int>(i);
    }
    return -1;
  }

  bool Broken(Span span, std::string message, std::string more = {}) {
    TestFailure failure;
    failure.span = span;
    failure.message = std::move(message);
    if (!more.empty()) failure.notes.push_back(std::move(more));
    failures_.push_back(std::move(failure));
    return false;
  }

  const runtime::Plan& plan_;
  const runtime::SymbolResolver& symbols_;
  const Catalog& catalog_;
  const SourceFile& script_;
  const TestCase& test_;
  ir::Module bound_;
  std::unique_ptr<interp::Evaluator> evaluator_;
  std::unique_ptr<runtime::Simulation> simulation_;
  std::map<int, Changes> changes_;  // by sink, of updating streams
  std::vector<TestFailure> failures_;
};

bool TestRunner::Compile(int opt_level, std::string* error) {
  codegen::Options options;
  options.opt_level = opt_level;
  bool done =
      codegen::CompileJit(compilation_.module(), compilation_.catalog(), options, &program_, error);
  if (done) symbols_ = std::make_unique<Symbols>(*program_.symbols);
  return done;
}

TestRunner::TestRunner(const Compilation& compilation) : compilation_(compilation) {}
TestRunner::~TestRunner() = default;

TestOutcome TestRunner::Run(const TestCase& test) {
  TestOutcome outcome;
  outcome.name = test.name;
  outcome.span = test.span;
  auto start = std::chrono::steady_clock::now();
  Case running(*this, test);
  outcome.failures = running.Run();
  outcome.said = running.said();
  std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start;
  outcome.milliseconds = elapsed.count();
  return outcome;
}

std::string FailureText(const TestFailure& failure, const Sources& sources, bool color) {
  const char* red = color ? "\x1b[1;31m" : "";
  const char* green = color ? "\x1b[32m" : "";
  const char* minus = color ? "\x1b[31m" : "";
  const char* blue = color ? "\x1b[1;34m" : "";
  const char* plain = color ? "\x1b[0m" : "";
  const SourceFile& file = sources.Get(failure.span.file);
  LineColumn place = file.Locate(failure.span.begin);
  std::string number = Cat(place.line);
  std::string margin(number.size(), ' ');
  std::string out =
      Cat("  ", margin, blue, "--> ", plain, file.path(), ":", place.line, ":", place.column, "\n");
  std::string line(file.LineText(place.line));
  std::replace(line.begin(), line.end(), '\t', ' ');
  // A long line is cut behind what it is about; what goes over several lines is marked in the
  // first.
  size_t marked = std::min<size_t>(failure.span.end - failure.span.begin,
                                   std::max<size_t>(line.size() + 1, place.column) - place.column);
  if (line.size() > kShownColumns && place.column + marked < kShownColumns) {
    line = Cat(line.substr(0, kShownColumns), " ..");
  }
  Append(out, Cat("  ", blue, number, " | ", plain, line, "\n"));
  Append(out, Cat("  ", margin, blue, " | ", plain, std::string(place.column - 1, ' '), red,
                  std::string(marked, '^'), " ",
                  failure.here.empty() ? failure.message : failure.here, plain, "\n"));
  size_t shown = 0;
  for (const DiffLine& diff : failure.diff) {
    if (shown++ == kDiffLinesShown) {
      Append(out, Cat("  ", margin, "   .. and ", failure.diff.size() - kDiffLinesShown,
                      " rows more\n"));
      break;
    }
    const char* paint = diff.mark == '-' ? minus : diff.mark == '+' ? green : "";
    Append(out, Cat("  ", margin, paint, " ", diff.mark, " ", diff.text, plain, "\n"));
    if (diff.carets.empty()) continue;
    Append(out, Cat("  ", margin, "   ", red, diff.carets, plain, "\n"));
  }
  for (const std::string& note : failure.notes) {
    std::string text = note;
    while (text.ends_with('\n')) text.pop_back();
    for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) {
      text.replace(at, 1, Cat("\n  ", margin, "   "));
      at += margin.size() + 6;
    }
    Append(out, Cat("  ", margin, blue, " = ", plain, text, "\n"));
  }
  return out;
}

std::string WithUpdates(const SourceFile& script, const std::vector<TestOutcome>& outcomes) {
  std::vector<const TestFailure*> updates;
  for (const TestOutcome& outcome : outcomes) {
    for (const TestFailure& failure : outcome.failures) {
      if (failure.rows) updates.push_back(&failure);
    }
  }
  std::sort(updates.begin(), updates.end(), [](const TestFailure* a, const TestFailure* b) {
    return a->value.begin < b->value.begin;
  });
  std::string out;
  size_t at = 0;
  for (const TestFailure* update : updates) {
    out += script.text().substr(at, update->value.begin - at);
    out += *update->rows;
    at = update->value.end;
  }
  return out + std::string(script.text().substr(at));
}

}  // namespace flow
