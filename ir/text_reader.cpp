#include "ir/text_reader.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace flow::ir {
namespace {

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void AppendUtf8(std::string* out, uint32_t c) {
  auto byte = [&](uint32_t b) { out->push_back(static_cast<char>(b)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xc0 | c >> 6), byte(0x80 | (c & 63));
  if (c < 0x10000) return byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63));
  byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
      byte(0x80 | (c & 63));
}

}  // namespace

uint32_t TextReader::line() const {
  return 1 + static_cast<uint32_t>(
                 std::count(text_.begin(), text_.begin() + static_cast<long>(at_), '\n'));
}

void TextReader::SkipInLine() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\r')) ++at_;
  if (at_ < text_.size() && text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
}

void TextReader::Space() {
  for (;;) {
    SkipInLine();
    if (at_ == text_.size() || text_[at_] != '\n') return;
    ++at_;
  }
}

bool TextReader::AtEnd() {
  Space();
  return at_ == text_.size();
}

bool TextReader::AtLineEnd() {
  SkipInLine();
  return at_ == text_.size() || text_[at_] == '\n';
}

// Stays where it was when the token is not next, so that the end of a line can still be seen.
bool TextReader::Peek(std::string_view token) {
  size_t begin = at_;
  Space();
  size_t end = at_ + token.size();
  bool next = ok() && text_.substr(at_).starts_with(token) &&
              (!IsWordChar(token.back()) || end == text_.size() || !IsWordChar(text_[end]));
  if (!next) at_ = begin;
  return next;
}

bool TextReader::Take(std::string_view token) {
  if (!Peek(token)) return false;
  at_ += token.size();
  return true;
}

bool TextReader::Expect(std::string_view token) {
  return Take(token) || Fail(Cat("expected `", token, "`"));
}

bool TextReader::ReadName(std::string* out) {
  if (Peek("\"")) return ReadQuoted(out);
  Space();
  size_t begin = at_;
  while (at_ < text_.size() && IsWordChar(text_[at_])) ++at_;
  *out = text_.substr(begin, at_ - begin);
  return at_ > begin || Fail("expected a name");
}

bool TextReader::ReadQuoted(std::string* out) {
  if (!Expect("\"")) return false;
  out->clear();
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') {
    char c = text_[at_++];
    if (c != '\\' || at_ == text_.size()) {
      *out += c;
      continue;
    }
    c = text_[at_++];
    if (c == 'n')
      *out += '\n';
    else if (c == 't')
      *out += '\t';
    else if (c == 'r')
      *out += '\r';
    else if (c == 'u' && at_ < text_.size() && text_[at_] == '{') {
      uint32_t value = 0;
      for (++at_; at_ < text_.size() && HexDigit(text_[at_]) >= 0; ++at_) {
        value = value * 16 + static_cast<uint32_t>(HexDigit(text_[at_]));
      }
      if (at_ == text_.size() || text_[at_++] != '}') return Fail("expected `}` after the digits");
      AppendUtf8(out, value);
    } else {
      *out += c;
    }
  }
  if (at_ == text_.size() || text_[at_] != '"') return Fail("the string has no closing quote");
  ++at_;
  return true;
}

bool TextReader::ReadNumber(uint32_t* out) {
  Space();
  auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), *out);
  if (error != std::errc()) return Fail("expected a number");
  at_ = static_cast<size_t>(end - text_.data());
  return true;
}

std::string_view TextReader::ReadBare() {
  Space();
  size_t begin = at_;
  while (at_ < text_.size() &&
         std::string_view(",)]} \n#").find(text_[at_]) == std::string_view::npos) {
    ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

bool TextReader::ReadType(Type* out) {
  Space();
  size_t begin = at_;
  int depth = 0;
  bool quoted = false;
  // A type ends outside of brackets and quotes at `,`, a closing bracket, ` :`, or a word that
  // begins what may follow a type.
  auto ends_here = [&] {
    std::string_view rest = text_.substr(at_);
    if (rest[0] == ',' || rest[0] == '>') return true;
    for (std::string_view follower :
         {" :", " when ", " at ", " on !", " fragment ", " = ", " doc ", " #"}) {
      if (rest.starts_with(follower)) return true;
    }
    // `fn @f() -> bool {`
    return rest.starts_with(" {\n");
  };
  for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
    char c = text_[at_];
    if (quoted) {
      if (c == '\\')
        ++at_;
      else if (c == '"')
        quoted = false;
      continue;
    }
    if (depth == 0 && ends_here()) break;
    if (c == '"') quoted = true;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth < 0) break;
  }
  *out = ParseType(text_.substr(begin, at_ - begin));
  if (!out->is_error()) return true;
  size_t end = at_;
  at_ = begin;
  return Fail(Cat("`", text_.substr(begin, end - begin), "` is not a type"));
}

bool TextReader::Fail(std::string message) {
  if (!ok()) return false;
  size_t line_start = at_ == 0 ? std::string_view::npos : text_.rfind('\n', at_ - 1);
  line_start = line_start == std::string_view::npos ? 0 : line_start + 1;
  error_ = {line(), static_cast<uint32_t>(at_ - line_start + 1), std::move(message)};
  return false;
}

}  // namespace flow::ir
