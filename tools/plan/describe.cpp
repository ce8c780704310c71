#include "tools/plan/describe.h"

#include <algorithm>

#include "base/text.h"
#include "base/words.h"
#include "ir/clock.h"
#include "ir/effects.h"
#include "ir/reject_sites.h"
#include "ir/visit.h"
#include "tools/plan/expression.h"
#include "tools/plan/state.h"

namespace flow::plan {
namespace {

using namespace ir;

constexpr size_t kTextMax = 60;  // characters of one text
constexpr std::string_view kRowStages[] = {"select", "extend", "set", "drop", "rename"};
constexpr size_t kColumnsMax = 8;  // made by one stage, that are shown

class Describer {
 public:
  Describer(const Module& module, ValueId id) : module_(module), graph_(module.graph), id_(id) {}

  std::vector<std::string> Find() {
    std::visit([&](const auto& op) { Of(op); }, graph_.ops[id_]);
    return std::move(out_);
  }

 private:
  void Of(const Source& op) {
    Endpoint(op.endpoint);
    if (op.time) Add(TimeText(*op.time));
    if (!op.key.empty()) Add(Cat("key ", Joined(op.key)));
    Add(Cat("(", op.used.size(), " of ", op.row.fields().size(), " fields decoded)"));
  }
  std::string TimeText(const TimeSpec& spec) {
    std::string time = Cat("time ", Text(spec.time));
    const Literal* delay = ConstantOf(module_, spec.delay);
    if (delay == nullptr || delay->int_value != 0) {
      Append(time, Cat(" watermark ", Text(spec.delay)));
    }
    if (spec.jump.valid()) Append(time, Cat(" jump ", Text(spec.jump)));
    if (spec.idle.valid()) Append(time, Cat(" idle ", Text(spec.idle)));
    return time;
  }
  void Of(const Sink& op) {
    Endpoint(op.endpoint);
    if (!op.key.empty()) Add(Cat("key ", Joined(op.key)));
  }
  void Endpoint(const ir::Endpoint& endpoint) {
    std::string args;
    for (const NamedArg& arg : endpoint.args) {
      Append(args, Cat(args.empty() ? "" : ", ", arg.name, ": ", Text(arg.fn)));
    }
    Add(Cat(endpoint.connector, "(", args, ")",
            endpoint.format.empty() ? "" : Cat(" format ", endpoint.format)));
  }
  void Of(const Rejects&) {}
  void Of(const Late&) {}
  void Of(const Union&) {}
  void Of(const Exchange&) {}
  void Of(const Filter& op) { Add(Text(op.predicate)); }
  void Of(const Assert& op) { Add(Text(op.condition)); }
  void Of(const Map& op) {
    const Type& row = module_.functions[op.row].result;
    std::vector<std::string> passed = PassedColumns(module_.functions[op.row]);
    std::vector<std::string> texts = FieldTexts(module_, op.row);
    std::vector<std::string> made;
    for (size_t i = 0; i < row.fields().size(); ++i) {
      const std::string& name = row.fields()[i].name;
      if (passed[i] == name || IsHidden(name)) continue;
      made.push_back(Cat(Shortened(texts[i], kTextMax), " as ", name));
    }
    size_t more = made.size() > kColumnsMax ? made.size() - kColumnsMax : 0;
    made.resize(made.size() - more);
    if (more > 0) made.push_back(Cat(more, " more"));
    AddList(std::move(made));
  }
  void Of(const Unnest& op) { Add(Cat(Text(op.array), " as ", op.name)); }
  void Of(const Window& op) {
    const char* kinds[] = {"tumble ", "hop ", "cumulate "};
    std::string text = Cat(kinds[static_cast<size_t>(op.kind)], Text(op.size));
    if (op.step.valid()) Append(text, Cat(" every ", Text(op.step)));
    if (op.offset.valid()) Append(text, Cat(" offset ", Text(op.offset)));
    if (op.tz.valid()) Append(text, Cat(" tz ", Text(op.tz)));
    Add(text);
    if (op.late_for.valid()) Add(Cat("late rows update for ", Text(op.late_for)));
    if (op.panes) Add(Cat("each row once, in panes of ", Text(op.step)));
  }
  void Of(const WindowSession& op) {
    std::string text = Cat("session ", Text(op.gap), " by ", Keys(op.key));
    if (op.max.valid()) Append(text, Cat(" max ", Text(op.max)));
    Add(text);
  }
  void Of(const WindowRows& op) {
    std::string text = Cat("rows ", Text(op.count));
    if (op.every.valid()) Append(text, Cat(" every ", Text(op.every)));
    std::string keys = Keys(op.key);
    Add(keys.empty() ? text : Cat(text, " by ", keys));
  }
  void Of(const Aggregate& op) {
    Calls(op.calls, op.key);
    if (op.retain.valid()) Add(Cat("retain ", Text(op.retain)));
    Sends(op.emit);
  }
  void Of(const AggregateLocal& op) { Calls(op.calls, op.key); }
  void Of(const AggregateMerge& op) {
    Of(std::get<AggregateLocal>(graph_.ops[LocalOf(graph_, id_)]));
    Sends(op.emit);
  }
  void Calls(const std::vector<AggregateCall>& calls, FnId key) {
    std::vector<std::string> results;
    for (const AggregateCall& call : calls) {
      results.push_back(Cat(CallText(call), " as ", call.name));
    }
    AddList(std::move(results));
    // An item keeps the name it has in the result.
    std::vector<std::string> texts = FieldTexts(module_, key);
    const std::vector<StructField>& fields = module_.functions[key].result.fields();
    std::string by;
    for (size_t i = 0; i < texts.size(); ++i) {
      const std::string& name = fields[i].name;
      bool bound = name == "window_start" || name == "window_end";
      if (bound || IsHidden(name)) continue;
      std::string text = Shortened(texts[i], kTextMax);
      Append(by, Cat(by.empty() ? "" : ", ", text, text == name ? "" : Cat(" as ", name)));
    }
    if (!by.empty()) Add(Cat("group by ", by));
  }
  void Sends(const Emit& emit) {
    if (emit.kind == EmitKind::kChange) Add("emit on change");
    if (emit.kind == EmitKind::kEvery) Add(Cat("emit every ", Text(emit.every)));
  }
  std::string CallText(const AggregateCall& call) {
    std::vector<std::string> args;
    if (call.args.valid()) args = FieldTexts(module_, call.args);
    for (FnId constant : call.consts) args.push_back(Text(constant));
    if (call.where.valid()) args.push_back(Cat("where: ", Text(call.where)));
    return Shortened(Cat(call.function, "(", Joined(args), ")"), kTextMax);
  }
  void Of(const Top& op) {
    std::string text = Cat(Text(op.count), " by ", Joined(FieldTexts(module_, op.by)));
    if (op.ascending) text += " asc";
    if (op.per.valid()) Append(text, Cat(" per ", Keys(op.per)));
    if (op.ties) text += " with ties";
    Add(text);
    Sends(op.emit);
  }
  void Of(const Order& op) {
    std::vector<std::string> texts = FieldTexts(module_, op.by);
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i < op.descending.size() && op.descending[i]) texts[i] += " desc";
    }
    Add(Joined(texts));
  }
  void Of(const Limit& op) { Add(Text(op.count)); }
  void Of(const Peek& op) { Add(Text(op.label)); }
  void Of(const Dedup& op) {
    Add(Cat("by ", Keys(op.key)));
    if (op.within.valid()) Add(Cat("within ", Text(op.within)));
    if (op.keep_last) Add("keep last");
    Sends(op.emit);
  }
  void Of(const Over& op) {
    std::vector<std::string> results;
    for (const OverCall& over : op.calls) {
      std::string frame;
      std::string keys = Keys(over.key);
      if (!keys.empty()) frame = Cat("by ", keys);
      if (over.last.valid()) Append(frame, Cat(frame.empty() ? "" : " ", "last ", Text(over.last)));
      if (over.rows.valid()) {
        Append(frame, Cat(frame.empty() ? "" : " ", "last ", Text(over.rows), " rows"));
      }
      results.push_back(Cat(CallText(over.call), " over (", frame, ") as ", over.call.name));
    }
    AddList(std::move(results));
  }
  void Of(const Match& op) {
    Add(Cat("by ", Keys(op.key), " within ", Text(op.within)));
    std::vector<std::string> rows = {"", ""};
    for (const MatchStep& step : op.steps) {
      const char* links[] = {"", "then ", "next ", "without "};
      Add(Cat(links[static_cast<size_t>(step.link)], step.name, Times(step), ": ",
              Shortened(ExpressionText(module_, step.condition, rows), kTextMax)));
    }
    if (op.overlapping) Add("overlapping");
  }
  static std::string Times(const MatchStep& step) {
    if (step.least == 1 && step.most == 1) return "";
    if (step.least == 0 && step.most == 1) return "?";
    if (step.least == 0 && step.most < 0) return "*";
    if (step.least == 1 && step.most < 0) return "+";
    if (step.most < 0) return Cat("{", step.least, ",}");
    return step.least == step.most ? Cat("{", step.least, "}")
                                   : Cat("{", step.least, ",", step.most, "}");
  }
  void Of(const ir::Join& op) {
    On(op.left_key, op.right_key, op.condition, op.name);
    if (op.bound == JoinBound::kUntil) Add(Cat("until ", Text(op.until)));
    if (op.bound == JoinBound::kWindow) Add("in the same window");
    Sends(op.emit);
    if (op.bound != JoinBound::kWithin) return;
    std::string before = Text(op.before);
    std::string after = Text(op.after);
    if (before == after) return Add(Cat("within ", before));
    if (after == "0s") return Add(Cat("within ", before, " before"));
    if (before == "0s") return Add(Cat("within ", after, " after"));
    Add(Cat("within ", before, " before and ", after, " after"));
  }
  void Of(const AsofJoin& op) {
    On(op.left_key, op.right_key, op.condition, op.name);
    if (op.within.valid()) Add(Cat("within ", Text(op.within)));
  }
  void Of(const Lookup& op) { On(op.left_key, op.right_key, op.condition, op.name); }
  void On(FnId left, FnId right, FnId condition, const std::string& name) {
    std::vector<std::string> lefts = FieldTexts(module_, left);
    std::vector<std::string> rights = FieldTexts(module_, right, {name.empty() ? "right" : name});
    std::string text;
    for (size_t i = 0; i < lefts.size() && i < rights.size(); ++i) {
      Append(text, Cat(text.empty() ? "on " : " and ", lefts[i], " == ", rights[i]));
    }
    Add(text);
    if (!condition.valid()) return;
    Add(Cat("and ",
            Shortened(ExpressionText(module_, condition, {"", name.empty() ? "right" : name}),
                      kTextMax)));
  }

