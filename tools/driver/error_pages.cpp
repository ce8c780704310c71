#include "tools/driver/error_pages.h"

#include <string>

namespace flow {
namespace {

constexpr char kPages[] = {
#include "errors_md.inc"
    , 0};

}  // namespace

std::string_view ErrorPage(std::string_view code) {
  std::string_view all(kPages);
  std::string heading = "\n## " + std::string(code);
  size_t begin = all.find(heading);
  if (begin == std::string_view::npos) return {};
  ++begin;
  size_t end = all.find("\n## ", begin);
  return all.substr(begin, end == std::string_view::npos ? end : end + 1 - begin);
}

}  // namespace flow
