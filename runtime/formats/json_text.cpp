#include "runtime/formats/json_text.h"

#include <cstdint>
#include <cstring>

#include "runtime/inline/number.h"
#include "runtime/inline/utf8.h"

namespace flow::runtime {
namespace {

// Reads hex digits of \uXXXX at `p`; -1 when they are none.
int32_t FourHex(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    char c = p[i];
    int32_t digit = FlowIsDigit(c)         ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

}  // namespace

bool JsonUnescape(const char** p, const char* end, char** out) {
  if (*p == end) return false;
  char c = *(*p)++;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      *(*out)++ = c;
      return true;
    case 'b':
      *(*out)++ = '\b';
      return true;
    case 'f':
      *(*out)++ = '\f';
      return true;
    case 'n':
      *(*out)++ = '\n';
      return true;
    case 'r':
      *(*out)++ = '\r';
      return true;
    case 't':
      *(*out)++ = '\t';
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  int32_t unit = FourHex(*p, end);
  if (unit < 0) return false;
  *p += 4;
  uint32_t code = static_cast<uint32_t>(unit);
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u') return false;
    int32_t low = FourHex(*p + 2, end);
    if (low < 0xdc00 || low > 0xdfff) return false;
    *p += 6;
    code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<uint32_t>(low) - 0xdc00);
  } else if (unit >= 0xdc00 && unit < 0xe000) {
    return false;
  }
  *out = flow_utf8_encode(*out, code);
  return true;
}

char* JsonUnescapeAll(const char* p, const char* end, char* out) {
  while (p < end) {
    const void* found = memchr(p, '\\', static_cast<size_t>(end - p));
    const char* stop = found == nullptr ? end : static_cast<const char*>(found);
    if (!flow_utf8_valid(p, stop - p)) return nullptr;
    memcpy(out, p, static_cast<size_t>(stop - p));
    out += stop - p;
    if (stop == end) break;
    p = stop + 1;
    if (!JsonUnescape(&p, end, &out)) return nullptr;
  }
  return out;
}

bool JsonStringText(std::string_view inside, std::string* out) {
  out->resize(inside.size());
  char* end = JsonUnescapeAll(inside.data(), inside.data() + inside.size(), out->data());
  if (end == nullptr) return false;
  out->resize(static_cast<size_t>(end - out->data()));
  return true;
}

}  // namespace flow::runtime
