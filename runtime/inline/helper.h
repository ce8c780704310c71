#pragma once
// Marks the helpers of this folder. Each is a small inline function with C linkage, noexcept, over
// scalars and pointers only, used in three ways from one definition:
//   - C++ callers (runtime, interpreter, tests) include the header;
//   - generated code at -O0 calls the native symbol, emitted by runtime/inline_symbols.cpp;
//   - generated code at -O2 inlines it from bitcode.
// The last two define FLOW_EMIT_HELPERS, so that every helper is emitted though nobody calls it.

#ifdef FLOW_EMIT_HELPERS
#define FLOW_HELPER extern "C" __attribute__((used)) inline
#else
#define FLOW_HELPER extern "C" inline
#endif

// For ways that are rarely taken: one function in the module, not a copy at every use.
#define FLOW_COLD_HELPER FLOW_HELPER __attribute__((cold, noinline))

#define FLOW_LIKELY(x) __builtin_expect(!!(x), 1)
#define FLOW_UNLIKELY(x) __builtin_expect(!!(x), 0)
