#pragma once
// What holds for the parser and any text at all. The fuzzer and the mutation test share it.

#include <string>

namespace flow::test {

// Empty when all is well, else what does not hold. Reads `text`, renders what is said about it,
// prints the tree, applies the safe fixes and reads the outcome again.
std::string CheckParse(const std::string& text);

}  // namespace flow::test
