#pragma once
// Compiling the patterns of a plan. Both are found by name (runtime/program.cpp), so that programs
// without patterns do not carry the library; matching is declared in runtime/abi.h.

#include <stdint.h>

extern "C" {
void* flow_regex_compile(const char* pattern, int64_t size) noexcept;  // null when it is none
void flow_regex_delete(void* regex) noexcept;
}
