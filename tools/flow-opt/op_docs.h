#pragma once
// The table of ops of docs/ir.md, from the ops themselves.

#include <string>

namespace flow {

std::string OpDocs();

}  // namespace flow