  // Texts of a list: all but the last end in a comma.
  void AddList(std::vector<std::string> texts) {
    for (size_t i = 0; i < texts.size(); ++i) {
      Add(i + 1 < texts.size() ? texts[i] + "," : std::move(texts[i]));
    }
  }
  void Add(std::string text) { out_.push_back(std::move(text)); }
  std::string Text(FnId fn) { return Shortened(ExpressionText(module_, fn), kTextMax); }
  std::string Keys(FnId key) { return Joined(KeyTexts(module_, key)); }

  const Module& module_;
  const ir::Graph& graph_;
  ValueId id_;
  std::vector<std::string> out_;
};

bool IsRowStage(std::string_view stage) {
  return std::find(std::begin(kRowStages), std::end(kRowStages), stage) != std::end(kRowStages);
}

// `@set_4.drop_5`: the stages that were made one; `of_rows`: those of the script, or those that
// needed columns of their own.
std::string StagesOf(const std::string& function, bool of_rows) {
  std::string out;
  for (size_t at = 0; at < function.size();) {
    size_t dot = std::min(function.find('.', at), function.size());
    std::string part = function.substr(at, dot - at);
    part = part.substr(0, part.find('_'));
    at = dot + 1;
    bool number = part.find_first_not_of("0123456789") == std::string::npos;
    bool again = out == part || out.ends_with(Cat(", ", part));
    bool wanted = IsRowStage(part) == of_rows;
    if (!number && !again && wanted) Append(out, Cat(out.empty() ? "" : ", ", part));
  }
  return out;
}

}  // namespace

