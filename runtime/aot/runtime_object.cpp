#include "runtime/aot/runtime_object.h"

__asm__(
    ".pushsection .rodata.flow_runtime_object,\"a\"\n"
    ".balign 16\n"
    "flow_runtime_object_begin:\n"
    ".incbin \"" FLOW_RUNTIME_OBJECT
    "\"\n"
    "flow_runtime_object_end:\n"
    ".popsection\n");

extern "C" {
extern const std::byte flow_runtime_object_begin[] __attribute__((visibility("hidden")));
extern const std::byte flow_runtime_object_end[] __attribute__((visibility("hidden")));
}

namespace flow::runtime {

std::span<const std::byte> RuntimeObject() {
  return {flow_runtime_object_begin, flow_runtime_object_end};
}

}  // namespace flow::runtime
