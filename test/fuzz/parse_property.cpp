#include "test/fuzz/parse_property.h"

#include "base/diagnostic.h"
#include "base/source.h"
#include "base/text.h"
#include "frontend/ast/walk.h"
#include "frontend/parse/parse.h"

namespace flow::test {

using namespace flow::frontend;

static bool Inside(Span span, const SourceFile& file) {
  return span.begin <= span.end && span.end <= file.text().size();
}

static int Height(const ast::Expr& expr) {
  int below = 0;
  ast::ForEachChild(expr, [&](const ast::Expr& child) { below = std::max(below, Height(child)); });
  return below + 1;
}

std::string CheckParse(const std::string& text) {
  Sources sources;
  const SourceFile& file = sources.Add("x.flow", text);
  Diagnostics diagnostics;
  ast::File tree = Parse(file, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.message.empty()) return "a diagnostic without a message";
    if (!Inside(diagnostic.span, file)) return Cat("span out of the file: ", diagnostic.message);
    for (const DiagnosticLabel& label : diagnostic.labels) {
      if (!Inside(label.span, file)) return Cat("label out of the file: ", diagnostic.message);
    }
    for (const DiagnosticFix& fix : diagnostic.fixes) {
      if (fix.edit && !Inside(fix.edit->span, file)) return "edit out of the file";
    }
  }
  RenderText(diagnostics, sources, true);
  if (RenderJson(diagnostics, sources).find('\0') != std::string::npos) return "NUL in JSON";
  for (const ast::Item& item : tree.items) {
    if (!Inside(item.span, file)) return "item out of the file";
    const auto* let = std::get_if<ast::LetDecl>(&item.node);
    if (let && Height(*let->value) > kExprHeightMax) return "tree beyond the height limit";
  }
  if (!diagnostics.HasErrors()) {
    ast::Print(tree);
    return {};
  }
  // Safe fixes lead to text that can be read as well, and in the end to no more fixes.
  std::string fixed = text;
  for (int round = 0;; ++round) {
    Sources fixed_sources;
    const SourceFile& fixed_file = fixed_sources.Add("x.flow", fixed);
    Diagnostics again;
    Parse(fixed_file, again);
    std::string next = ApplySafeFixes(again, fixed_file);
    if (next == fixed) return {};
    // 100 diagnostics are kept a round; what is left after these many is another edit of an edit.
    if (round > 8 + static_cast<int>(text.size()) / 100) return "safe fixes do not come to an end";
    fixed = std::move(next);
  }
}

}  // namespace flow::test
