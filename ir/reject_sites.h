#pragma once
// What a rejected row says of itself (semantics.md 22): stage, code and message of every way a
// stage can reject a row. Generated code and the interpreter both take them from here. Decode
// errors are the format's own (R02xx).

#include <string>
#include <type_traits>

#include "base/diag_code.h"
#include "base/text.h"
#include "ir/module.h"

namespace flow::ir {

struct RejectText {
  const char* code;
  const char* message;
};

constexpr RejectText TextOf(Diag diag) { return {CodeOf(diag), TitleOf(diag)}; }

inline constexpr RejectText kOverflow = TextOf(Diag::IntegerOverflow);
inline constexpr RejectText kZeroDivisor = TextOf(Diag::DivisionByZero);
inline constexpr RejectText kDecimalRange = TextOf(Diag::DecimalRange);
inline constexpr RejectText kTimeRange = TextOf(Diag::TimestampRange);
inline constexpr RejectText kNoMatch = TextOf(Diag::PatternNotFound);
inline constexpr RejectText kAssertion = TextOf(Diag::AssertionFailed);
inline constexpr RejectText kResultRange = TextOf(Diag::ResultRange);
inline constexpr RejectText kWindowRange = TextOf(Diag::WindowRange);
inline constexpr RejectText kTimeJump = TextOf(Diag::TimeJump);

// A native function that failed; the message ends in its name, the detail is the function's.
inline constexpr const char* kCallFailedCode = CodeOf(Diag::CallFailed);
inline std::string CallFailedMessage(const std::string& function) {
  return Cat(function, " failed");
}

// The stage of a rejected row.
inline std::string StageName(const Source& op) { return Cat("source ", op.name); }
inline std::string StageName(const Rejects&) { return "rejects"; }
inline std::string StageName(const Filter&) { return "where"; }
// Five stages are maps; their function is named after the stage (`@set_4`, fused: `@set_4.drop_5`).
inline std::string StageName(const Module& module, const Map& op) {
  const std::string& name = module.functions[op.row].name;
  return name.substr(0, name.find('_'));
}
inline std::string StageName(const Assert&) { return "assert"; }
inline std::string StageName(const Unnest&) { return "unnest"; }
inline std::string StageName(const Window&) { return "window"; }
inline std::string StageName(const WindowSession&) { return "window"; }
inline std::string StageName(const WindowRows&) { return "window"; }
inline std::string StageName(const Late&) { return "on late"; }
inline std::string StageName(const Join&) { return "join"; }
inline std::string StageName(const AsofJoin&) { return "asof join"; }
inline std::string StageName(const Lookup&) { return "lookup"; }
inline std::string StageName(const Dedup&) { return "dedup"; }
inline std::string StageName(const Over&) { return "over"; }
inline std::string StageName(const Match&) { return "match"; }
inline std::string StageName(const Aggregate&) { return "aggregate"; }
inline std::string StageName(const AggregateLocal&) { return "aggregate"; }
inline std::string StageName(const AggregateMerge&) { return "aggregate"; }
inline std::string StageName(const Exchange&) { return "exchange"; }
inline std::string StageName(const Top&) { return "top"; }
inline std::string StageName(const Order&) { return "order by"; }
inline std::string StageName(const Limit&) { return "limit"; }
inline std::string StageName(const Union&) { return "union"; }
inline std::string StageName(const Peek&) { return "peek"; }
inline std::string StageName(const Sink& op) { return Cat("into ", op.name); }
inline std::string StageName(const Module& module, const Op& op) {
  return std::visit(
      [&](const auto& o) {
        if constexpr (std::is_same_v<std::decay_t<decltype(o)>, Map>) {
          return StageName(module, o);
        } else {
          return StageName(o);
        }
      },
      op);
}

}  // namespace flow::ir
