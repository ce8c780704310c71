// Fills the plan: which op is which source, sink or operator, what is computed at start-up, where
// rejected rows go.

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "codegen/program.h"
#include "ir/effects.h"
#include "ir/visit.h"
#include "runtime/abi.h"

namespace flow::codegen {
namespace {

runtime::HandlerKind KindOf(ir::HandlerKind kind) {
  switch (kind) {
    case ir::HandlerKind::kFail:
      return runtime::HandlerKind::kFail;
    case ir::HandlerKind::kDrop:
      return runtime::HandlerKind::kDrop;
    case ir::HandlerKind::kRoute:
      return runtime::HandlerKind::kRoute;
  }
  FLOW_UNREACHABLE("handler kind");
}

uint32_t Aligned(uint32_t offset, uint32_t align) { return (offset + align - 1) / align * align; }

// A literal as the command line would write it.
std::string LiteralText(const ir::Literal& literal) {
  switch (literal.type.kind()) {
    case TypeKind::kBool:
      return literal.int_value != 0 ? "true" : "false";
    case TypeKind::kInt:
      return Cat(literal.int_value);
    case TypeKind::kFloat:
      return Cat(literal.float_value);
    case TypeKind::kTimestamp:
      return TimestampText(literal.int_value);
    case TypeKind::kDuration:
      return DurationText(literal.int_value);
    case TypeKind::kSet:
      return literal.type.labels()[static_cast<size_t>(literal.int_value)];
    default:
      return literal.text;
  }
}

const ir::Literal* LiteralOf(const ir::Module& module, ir::FnId function) {
  const ir::Function& fn = module.functions[function];
  const auto* last =
      fn.ops.empty() ? nullptr : std::get_if<ir::Return>(&fn.ops[fn.ops.IdAt(fn.ops.size() - 1)]);
  if (last == nullptr) return nullptr;
  const auto* constant = std::get_if<ir::Const>(&fn.ops[last->value]);
  return constant == nullptr ? nullptr : &constant->value;
}

bool UsesRowTime(const ir::Module& module, ir::FnId function) {
  for (const ir::ScalarOp& op : module.functions[function].ops) {
    if (std::holds_alternative<ir::RowTime>(op)) return true;
  }
  return false;
}

std::vector<std::string> ExternalNames(const Type& row) {
  std::vector<std::string> out;
  for (const StructField& field : row.fields()) out.push_back(field.external_name());
  return out;
}

}  // namespace

const ir::Literal* FormatLiteral(const ModuleContext& module, const ir::Endpoint& endpoint,
                                 std::string_view name) {
  for (const ir::NamedArg& arg : endpoint.format_args) {
    if (arg.name == name) return LiteralOf(module.module, arg.fn);
  }
  return nullptr;
}

// One Fill overload per op: most have no part in the plan.
class PlanFiller {
 public:
  explicit PlanFiller(Program& program) : p_(program), m_(program.m), plan_(program.m.plan) {}

  void Fill() {
    plan_.script_name = m_.module.name;
    FillParams();
    for (const ir::Handler& handler : m_.module.handlers)
      plan_.handlers.push_back({KindOf(handler.kind), handler.name});
    size_t count = p_.graph.ops.size();
    p_.source_of.assign(count, -1);
    p_.sink_of.assign(count, -1);
    p_.operator_of.assign(count, -1);
    p_.consumers.assign(count, {});
    for (uint32_t i = 0; i < count; ++i) {
      for (ir::ValueId input : ir::OperandsOf(p_.graph.ops[{i}]))
        if (std::vector<ir::ValueId>& of = p_.consumers[input.index];
            of.empty() || of.back() != ir::ValueId{i}) {
          of.push_back({i});  // once, also where both inputs of a join are one stream
        }
    }
    FindTimeReaders();
    for (uint32_t i = 0; i < count; ++i) {
      std::visit([&](const auto& op) { Fill({i}, op); }, p_.graph.ops[{i}]);
    }
    for (uint32_t i = 0; i < count; ++i) FillStage({i});
  }

 private:
  const ir::StreamType& TypeOf(ir::ValueId id) { return p_.graph.types[id]; }

