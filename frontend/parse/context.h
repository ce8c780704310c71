#pragma once
// What the parser's actions call: the tokens and where to go on after an error, literals and nodes,
// and the story of a syntax error. One context serves one run of the parser over one file.

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "frontend/ast/ast.h"
#include "frontend/parse/parser.h"
#include "frontend/parse/structure.h"
#include "frontend/parse/token.h"

namespace flow::frontend::parse {

// A change of the token list that turns a habit from another language into what was meant, so that
// the next run reads on behind it: tokens [begin, end) become `kinds`, each with the place of all.
struct Repair {
  size_t begin;
  size_t end;
  std::vector<int> kinds;
};

class ParseContext {
 public:
  ParseContext(const SourceFile& file, const Tokens& tokens, const Structure& structure,
               Diagnostics& habits, Diagnostics& diagnostics)
      : file_(file),
        tokens_(tokens),
        structure_(structure),
        habits_(habits),
        diagnostics_(diagnostics),
        unclosed_reported_(structure.unclosed.size()) {}

  const SourceFile& file() const { return file_; }
  ast::File TakeFile() { return std::move(result_); }
  const std::vector<Repair>& repairs() const { return repairs_; }

  // ---- tokens and recovery (context.cpp)
  int Next(Span* place);
  void SkipToDeclaration();
  bool SkipToStage(Span stage);  // false: nothing is left to read
  // Bison's account of an error: the tokens that could have stood there.
  void SyntaxError(const std::vector<int>& expected);
  void Fail(Span place, const std::string& message);

  // ---- nodes (nodes.cpp)
  void Add(ast::Item item, Span span);
  void Once(Span clause, bool already);
  void Once(Span clause, const ast::ExprPtr& already) { Once(clause, already != nullptr); }

  ast::Word WordAt(Span span);
  ast::Word PipeName(ast::Word name);  // E0203 where it could not be called
  ast::Word DollarAt(Span span);       // without the dollar
  ast::Word StringAt(Span span);       // a string literal as a word: its value and place
  int64_t IntAt(Span span);
  int64_t NanosecondsAt(Span span);  // of a duration
  int64_t InstantAt(Span span);

  ast::ExprPtr IntLiteralAt(Span span);
  ast::ExprPtr FloatAt(Span span);
  ast::ExprPtr DurationAt(Span span);
  ast::ExprPtr SizeAt(Span span);
  ast::ExprPtr TimeAt(Span span);
  ast::ExprPtr StringLiteralAt(Span span);
  ast::ExprPtr ParamAt(Span span);
  ast::FStringPart TextAt(Span span);

  ast::ExprPtr Make(Span span, decltype(ast::Expr::node) node);
  ast::ExprPtr Name(Span span, ast::Word word);
  ast::ExprPtr Parenthesized(Span span, ast::ExprPtr inner);
  ast::ExprPtr Negate(Span span, Span minus, ast::ExprPtr operand);
  // 9223372036854775808 is an int only behind a minus: reported here, where none can follow.
  ast::ExprPtr Whole(ast::ExprPtr literal);

  ast::TypePtr Type(Span span, decltype(ast::TypeExpr::node) node);
  ast::PipelinePtr Pipe(Span span, ast::Relation from, Stages stages);
  ast::Stage Join(Span span, Span verb, ast::Join::Kind kind, ast::Join::Side side, ast::Join tail,
                  ast::Bound bound);
  ast::MatchStep Step(Span span, ast::Word name, MatchCount count, ast::ExprPtr condition);

 private:
  // ---- syntax errors (syntax_error.cpp, habits.cpp)
  bool Quiet(size_t at) const;  // a follower of an error that has been reported
  bool ReportUnclosed(size_t at);
  bool ReportHabit(size_t at, const std::vector<int>& expected);
  bool ReportWordHabit(size_t at, const std::vector<int>& expected);
  bool ReportOperatorHabit(size_t at, const std::vector<int>& expected);
  bool ReportCapitals(size_t at, const std::vector<int>& expected);
  bool ReportNaming(size_t at);
  bool ReportRoundList(size_t at);
  bool ReportChain(size_t at, const std::vector<int>& expected);
  bool ReportVerb(size_t at, const std::vector<int>& expected);
  bool NamesPipe(size_t word) const;
  bool ReportMissingArrow(size_t at, const std::vector<int>& expected);
  bool ReportUnitApart(size_t at);
  void ReportUnexpected(size_t at, const std::vector<int>& expected);
  std::string WhatWasRead(size_t at) const;

  size_t FirstToSkip() const;
  int Kind(size_t at) const { return at < tokens_.all.size() ? tokens_.all[at].kind : 0; }
  Span Place(size_t at) const { return tokens_.all[at].span; }
  std::string_view Text(size_t at) const { return file_.Text(Place(at)); }
  bool IsWord(size_t at, std::string_view lower) const;  // an ID, in any case of letters
  void RepairTokens(size_t begin, size_t end, std::vector<int> kinds) {
    repairs_.push_back({begin, end, std::move(kinds)});
  }
  bool BadToken(Span span) const;
  size_t TokenAt(uint32_t offset) const;
  ast::ExprPtr BadLiteral(Span span, const std::string& fault);

  const SourceFile& file_;
  const Tokens& tokens_;
  const Structure& structure_;
  Diagnostics& habits_;       // for what is repaired: kept when the parser runs again
  Diagnostics& diagnostics_;  // of this run
  ast::File result_;
  std::vector<Repair> repairs_;
  size_t next_ = 0;                         // the token to hand out next
  size_t resumed_at_ = SIZE_MAX;            // where reading went on after the last error
  std::vector<uint8_t> unclosed_reported_;  // per structure_.unclosed
  bool too_deep_reported_ = false;
};

}  // namespace flow::frontend::parse
