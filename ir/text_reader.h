#pragma once
// Characters and tokens of IR text, below the grammar in parse.cpp. The first error sticks; after
// it every Take says no.

#include <string>
#include <string_view>

#include "base/type.h"
#include "ir/parse.h"

namespace flow::ir {

class TextReader {
 public:
  explicit TextReader(std::string_view text) : text_(text) {}

  bool ok() const { return error_.line == 0; }
  const TextError& error() const { return error_; }
  size_t at() const { return at_; }
  void Seek(size_t at) { at_ = at; }
  uint32_t line() const;

  // Skips spaces, line ends and comments.
  void Space();
  bool AtEnd();
  // At the end of a line (or of a comment behind it), without passing it.
  bool AtLineEnd();
  bool Peek(std::string_view token);
  // Takes `token` if it is next; a word only as a whole word.
  bool Take(std::string_view token);
  bool Expect(std::string_view token);

  // [A-Za-z0-9_.]+ or a quoted string.
  bool ReadName(std::string* out);
  bool ReadQuoted(std::string* out);
  bool ReadNumber(uint32_t* out);
  // The bare text up to a comma, a closing bracket, white space or the end.
  std::string_view ReadBare();
  bool ReadType(Type* out);

  bool Fail(std::string message);

 private:
  void SkipInLine();

  std::string_view text_;
  size_t at_ = 0;
  TextError error_;
};

}  // namespace flow::ir
