// Parameters as the command line writes them: as in a CSV cell, durations and texts as they are.

#include <cstring>

#include "base/type.h"
#include "runtime/inline/csv.h"
#include "runtime/inline/memory.h"
#include "runtime/program.h"
#include "runtime/unit.h"

namespace flow::runtime {

bool ReadParameter(const FlowType* type, std::string_view text, FlowArena* arena, void* out) {
  if (static_cast<TypeKind>(type->kind) == TypeKind::kOptional) {
    static_cast<char*>(out)[type->inner->size] = 1;
    return ReadParameter(type->inner, text, arena, out);
  }
  // The readers of cells overshoot like all scans of input.
  int64_t size = static_cast<int64_t>(text.size());
  auto* padded = static_cast<char*>(flow_arena_alloc(arena, size + kInputPadding, 1));
  std::memset(padded, 0, static_cast<size_t>(size + kInputPadding));
  std::memcpy(padded, text.data(), text.size());
  padded[size] = '\n';
  if (size == 0 && static_cast<TypeKind>(type->kind) != TypeKind::kString) return false;
  FlowTask task{};
  task.arena = arena;
  bool ascii = true;
  for (char c : text) ascii = ascii && static_cast<signed char>(c) >= 0;
  uint64_t flags = (ascii ? 0 : kFlowNonAscii) | (size == 0 ? kFlowQuoted : 0);
  return flow_csv_read_value(&task, type, 0, padded, size, flags, out);
}

}  // namespace flow::runtime
