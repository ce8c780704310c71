#include "frontend/parse/docs.h"

#include <algorithm>

#include "frontend/ast/walk.h"

namespace flow::frontend::parse {

namespace {

struct Documented {
  uint32_t begin;
  std::string* doc;
};

void CollectFields(ast::TypePtr& type, std::vector<Documented>& out) {
  if (!type) return;
  if (auto* array = std::get_if<ast::ArrayType>(&type->node)) CollectFields(array->element, out);
  auto* fields = std::get_if<ast::StructType>(&type->node);
  if (!fields) return;
  for (ast::FieldDecl& field : fields->fields) {
    out.push_back({field.name.span.begin, &field.doc});
    CollectFields(field.type, out);
  }
}

std::vector<Documented> Collect(ast::File& file) {
  std::vector<Documented> out;
  for (ast::Item& item : file.items) {
    out.push_back({item.span.begin, &item.doc});
    std::visit(ast::Overloaded{[&](ast::TypeDecl& decl) { CollectFields(decl.type, out); },
                               [&](ast::SourceDecl& decl) { CollectFields(decl.type, out); },
                               [&](ast::SinkDecl& decl) { CollectFields(decl.type, out); },
                               [&](ast::StreamDecl& decl) { CollectFields(decl.type, out); },
                               [](auto&) {}},
               item.node);
  }
  std::sort(out.begin(), out.end(),
            [](const Documented& a, const Documented& b) { return a.begin < b.begin; });
  return out;
}

// How many of the comments are the script's own: the lines of a block that stands before everything
// else and has a blank line below it.
size_t HeadingLength(const SourceFile& file, const Tokens& tokens) {
  size_t count = 0;
  uint32_t line = 0;
  for (const DocComment& comment : tokens.docs) {
    bool first = comment.span.begin < tokens.all.front().span.begin;
    uint32_t here = file.LineOf(comment.span.begin);
    if (!first || (count > 0 && here != line + 1)) break;
    line = here;
    ++count;
  }
  if (count == 0) return 0;
  std::string_view text = file.text();
  size_t end = text.find('\n', tokens.docs[count - 1].span.end);
  if (end == std::string_view::npos) return count;
  size_t below = text.find_first_not_of(" \t\r", end + 1);
  return below == std::string_view::npos || text[below] == '\n' ? count : 0;
}

void AddLine(std::string* doc, const std::string& text) {
  if (!doc->empty()) *doc += '\n';
  *doc += text;
}

}  // namespace

void AttachDocs(const SourceFile& file, const Tokens& tokens, ast::File& result) {
  if (tokens.docs.empty()) return;
  std::vector<Documented> places = Collect(result);
  size_t heading = HeadingLength(file, tokens);
  for (size_t i = 0; i < heading; ++i) AddLine(&result.doc, tokens.docs[i].text);
  for (size_t i = heading; i < tokens.docs.size(); ++i) {
    const DocComment& comment = tokens.docs[i];
    auto after = std::partition_point(places.begin(), places.end(), [&](const Documented& place) {
      return place.begin < comment.span.begin;
    });
    Documented* target = nullptr;
    if (comment.line_start) {
      // Above: the very next token begins what it describes.
      auto next = std::partition_point(
          tokens.all.begin(), tokens.all.end(),
          [&](const Token& token) { return token.span.begin < comment.span.end; });
      bool direct =
          next != tokens.all.end() && after != places.end() && next->span.begin == after->begin;
      if (direct) target = &*after;
    } else if (after != places.begin()) {
      // Behind: what began last on the same line.
      Documented* before = &*(after - 1);
      if (file.LineOf(before->begin) == file.LineOf(comment.span.begin)) target = before;
    }
    if (target) AddLine(target->doc, comment.text);
  }
}

}  // namespace flow::frontend::parse
