#pragma once
// What the language offers beyond its syntax: functions, aggregates, connectors and formats, as
// plain descriptors. Each is defined once, in its own file of stdlib/ or runtime/, listed
// explicitly, and handed to the phases as `const Catalog&`, so that neither frontend nor codegen
// links the libraries behind it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace flow {

// An example that documents a function and is run as a test: both are expressions of the language.
struct FunctionExample {
  const char* expression;  // e.g. R"(lower("ÄB"))"
  const char* result;      // e.g. R"("äb")"
};

// One native function for one list of argument types.
//
// The signature is text: `name(a: T, b: U) -> R`, with the types of the language. A one-letter
// capital is a type variable (`len(xs: [T]) -> int`); `decimal` without arguments is any decimal
// and its precision and scale reach the kernel through `types`; `-> T!` says that it fails by
// returning false; `const p: string` must be a constant. `fixed result`: overload resolution takes
// the first overload whose parameters accept the arguments, exact matches before implicit widening
// (int to float, int to decimal).
//
// Kernel: `bool symbol(FlowTask*, [const FlowType* const* types,] R* out, const A* a, const B* b,
// ...)`; every value by pointer to its memory layout (base/type.h). `types` (result first, then
// arguments) is passed only when `generic`. True: *out is written. False: failure (`!` functions)
// or fault (others); task->detail may say why. Memory for results comes from task->arena.
struct FunctionOverload {
  const char* signature;
  const char* symbol;  // extern "C" name
  void* address;       // the same function, for the interpreter and the JIT's symbol table
  bool generic = false;
  bool faults = false;  // may return false though the signature has no `!`
  // A helper of runtime/inline for the arguments that are usual, of the kernel's form without the
  // task: inlined, and true when it has written the result; else the kernel is called.
  const char* quick = nullptr;
};

struct FunctionDef {
  const char* name;
  const char* summary;  // one sentence, for docs and editors
  std::span<const FunctionOverload> overloads;
  std::span<const FunctionExample> examples;
};

// One aggregate for one list of argument types. State: `state_size` bytes in the group's entry;
// memory beyond it from the arena passed in. All functions are extern "C", named `symbol` + the
// suffix:
//   _init  (void* state)
//   _update(FlowArena*, [types,] void* state, [const int64_t* event_time,] const A* a, ...)   for
//   each row, none skipped before _merge (FlowArena*, [types,] void* into, const void* from) `from`
//   stands later in row order _final (FlowTask*, [types,] R* out, const void* state, [const
//   consts...]) -> bool; false: the result does not fit (37)
// `const q: float` parameters reach _final only. `types`: result, then arguments.
struct AggregateOverload {
  const char* signature;  // "sum(x: int) -> int"; a result written `T?` is optional always, `T` by
                          // semantics.md 36
  const char* symbol;
  uint32_t state_size;
  uint32_t state_align;
  void* init;
  void* update;
  void* merge;
  void* final;
  bool generic = false;
  bool ordered =
      false;  // depends on row order: update gets the event time, partials are folded in order
  bool empty_value = false;  // has a value for no rows (count, sum, count_distinct, collect): never
                             // optional by rule 36
};

struct AggregateDef {
  const char* name;
  const char* summary;
  std::span<const AggregateOverload> overloads;
  // What a state keeps that grows with the rows folded in, such as "all values"; null: nothing.
  const char* keeps = nullptr;
};

// An argument of a connector or format.
struct ArgumentDef {
  const char* name;
  const char* type;           // "string", "int", "bool", "duration", "string?"
  const char* default_value;  // as the language writes it; null: must be given
  const char* summary;
  // Code is generated for its value, so an executable made ahead of time cannot be given it.
  bool compile_time = false;
  // For texts: what a value must be, such as "one character", or null when `text` is that.
  const char* (*wanted)(std::string_view text) = nullptr;
};

enum class Boundedness : uint8_t { kBounded, kUnbounded, kByArguments };

struct ConnectorDef {
  const char* name;
  const char* summary;
  bool is_source = false;
  bool is_sink = false;
  // The first argument may be given without its name.
  std::span<const ArgumentDef> arguments;
  // Fixed row type, as text by value of the first argument (nexmark); null: schema is written or
  // sampled.
  const char* (*fixed_schema)(std::string_view first_argument) = nullptr;
  bool needs_format = true;
  // Bounded unless said; kByArguments: `unbounded_unless` names the argument that bounds it,
  // `unbounded_if` one that unbounds.
  Boundedness boundedness = Boundedness::kBounded;
  const char* unbounded_unless = nullptr;
  const char* unbounded_if = nullptr;
  bool takes_updates = false;  // sink: updating streams may enter without a key
};

struct FormatDef {
  const char* name;
  const char* summary;
  std::span<const char* const> extensions;  // ".ndjson", ".jsonl", ".json"
  bool reads = false;
  bool writes = false;
  std::span<const ArgumentDef> arguments;
  const char* fixed_schema = nullptr;  // text: "{ line: string, n: int }"
};

struct Catalog {
  std::span<const FunctionDef* const> functions;
  std::span<const AggregateDef* const> aggregates;
  std::span<const ConnectorDef* const> connectors;
  std::span<const FormatDef* const> formats;
  std::string_view prelude;  // functions written in the language (stdlib/flow)
  // Whether this system has a time zone, and all that it has; null: nobody knows.
  bool (*has_zone)(std::string_view name) = nullptr;
  std::vector<std::string> (*zones)() = nullptr;

  const FunctionDef* FindFunction(std::string_view name) const;
  const AggregateDef* FindAggregate(std::string_view name) const;
  const ConnectorDef* FindConnector(std::string_view name) const;
  const FormatDef* FindFormat(std::string_view name) const;
  const FormatDef* FormatOfPath(
      std::string_view path) const;  // by extension, compression suffixes skipped
};

}  // namespace flow