  void FillParams() {
    uint32_t at = 0;
    for (const ir::Param& param : m_.module.params) {
      TypeLayout layout = LayoutOf(param.type);
      at = Aligned(at, layout.align);
      runtime::ParamPlan plan;
      plan.name = param.name;
      plan.type_text = param.type.ToText();
      plan.type_symbol = m_.TypeSymbol(param.type);
      plan.offset = at;
      plan.doc = param.doc;
      if (param.default_value.valid()) {
        const ir::Literal* literal = LiteralOf(m_.module, param.default_value);
        plan.has_default = literal != nullptr;
        if (literal != nullptr) plan.default_text = LiteralText(*literal);
      }
      plan_.params.push_back(std::move(plan));
      at += layout.size;
    }
    plan_.params_size = at;
  }

  // Backwards over the graph: a stage below an op looks at event time.
  void FindTimeReaders() {
    p_.needs_time.assign(p_.graph.ops.size(), false);
    for (uint32_t i = static_cast<uint32_t>(p_.graph.ops.size()); i-- > 0;) {
      bool needs = p_.needs_time[i] || ReadsTime(p_.graph.ops[{i}]);
      if (!needs) continue;
      for (ir::ValueId input : ir::OperandsOf(p_.graph.ops[{i}])) p_.needs_time[input.index] = true;
    }
  }

  bool ReadsTime(const ir::Op& op) {
    if (const auto* sink = std::get_if<ir::Sink>(&op)) return ir::PublishesByTime(*sink);
    if (ir::WorksInTime(p_.graph, op)) return true;
    const std::vector<ir::AggregateCall>* calls = nullptr;
    if (const auto* aggregate = std::get_if<ir::Aggregate>(&op)) calls = &aggregate->calls;
    if (const auto* local = std::get_if<ir::AggregateLocal>(&op)) calls = &local->calls;
    if (calls != nullptr) {
      for (const ir::AggregateCall& call : *calls) {
        if (p_.OverloadOf(call).ordered) return true;
      }
    }
    bool found = false;
    ir::ForEach<ir::FnId>(op, [&](const ir::FnId& fn) { found |= UsesRowTime(m_.module, fn); });
    return found;
  }

  runtime::EndpointPlan EndpointOf(const ir::Endpoint& endpoint, std::string_view what,
                                   const std::string& name) {
    runtime::EndpointPlan out;
    out.connector = endpoint.connector;
    out.format = endpoint.format;
    for (const ir::NamedArg& arg : endpoint.args) {
      out.args.push_back(
          {arg.name, p_.Const(arg.fn, Cat(arg.name, " of ", what, " `", name, "`"))});
    }
    for (const ir::NamedArg& arg : endpoint.format_args) {
      int64_t least = arg.name == "max_line" ? 1 : INT64_MIN;
      out.format_args.push_back(
          {arg.name, p_.Const(arg.fn, Cat(arg.name, " of ", what, " `", name, "`"), least)});
    }
    return out;
  }

  template <class Plan>
  void AddOperator(ir::ValueId id, Plan plan) {
    p_.operator_of[id.index] = static_cast<int>(plan_.operators.size());
    plan_.operators.push_back(std::move(plan));
  }

  void FillStage(ir::ValueId id) {
    const ir::Op& op = p_.graph.ops[id];
    runtime::StagePlan stage;
    stage.name = ir::StageName(m_.module, op);
    stage.script_line = p_.graph.places[id].line;
    stage.source = p_.source_of[id.index];
    stage.sink = p_.sink_of[id.index];
    // Both halves of an aggregate lead to its operator; the second one sends. Rows pass a peek by.
    bool local = std::holds_alternative<ir::AggregateLocal>(op);
    bool sends = !local && !std::holds_alternative<ir::Peek>(op);
    if (sends) stage.op = p_.operator_of[id.index];
    if (local || std::holds_alternative<ir::Exchange>(op)) stage.script_line = 0;
    if (const auto* rejects = std::get_if<ir::Rejects>(&op)) {
      stage.handler = static_cast<int>(rejects->of.index);
    }
    if (const auto* late = std::get_if<ir::Late>(&op)) {
      stage.late_of = static_cast<int>(late->of.index);
    } else {
      for (ir::ValueId input : ir::OperandsOf(op)) {
        stage.inputs.push_back(static_cast<int>(input.index));
      }
    }
    const auto* window = std::get_if<ir::Window>(&op);
    stage.multiplies =
        std::holds_alternative<ir::Unnest>(op) ||
        (window != nullptr && window->kind != ir::WindowKind::kTumble && !window->panes);
    stage.looks_up = std::holds_alternative<ir::Lookup>(op);
    plan_.stages.push_back(std::move(stage));
  }

