// Names of a file: collected before anything is checked, so that declarations may stand in any
// order.

#include <array>

#include "base/text.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

const char* KindText(NameKind kind) {
  switch (kind) {
    case NameKind::kSource:
      return "source";
    case NameKind::kStream:
    case NameKind::kRejects:
      return "stream";
    case NameKind::kSink:
      return "sink";
    case NameKind::kPipe:
      return "pipe";
  }
  return "";
}

// Finds what pipelines name: `as n`, `on error as n`, `on late as n`, also inside arms and
// parentheses.
class StreamNames {
 public:
  using Add = std::function<void(const ast::Word&, NameKind)>;
  explicit StreamNames(Add add) : add_(std::move(add)) {}

  void Visit(const ast::Pipeline& pipeline) {
    Visit(pipeline.from);
    Visit(pipeline.stages);
  }

 private:
  void Visit(const ast::Relation& relation) {
    const auto* nested = std::get_if<ast::NestedRelation>(&relation.node);
    if (nested != nullptr && nested->pipeline) Visit(*nested->pipeline);
  }
  void Visit(const std::vector<ast::Stage>& stages) {
    for (const ast::Stage& stage : stages) Visit(stage);
  }
  void Visit(const ast::Stage& stage) {
    if (const auto* as = std::get_if<ast::As>(&stage.node)) add_(as->name, NameKind::kStream);
    if (const auto* error = std::get_if<ast::OnError>(&stage.node)) {
      if (error->action == ast::OnError::Action::As) add_(error->name, NameKind::kRejects);
    }
    if (const auto* late = std::get_if<ast::OnLate>(&stage.node)) {
      if (late->action == ast::OnLate::Action::As) add_(late->name, NameKind::kStream);
    }
    if (const auto* branch = std::get_if<ast::Branch>(&stage.node)) {
      for (const ast::BranchArm& arm : branch->arms) Visit(arm.stages);
    }
    if (const auto* join = std::get_if<ast::Join>(&stage.node)) Visit(join->right);
    if (const auto* many = std::get_if<ast::Union>(&stage.node)) {
      for (const ast::Relation& other : many->others) Visit(other);
    }
  }

  Add add_;
};

// Enters the names of one item.
class Collector {
 public:
  Collector(Checker& checker, Scope& scope) : checker_(checker), scope_(scope) {}

  void Enter(const ast::Item& item) {
    item_ = &item;
    std::visit([&](const auto& decl) { Declare(decl); }, item.node);
  }

 private:
  void Declare(const ast::TypeDecl& decl) {
    auto [at, added] = scope_.decls.types.try_emplace(decl.name.text);
    if (!added) return Twice(decl.name, at->second.decl->name.span, "type");
    at->second.decl = &decl;
  }
  void Declare(const ast::ParamDecl& decl) {
    auto [at, added] = scope_.decls.params.try_emplace(decl.name.text);
    if (!added) return Twice(decl.name, at->second.decl->name.span, "parameter");
    at->second.decl = &decl;
  }
  void Declare(const ast::LetDecl& decl) {
    if (!Free(decl.name)) return;
    scope_.decls.lets[decl.name.text].decl = &decl;
  }
  void Declare(const ast::FnDecl& decl) {
    if (!Free(decl.name)) return;
    scope_.decls.fns[decl.name.text].decl = &decl;
  }
  void Declare(const ast::ImportDecl& decl) {
    if (!Free(decl.name)) return;
    places_[decl.name.text] = decl.name.span;
    checker_.Import(scope_, decl);
  }
  void Declare(const ast::PipeDecl& decl) { Add(decl.name, NameKind::kPipe); }
  void Declare(const ast::SinkDecl& decl) { Add(decl.name, NameKind::kSink); }
  void Declare(const ast::SourceDecl& decl) {
    Add(decl.name, NameKind::kSource);
    if (decl.on_error && decl.on_error->action == ast::OnError::Action::As) {
      Add(decl.on_error->name, NameKind::kRejects);
    }
  }
  void Declare(const ast::StreamDecl& decl) {
    Add(decl.name, NameKind::kStream);
    if (decl.pipeline) AddStreams(*decl.pipeline);
  }
  void Declare(const ast::PipelineItem& decl) {
    if (decl.pipeline) AddStreams(*decl.pipeline);
  }
  void Declare(const ast::TestDecl&) {}

  void AddStreams(const ast::Pipeline& pipeline) {
    StreamNames([&](const ast::Word& word, NameKind kind) { Add(word, kind); }).Visit(pipeline);
  }

  void Add(const ast::Word& word, NameKind kind) {
    if (!Free(word)) return;
    Name& name = scope_.names[word.text];
    name.kind = kind;
    name.text = word.text;
    name.span = word.span;
    name.scope = &scope_;
    name.item = item_;
    scope_.decls.others[word.text] = KindText(kind);
  }

