// Compiled to bitcode only (CMakeLists.txt), with every helper emitted.

#include "codegen/helpers.h"