  void Fill(ir::ValueId id, const ir::Source& op) {
    runtime::SourcePlan plan;
    plan.name = op.name;
    plan.endpoint = EndpointOf(op.endpoint, "source", op.name);
    plan.row_type_symbol = m_.TypeSymbol(TypeOf(id).row);
    plan.all_columns = ExternalNames(op.row);
    plan.fields_used = static_cast<int>(op.used.size());
    plan.fields_total = static_cast<int>(op.row.fields().size());
    plan.bounded = op.bounded;
    plan.handler = p_.Handler(id);
    plan.has_time = op.time.has_value() && p_.needs_time[id.index];
    if (plan.has_time) {
      const std::string of = Cat(" of source `", op.name, "`");
      plan.delay = p_.Const(op.time->delay, Cat("watermark", of), 0);
      if (op.time->jump.valid()) plan.jump = p_.Const(op.time->jump, Cat("jump", of), 1);
      if (op.time->idle.valid()) plan.idle = p_.Const(op.time->idle, Cat("idle", of), 1);
    }
    // The text format's `n` is the number of the line.
    plan.needs_lines = op.endpoint.format == "text" && TypeOf(id).row.FieldIndex("n") >= 0;
    p_.source_of[id.index] = static_cast<int>(plan_.sources.size());
    plan_.sources.push_back(std::move(plan));
  }

  void Fill(ir::ValueId id, const ir::Sink& op) {
    runtime::SinkPlan plan;
    plan.name = op.name;
    plan.endpoint = EndpointOf(op.endpoint, "sink", op.name);
    const ir::StreamType& stream = TypeOf(op.input);
    Type row = CarriesChange(stream) ? ChangelogRow(stream.row) : stream.row;
    plan.row_type_symbol = m_.TypeSymbol(row);
    plan.columns = ExternalNames(row);
    plan.changes = CarriesChange(stream);
    plan.ordered = TypeOf(op.input).ordered;
    std::vector<std::string> parts = p_.PartitionColumns(op);
    plan.framed = !parts.empty();
    for (const std::string& part : parts) std::erase(plan.columns, part);
    p_.sink_of[id.index] = static_cast<int>(plan_.sinks.size());
    plan_.sinks.push_back(std::move(plan));
  }

  void Fill(ir::ValueId id, const ir::Aggregate& op) {
    if (p_.TakesRows(op)) return AddOperator(id, PlanTable(p_, id, op));
    AddAggregate(id, op.windowed, op.emit);
  }
  void Fill(ir::ValueId id, const ir::AggregateMerge& merge) {
    ir::ValueId local = p_.LocalOf(id);
    const auto& op = std::get<ir::AggregateLocal>(p_.graph.ops[local]);
    AddAggregate(id, op.windowed, merge.emit);
    p_.operator_of[local.index] = p_.operator_of[id.index];
  }

  void AddAggregate(ir::ValueId id, bool windowed, const ir::Emit& emit) {
    int index = static_cast<int>(plan_.operators.size());
    ir::ValueId local = p_.LocalOf(id);
    GroupLayout layout = LayOutGroups(p_, local, index);
    runtime::AggregatePlan plan = PlanAggregate(p_, id, layout, windowed, emit);
    p_.groups[index] = std::move(layout);
    AddOperator(id, std::move(plan));
  }

  CollectedRow Collected(ir::ValueId id) { return ir::CollectedBy(m_.module, id); }
  runtime::PortPlan PortOf(const CollectedRow& row) {
    return {m_.TypeSymbol(row.type), row.time_offset, row.change_offset};
  }
  // Keys over the extras from number `first` on, one per field of the function's struct.
  std::vector<runtime::SortKey> KeysOf(const CollectedRow& row, ir::FnId fn, size_t first) {
    std::vector<runtime::SortKey> out;
    for (const StructField& field : m_.module.functions[fn].result.fields()) {
      out.push_back({row.extras[first++], m_.TypeSymbol(field.type), false});
    }
    return out;
  }

  int64_t WindowEndOffset(const Type& row, bool windowed) {
    int column = windowed ? row.FieldIndex("window_end") : -1;
    if (column < 0) return -1;
    return FieldOffsets(row)[static_cast<size_t>(column)];
  }

  // Whether rows come or go that were there before.
  bool Rewrites(ir::ValueId id, ir::ValueId input) {
    return TypeOf(id).updating || TypeOf(input).updating;
  }