  // Lets, fns, modules and everything rows flow through share one space of names.
  bool Free(const ast::Word& word) {
    auto name = scope_.names.find(word.text);
    if (name != scope_.names.end()) {
      Twice(word, name->second.span, KindText(name->second.kind));
      return false;
    }
    auto let = scope_.decls.lets.find(word.text);
    if (let != scope_.decls.lets.end()) {
      Twice(word, let->second.decl->name.span, "let");
      return false;
    }
    auto fn = scope_.decls.fns.find(word.text);
    if (fn != scope_.decls.fns.end()) {
      Twice(word, fn->second.decl->name.span, "fn");
      return false;
    }
    auto place = places_.find(word.text);
    if (place != places_.end()) {
      Twice(word, place->second, "import");
      return false;
    }
    return true;
  }

  void Twice(const ast::Word& word, Span first, std::string_view what) {
    checker_.diagnostics
        .Emit(word.span, Diag::DuplicateName, Cat("`", word.text, "` is declared twice"))
        .Here("declared again here")
        .Label(first, Cat("the ", what, " `", word.text, "` is declared here"))
        .Fix("give one of the two another name");
  }

  Checker& checker_;
  Scope& scope_;
  const ast::Item* item_ = nullptr;
  std::map<std::string, Span, std::less<>> places_;  // of imports
};

}  // namespace

void Checker::CollectNames(Scope& scope) {
  Collector collector(*this, scope);
  for (const ast::Item& item : scope.ast->items) collector.Enter(item);
}

Name* Checker::FindName(Scope& scope, const std::optional<ast::Word>& module,
                        const ast::Word& word) {
  Scope* in = &scope;
  if (module) {
    auto found = scope.modules.find(module->text);
    if (found == scope.modules.end()) return nullptr;
    in = found->second;
  }
  auto name = in->names.find(word.text);
  return name == in->names.end() ? nullptr : &name->second;
}

void Checker::UnknownName(Scope& scope, const ast::Word& word, std::string_view what,
                          const std::vector<std::string_view>& known) {
  // A name that nothing has is one mistake, however often it is used.
  if (!unknown_.insert(Cat(what, " ", word.text)).second) {
    return;
  }
  std::string_view near = Nearest(word.text, known);
  auto builder = diagnostics.Emit(word.span, Diag::UnknownName,
                                  Cat("there is no ", what, " `", word.text, "`"));
  if (!near.empty()) {
    builder.Here(Cat("did you mean `", near, "`?"));
    builder.Fix(Cat("write `", near, "`"), Edit{word.span, std::string(near)}, Safety::Unsure);
    return;
  }
  builder.Here("not declared");
  if (scope.decls.lets.count(word.text) != 0) {
    builder.Label(scope.decls.lets.find(word.text)->second.decl->name.span,
                  Cat("`", word.text, "` is a value, no ", what));
  }
  if (known.empty()) return;
  std::string list;
  for (size_t i = 0; i < known.size() && i < 6; ++i) {
    list += Cat(i == 0 ? "`" : ", `", known[i], "`");
  }
  if (known.size() > 6) list += ", ..";
  builder.Note(Cat("declared: ", list));
}

void Checker::ReportCycle(const Name& name, Span use) {
  diagnostics.Emit(use, Diag::CyclicDefinition, Cat("`", name.text, "` is made from its own rows"))
      .Here("read here, while it is still being defined")
      .Label(name.span, Cat("`", name.text, "` is defined here"))
      .Fix("read another stream here; a stream can only read what is made without it");
}

void Checker::ReportUnused(Scope& main) {
  std::vector<const Name*> unused;
  for (const auto& [text, name] : main.names) {
    bool counts = name.kind != NameKind::kPipe;
    if (counts && !name.used && !name.poisoned) unused.push_back(&name);
  }
  for (const Name* name : unused) {
    if (name->kind == NameKind::kSink) {
      diagnostics.Emit(name->span, Diag::Unused, Cat("no rows go into sink `", name->text, "`"))
          .Here("never used")
          .Fix(Cat("end a pipeline with `|> into ", name->text, "`, or remove the sink"));
      continue;
    }
    bool rejects = name->kind == NameKind::kRejects;
    auto builder = diagnostics.Emit(
        name->span, Diag::Unused,
        Cat("nothing reads ", name->kind == NameKind::kSource ? "source `" : "stream `", name->text,
            "`"));
    builder.Here(rejects ? "rejected rows that go here are lost"
                         : "never used, so it does not run");
    if (rejects) {
      builder.Fix(Cat("add `from ", name->text, " |> into ..`, or write `on error drop`"));
    } else {
      builder.Fix(Cat("add `from ", name->text, " |> into ..`, or remove it"));
    }
  }
}

}  // namespace flow::frontend
