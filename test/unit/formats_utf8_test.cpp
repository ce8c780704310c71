// Where text stops being UTF-8, at every length and place.

#include <gtest/gtest.h>

#include <string>

#include "runtime/inline/utf8.h"

namespace {

// One sequence after another.
int64_t ErrorByTheWord(const std::string& text) {
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    int32_t length = flow_utf8_length(p, end);
    if (length == 0) return p - text.data();
    p += length;
  }
  return -1;
}

TEST(Utf8, ErrorsAreFoundAtEveryPlace) {
  const char* const kPieces[] = {"\xc3\xa9", "\xe7\x8c\xab", "\xf0\x9f\x98\x80", "\xff",
                                 "\x80",     "\xc3",         "\xe7\x8c",         "\xed\xa0\x80"};
  for (size_t size = 0; size <= 100; ++size) {
    std::string plain(size, 'a');
    EXPECT_EQ(flow_utf8_error(plain.data(), static_cast<int64_t>(size)), -1);
    for (size_t at = 0; at <= size; ++at) {
      for (const char* piece : kPieces) {
        std::string text = plain.substr(0, at) + piece + plain.substr(at);
        ASSERT_EQ(flow_utf8_error(text.data(), static_cast<int64_t>(text.size())),
                  ErrorByTheWord(text))
            << size << " " << at;
      }
    }
  }
}

}  // namespace
