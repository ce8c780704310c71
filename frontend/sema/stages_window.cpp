// window, on late, and what the stages of a window scope share: its bounds and keys.

#include <algorithm>

#include "base/text.h"
#include "frontend/sema/stages.h"

namespace flow::frontend {
namespace {

constexpr int64_t kDay = int64_t{24} * 3600 * 1000000000;

std::string HiddenName(std::string_view name) { return Cat("$", name); }

bool IsBound(std::string_view name) {
  return name == kWindowColumns[0] || name == kWindowColumns[1];
}

}  // namespace

// ---------------------------------------------------------------- columns of the window scope

bool StageChecker::WindowHidden(const Cursor& at) const {
  return at.Has(HiddenName(kWindowColumns[0])) || at.Has(HiddenName(kWindowColumns[1]));
}

NamedValue StageChecker::WindowColumn(const Cursor& at, std::string_view name, Span span) const {
  std::string hidden = HiddenName(name);
  return {std::string(name), MakeColumn(at, at.Has(hidden) ? hidden : std::string(name), span)};
}

bool StageChecker::RestoreWindow(Cursor& at) {
  if (!at.stream.windowed || !WindowHidden(at)) return false;
  // The bounds of sessions and count windows come into sight with the first stage that works by
  // them; others the script itself has dropped.
  bool first = at.stream.resting && !at.stream.window_rows && !at.hide_bounds;
  std::vector<NamedValue> columns;
  for (const char* name : kWindowColumns) {
    columns.push_back(WindowColumn(at, name, stage_->verb));
  }
  for (NamedValue& column : AllColumns(at)) {
    if (!IsBound(column.name)) columns.push_back(std::move(column));
  }
  AddMap(at, std::move(columns));
  return !first;
}

// Takes the bounds out of the script's sight again.
void StageChecker::HideWindow(Cursor& at, bool was_hidden) {
  if (!was_hidden) return;
  std::vector<NamedValue> columns;
  for (const StructField& field : at.stream.row.fields()) {
    if (IsBound(field.name)) continue;
    columns.push_back({field.name, MakeColumn(at, field.name, stage_->verb)});
  }
  std::string rank = at.rank_column;
  // Without event time they are numbers that mean nothing outside.
  if (at.hide_bounds) at.stream.has_time = false;
  AddMap(at, std::move(columns));
  at.rank_column = rank;
}

void StageChecker::AddMap(Cursor& at, std::vector<NamedValue> columns) {
  PlaceOver(at);
  auto has = [&](std::string_view name) {
    return std::any_of(columns.begin(), columns.end(),
                       [&](const NamedValue& column) { return column.name == name; });
  };
  if (at.stream.windowed) {
    for (const char* name : kWindowColumns) {
      std::string hidden = HiddenName(name);
      bool known = at.Has(name) || at.Has(hidden);
      if (!known || has(name) || has(hidden)) continue;
      columns.push_back({hidden, WindowColumn(at, name, stage_->verb).value});
    }
    for (const WindowKey& key : at.window_keys) {
      if (has(key.column) || !at.Has(key.column)) continue;
      columns.push_back({key.column, MakeColumn(at, key.column, stage_->verb)});
    }
  }
  if (at.Has("$final")) columns.push_back({"$final", MakeColumn(at, "$final", stage_->verb)});
  at.rank_column.clear();
  checker_.AddMap(at, std::move(columns), stage_->span, checker_.TextOf(stage_->verb));
  open_.push_back(at.node);
}

std::vector<NamedValue> StageChecker::WindowKeys(const Cursor& at) const {
  std::vector<NamedValue> out;
  for (const WindowKey& key : at.window_keys) {
    out.push_back({key.name, MakeColumn(at, key.column, stage_->verb)});
  }
  return out;
}

std::vector<NamedValue> StageChecker::KeysBesideEnd(const Cursor& at) const {
  if (!at.stream.windowed || !at.same_end) return {};
  std::vector<NamedValue> out = {WindowColumn(at, kWindowColumns[0], stage_->verb)};
  for (NamedValue& key : WindowKeys(at)) out.push_back(std::move(key));
  return out;
}

bool StageChecker::IsWindowKey(const Cursor& at, std::string_view name) const {
  return IsBound(name) || std::any_of(at.window_keys.begin(), at.window_keys.end(),
                                      [&](const WindowKey& key) { return key.name == name; });
}

void StageChecker::KeepWindowKeys(Cursor& at) {
  if (!at.stream.windowed || at.window_keys.empty()) return;
  std::vector<NamedValue> columns = AllColumns(at);
  for (const WindowKey& key : at.window_keys) {
    columns.push_back({key.column, MakeColumn(at, key.name, stage_->verb)});
  }
  std::erase_if(columns,
                [&](const NamedValue& column) { return at.hide_bounds && IsBound(column.name); });
  if (at.hide_bounds) at.stream.has_time = false;
  AddMap(at, std::move(columns));
}

// ---------------------------------------------------------------- window

struct StageChecker::WindowParts {
  TypedExprPtr size;  // of a session the gap
  TypedExprPtr every;
  TypedExprPtr max;
  TypedExprPtr offset;
  TypedExprPtr zone;
  // As far as they are constants.
  std::optional<Constant> length;
  std::optional<Constant> step;
  bool counts_rows = false;

