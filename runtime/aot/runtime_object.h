#pragma once
// The relocatable object that `flowc build` links every script with, carried inside flowc.

#include <cstddef>
#include <span>

namespace flow::runtime {

std::span<const std::byte> RuntimeObject();

}  // namespace flow::runtime
