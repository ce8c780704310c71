// Expressions and types as messages show them.

#include <string>
#include <utility>

#include "base/text.h"
#include "frontend/sema/expr_checker.h"

namespace flow::frontend {
namespace {

constexpr size_t kLongestText = 48;
constexpr size_t kLongestType = 240;

std::string Name(const std::string& name) { return IsPlainName(name) ? name : Cat("`", name, "`"); }

// Writes an expression in the language; what is rarely short enough to show is `…`.
class Writer {
 public:
  void Write(const ast::Expr& expr) {
    if (expr.parenthesized) text += '(';
    std::visit([this](const auto& node) { Put(node); }, expr.node);
    if (expr.parenthesized) text += ')';
  }

  std::string text;

 private:
  void Put(const ast::ErrorExpr&) { text += "…"; }
  void Put(const ast::NameRef& node) { text += Name(node.name.text); }
  void Put(const ast::ColumnRef& node) { text += "." + Name(node.name.text); }
  void Put(const ast::ParamRef& node) { text += "$" + node.name.text; }
  void Put(const ast::IntLit& node) { Append(text, node.value); }
  void Put(const ast::FloatLit& node) { text += node.text; }
  void Put(const ast::DurationLit& node) { text += DurationText(node.nanoseconds); }
  void Put(const ast::TimeLit& node) { text += "@" + TimestampText(node.nanoseconds); }
  void Put(const ast::StringLit& node) { text += Quoted(node.value); }
  void Put(const ast::FString&) { text += "f\"…\""; }
  void Put(const ast::BoolLit& node) { text += node.value ? "true" : "false"; }
  void Put(const ast::NoneLit&) { text += "none"; }
  void Put(const ast::ArrayLit& node) {
    text += '[';
    List(node.items);
    text += ']';
  }
  void Put(const ast::StructLit&) { text += "{ … }"; }
  void Put(const ast::Case& node) {
    text += "case ";
    Write(*node.subject);
    text += " { … }";
  }
  void Put(const ast::If& node) {
    text += "if ";
    Write(*node.condition);
    text += " then … else …";
  }
  void Put(const ast::Unary& node) {
    text += node.op == ast::UnaryOp::Not ? "not " : "-";
    Write(*node.operand);
  }
  void Put(const ast::Binary& node) {
    Write(*node.left);
    text += Cat(" ", ast::OperatorText(node.op), " ");
    Write(*node.right);
  }
  void Put(const ast::Try& node) {
    text += "try ";
    Write(*node.operand);
  }
  void Put(const ast::Bang& node) {
    Write(*node.operand);
    text += '!';
  }
  void Put(const ast::Field& node) {
    Write(*node.base);
    text += node.optional_chain ? "?." : ".";
    text += Name(node.name.text);
  }
  void Put(const ast::Index& node) {
    Write(*node.base);
    text += '[';
    Write(*node.index);
    text += ']';
  }
  void Put(const ast::Call& node) {
    Write(*node.callee);
    text += '(';
    bool first = true;
    for (const ast::Arg& arg : node.args) {
      if (!first) text += ", ";
      first = false;
      if (arg.kind == ast::Arg::Kind::Named) text += arg.name.text + ": ";
      if (arg.kind == ast::Arg::Kind::Lambda) text += arg.name.text + " => ";
      if (arg.value) Write(*arg.value);
    }
    text += ')';
  }
  void Put(const ast::Over& node) {
    Write(*node.call);
    text += " over (…)";
  }
  void List(const ast::Exprs& items) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) text += ", ";
      Write(*items[i]);
    }
  }
};

}  // namespace

std::string ExprText(const ast::Expr& expr) {
  Writer writer;
  writer.Write(expr);
  return writer.text.size() <= kLongestText ? writer.text : "…";
}

std::string DefaultName(const ast::Expr& expr) {
  if (const auto* name = std::get_if<ast::NameRef>(&expr.node)) return name->name.text;
  if (const auto* column = std::get_if<ast::ColumnRef>(&expr.node)) return column->name.text;
  if (const auto* field = std::get_if<ast::Field>(&expr.node)) return field->name.text;
  if (const auto* bang = std::get_if<ast::Bang>(&expr.node)) return DefaultName(*bang->operand);
  if (const auto* node = std::get_if<ast::Try>(&expr.node)) return DefaultName(*node->operand);
  if (const auto* call = std::get_if<ast::Call>(&expr.node)) return DefaultName(*call->callee);
  if (const auto* over = std::get_if<ast::Over>(&expr.node)) return DefaultName(*over->call);
  return {};
}

std::string SampleValue(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool:
      return "false";
    case TypeKind::kInt:
      return "0";
    case TypeKind::kFloat:
      return "0.0";
    case TypeKind::kDecimal:
      return type.scale() > 0 ? "0.0" : "0";
    case TypeKind::kString:
      return "\"\"";
    case TypeKind::kTimestamp:
      return "@1970-01-01";
    case TypeKind::kDuration:
      return "0s";
    case TypeKind::kSet:
      return QuoteString(type.labels()[0]);
    case TypeKind::kArray:
      return "[]";
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kBytes:
    case TypeKind::kStruct:
    case TypeKind::kMap:
    case TypeKind::kJson:
    case TypeKind::kOptional:
    case TypeKind::kFallible:
      return {};
  }
  return {};
}

std::string NameList(const std::vector<std::string>& names) {
  constexpr size_t kMost = 4;
  std::string out;
  for (size_t i = 0; i < names.size() && i < kMost; ++i) {
    bool last = i + 1 == names.size();
    if (i > 0) out += last ? " and " : ", ";
    out += Cat("`", names[i], "`");
  }
  if (names.size() > kMost) out += Cat(" and ", names.size() - kMost, " more");
  return out;
}

std::string TypeText(const Type& type) {
  std::string text = type.ToText();
  if (text.size() <= kLongestType) return text;
  if (type.is(TypeKind::kStruct)) return Cat("a struct of ", type.fields().size(), " fields");
  if (type.is(TypeKind::kSet)) return Cat("a set of ", type.labels().size(), " strings");
  return text.substr(0, kLongestType) + "…";
}

std::string ExprChecker::RowText() const {
  if (scope_.rows.empty() || !scope_.rows[0].type.is(TypeKind::kStruct)) return {};
  std::vector<StructField> shown;
  for (const StructField& column : scope_.rows[0].type.fields()) {
    // Names of fields in files are of no interest in a message.
    if (!column.name.starts_with('$')) shown.push_back({column.name, column.type, {}});
  }
  std::string text = Type::Struct(shown).ToText();
  if (text.size() <= kLongestType) return text;
  std::string names = "{ ";
  size_t count = 0;
  for (const StructField& column : shown) {
    if (names.size() > kLongestType) break;
    if (count++ > 0) names += ", ";
    names += Name(column.name);
  }
  if (count < shown.size()) names += Cat(", … ", shown.size() - count, " more");
  return names + " }";
}

}  // namespace flow::frontend
