// len: code points of a string, bytes of bytes, elements of an array, entries of a map.

#include "runtime/inline/functions.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

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
