// --print=ast: one node per line, children behind one bar more. Names stand as in the language;
// what is absent is not printed.

#include <utility>

#include "base/text.h"
#include "frontend/ast/ast.h"
#include "frontend/ast/walk.h"

namespace flow::frontend::ast {

const char* OperatorText(BinaryOp op) {
  switch (op) {
    case BinaryOp::Or:
      return "or";
    case BinaryOp::And:
      return "and";
    case BinaryOp::Equal:
      return "==";
    case BinaryOp::NotEqual:
      return "!=";
    case BinaryOp::Less:
      return "<";
    case BinaryOp::LessEqual:
      return "<=";
    case BinaryOp::Greater:
      return ">";
    case BinaryOp::GreaterEqual:
      return ">=";
    case BinaryOp::Matches:
      return "=~";
    case BinaryOp::NotMatches:
      return "!~";
    case BinaryOp::In:
      return "in";
    case BinaryOp::NotIn:
      return "not in";
    case BinaryOp::Coalesce:
      return "??";
    case BinaryOp::Add:
      return "+";
    case BinaryOp::Subtract:
      return "-";
    case BinaryOp::Multiply:
      return "*";
    case BinaryOp::Divide:
      return "/";
    case BinaryOp::IntDivide:
      return "//";
    case BinaryOp::Modulo:
      return "%";
  }
  return "?";
}

namespace {

std::string TypeText(const TypeExpr& type) {
  auto words = [](const Words& all, std::string_view separator) {
    std::string out;
    for (const Word& word : all) Append(out, Cat(out.empty() ? "" : separator, Quoted(word.text)));
    return out;
  };
  std::string out =
      std::visit(Overloaded{[](const NamedType& t) {
                              return t.module ? Cat(t.module->text, ".", t.name.text) : t.name.text;
                            },
                            [](const AppliedType& t) {
                              std::string args;
                              for (const TypeArg& arg : t.args) {
                                if (!args.empty()) args += ", ";
                                args += arg.type ? TypeText(*arg.type) : Cat(*arg.number);
                              }
                              return Cat(t.name.text, "(", args, ")");
                            },
                            [](const ArrayType& t) { return Cat("[", TypeText(*t.element), "]"); },
                            [](const StructType& t) {
                              std::string fields;
                              for (const FieldDecl& field : t.fields) {
                                if (!fields.empty()) fields += ", ";
                                Append(fields, Cat(field.name.text, ": ", TypeText(*field.type)));
                                if (field.from)
                                  Append(fields, Cat(" from ", Quoted(field.from->text)));
                              }
                              return Cat("{", fields, "}");
                            },
                            [&](const StringSetType& t) { return words(t.values, " | "); }},
                 type.node);
  return type.optional ? out + "?" : out;
}

class Printer {
 public:
  void Print(const Item& item) {
    if (!item.doc.empty()) Line(Cat("doc ", Quoted(item.doc)));
    std::visit([&](const auto& decl) { Put(decl); }, item.node);
  }
  void PrintHeading(const std::string& doc) {
    if (!doc.empty()) Line(Cat("script doc ", Quoted(doc)));
  }
  std::string Take() { return std::move(out_); }

 private:
  // Indents what is printed while it lives.
  class Deeper {
   public:
    explicit Deeper(Printer& printer) : printer_(printer) { ++printer_.depth_; }
    ~Deeper() { --printer_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Printer& printer_;
  };

  void Line(std::string_view text) {
    for (size_t i = 0; i < depth_; ++i) out_ += "| ";
    out_ += text;
    out_ += '\n';
  }
  // A label with one thing below it, nothing at all when the thing is absent.
  void Labelled(std::string_view label, const ExprPtr& expr) {
    if (!expr) return;
    Line(label);
    Deeper deeper(*this);
    Put(*expr);
  }
  void Labelled(std::string_view label, const Exprs& exprs) {
    if (exprs.empty()) return;
    Line(label);
    Deeper deeper(*this);
    for (const ExprPtr& expr : exprs) Put(*expr);
  }
  static std::string Joined(const Words& words, std::string_view separator) {
    std::string out;
    for (const Word& word : words) Append(out, Cat(out.empty() ? "" : separator, word.text));
    return out;
  }

