#pragma once
// Every format, once: its descriptor for the language. Decoders and encoders are generated
// (codegen/decode, codegen/encode).

#include <span>

#include "base/catalog.h"

namespace flow::runtime {

// By name; for the Catalog.
std::span<const FormatDef* const> Formats();

}  // namespace flow::runtime
