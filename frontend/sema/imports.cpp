// Other files: what `import` brings in, and the prelude of functions written in the language.

#include "base/text.h"
#include "frontend/parse/parse.h"
#include "frontend/sema/checker.h"

namespace flow::frontend {
namespace {

// `path` as seen from the folder of `from`.
std::string Beside(const std::string& from, const std::string& path) {
  if (!path.empty() && path[0] == '/') return path;
  size_t slash = from.rfind('/');
  return slash == std::string::npos ? path : from.substr(0, slash + 1) + path;
}

}  // namespace

void Checker::LoadPrelude() {
  if (catalog.prelude.empty()) return;
  const SourceFile& file = options.sources->Add("<prelude>", std::string(catalog.prelude));
  auto parsed = std::make_unique<ast::File>(Parse(file, diagnostics));
  prelude_.catalog = &catalog;
  for (const ast::Item& item : parsed->items) {
    if (const auto* fn = std::get_if<ast::FnDecl>(&item.node)) {
      prelude_.fns[fn->name.text].decl = fn;
    }
    if (const auto* let = std::get_if<ast::LetDecl>(&item.node)) {
      prelude_.lets[let->name.text].decl = let;
    }
    if (const auto* type = std::get_if<ast::TypeDecl>(&item.node)) {
      prelude_.types[type->name.text].decl = type;
    }
  }
  files_.push_back(std::move(parsed));
}

Scope& Checker::NewScope(const ast::File& ast, const SourceFile& file) {
  scopes_.push_back(std::make_unique<Scope>());
  Scope& scope = *scopes_.back();
  scope.file = &file;
  scope.ast = &ast;
  scope.decls.catalog = &catalog;
  if (!catalog.prelude.empty()) scope.decls.prelude = &prelude_;
  return scope;
}

void Checker::Import(Scope& scope, const ast::ImportDecl& import) {
  std::string path = Beside(scope.file->path(), import.path.text);
  auto known = imported_.find(path);
  if (known != imported_.end()) {
    Scope* other = known->second;
    if (other != nullptr && other->progress == Progress::kRunning) {
      diagnostics
          .Emit(import.path.span, Diag::CyclicDefinition,
                Cat("`", import.path.text, "` imports this file, directly or through others"))
          .Here("imported here")
          .Fix("move what both files need into a third one");
      return;
    }
    if (other == nullptr) return;  // its reading failed, which was said
    scope.modules[import.name.text] = other;
    scope.decls.modules[import.name.text] = &other->decls;
    return;
  }

  imported_[path] = nullptr;
  LoadResult loaded;
  loaded.error = "imports are not available here";
  if (options.load) loaded = options.load(path);
  if (!loaded.text) {
    diagnostics
        .Emit(import.path.span, Diag::BadImport,
              Cat("`", import.path.text, "` cannot be imported: ", loaded.error))
        .Here(Cat("looked for at ", path))
        .Fix("write the path as seen from the folder of this file");
    return;
  }
  const SourceFile& file = options.sources->Add(path, std::move(*loaded.text));
  size_t errors_before = diagnostics.error_count();
  files_.push_back(std::make_unique<ast::File>(Parse(file, diagnostics)));
  Scope& other = NewScope(*files_.back(), file);
  imported_[path] = &other;
  scope.modules[import.name.text] = &other;
  scope.decls.modules[import.name.text] = &other.decls;
  other.progress = Progress::kRunning;
  CollectNames(other);
  other.progress = Progress::kDone;
  if (diagnostics.error_count() > errors_before) return;
  for (const ast::Item& item : other.ast->items) {
    if (const auto* param = std::get_if<ast::ParamDecl>(&item.node)) {
      NotBuilt(Diag::NotBuiltDeclaration, param->name.span, "a `param` of an imported file",
               "declare it in the script, and pass it on as an argument");
    }
    if (!std::holds_alternative<ast::PipelineItem>(item.node)) continue;
    diagnostics.Emit(item.span, Diag::BadImport, "an imported file holds declarations only")
        .Here("this pipeline would run in every script that imports the file")
        .Label(import.path.span, "imported here")
        .Fix("make it a `stream NAME = from ..`, and end it in the script that imports it");
  }
}

}  // namespace flow::frontend