std::string VerbOf(const Module& module, ValueId id) {
  return std::visit(
      Overloaded{
          [](const Source&) -> std::string { return "source"; },
          [](const Sink&) -> std::string { return "into"; },
          [](const Rejects&) -> std::string { return "rejected rows"; },
          [](const Late&) -> std::string { return "late rows"; },
          [&](const Map& op) {
            const std::string& name = module.functions[op.row].name;
            std::string written = StagesOf(name, true);
            return written.empty() ? StagesOf(name, false) : written;
          },
          [](const Unnest& op) -> std::string { return op.keep_empty ? "left unnest" : "unnest"; },
          [](const ir::Join& op) -> std::string {
            const char* kinds[] = {"join", "left join", "full join", "semi join", "anti join"};
            return kinds[static_cast<size_t>(op.kind)];
          },
          [](const AsofJoin& op) -> std::string {
            return op.keep_left ? "left asof join" : "asof join";
          },
          [](const Lookup& op) -> std::string { return op.keep_left ? "left lookup" : "lookup"; },
          [](const auto& op) { return StageName(op); }},
      module.graph.ops[id]);
}

bool IsMadeByCompiler(const Module& module, ValueId id) {
  const auto* map = std::get_if<Map>(&module.graph.ops[id]);
  if (map == nullptr || ReadsClock(module, map->row)) return false;
  return StagesOf(module.functions[map->row].name, true).empty();
}

std::vector<std::string> WhatOf(const Module& module, ValueId op) {
  return Describer(module, op).Find();
}

}  // namespace flow::plan
