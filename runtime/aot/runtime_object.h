#pragma once
// The relocatable object that `flowc build` links every script with, carried inside flowc.

#include <cstddef>
#include <span>

namespace flow::runtime {

// Empty in builds with sanitizers, whose runtime cannot be linked statically.
std::span<const std::byte> RuntimeObject();

}  // namespace flow::runtime
