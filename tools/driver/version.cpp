#include "tools/driver/version.h"

#include "base/text.h"

namespace flow {

std::string VersionText() {
  return Cat("flowc ", FLOW_VERSION, " (LLVM ", FLOW_LLVM_VERSION, ", x86-64)\n");
}

}  // namespace flow
