// `test` blocks: what is sent is a row of its source, what is expected has columns of its stream,
// and time goes forward.

#include <algorithm>
#include <set>

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

std::string Listed(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += Cat("`", names[i], "`");
  }
  return out;
}

class TestChecker {
 public:
  TestChecker(Checker& checker, Scope& scope, const ast::TestDecl& test)
      : checker_(checker), scope_(scope), test_(test) {
    out_.name = test.name.text;
    out_.span = test.name.span;
  }

  TypedTest Run() {
    for (const ast::TestStep& step : test_.steps) {
      step_ = &step;
      switch (step.kind) {
        case ast::TestStep::Kind::With:
          With();
          break;
        case ast::TestStep::Kind::Send:
          if (TakeTime()) Send();
          break;
        case ast::TestStep::Kind::Expect:
          if (TakeTime()) Expect();
          break;
      }
    }
    return std::move(out_);
  }

 private:
  // A row being made: what it is called in messages, and what becomes of absent fields.
  struct RowRule {
    std::string what;  // "`logs`"
    bool whole = false;
    std::string time_column;  // filled with the clock when absent; empty: none
    bool changes = false;     // the stream rewrites rows: `_op` tells what becomes of one
    bool nested = false;      // a struct within a row
  };

  void With() {
    auto param = scope_.decls.params.find(step_->name.text);
    if (param == scope_.decls.params.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, entry] : scope_.decls.params) names.push_back(name);
      checker_.UnknownName(scope_, step_->name, "parameter", names);
      return;
    }
    for (const NamedValue& other : out_.with) {
      if (other.name != step_->name.text) continue;
      checker_.diagnostics
          .Emit(step_->name.span, Diag::DuplicateName,
                Cat("the test gives `$", other.name, "` two values"))
          .Here("again")
          .Label(other.value->span, "the first")
          .Fix("write two tests");
      return;
    }
    TypedExprPtr value = CheckRowFree(*step_->value, ScopeOf(Cat("with $", step_->name.text)),
                                      param->second.type, checker_.diagnostics);
    if (!value->poisoned()) out_.with.push_back({step_->name.text, std::move(value)});
  }

  // The moment of the step; false when it stands before that of an earlier one.
  bool TakeTime() {
    const ast::TestTime& time = step_->at;
    at_ = time.kind == ast::TestTime::Kind::End ? kTestEnd : time.nanoseconds;
    bool send = step_->kind == ast::TestStep::Kind::Send;
    if (at_ < 0) {
      Misplaced("the clock of a test starts at the epoch, and this is before it")
          .Here("before @1970-01-01");
      return false;
    }
    if (send && at_ == kTestEnd) {
      Misplaced("nothing can be sent at the end of the input")
          .Here("the sources have ended")
          .Fix("give it a time: `at 1m send ..`");
      return false;
    }
    if (last_ != nullptr && at_ < last_at_) {
      bool ended = last_at_ == kTestEnd;
      auto builder = Misplaced(ended ? "nothing comes after `at end`"
                                     : "the clock of a test does not go back");
      builder.Here(ended ? "the input has ended" : "earlier than the step above");
      builder.Label(last_->span, ended ? "ends the input" : "the clock is here already");
      builder.Fix("put the steps in the order of their times");
      return false;
    }
    last_ = step_;
    last_at_ = at_;
    return true;
  }

  DiagnosticBuilder Misplaced(std::string message) {
    return checker_.diagnostics.Emit(step_->span, Diag::TestStepOrder, std::move(message));
  }

  // ---- What the steps speak of

  void Send() {
    const std::string& text = step_->name.text;
    auto found = scope_.names.find(text);
    bool declared = found != scope_.names.end() && found->second.kind == NameKind::kSource;
    NodeId node = declared ? found->second.node : OnlyOne<node::Source>(text);
    if (declared && found->second.poisoned) return;
    if (!node.valid()) return UnknownSource();
    // A copy: nodes may move.
    node::Source source = std::get<node::Source>(checker_.program.nodes[node].node);
    RowRule rule{Cat("`", text, "`"), true, {}, false, false};
    if (source.time) {
      const auto* column = std::get_if<typed::Column>(&source.time->time->node);
      if (column != nullptr) rule.time_column = column->name;
    }
    Type row = WithoutExternal(source.row);
    TypedSend send{node, {}};
    if (!Rows(*step_->value, row, rule, false, &send.rows)) return;
    AddStep(std::move(send));
  }

  // Called like a connector, in a script where the pipeline that would have it has errors.
  bool LostToErrors() const {
    const std::string& text = step_->name.text;
    bool connector = checker_.catalog.FindConnector(text) != nullptr || IsLaterConnector(text);
    return connector && checker_.diagnostics.HasErrors();
  }

  void UnknownSource() {
    if (LostToErrors()) return;
    std::vector<std::string_view> known;
    for (const auto& [text, name] : scope_.names) {
      if (name.kind == NameKind::kSource) known.push_back(text);
    }
    checker_.UnknownName(scope_, step_->name, "source", known);
  }

  void Expect() {
    const std::string& text = step_->name.text;
    auto found = scope_.names.find(text);
    Name* name = found == scope_.names.end() ? nullptr : &found->second;
    NodeId sink;
    if (name != nullptr && name->kind == NameKind::kSource) return ReportSource(*name);
    if (name != nullptr && name->kind == NameKind::kSink) {
      name->used = true;
      if (name->poisoned) return;
      if (!name->node.valid()) return ReportUnfed(*name);
      sink = name->node;
    } else if (name != nullptr && name->kind != NameKind::kPipe) {
      sink = LookAt(*name);
      if (!sink.valid()) return;
    } else {
      sink = OnlyOne<node::Sink>(text);
      if (!sink.valid()) return UnknownStream();
    }
    const auto& node = std::get<node::Sink>(checker_.program.nodes[sink].node);
    const StreamInfo& stream = checker_.program.nodes[node.input].stream;
    RowRule rule{Cat("`", text, "`"), false, {}, stream.updating, false};
    Type row = stream.row;
    TypedExpect expect{sink, {}};
    if (!Rows(*step_->value, row, rule, true, &expect.rows)) return;
    AddStep(std::move(expect));
  }

  // The node where the rows of a stream are looked at, one for all tests; invalid after an error.
  NodeId LookAt(Name& name) {
    for (size_t i = 0; i < checker_.program.nodes.size(); ++i) {
      NodeId id{static_cast<uint32_t>(i)};
      const auto* sink = std::get_if<node::Sink>(&checker_.program.nodes[id].node);
      if (sink != nullptr && sink->only_in_tests && sink->name == name.text) return id;
    }
    Cursor at;
    checker_.OpenName(name, step_->name.span, at);
    if (!at.live) return {};
    NodeId id = checker_.AddSink(at, name.text, {}, name.span);
    std::get<node::Sink>(checker_.program.nodes[id].node).only_in_tests = true;
    return id;
  }

  // The one undeclared source or sink that is called like its connector (`stdin`, `stdout`);
  // invalid when there is none or are several.
  template <class Node>
  NodeId OnlyOne(const std::string& text) {
    NodeId found;
    for (size_t i = 0; i < checker_.program.nodes.size(); ++i) {
      NodeId id{static_cast<uint32_t>(i)};
      const auto* node = std::get_if<Node>(&checker_.program.nodes[id].node);
      if (node == nullptr || node->name != text) continue;
      if (found.valid()) return {};
      found = id;
    }
    return found;
  }

  void ReportSource(const Name& name) {
    checker_.diagnostics
        .Emit(step_->name.span, Diag::UnknownName,
              Cat("there is no stream or sink `", name.text, "`"))
        .Here("a source: its rows are what the test sends")
        .Label(name.span, "declared here")
        .Fix("expect a stream that is made from it");
  }

  void ReportUnfed(const Name& name) {
    checker_.diagnostics
        .Emit(step_->name.span, Diag::UnknownName, Cat("no rows go into sink `", name.text, "`"))
        .Here("nothing ever comes here")
        .Label(name.span, "declared here")
        .Fix(Cat("end a pipeline with `|> into ", name.text, "`"));
  }

  void UnknownStream() {
    if (LostToErrors()) return;
    std::vector<std::string_view> known;
    for (const auto& [text, name] : scope_.names) {
      if (name.kind != NameKind::kPipe && name.kind != NameKind::kSource) known.push_back(text);
    }
    int ends = 0;
    for (const TypedNode& node : checker_.program.nodes) {
      const auto* sink = std::get_if<node::Sink>(&node.node);
      ends += sink != nullptr && sink->name == step_->name.text ? 1 : 0;
    }
    if (ends < 2) return checker_.UnknownName(scope_, step_->name, "stream or sink", known);
    checker_.diagnostics
        .Emit(step_->name.span, Diag::UnknownName,
              Cat(ends, " pipelines end in `", step_->name.text, "`"))
        .Here("which one?")
        .Fix("give the rows a name: `stream NAME = from ..`, then `from NAME |> ..`");
  }

  template <class Step>
  void AddStep(Step step) {
    out_.steps.push_back({at_, std::move(step), step_->name.text, step_->span, step_->name.span,
                          step_->value->span});
  }

  // ---- Rows

  ExprScope ScopeOf(std::string stage) {
    ExprScope scope = checker_.RowFreeScope(scope_, stage);
    scope.stage_span = step_->span;
    return scope;
  }

  // `{ .. }` or a list of them; what is expected is always a list. False after an error.
  bool Rows(const ast::Expr& expr, const Type& row, const RowRule& rule, bool list,
            std::vector<TypedExprPtr>* out) {
    const auto* array = std::get_if<ast::ArrayLit>(&expr.node);
    if (array == nullptr && list) {
      if (std::holds_alternative<ast::ErrorExpr>(expr.node)) return false;
      auto builder =
          checker_.diagnostics.Emit(expr.span, Diag::TypeMismatch, "`expect` takes a list of rows");
      builder.Here("no list");
      if (std::holds_alternative<ast::StructLit>(expr.node)) {
        std::string text(checker_.TextOf(expr.span));
        builder.Fix(Cat("write `[", text.size() > 40 ? ".." : text, "]`"),
                    Edit{expr.span, Cat("[", text, "]")}, Safety::Safe);
      } else {
        builder.Fix("write them out: `[{ column: value, .. }]`");
      }
      return false;
    }
    bool ok = true;
    auto add = [&](const ast::Expr& each) {
      TypedExprPtr value = RowOf(each, row, rule);
      ok = ok && !value->poisoned();
      out->push_back(std::move(value));
    };
    if (array == nullptr) {
      add(expr);
      return ok;
    }
    for (const ast::ExprPtr& item : array->items) {
      if (item) add(*item);
    }
    return ok;
  }

  TypedExprPtr RowOf(const ast::Expr& expr, const Type& row, const RowRule& rule) {
    if (const auto* literal = std::get_if<ast::StructLit>(&expr.node)) {
      return StructOf(expr, *literal, row, rule);
    }
    ExprScope scope = ScopeOf(rule.whole ? "send" : "expect");
    TypedExprPtr value = CheckRowFree(expr, scope, std::nullopt, checker_.diagnostics);
    if (value->poisoned()) return value;
    if (value->type.is(TypeKind::kStruct)) {
      return CheckRowFree(expr, scope, row, checker_.diagnostics);
    }
    checker_.diagnostics
        .Emit(expr.span, Diag::TypeMismatch,
              Cat("a row is a struct, this is ", value->type.ToText()))
        .Here("no row")
        .Row(WithoutHidden(row).ToText())
        .Fix("write it like `{ column: value, .. }`");
    return PoisonAt(expr.span);
  }

  TypedExprPtr FieldOf(const ast::Expr& expr, const StructField& field, const RowRule& rule) {
    Type inner = field.type.strip_optional();
    const auto* literal = std::get_if<ast::StructLit>(&expr.node);
    if (literal != nullptr && inner.is(TypeKind::kStruct)) {
      RowRule below{Cat("`", field.name, "`"), rule.whole, {}, false, true};
      TypedExprPtr value = StructOf(expr, *literal, inner, below);
      if (value->poisoned() || !field.type.is_optional()) return value;
      return Coerce(value, Type::Optional(value->type));
    }
    const auto* array = std::get_if<ast::ArrayLit>(&expr.node);
    bool of_structs = inner.is(TypeKind::kArray) && inner.inner().is(TypeKind::kStruct);
    if (array != nullptr && rule.whole && of_structs) {
      RowRule below{Cat("`", field.name, "`"), true, {}, false, true};
      typed::MakeArray made;
      for (const ast::ExprPtr& item : array->items) {
        if (!item) return PoisonAt(expr.span);
        made.values.push_back(RowOf(*item, inner.inner(), below));
        if (made.values.back()->poisoned()) return made.values.back();
      }
      return Coerce(MakeExpr(inner, expr.span, std::move(made)), field.type);
    }
    return CheckRowFree(expr, ScopeOf(field.name), field.type, checker_.diagnostics);
  }

  TypedExprPtr StructOf(const ast::Expr& expr, const ast::StructLit& literal, const Type& row,
                        const RowRule& rule) {
    bool ok = true;
    bool unknown = false;
    std::map<std::string, TypedExprPtr> given;
    std::vector<std::string> order;
    for (size_t i = 0; i < literal.fields.size(); ++i) {
      const ast::StructField& field = literal.fields[i];
      if (RepeatedField(literal, i)) {
        ok = false;
        continue;
      }
      const StructField* column = row.FindField(field.name.text);
      StructField op{"_op", Type::Set({"+", "-"}), {}};
      if (rule.changes && column == nullptr && field.name.text == op.name) column = &op;
      if (column == nullptr || IsHidden(column->name)) {
        UnknownField(field.name, row, rule);
        ok = false;
        unknown = true;
        continue;
      }
      TypedExprPtr value = field.value ? FieldOf(*field.value, *column, rule) : nullptr;
      ok = ok && value != nullptr && !value->poisoned();
      if (value == nullptr) continue;
      given[column->name] = std::move(value);
      order.push_back(column->name);
    }
    // What is missing has probably been misspelt.
    if (unknown) return PoisonAt(expr.span);
    if (rule.whole) {
      ok = FillIn(expr, row, rule, given) && ok;
      order.clear();
      for (const StructField& column : row.fields()) order.push_back(column.name);
    }
    if (!ok) return PoisonAt(expr.span);
    typed::MakeStruct made;
    std::vector<StructField> fields;
    for (const std::string& name : order) {
      const TypedExprPtr& value = given.at(name);
      fields.push_back({name, value->type, {}});
      made.names.push_back(name);
      made.values.push_back(value);
    }
    return MakeExpr(Type::Struct(std::move(fields)), expr.span, std::move(made));
  }

  // What is absent is none, or the clock; false when some column has to be given.
  bool FillIn(const ast::Expr& expr, const Type& row, const RowRule& rule,
              std::map<std::string, TypedExprPtr>& given) {
    std::vector<std::string> missing;
    for (const StructField& column : row.fields()) {
      if (given.count(column.name) != 0) continue;
      if (column.name == rule.time_column && column.type.is(TypeKind::kTimestamp)) {
        Constant clock{.type = Type::Timestamp(), .int_value = at_, .text = {}};
        given[column.name] = MakeExpr(Type::Timestamp(), expr.span,
                                      typed::Constant{.value = std::move(clock), .written = {}});
      } else if (column.type.is_optional()) {
        given[column.name] = MakeExpr(column.type, expr.span, typed::None{});
      } else {
        missing.push_back(column.name);
      }
    }
    if (missing.empty()) return true;
    checker_.diagnostics
        .Emit(expr.span, Diag::UnsentField,
              Cat(rule.nested ? "" : "a row of ", rule.what, " has no ", Listed(missing)))
        .Here(missing.size() == 1 ? "is missing" : "are missing")
        .Row(row.ToText())
        .Fix(Cat("add `", missing[0], ": ..`; only optional fields and the time may be left out"));
    return false;
  }

  bool RepeatedField(const ast::StructLit& literal, size_t index) {
    const ast::Word& name = literal.fields[index].name;
    for (size_t i = 0; i < index; ++i) {
      if (literal.fields[i].name.text != name.text) continue;
      checker_.diagnostics
          .Emit(name.span, Diag::DuplicateName, Cat("the row has two fields `", name.text, "`"))
          .Here("again")
          .Label(literal.fields[i].name.span, "first here");
      return true;
    }
    return false;
  }

  void UnknownField(const ast::Word& word, const Type& row, const RowRule& rule) {
    std::vector<std::string_view> names;
    for (const StructField& column : row.fields()) {
      if (!IsHidden(column.name)) names.push_back(column.name);
    }
    std::string_view near = Nearest(word.text, names);
    auto builder = checker_.diagnostics.Emit(word.span, Diag::UnknownColumn,
                                             Cat(rule.what, " has no column `", word.text, "`"));
    builder.Here("not in its rows").Row(WithoutHidden(row).ToText());
    if (near.empty()) return;
    builder.Fix(Cat("did you mean `", near, "`?"), Edit{word.span, std::string(near)},
                Safety::Unsure);
  }

  Checker& checker_;
  Scope& scope_;
  const ast::TestDecl& test_;
  const ast::TestStep* step_ = nullptr;
  int64_t at_ = 0;
  const ast::TestStep* last_ = nullptr;
  int64_t last_at_ = 0;
  TypedTest out_;
};

}  // namespace

void Checker::CheckTests(Scope& main) {
  std::map<std::string, Span> names;
  for (const ast::Item& item : main.ast->items) {
    const auto* test = std::get_if<ast::TestDecl>(&item.node);
    if (test == nullptr) continue;
    auto [first, fresh] = names.try_emplace(test->name.text, test->name.span);
    if (!fresh) {
      diagnostics
          .Emit(test->name.span, Diag::DuplicateName,
                Cat("two tests are called ", QuoteString(test->name.text)))
          .Here("again")
          .Label(first->second, "the first")
          .Fix("say what is different about this one");
    }
    program.tests.push_back(TestChecker(*this, main, *test).Run());
  }
}

}  // namespace flow::frontend
