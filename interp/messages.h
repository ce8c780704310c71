#pragma once
// What the interpreter says of rejected rows.

#include <cstdint>
#include <map>
#include <string>

namespace flow::interp {

// Text in which bytes that are not UTF-8 stand escaped (semantics.md 22).
std::string Readable(const std::string& text);

// A record's text without the line break at its end.
std::string WithoutBreak(std::string text);

// The line at the end of a run that rejected or dropped something.
std::string SummaryText(const std::map<std::string, int64_t>& rejected_by_stage, int64_t rejected,
                        int64_t late);

}  // namespace flow::interp
