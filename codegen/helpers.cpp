// Every helper of runtime/inline, emitted: as bitcode for inlining, and as native code for the
// first tier.

#include "codegen/helpers.h"
