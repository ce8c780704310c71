// len: code points of a string, bytes of bytes, elements of an array, entries of a map.

#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;

extern "C" {

bool flow_fn_len_string(FlowTask*, int64_t* out, const FlowString* s) noexcept {
  int64_t points = 0;
  for (int64_t i = 0; i < s->size; ++i)
    points += (static_cast<unsigned char>(s->data[i]) & 0xc0) != 0x80;
  *out = points;
  return true;
}

bool flow_fn_len_bytes(FlowTask*, int64_t* out, const FlowString* s) noexcept {
  *out = s->size;
  return true;
}

bool flow_fn_len_array(FlowTask*, int64_t* out, const FlowArray* xs) noexcept {
  *out = xs->count;
  return true;
}
}

namespace flow::stdlib {
namespace {

const FunctionOverload kOverloads[] = {
    {.signature = "len(s: string) -> int", FLOW_KERNEL(flow_fn_len_string)},
    {.signature = "len(b: bytes) -> int", FLOW_KERNEL(flow_fn_len_bytes)},
    {.signature = "len(xs: [T]) -> int", FLOW_KERNEL(flow_fn_len_array)},
    {.signature = "len(m: map(K, V)) -> int", FLOW_KERNEL(flow_fn_len_array)},
};
const FunctionExample kExamples[] = {
    {R"(len("Käse"))", "4"},
    {"len([1, 2, 3])", "3"},
};

}  // namespace

const FunctionDef kLen = {"len", "number of code points, bytes, elements or entries", kOverloads,
                          kExamples};

}  // namespace flow::stdlib