  // ---- declarations
  void Put(const TypeDecl& decl) {
    Line(Cat("type ", decl.name.text, " = ", TypeText(*decl.type)));
  }
  void Put(const SourceDecl& decl) {
    Line(Cat("source ", decl.name.text, ": ", TypeText(*decl.type)));
    Deeper deeper(*this);
    Fields(decl.type);
    Labelled("connector", decl.connector);
    Labelled("format", decl.format);
    Labelled("time", decl.time);
    Labelled("watermark", decl.watermark);
    Labelled("jump", decl.jump);
    Labelled("idle", decl.idle);
    if (!decl.key.empty()) Line(Cat("key ", Joined(decl.key, ", ")));
    if (decl.on_error) Put(*decl.on_error);
  }
  void Put(const SinkDecl& decl) {
    Line(Cat("sink ", decl.name.text, decl.type ? Cat(": ", TypeText(*decl.type)) : ""));
    Deeper deeper(*this);
    Labelled("connector", decl.connector);
    Labelled("format", decl.format);
    if (!decl.key.empty()) Line(Cat("key ", Joined(decl.key, ", ")));
  }
  void Put(const StreamDecl& decl) {
    Line(Cat("stream ", decl.name.text, decl.type ? Cat(": ", TypeText(*decl.type)) : ""));
    Deeper deeper(*this);
    Put(*decl.pipeline);
  }
  void Put(const LetDecl& decl) {
    Line(Cat("let ", decl.name.text, decl.type ? Cat(": ", TypeText(*decl.type)) : ""));
    Deeper deeper(*this);
    Put(*decl.value);
  }
  void Put(const FnDecl& decl) {
    Line(Cat("fn ", decl.name.text, " -> ", TypeText(*decl.result), decl.fallible ? "!" : "",
             decl.extern_path ? Cat(" extern ", Quoted(decl.extern_path->text)) : ""));
    Deeper deeper(*this);
    Put(decl.params);
    if (decl.body) Put(*decl.body);
  }
  void Put(const PipeDecl& decl) {
    Line(Cat("pipe ", decl.name.text));
    Deeper deeper(*this);
    Put(decl.params);
    Put(decl.stages);
  }
  void Put(const ParamDecl& decl) {
    Line(Cat("param ", decl.name.text, ": ", TypeText(*decl.type)));
    Deeper deeper(*this);
    if (decl.default_value) Put(*decl.default_value);
  }
  void Put(const ImportDecl& decl) {
    Line(Cat("import ", Quoted(decl.path.text), " as ", decl.name.text));
  }
  void Put(const TestDecl& decl) {
    Line(Cat("test ", Quoted(decl.name.text)));
    Deeper deeper(*this);
    for (const TestStep& step : decl.steps) {
      std::string at = step.at.kind == TestTime::Kind::End ? std::string("end")
                       : step.at.kind == TestTime::Kind::Instant
                           ? Cat("@", TimestampText(step.at.nanoseconds))
                           : DurationText(step.at.nanoseconds);
      switch (step.kind) {
        case TestStep::Kind::Send:
          Line(Cat("at ", at, " send ", step.name.text));
          break;
        case TestStep::Kind::Expect:
          Line(Cat("at ", at, " expect ", step.name.text));
          break;
        case TestStep::Kind::With:
          Line(Cat("with $", step.name.text));
          break;
      }
      Deeper value(*this);
      Put(*step.value);
    }
  }
  void Put(const PipelineItem& item) { Put(*item.pipeline); }

  // Only fields that carry a doc: the types stand in the line above.
  void Fields(const TypePtr& type) {
    const auto* fields = type ? std::get_if<StructType>(&type->node) : nullptr;
    if (!fields) return;
    for (const FieldDecl& field : fields->fields) {
      if (!field.doc.empty()) Line(Cat("doc ", field.name.text, " ", Quoted(field.doc)));
    }
  }
  void Put(const std::vector<Parameter>& params) {
    for (const Parameter& param : params) {
      Line(Cat("parameter ", param.name.text, ": ", TypeText(*param.type)));
      Deeper deeper(*this);
      if (param.default_value) Put(*param.default_value);
    }
  }

