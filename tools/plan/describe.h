#pragma once
// What a stage does, in the words of the language.

#include <string>
#include <vector>

#include "ir/module.h"

namespace flow::plan {

// "aggregate", "left join", "set, drop".
std::string VerbOf(const ir::Module& module, ir::ValueId op);

// "count() as n", "by user": one text each.
std::vector<std::string> WhatOf(const ir::Module& module, ir::ValueId op);

// A map that no stage of the script stands for: it prepares columns for another, or drops them.
bool IsMadeByCompiler(const ir::Module& module, ir::ValueId op);

}  // namespace flow::plan
