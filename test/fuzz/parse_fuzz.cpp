// libFuzzer over the parser: any bytes end in a tree or diagnostics.

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "test/fuzz/parse_property.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string fault = flow::test::CheckParse({reinterpret_cast<const char*>(data), size});
  if (fault.empty()) return 0;
  std::fprintf(stderr, "%s\n", fault.c_str());
  std::abort();
}