  void Fill(ir::ValueId id, const ir::Top& op) {
    if (Rewrites(id, op.input)) return AddOperator(id, PlanTableTop(p_, id, op));
    const Type& row = TypeOf(id).row;  // with $rank
    const Type& by = m_.module.functions[op.by].result;
    bool by_time = ir::TiesGoByTime(p_.graph, op);
    CollectedRow collected = Collected(id);
    runtime::TopPlan plan;
    plan.row_type_symbol = m_.TypeSymbol(collected.type);
    plan.count = p_.Const(op.count, "number of rows of `top`", 0);
    plan.by = {collected.extras[0], m_.TypeSymbol(by.fields()[0].type), !op.ascending};
    if (op.per.valid()) plan.per = KeysOf(collected, op.per, 1);
    if (by_time) plan.then.push_back(TimeKey(collected));
    plan.ties = op.ties;
    if (op.rank) plan.rank_offset = FieldOffsets(row).back();
    plan.window_end_offset = WindowEndOffset(row, op.windowed);
    AddOperator(id, std::move(plan));
  }

  void Fill(ir::ValueId id, const ir::Order& op) {
    const Type& row = TypeOf(id).row;
    const Type& by = m_.module.functions[op.by].result;
    bool by_time = ir::TiesGoByTime(p_.graph, op);
    CollectedRow collected = Collected(id);
    runtime::OrderPlan plan;
    plan.row_type_symbol = m_.TypeSymbol(collected.type);
    for (size_t i = 0; i < by.fields().size(); ++i) {
      bool descending = i < op.descending.size() && op.descending[i];
      plan.by.push_back({collected.extras[i], m_.TypeSymbol(by.fields()[i].type), descending});
    }
    if (by_time) plan.by.push_back(TimeKey(collected));
    plan.window_end_offset = WindowEndOffset(row, op.windowed);
    AddOperator(id, std::move(plan));
  }

  void Fill(ir::ValueId id, const ir::Limit& op) {
    CollectedRow collected = Collected(id);
    AddOperator(id, runtime::LimitPlan{m_.TypeSymbol(collected.type),
                                       p_.Const(op.count, "number of rows of `limit`", 0)});
  }

  void Fill(ir::ValueId id, const ir::Peek& op) {
    AddOperator(
        id, runtime::PeekPlan{m_.TypeSymbol(TypeOf(id).row), p_.Const(op.label, "label of `peek`"),
                              p_.Const(op.count, "number of rows of `peek`", 0)});
  }

  runtime::SortKey TimeKey(const CollectedRow& row) {
    return {static_cast<uint32_t>(row.time_offset), m_.TypeSymbol(Type::Timestamp()), false};
  }

  void Fill(ir::ValueId id, const ir::Dedup& op) {
    if (Rewrites(id, op.input)) return AddOperator(id, PlanTableTop(p_, id, op));
    const Type& row = TypeOf(id).row;
    CollectedRow collected = Collected(id);
    runtime::DedupPlan plan;
    plan.input = PortOf(collected);
    plan.key = KeysOf(collected, op.key, 0);
    if (op.within.valid()) plan.within = p_.Const(op.within, "`within` of `dedup`", 1);
    plan.keep_last = op.keep_last;
    plan.window_end_offset = WindowEndOffset(row, op.windowed);
    AddOperator(id, std::move(plan));
  }

  void Fill(ir::ValueId id, const ir::Match& op) { AddOperator(id, PlanOfMatch(p_, id, op)); }

  void Fill(ir::ValueId id, const ir::Join& op) {
    if (ir::JoinsTables(p_.graph, id)) return AddOperator(id, PlanTableJoin(p_, id, op));
    AddOperator(id, PlanJoin(p_, id, op));
  }
  void Fill(ir::ValueId id, const ir::AsofJoin& op) { AddOperator(id, PlanJoin(p_, id, op)); }
  void Fill(ir::ValueId id, const ir::Lookup& op) { AddOperator(id, PlanJoin(p_, id, op)); }
  void Fill(ir::ValueId id, const ir::Over& op) { AddOperator(id, PlanOver(p_, id, op)); }

