#pragma once
// The state of one run of the lexer: where it is, which f-strings are open, what it found. The
// rules of lexer.ll call it; it builds the tokens and reports what no token can be made of.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "frontend/parse/token.h"

namespace flow::frontend::parse {

// Word -> token, read off the parser's own names.
using KeywordMap = std::unordered_map<std::string_view, int>;
KeywordMap MakeKeywordMap();

class LexRun {
 public:
  LexRun(const SourceFile& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics), keywords_(MakeKeywordMap()) {}

  void Run(std::string_view text);  // in lexer.ll
  Tokens Finish();

  // Called for every match, before its action.
  void Advance(uint32_t length) {
    begin_ = end_;
    end_ += length;
  }
  void SkipBytes(uint32_t count) { begin_ = end_ = count; }

  void Emit(int kind, bool bad = false);
  void NewLine() { line_start_ = true; }
  void Word(const char* text, int length);
  void ForeignWord();
  void Doc(const char* text, int length);

  void OpenBrace();
  bool CloseBrace();  // false: it ends the expression of an f-string
  void OpenFString();
  void CloseFString();
  void OpenExpression();
  // True inside the braces of an f-string.
  bool InFString() const { return !levels_.empty(); }

  void Habit(int kind, std::string message, std::string_view replacement);
  void Bars();  // `||`
  void SqlComment(int length);
  void BlockComment(const char* text, int length);
  void BadNumber(const char* text, int length);
  void BadTime();
  void UnclosedString();
  void UnclosedName();
  void SingleQuotedFString();
  void UnclosedFString(int newline_length);
  void UnclosedExpressions();  // of all f-strings around; the innermost is reported
  void AtEnd(bool in_fstring_text);
  void Unknown(const char* text, int length);

 private:
  struct Level {      // of the f-strings around the present place
    Span opener;      // f"
    Span expression;  // its open brace
    int braces = 0;   // open inside the expression
  };

  Span Here() const { return {file_.id(), begin_, end_}; }
  void Swallowed() { tokens_.swallowed.push_back(begin_); }

  const SourceFile& file_;
  Diagnostics& diagnostics_;
  KeywordMap keywords_;
  Tokens tokens_;
  std::vector<Level> levels_;          // f-strings in whose expressions we are
  std::vector<Span> fstring_openers_;  // f-strings that are open at all
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  bool line_start_ = true;
};

}  // namespace flow::frontend::parse
