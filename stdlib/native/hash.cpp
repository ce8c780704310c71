// hash: a number that depends on the value alone: the same on every machine, in every run and every
// version.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;

extern "C" {

bool flow_fn_hash_string(FlowTask*, int64_t* out, const FlowString* text) noexcept {
  *out = static_cast<int64_t>(XXH3_64bits(text->data, static_cast<size_t>(text->size)));
  return true;
}

bool flow_fn_hash_int(FlowTask*, int64_t* out, const int64_t* x) noexcept {
  *out = static_cast<int64_t>(XXH3_64bits(x, sizeof *x));
  return true;
}

// Of the value's JSON text, which is one for equal values.
bool flow_fn_hash_value(FlowTask* task, const FlowType* const* types, int64_t* out,
                        const void* x) noexcept {
  FlowString text = stdlib::JsonText(task, types[1], x);
  return flow_fn_hash_string(task, out, &text);
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kOverloads[] = {
    {.signature = "hash(x: string) -> int", FLOW_KERNEL(flow_fn_hash_string)},
    {.signature = "hash(x: bytes) -> int", FLOW_KERNEL(flow_fn_hash_string)},
    {.signature = "hash(x: int) -> int", FLOW_KERNEL(flow_fn_hash_int)},
    {.signature = "hash(x: T) -> int", FLOW_KERNEL(flow_fn_hash_value), .generic = true},
};
const FunctionExample kExamples[] = {
    {R"(hash(""))", "3244421341483603138"},
    {R"(hash("a") == hash("a"))", "true"},
};

}  // namespace

const FunctionDef kHash = {"hash", "64 bits of XXH3, the same everywhere and always", kOverloads,
                           kExamples};

}  // namespace flow::stdlib