  void Fill(ir::ValueId, const ir::AggregateLocal&) {}  // with its AggregateMerge
  void Fill(ir::ValueId, const ir::Assert&) {}
  void Fill(ir::ValueId, const ir::Exchange&) {}
  void Fill(ir::ValueId, const ir::Filter&) {}
  void Fill(ir::ValueId, const ir::Late&) {}
  void Fill(ir::ValueId, const ir::Map&) {}
  void Fill(ir::ValueId, const ir::Rejects&) {}
  void Fill(ir::ValueId, const ir::Union&) {}
  void Fill(ir::ValueId, const ir::Unnest&) {}
  void Fill(ir::ValueId, const ir::Window&) {}
  void Fill(ir::ValueId id, const ir::WindowRows& op) {
    CollectedRow collected = Collected(id);
    runtime::CountWindowPlan plan;
    plan.input = PortOf(collected);
    plan.key = KeysOf(collected, op.key, 0);
    plan.count = p_.Const(op.count, "size of `window rows`", 1);
    if (op.every.valid()) plan.every = p_.Const(op.every, "step of `window rows`", 1);
    plan.bounded = TypeOf(op.input).bounded;
    AddOperator(id, std::move(plan));
  }

  void Fill(ir::ValueId id, const ir::WindowSession& op) {
    CollectedRow collected = Collected(id);
    runtime::SessionPlan plan;
    plan.input = PortOf(collected);
    plan.key = KeysOf(collected, op.key, 0);
    plan.gap = p_.Const(op.gap, "gap of `window session`", 1);
    if (op.max.valid()) plan.max = p_.Const(op.max, "`max` of `window session`", 1);
    AddOperator(id, std::move(plan));
  }

  Program& p_;
  ModuleContext& m_;
  runtime::Plan& plan_;
};

void Program::FillPlan() { PlanFiller(*this).Fill(); }

int Program::Handler(ir::ValueId op) {
  ir::HandlerId handler = graph.handlers[op];
  if (handler.valid()) return static_cast<int>(handler.index);
  if (default_handler_ < 0) {
    default_handler_ = static_cast<int>(m.plan.handlers.size());
    m.plan.handlers.push_back({runtime::HandlerKind::kFail, ""});
  }
  return default_handler_;
}

runtime::SitePlan Program::SiteOf(ir::ValueId op, int source) const {
  runtime::SitePlan site;
  site.stage = ir::StageName(m.module, graph.ops[op]);
  site.handler = const_cast<Program*>(this)->Handler(op);
  site.source = source;
  site.script_line = graph.places[op].line;
  site.script_column = graph.places[op].column;
  site.place = static_cast<int>(op.index);
  return site;
}

ir::ValueId Program::LocalOf(ir::ValueId op) const {
  for (;;) {
    if (const auto* merge = std::get_if<ir::AggregateMerge>(&graph.ops[op])) {
      op = merge->input;
    } else if (const auto* exchange = std::get_if<ir::Exchange>(&graph.ops[op])) {
      op = exchange->input;
    } else {
      return op;
    }
  }
}

std::vector<std::string> Program::PartitionColumns(const ir::Sink& sink) const {
  for (const ir::NamedArg& arg : sink.endpoint.args) {
    if (arg.name != "partition") continue;
    const ir::Literal* literal = LiteralOf(m.module, arg.fn);
    if (literal != nullptr) return SplitNames(literal->text);
  }
  return {};
}

int Program::Const(ir::FnId function, std::string name, int64_t least) {
  for (size_t i = 0; i < consts_.size(); ++i) {
    if (consts_[i] != function) continue;
    m.plan.consts[i].least = std::max(m.plan.consts[i].least, least);
    return static_cast<int>(i);
  }
  const Type& type = m.module.functions[function].result;
  TypeLayout layout = LayoutOf(type);
  runtime::ConstPlan plan;
  plan.name = std::move(name);
  plan.type_symbol = m.TypeSymbol(type);
  plan.offset = Aligned(m.plan.consts_size, layout.align);
  plan.least = least;
  m.plan.consts_size = plan.offset + layout.size;
  m.plan.consts.push_back(std::move(plan));
  consts_.push_back(function);
  return static_cast<int>(consts_.size()) - 1;
}

void Program::NeedSteps(ir::FnId whole, std::string name, ir::FnId step) {
  if (LiteralOf(m.module, whole) != nullptr && LiteralOf(m.module, step) != nullptr) return;
  int steps = Const(step, Cat("step of ", name), 1);
  int index = Const(whole, Cat("size of ", name), 1);
  m.plan.consts[static_cast<size_t>(index)].step = steps;
}

Value Program::ConstValue(FunctionContext& fn, ir::FnId function, std::string name, int64_t least) {
  const ir::Literal* literal = LiteralOf(m.module, function);
  if (literal != nullptr && literal->int_value >= least) return EmitLiteral(m, *literal);
  int index = Const(function, std::move(name), least);
  llvm::Value* consts = fn.LoadAt(m.ptr, fn.task, offsetof(FlowTask, consts));
  return LoadValue(fn, m.module.functions[function].result,
                   fn.At(consts, m.plan.consts[static_cast<size_t>(index)].offset));
}

// Rows of a window that reach a sink, or a stage that does not work per window, without meeting one
// that does.
bool Program::WindowRowsLeave(ir::ValueId window) const {
  std::vector<ir::ValueId> open = consumers[window.index];
  while (!open.empty()) {
    ir::ValueId id = open.back();
    open.pop_back();
    bool leaves = std::visit(ir::Overloaded{[](const ir::Sink&) { return true; },
                                            [&](const auto& op) {
                                              // It drops whole late windows by itself.
                                              if constexpr (requires { op.windowed; })
                                                return !op.windowed;
                                              if constexpr (requires { op.bound; }) {
                                                return op.bound != ir::JoinBound::kWindow;
                                              }
                                              if (op.kInfo.rests) return true;
                                              for (ir::ValueId next : consumers[id.index])
                                                open.push_back(next);
                                              return false;
                                            }},
                             graph.ops[id]);
    if (leaves) return true;
  }
  return false;
}

FunctionContext Program::Begin(const std::string& symbol, llvm::Type* result,
                               llvm::ArrayRef<llvm::Type*> params) const {
  llvm::FunctionType* type = llvm::FunctionType::get(result, params, /*isVarArg=*/false);
  auto* function =
      llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, symbol, m.llvm_module);
  function->setDoesNotThrow();
  if (result->isIntegerTy(1)) function->addRetAttr(llvm::Attribute::ZExt);
  return FunctionContext(m, function);
}