  // ---- pipelines
  void Put(const Pipeline& pipeline) {
    Line("pipeline");
    Deeper deeper(*this);
    Put(pipeline.from);
    Put(pipeline.stages);
  }
  void Put(const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) {
      std::visit([&](const auto& node) { Put(node); }, stage.node);
    }
  }
  void Put(const Relation& relation) {
    std::visit([&](const auto& node) { Put(node); }, relation.node);
  }
  void Put(const NamedRelation& named) {
    Line(Cat("relation ", named.module ? Cat(named.module->text, ".") : "", named.name.text,
             named.is_call ? "()" : ""));
    Deeper deeper(*this);
    Put(named.args);
  }
  void Put(const FileRelation& file) {
    Line(Cat("file ", Quoted(file.path.text)));
    Deeper deeper(*this);
    Labelled("format", file.format);
  }
  void Put(const NestedRelation& nested) { Put(*nested.pipeline); }
  void Put(const NamedExpr& item) {
    Line(item.name ? Cat("item as ", item.name->text) : "item");
    Deeper deeper(*this);
    Put(*item.value);
  }

  void Put(const ErrorStage&) { Line("error"); }
  void Put(const Where& stage) { Labelled("where", stage.condition); }
  void Put(const Select& stage) {
    Line("select");
    Deeper deeper(*this);
    for (const SelectItem& item : stage.items) {
      switch (item.kind) {
        case SelectItem::Kind::Expr:
          Labelled(item.name ? Cat("item as ", item.name->text) : "item", item.value);
          break;
        case SelectItem::Kind::AllColumns:
          Line("item *");
          break;
        case SelectItem::Kind::AllFields:
          Labelled("item .*", item.value);
          break;
      }
    }
  }
  void Put(const Extend& stage) {
    Line("extend");
    Deeper deeper(*this);
    for (const NamedExpr& item : stage.items) Put(item);
  }
  void Put(const Set& stage) {
    Line("set");
    Deeper deeper(*this);
    for (const Assignment& assignment : stage.assignments) {
      Labelled(Cat(Joined(assignment.path, "."), " ="), assignment.value);
    }
  }
  void Put(const Drop& stage) { Line(Cat("drop ", Joined(stage.columns, ", "))); }
  void Put(const Rename& stage) {
    Line("rename");
    Deeper deeper(*this);
    for (const RenamePair& pair : stage.pairs) Line(Cat(pair.from.text, " as ", pair.to.text));
  }
  void Put(const Aggregate& stage) {
    Line("aggregate");
    Deeper deeper(*this);
    for (const NamedExpr& item : stage.items) Put(item);
    if (!stage.keys.empty()) Line("group by");
    {
      Deeper keys(*this);
      for (const NamedExpr& key : stage.keys) Put(key);
    }
    Labelled("retain", stage.retain);
  }
  void Put(const Window& stage) {
    constexpr std::string_view kNames[] = {"tumble", "hop", "cumulate", "session", "rows"};
    Line(Cat("window ", kNames[static_cast<size_t>(stage.kind)]));
    Deeper deeper(*this);
    Put(*stage.size);
    Labelled("every", stage.every);
    Labelled("by", stage.by);
    Labelled("max", stage.max);
    Labelled("offset", stage.offset);
    Labelled("tz", stage.zone);
  }
  void Put(const Emit& stage) {
    switch (stage.when) {
      case Emit::When::OnClose:
        Line("emit on close");
        break;
      case Emit::When::OnChange:
        Line("emit on change");
        break;
      case Emit::When::Every:
        Labelled("emit every", stage.every);
        break;
    }
  }
  void Put(const Bound& bound) {
    switch (bound.kind) {
      case Bound::Kind::None:
        break;
      case Bound::Kind::Until:
        Labelled("until", bound.amount);
        break;
      case Bound::Kind::Within:
        Labelled("within", bound.amount);
        break;
      case Bound::Kind::Before:
        Labelled("within before", bound.amount);
        break;
      case Bound::Kind::After:
        Labelled("within after", bound.amount);
        break;
      case Bound::Kind::BeforeAndAfter:
        Labelled("within before", bound.amount);
        Labelled("and after", bound.after);
        break;
    }
  }
  void Put(const Join& stage) {
    constexpr std::string_view kSides[] = {"", "left ", "full ", "semi ", "anti "};
    constexpr std::string_view kKinds[] = {"join", "asof join", "lookup"};
    Line(Cat(kSides[static_cast<size_t>(stage.side)], kKinds[static_cast<size_t>(stage.kind)],
             stage.name ? Cat(" as ", stage.name->text) : ""));
    Deeper deeper(*this);
    Put(stage.right);
    Labelled("on", stage.condition);
    Put(stage.bound);
  }
  void Put(const Dedup& stage) {
    Line(Cat("dedup", stage.all_columns ? " by *" : "", stage.keep_last ? " keep last" : ""));
    Deeper deeper(*this);
    Labelled("by", stage.by);
    Put(stage.bound);
  }
  void Put(const OrderItem& item) {
    std::string_view direction = !item.ascending ? "" : *item.ascending ? " asc" : " desc";
    Labelled(Cat("by", direction), item.value);
  }
  void Put(const Top& stage) {
    Line(stage.with_ties ? "top with ties" : "top");
    Deeper deeper(*this);
    Put(*stage.count);
    Put(stage.by);
    Labelled("per", stage.per);
  }
  void Put(const Unnest& stage) {
    Labelled(Cat(stage.left ? "left " : "", "unnest as ", stage.name.text), stage.value);
  }
  void Put(const Union& stage) {
    Line("union");
    Deeper deeper(*this);
    for (const Relation& relation : stage.others) Put(relation);
  }
  void Put(const Branch& stage) {
    Line("branch");
    Deeper deeper(*this);
    for (const BranchArm& arm : stage.arms) {
      if (arm.condition) {
        Labelled("when", arm.condition);
      } else {
        Line("else");
      }
      Deeper stages(*this);
      Put(arm.stages);
    }
  }
  void Put(const Match& stage) {
    Line(stage.overlapping ? "match overlapping" : "match");
    Deeper deeper(*this);
    Labelled("by", stage.by);
    Labelled("within", stage.within);
    constexpr std::string_view kLinks[] = {"step", "then", "next", "without"};
    for (const MatchStep& step : stage.steps) {
      std::string count;
      if (step.quantified) {
        count = Cat(" {", step.at_least, ",", step.at_most ? Cat(*step.at_most) : "", "}");
      }
      Labelled(Cat(kLinks[static_cast<size_t>(step.link)], " ", step.name.text, count),
               step.condition);
    }
  }
  void Put(const Order& stage) {
    Line("order");
    Deeper deeper(*this);
    for (const OrderItem& item : stage.items) Put(item);
  }
  void Put(const Limit& stage) { Labelled("limit", stage.count); }
  void Put(const Assert& stage) {
    Labelled("assert", stage.condition);
    Deeper deeper(*this);
    Labelled("message", stage.message);
  }
  void Put(const OnError& stage) {
    constexpr std::string_view kActions[] = {"fail", "drop", "into ", "as "};
    Line(Cat("on error ", kActions[static_cast<size_t>(stage.action)], stage.name.text));
  }
  void Put(const OnLate& stage) {
    constexpr std::string_view kActions[] = {"drop", "into ", "as ", "update for"};
    Line(Cat("on late ", kActions[static_cast<size_t>(stage.action)], stage.name.text));
    Deeper deeper(*this);
    if (stage.update_for) Put(*stage.update_for);
  }
  void Put(const Into& stage) {
    Line("into");
    Deeper deeper(*this);
    if (stage.target) Put(*stage.target);
    if (stage.file) Put(*stage.file);
  }
  void Put(const As& stage) { Line(Cat("as ", stage.name.text)); }
  void Put(const PipeCall& stage) {
    Line(Cat("call pipe ", stage.name.text));
    Deeper deeper(*this);
    Put(stage.args);
  }

