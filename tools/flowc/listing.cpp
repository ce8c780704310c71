#include "tools/flowc/listing.h"

#include <charconv>

#include "base/text.h"

namespace flow::cli {
namespace {

constexpr std::string_view kLocation = "\t.loc\t";
constexpr std::string_view kOfOthers[] = {"\t.cfi_",    "\t.file\t", ".Ltmp",    ".Lfunc_",
                                          "\t.addrsig", "\t.ident",  "\t.size\t"};

bool IsOfOthers(std::string_view line) {
  for (std::string_view begin : kOfOthers) {
    if (line.starts_with(begin)) return true;
  }
  return false;
}

// The number behind the next space or tab.
uint32_t NextNumber(std::string_view* text) {
  while (!text->empty() && (text->front() == ' ' || text->front() == '\t')) text->remove_prefix(1);
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return number;
}

}  // namespace

std::string Listing(const std::string& assembly, const SourceFile& script) {
  std::string out;
  uint32_t shown = 0;
  std::string_view rest = assembly;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with("\t.section") || line.starts_with("\t.globl")) shown = 0;
    if (line.starts_with(kLocation)) {
      line.remove_prefix(kLocation.size());
      NextNumber(&line);  // of the file
      uint32_t number = NextNumber(&line);
      bool known =
          number != 0 && number <= script.LineOf(static_cast<uint32_t>(script.text().size()));
      if (known && number != shown) {
        shown = number;
        Append(out, Cat("# ", number, ": ", script.LineText(number), "\n"));
      }
    } else if (!IsOfOthers(line)) {
      Append(out, Cat(line, "\n"));
    }
  }
  return out;
}

}  // namespace flow::cli