// FlowInitFn: computes the start-up constants in order.
void Program::EmitInit() {
  m.plan.init_symbol = "flow_init";
  FunctionContext fn = Begin(m.plan.init_symbol, m.i32, {m.ptr, m.ptr, m.ptr});
  fn.task = fn.function->getArg(0);
  llvm::Value* consts = fn.function->getArg(2);
  fn.StoreAt(fn.function->getArg(1), fn.task, offsetof(FlowTask, params));
  for (size_t i = 0; i < consts_.size(); ++i) {
    auto failed = [&](int) { fn.b.CreateRet(fn.Int32(static_cast<int32_t>(i) + 1)); };
    ScalarScope scope;
    scope.fail = failed;
    scope.now = [&] { return fn.Call("flow_now", m.i64, {fn.task}); };
    scope.site.stage = "start";
    ScalarEmitter scalar(fn, scope);
    Value value = scalar.Emit(consts_[i], nullptr);
    StoreValue(fn, value, fn.At(consts, m.plan.consts[i].offset));
  }
  fn.b.CreateRet(fn.Int32(0));
}

namespace {

bool GivesGroups(const ir::Op& op) {
  return std::holds_alternative<ir::Aggregate>(op) ||
         std::holds_alternative<ir::AggregateMerge>(op);
}

// Rows rest before its consumers: they come from outside, or out of an operator.
bool BeginsFragment(const ir::Op& op) {
  return ir::InfoOf(op).rests || std::holds_alternative<ir::Source>(op) ||
         std::holds_alternative<ir::Rejects>(op);
}

}  // namespace

bool Program::Emit(std::string* error) {
  FillPlan();
  for (const ir::Param& param : m.module.params) {
    if (param.default_value.valid() && LiteralOf(m.module, param.default_value) == nullptr) {
      *error = Cat("the default of parameter `", param.name, "` is not a constant");
      return false;
    }
  }
  for (uint32_t i = 0; i < graph.ops.size(); ++i) {
    if (const auto* over = std::get_if<ir::Over>(&graph.ops[{i}])) EmitOver(*this, {i}, *over);
    const auto* whole = std::get_if<ir::Aggregate>(&graph.ops[{i}]);
    if (whole != nullptr && TakesRows(*whole)) {
      EmitTable(*this, {i}, *whole);
      continue;
    }
    if (!GivesGroups(graph.ops[{i}])) continue;
    EmitGroups(operator_of[i], groups.at(operator_of[i]), {i});
  }
  for (uint32_t i = 0; i < graph.ops.size(); ++i) {
    if (BeginsFragment(graph.ops[{i}]) && !consumers[i].empty()) EmitFragment(*this, {i});
  }
  // Last: emitting the rest finds the constants.
  EmitInit();
  return true;
}

}  // namespace flow::codegen
