// main() of an ahead-of-time executable: the plan and its code are linked in as `flow_program`.

#include <cstdio>

#include "runtime/abi.h"

extern "C" const FlowProgram flow_program;

int main() {
  std::printf("%s\n", flow_program.name);
  return 0;
}
