// count_distinct: exact sets of the values seen. Numbers and times are kept as 64 bits, strings as
// views into the arena, other values as deep copies, all in open addressing that doubles.

#include "runtime/inline/aggregates.h"
#include "runtime/inline/compare.h"
#include "runtime/value.h"
#include "stdlib/aggregates/held_value.h"
#include "stdlib/kernel.h"
#include "stdlib/stdlib.h"

using namespace flow;
using flow::stdlib::Allocate;
using flow::stdlib::CopyText;
using flow::stdlib::Plain;
using flow::stdlib::View;

namespace {

// Values by hash; `value` points to a deep copy.
struct Slot {
  uint64_t hash;
  void* value;
};

struct ValueSet {
  Slot* slots;
  uint64_t mask;
  int64_t count;
};

struct StringSlot {
  uint64_t hash;
  FlowString text;  // data is never null in a used slot
};

struct StringSet {
  StringSlot* slots;
  uint64_t mask;
  int64_t count;
};

constexpr uint64_t kFirstSlots = 8;

// Room for one more, at most three quarters full. Slots of both sets are free when their pointer is
// null.
template <class Set, class SlotType, class IsFree>
void MakeRoom(FlowArena* arena, Set* set, IsFree is_free) {
  uint64_t slots = set->slots == nullptr ? 0 : set->mask + 1;
  if (static_cast<uint64_t>(set->count) * 4 < slots * 3) return;
  uint64_t wanted = slots == 0 ? kFirstSlots : slots * 2;
  auto bytes = static_cast<int64_t>(wanted * sizeof(SlotType));
  auto* grown = reinterpret_cast<SlotType*>(Allocate(arena, bytes, alignof(SlotType)));
  std::memset(static_cast<void*>(grown), 0, static_cast<size_t>(bytes));
  for (uint64_t i = 0; i < slots; ++i) {
    if (is_free(set->slots[i])) continue;
    uint64_t at = set->slots[i].hash & (wanted - 1);
    while (!is_free(grown[at])) at = (at + 1) & (wanted - 1);
    grown[at] = set->slots[i];
  }
  set->slots = grown;
  set->mask = wanted - 1;
}

void Add(FlowArena* arena, const FlowType* type, ValueSet* set, uint64_t hash, const void* value) {
  MakeRoom<ValueSet, Slot>(arena, set, [](const Slot& slot) { return slot.value == nullptr; });
  uint64_t at = hash & set->mask;
  for (; set->slots[at].value != nullptr; at = (at + 1) & set->mask) {
    const Slot& slot = set->slots[at];
    if (slot.hash == hash && flow_value_equal(type, slot.value, value)) return;
  }
  void* copy = Allocate(arena, type->size, type->align);
  flow_value_copy(arena, type, copy, value);
  set->slots[at] = {hash, copy};
  ++set->count;
}

void AddString(FlowArena* arena, StringSet* set, uint64_t hash, const FlowString& text) {
  MakeRoom<StringSet, StringSlot>(arena, set,
                                  [](const StringSlot& slot) { return slot.text.data == nullptr; });
  uint64_t at = hash & set->mask;
  for (; set->slots[at].text.data != nullptr; at = (at + 1) & set->mask) {
    const StringSlot& slot = set->slots[at];
    if (slot.hash == hash && View(slot.text) == View(text)) return;
  }
  FlowString copy = text.size == 0 ? FlowString{"", 0} : CopyText(arena, View(text));
  set->slots[at] = {hash, copy};
  ++set->count;
}

}  // namespace

extern "C" {

void flow_agg_distinct_string_init(void* state) noexcept { *static_cast<StringSet*>(state) = {}; }
void flow_agg_distinct_string_update(FlowArena* arena, void* state, const FlowString* x) noexcept {
  AddString(arena, static_cast<StringSet*>(state), flow_hash_text(x->data, x->size), *x);
}
void flow_agg_distinct_string_merge(FlowArena* arena, void* into, const void* from) noexcept {
  const auto* s = static_cast<const StringSet*>(from);
  if (s->slots == nullptr) return;
  for (uint64_t i = 0; i <= s->mask; ++i) {
    const StringSlot& slot = s->slots[i];
    if (slot.text.data != nullptr) {
      AddString(arena, static_cast<StringSet*>(into), slot.hash, slot.text);
    }
  }
}
bool flow_agg_distinct_string_final(FlowTask*, int64_t* out, const void* state) noexcept {
  *out = static_cast<const StringSet*>(state)->count;
  return true;
}

void flow_agg_distinct_value_init(void* state) noexcept { *static_cast<ValueSet*>(state) = {}; }
void flow_agg_distinct_value_update(FlowArena* arena, const FlowType* const* types, void* state,
                                    const void* x) noexcept {
  const FlowType* type = Plain(types[1]);
  Add(arena, type, static_cast<ValueSet*>(state), flow_value_hash(type, x), x);
}
void flow_agg_distinct_value_merge(FlowArena* arena, const FlowType* const* types, void* into,
                                   const void* from) noexcept {
  const auto* s = static_cast<const ValueSet*>(from);
  if (s->slots == nullptr) return;
  for (uint64_t i = 0; i <= s->mask; ++i) {
    const Slot& slot = s->slots[i];
    if (slot.value == nullptr) continue;
    Add(arena, Plain(types[1]), static_cast<ValueSet*>(into), slot.hash, slot.value);
  }
}
bool flow_agg_distinct_value_final(FlowTask*, const FlowType* const*, int64_t* out,
                                   const void* state) noexcept {
  *out = static_cast<const ValueSet*>(state)->count;
  return true;
}
}

namespace flow::stdlib {
namespace {

const AggregateOverload kOverloads[] = {
    {.signature = "count_distinct(x: int) -> int",
     FLOW_AGGREGATE(flow_agg_distinct_int, FlowNumberSet),
     .empty_value = true},
    {.signature = "count_distinct(x: float) -> int",
     FLOW_AGGREGATE(flow_agg_distinct_float, FlowNumberSet),
     .empty_value = true},
    {.signature = "count_distinct(x: timestamp) -> int",
     FLOW_AGGREGATE(flow_agg_distinct_int, FlowNumberSet),
     .empty_value = true},
    {.signature = "count_distinct(x: duration) -> int",
     FLOW_AGGREGATE(flow_agg_distinct_int, FlowNumberSet),
     .empty_value = true},
    {.signature = "count_distinct(x: string) -> int",
     FLOW_AGGREGATE(flow_agg_distinct_string, StringSet),
     .empty_value = true},
    {.signature = "count_distinct(x: T) -> int",
     FLOW_AGGREGATE(flow_agg_distinct_value, ValueSet),
     .generic = true,
     .empty_value = true},
};

}  // namespace

const AggregateDef kCountDistinct = {"count_distinct", "number of different values, exact",
                                     kOverloads, "each different value"};

}  // namespace flow::stdlib
