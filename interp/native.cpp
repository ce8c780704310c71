#include "interp/native.h"

#include <cstring>

#include "base/check.h"
#include "interp/memory_layout.h"
#include "runtime/memory.h"
#include "runtime/type_descriptor.h"

namespace flow::interp {
namespace {

using Pointer = const void*;

// A kernel takes pointers only, so that the number of arguments is all that tells one from the
// other.
bool CallWith(void* address, FlowTask* task, const std::vector<Pointer>& p) {
  switch (p.size()) {
    case 1:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer)>(address)(task, p[0]);
    case 2:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer, Pointer)>(address)(task, p[0], p[1]);
    case 3:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer, Pointer, Pointer)>(address)(task, p[0],
                                                                                       p[1], p[2]);
    case 4:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer, Pointer, Pointer, Pointer)>(address)(
          task, p[0], p[1], p[2], p[3]);
    case 5:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer, Pointer, Pointer, Pointer, Pointer)>(
          address)(task, p[0], p[1], p[2], p[3], p[4]);
    case 6:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer, Pointer, Pointer, Pointer, Pointer,
                                       Pointer)>(address)(task, p[0], p[1], p[2], p[3], p[4], p[5]);
    case 7:
      return reinterpret_cast<bool (*)(FlowTask*, Pointer, Pointer, Pointer, Pointer, Pointer,
                                       Pointer, Pointer)>(address)(task, p[0], p[1], p[2], p[3],
                                                                   p[4], p[5], p[6]);
    default:
      FLOW_UNREACHABLE("a native function of more than five arguments");
  }
}

}  // namespace

bool CallNative(const NativeCall& call, Value* result, std::string* detail) {
  runtime::Arena arena;
  runtime::TypeDescriptors descriptors;
  FlowTask task;
  std::memset(&task, 0, sizeof task);
  task.arena = arena.get();
  std::vector<const FlowType*> types;
  std::vector<Pointer> pointers;
  if (call.overload.generic) {
    for (const Type& type : call.types) types.push_back(descriptors.Get(type));
    pointers.push_back(types.data());
  }
  auto room = [&](const Type& type) {
    TypeLayout layout = LayoutOf(type);
    void* at = arena.Allocate(layout.size + 1, layout.align);
    std::memset(at, 0, layout.size + 1);
    return at;
  };
  void* out = room(call.types[0]);
  pointers.push_back(out);
  for (size_t i = 0; i < call.args.size(); ++i) {
    void* at = room(call.types[i + 1]);
    StoreValue(call.types[i + 1], *call.args[i], at, arena);
    pointers.push_back(at);
  }
  if (!CallWith(call.overload.address, &task, pointers)) {
    detail->assign(task.detail.data == nullptr ? "" : task.detail.data,
                   static_cast<size_t>(task.detail.size));
    return false;
  }
  *result = LoadValue(call.types[0], out);
  return true;
}

}  // namespace flow::interp