  // ---- expressions
  void Put(const std::vector<Arg>& args) {
    for (const Arg& arg : args) {
      switch (arg.kind) {
        case Arg::Kind::Positional:
          Put(*arg.value);
          break;
        case Arg::Kind::Named:
          Labelled(Cat(arg.name.text, ":"), arg.value);
          break;
        case Arg::Kind::Lambda:
          Labelled(Cat(arg.name.text, " =>"), arg.value);
          break;
      }
    }
  }
  void Put(const Expr& expr) {
    std::visit([&](const auto& node) { PutExpr(node); }, expr.node);
  }
  // A line and below it the direct children.
  void Node(std::string_view text, std::initializer_list<const ExprPtr*> children) {
    Line(text);
    Deeper deeper(*this);
    for (const ExprPtr* child : children) {
      if (*child) Put(**child);
    }
  }
  void PutExpr(const ErrorExpr&) { Line("error"); }
  void PutExpr(const NameRef& e) { Line(Cat("name ", e.name.text)); }
  void PutExpr(const ColumnRef& e) { Line(Cat("column .", e.name.text)); }
  void PutExpr(const ParamRef& e) { Line(Cat("param $", e.name.text)); }
  void PutExpr(const IntLit& e) { Line(Cat("int ", e.value)); }
  void PutExpr(const FloatLit& e) { Line(Cat("float ", e.text)); }
  void PutExpr(const DurationLit& e) { Line(Cat("duration ", DurationText(e.nanoseconds))); }
  void PutExpr(const TimeLit& e) { Line(Cat("time @", TimestampText(e.nanoseconds))); }
  void PutExpr(const StringLit& e) {
    Line(Cat(e.raw ? "raw string " : "string ", Quoted(e.value)));
  }
  void PutExpr(const FString& e) {
    Line("f-string");
    Deeper deeper(*this);
    for (const FStringPart& part : e.parts) {
      if (part.expr) {
        Put(*part.expr);
      } else {
        Line(Cat("text ", Quoted(part.text)));
      }
    }
  }
  void PutExpr(const BoolLit& e) { Line(e.value ? "true" : "false"); }
  void PutExpr(const NoneLit&) { Line("none"); }
  void PutExpr(const ArrayLit& e) {
    Line("array");
    Deeper deeper(*this);
    for (const ExprPtr& item : e.items) Put(*item);
  }
  void PutExpr(const StructLit& e) {
    Line("struct");
    Deeper deeper(*this);
    for (const StructField& field : e.fields) Labelled(Cat(field.name.text, ":"), field.value);
  }
  void PutExpr(const Case& e) {
    Node("case", {&e.subject});
    Deeper deeper(*this);
    for (const CaseArm& arm : e.arms) {
      Line(arm.is_else ? "else" : "arm");
      Deeper inside(*this);
      Labelled("pattern", arm.patterns);
      Put(*arm.value);
    }
  }
  void PutExpr(const If& e) { Node("if", {&e.condition, &e.then_value, &e.else_value}); }
  void PutExpr(const Unary& e) { Node(e.op == UnaryOp::Not ? "not" : "negate", {&e.operand}); }
  void PutExpr(const Binary& e) { Node(OperatorText(e.op), {&e.left, &e.right}); }
  void PutExpr(const Try& e) { Node("try", {&e.operand}); }
  void PutExpr(const Bang& e) { Node("!", {&e.operand}); }
  void PutExpr(const Field& e) { Node(Cat(e.optional_chain ? "?." : ".", e.name.text), {&e.base}); }
  void PutExpr(const Index& e) { Node("index", {&e.base, &e.index}); }
  void PutExpr(const Call& e) {
    Node("call", {&e.callee});
    Deeper deeper(*this);
    Put(e.args);
  }
  void PutExpr(const Over& e) {
    Node("over", {&e.call});
    Deeper deeper(*this);
    Labelled("by", e.by);
    Labelled(e.last_rows ? "last rows" : "last", e.last);
  }

  std::string out_;
  size_t depth_ = 0;
};

}  // namespace

std::string Print(const File& file) {
  Printer printer;
  printer.PrintHeading(file.doc);
  for (const Item& item : file.items) printer.Print(item);
  return printer.Take();
}

}  // namespace flow::frontend::ast