  std::string Shown(const Constant& value) const {
    return counts_rows ? Cat(value.int_value, " rows") : DurationText(value.int_value);
  }
};

bool StageChecker::CheckParts(const ast::Window& window, WindowParts* out) {
  ExprScope row_free = checker_.RowFreeScope(scope_, checker_.TextOf(stage_->verb));
  row_free.bindings = bindings_;
  bool ok = true;
  auto check = [&](const ast::ExprPtr& expr, const Type& type) -> TypedExprPtr {
    if (!expr) return nullptr;
    TypedExprPtr value = CheckRowFree(*expr, row_free, type, checker_.diagnostics);
    ok = ok && value != nullptr && !value->poisoned();
    return value;
  };
  out->counts_rows = window.kind == ast::WindowKind::Rows;
  Type wanted = out->counts_rows ? Type::Int() : Type::Duration();
  out->size = check(window.size, wanted);
  out->every = check(window.every, wanted);
  out->max = check(window.max, Type::Duration());
  out->offset = check(window.offset, Type::Duration());
  out->zone = check(window.zone, Type::String());
  if (!ok) return false;
  if (out->size) out->length = EvaluateConstant(*out->size);
  if (out->every) out->step = EvaluateConstant(*out->every);
  return CheckSize(window, *out) && CheckZone(window, *out);
}

bool StageChecker::CheckSize(const ast::Window& window, const WindowParts& parts) {
  const std::optional<Constant>& length = parts.length;
  const std::optional<Constant>& step = parts.step;
  if (length && length->int_value <= 0) {
    checker_.diagnostics
        .Emit(window.size->span, Diag::InconsistentWindow,
              window.kind == ast::WindowKind::Session ? "a session needs a gap above zero"
                                                      : "a window needs a size above zero")
        .Here(parts.Shown(*length));
    return false;
  }
  std::optional<Constant> max = parts.max ? EvaluateConstant(*parts.max) : std::nullopt;
  if (max && max->int_value <= 0) {
    checker_.diagnostics
        .Emit(window.max->span, Diag::InconsistentWindow,
              "the longest session is longer than nothing")
        .Here(DurationText(max->int_value))
        .Fix("leave out `max`, or give it the length at which a session is cut");
    return false;
  }
  if (!length || !step) return true;
  if (step->int_value <= 0 || length->int_value % step->int_value != 0) {
    bool larger = step->int_value > length->int_value;
    checker_.diagnostics
        .Emit(window.every->span, Diag::InconsistentWindow,
              larger ? Cat("windows of ", parts.Shown(*length), " every ", parts.Shown(*step),
                           " would leave gaps")
                     : Cat("a window of ", parts.Shown(*length), " is no whole number of steps of ",
                           parts.Shown(*step)))
        .Here(larger ? "longer than the window" : "does not divide the window")
        .Label(window.size->span, "the size")
        .Fix(larger ? "make the step the size or a part of it, or filter the rows first"
                    : "choose a step that divides the size");
    return false;
  }
  int64_t steps = length->int_value / step->int_value;
  if (steps <= kWindowStepsMax) return true;
  checker_.diagnostics
      .Emit(window.every->span, Diag::InconsistentWindow,
            Cat("each row would stand in up to ", steps, " windows, ", kWindowStepsMax,
                " are the most"))
      .Here(Cat("a step of ", parts.Shown(*step)))
      .Label(window.size->span, "the size")
      .Fix("choose a longer step");
  return false;
}

// What a parameter names is known only when the script runs.
bool StageChecker::CheckZoneName(const ast::Window& window, const WindowParts& parts) {
  const Catalog& catalog = checker_.catalog;
  std::optional<Constant> name = EvaluateConstant(*parts.zone);
  if (!name || catalog.has_zone == nullptr || catalog.has_zone(name->text)) return true;
  std::vector<std::string> zones = catalog.zones();
  if (zones.empty()) return true;  // where the script will run there may be some
  std::vector<std::string_view> names(zones.begin(), zones.end());
  auto report = checker_.diagnostics.Emit(window.zone->span, Diag::InconsistentWindow,
                                          Cat("there is no time zone `", name->text, "`"));
  report.Here("not on this system");
  std::string_view near = Nearest(name->text, names);
  if (near.empty()) {
    report.Fix("name a zone such as `\"Europe/Madrid\"`, `\"UTC\"` or `\"+05:30\"`");
  } else {
    report.Fix(Cat("did you mean `\"", near, "\"`?"),
               Edit{window.zone->span, Cat("\"", near, "\"")}, Safety::Unsure);
  }
  return false;
}

bool StageChecker::CheckZone(const ast::Window& window, const WindowParts& parts) {
  if (!window.zone) return true;
  if (!CheckZoneName(window, parts)) return false;
  for (const auto& [value, expr] :
       {std::pair(parts.length, window.size.get()), std::pair(parts.step, window.every.get())}) {
    if (!value || value->int_value % kDay == 0 || kDay % value->int_value == 0) continue;
    bool step = expr == window.every.get();
    checker_.diagnostics
        .Emit(expr->span, Diag::InconsistentWindow,
              Cat("with `tz`, a ", step ? "step" : "window", " divides a day or is whole days; ",
                  parts.Shown(*value), " does neither"))
        .Here("drifts over midnight")
        .Label(window.zone->span, "because days have local bounds here")
        .Fix("choose a size such as 15m, 1h, 6h, 1d or 1w");
    return false;
  }
  return true;
}

bool StageChecker::CheckWindowKeys(const ast::Window& window, const Cursor& at,
                                   std::vector<NamedValue>* out) {
  bool ok = true;
  for (const ast::ExprPtr& expr : window.by) {
    TypedExprPtr value = CheckExpr(*expr, ScopeAt(at), std::nullopt, checker_.diagnostics);
    if (value->poisoned()) {
      ok = false;
      continue;
    }
    std::string name = DefaultName(*expr);
    if (name.empty()) {
      checker_.diagnostics
          .Emit(expr->span, Diag::WrongArguments, "the key of a window needs a name")
          .Here("called what?")
          .Fix("name it in an `extend` above, and put the name here");
      ok = false;
    } else if (IsBound(name)) {
      checker_.diagnostics
          .Emit(expr->span, Diag::DuplicateName, Cat("`", name, "` names a bound of the window"))
          .Here("would be there twice")
          .Fix("give it another name in an `extend` above");
      ok = false;
    } else if (!CheckNew(*out, name, expr->span)) {
      ok = false;
    } else if (!CanBeKey(value->type)) {
      checker_.diagnostics
          .Emit(expr->span, Diag::TypeMismatch,
                Cat("rows cannot be grouped by a ", value->type.ToText()))
          .Here("has no equality")
          .Fix("group by a field of it, converted: `string(..)`");
      ok = false;
    } else {
      out->push_back({std::move(name), std::move(value)});
    }
  }
  return ok;
}

void StageChecker::Check(const ast::Window& window, Cursor& at) {
  WindowParts parts;
  std::vector<NamedValue> keys;
  bool ok = CheckParts(window, &parts);
  ok = CheckWindowKeys(window, at, &keys) && ok;
  bool session = window.kind == ast::WindowKind::Session;
  bool resting = session || parts.counts_rows;
  // Rows are counted in the order of their source where they have no event time; what is not full
  // then waits for the end.
  bool untimed = parts.counts_rows && !at.stream.has_time && at.stream.bounded;
  bool timed = untimed || checker_.CheckEventTime(at, stage_->verb, "window");
  bool append = checker_.CheckAppend(at, stage_->verb, "window");
  if (!ok || !timed || !append) {
    at.live = false;
    return;
  }

  if (WindowHidden(at) || !at.window_keys.empty()) {
    // The old scope ends here, and with it what it keeps out of sight.
    at.stream.windowed = false;
    at.window_keys.clear();
    AddMap(at, AllColumns(at));
  }
  // The keys as they are now, whatever the script does to their columns below.
  std::vector<WindowKey> kept;
  if (!keys.empty()) {
    std::vector<NamedValue> columns = AllColumns(at);
    for (const NamedValue& key : keys) {
      kept.push_back({key.name, Cat("$key_", key.name)});
      columns.push_back({kept.back().column, key.value});
    }
    at.stream.windowed = false;
    AddMap(at, std::move(columns));
  }
  std::vector<NamedValue> key;
  for (const WindowKey& column : kept) {
    key.push_back({column.name, MakeColumn(at, column.column, stage_->verb)});
  }
  at.same_end = resting || (parts.zone && window.kind == ast::WindowKind::Hop);
  at.hide_bounds = untimed;
  at.window = stage_->span;
  at.emitted.reset();
  at.late_update.reset();
  if (session) {
    OpenScope(at, node::WindowSession{at.node, std::move(key), parts.size, parts.max}, true);
  } else if (parts.counts_rows) {
    OpenScope(at, node::WindowRows{at.node, std::move(key), parts.size, parts.every}, true);
    kept.push_back({kWindowNumber, kWindowNumber});
  } else {
    node::Window node;
    node.input = at.node;
    node.kind = window.kind == ast::WindowKind::Hop        ? WindowKind::kHop
                : window.kind == ast::WindowKind::Cumulate ? WindowKind::kCumulate
                                                           : WindowKind::kTumble;
    node.size = std::move(parts.size);
    node.step = std::move(parts.every);
    node.offset = std::move(parts.offset);
    node.tz = std::move(parts.zone);
    OpenScope(at, std::move(node), false);
  }
  at.window_keys = std::move(kept);
  if (!resting) return;
  std::vector<NamedValue> columns;
  for (NamedValue& column : AllColumns(at)) {
    if (!IsBound(column.name)) columns.push_back(std::move(column));
  }
  AddMap(at, std::move(columns));
}

void StageChecker::OpenScope(Cursor& at, decltype(TypedNode::node) node, bool resting) {
  std::vector<StructField> fields = {{kWindowColumns[0], Type::Timestamp(), {}},
                                     {kWindowColumns[1], Type::Timestamp(), {}}};
  if (std::holds_alternative<node::WindowRows>(node)) {
    fields.push_back({kWindowNumber, Type::Int(), {}});
  }
  for (const StructField& field : at.stream.row.fields()) {
    if (!IsBound(field.name) && field.name != kWindowNumber) fields.push_back(field);
  }
  StreamInfo stream = at.stream;
  stream.row = Type::Struct(std::move(fields));
  stream.windowed = true;
  stream.window_rows = false;
  stream.resting = resting;
  at.node = Add(std::move(node), stream);
  at.window_node = at.node;
  at.span = false;
  at.stream = std::move(stream);
  for (const char* name : kWindowColumns) {
    at.facts.erase(Path{false, 0, {name}});
    at.lost.erase(name);
  }
  at.rank_column.clear();
}

// ---------------------------------------------------------------- on late

namespace {

// The first input of a node, and whether rows may be late for it (semantics.md 28).
struct TimeBound {
  const TypedProgram& program;
  NodeId input;
  bool bound = false;

