#pragma once
// All helpers of runtime/inline, the one list of them: compiled to bitcode for inlining, and taken
// the address of for code that calls them.

#include "runtime/inline/aggregates.h"
#include "runtime/inline/compare.h"
#include "runtime/inline/csv.h"
#include "runtime/inline/decimal.h"
#include "runtime/inline/float_sum.h"
#include "runtime/inline/functions.h"
#include "runtime/inline/json.h"
#include "runtime/inline/json_write.h"
#include "runtime/inline/memory.h"
#include "runtime/inline/nexmark.h"
#include "runtime/inline/number.h"
#include "runtime/inline/number_text.h"
#include "runtime/inline/panes.h"
#include "runtime/inline/regex.h"
#include "runtime/inline/scan.h"
#include "runtime/inline/table.h"
#include "runtime/inline/time.h"
#include "runtime/inline/utf8.h"
