#pragma once
// Codes and messages of records that a format's reader rejects, the same in generated code and in
// the interpreter; the detail (FlowTask::detail) names field and value.

#include "base/diag_code.h"

namespace flow::runtime {

struct DecodeFault {
  const char* code;
  const char* message;
};

constexpr DecodeFault FaultOf(Diag diag) { return {CodeOf(diag), TitleOf(diag)}; }

inline constexpr DecodeFault kNotARecord = FaultOf(Diag::NotARecord);
inline constexpr DecodeFault kBadValue = FaultOf(Diag::BadValue);
inline constexpr DecodeFault kMissingField = FaultOf(Diag::MissingField);
inline constexpr DecodeFault kWrongCellCount = FaultOf(Diag::WrongCellCount);
inline constexpr DecodeFault kRecordTooLong = {
    CodeOf(Diag::RecordTooLong),
    "the record is longer than the source allows; raise `max_line` of its format"};
// Of a record too long so many bytes are kept, for messages.
inline constexpr int64_t kLongRecordHead = 200;

}  // namespace flow::runtime
