#pragma once
// What the lexer hands to the parser. A token is its kind and its place; its text is in the file.

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"

namespace flow::frontend::parse {

struct Token {
  int kind = 0;  // Parser::token::*, 0 is the end of the file
  Span span;
  bool line_start = false;  // the first token of its line
  bool bad = false;         // a literal that has been reported
  bool column_one = false;  // nothing, not even a blank, stands before it on its line
};

struct DocComment {
  Span span;
  std::string text;
  bool line_start = false;  // alone on its line: belongs to what follows
};

struct Tokens {
  std::vector<Token> all;  // ends with the end-of-file token
  std::vector<DocComment> docs;
  // Offsets of lexical errors that swallowed text, such as an unclosed string: syntax errors
  // behind them in the same declaration are followers.
  std::vector<uint32_t> swallowed;
};

Tokens Lex(const SourceFile& file, Diagnostics& diagnostics);

// The token of a keyword, or 0. Knows reserved and contextual words; they exist once, in parser.yy.
int KeywordToken(std::string_view word);

}  // namespace flow::frontend::parse