  void operator()(const node::Source&) {}
  void operator()(const node::Rejects&) {}
  void operator()(const node::Late&) {}
  void operator()(const node::Union&) {}
  void operator()(const node::Window& node) { Bound(node.input); }
  void operator()(const node::WindowSession& node) { Bound(node.input); }
  void operator()(const node::WindowRows& node) { Bound(node.input); }
  void operator()(const node::Over& node) { Bound(node.input); }
  void operator()(const node::Match& node) { Bound(node.input); }
  void operator()(const node::Aggregate& node) {
    input = node.input;
    if (node.retain) Bound(node.input);
  }
  void operator()(const node::Dedup& node) {
    input = node.input;
    if (node.within && !node.windowed) Bound(node.input);
  }
  void operator()(const node::Join& node) {
    input = node.left;
    bool timed = node.bound == JoinBound::kWithin || node.bound == JoinBound::kUntil;
    if (timed) Bound(node.left);
  }
  void operator()(const node::AsofJoin& node) { Bound(node.left); }
  void operator()(const node::Lookup& node) { input = node.left; }
  template <class Node>
  void operator()(const Node& node) {
    input = node.input;
  }
  void Bound(NodeId of) {
    input = of;
    bound = program.nodes[of].stream.has_time;
  }
};

}  // namespace

void StageChecker::NoteTimeBound(const Cursor& before, uint32_t first_node, Cursor& at) {
  if (!at.live) return;
  for (NodeId id = at.node; id.valid() && id.index >= first_node;) {
    TimeBound of{checker_.program, {}};
    std::visit(of, checker_.program.nodes[id].node);
    if (of.bound) {
      if (at.late && at.late->of == id) return;  // noted within a pipe
      at.late =
          LateRows{id, checker_.program.nodes[of.input].stream, before.facts, before.optionals, {}};
      return;
    }
    id = of.input;
  }
}

void StageChecker::Check(const ast::OnLate& late, Cursor& at) {
  if (!at.late) {
    checker_.diagnostics
        .Emit(stage_->span, Diag::NothingAbove,
              "`on late` speaks of rows that come too late for a stage, and no stage above waits "
              "for rows")
        .Here("no row is late here")
        .Fix("put it below the `window`, or remove it");
    return;
  }
  if (late.action == ast::OnLate::Action::Update) {
    if (UpdateLate(late, at)) return;
    auto builder = checker_.diagnostics.Emit(
        stage_->span, Diag::NothingAbove,
        at.late_update ? "this window has an `on late update` already"
                       : "`on late update` keeps a `window tumble`, `hop` or `cumulate` open, and "
                         "none is in this scope");
    builder.Here(at.late_update ? "the second one" : "nothing that could wait longer");
    if (at.late_update) builder.Label(at.late_update->span, "the first one");
    builder.Fix(at.late_update ? "keep one of the two"
                               : "raise the source's `watermark`, or take late rows apart with "
                                 "`on late as NAME`");
    return;
  }
  if (at.late->taken) {
    checker_.diagnostics
        .Emit(stage_->span, Diag::MisplacedStage, "no late row is left for this `on late`")
        .Here("the second one")
        .Label(*at.late->taken, "takes them all")
        .Fix("keep one of the two, or name the rows with `on late as NAME` and read them twice");
    return;
  }
  at.late->taken = stage_->span;
  if (late.action == ast::OnLate::Action::Drop) return;  // what happens anyway
  Cursor rows;
  rows.live = true;
  rows.stream = at.late->stream;
  rows.node = Add(node::Late{at.late->of}, rows.stream);
  rows.facts = at.late->facts;
  rows.optionals = at.late->optionals;
  rows.from = at.from;
  rows.from_span = at.from_span;
  if (late.action == ast::OnLate::Action::Into) {
    ast::NamedRelation target;
    target.name = late.name;
    return IntoNamed(target, rows);
  }
  if (RefuseInPipe("on late as")) return;
  auto found = scope_.names.find(late.name.text);
  if (found == scope_.names.end() || found->second.kind != NameKind::kStream) return;
  Name& name = found->second;
  if (name.span != late.name.span) return;  // declared twice, which was said
  checker_.EndScope(rows, stage_->span, "select");
  checker_.Define(name, rows);
}

}  // namespace flow::frontend
