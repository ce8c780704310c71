#pragma once
// Codes and messages of records that a format's reader rejects, the same in generated code and in
// the interpreter; the detail (FlowTask::detail) names field and value.

namespace flow::runtime {

struct DecodeFault {
  const char* code;
  const char* message;
};

inline constexpr DecodeFault kNotARecord = {"R0201", "not a record of this format"};
inline constexpr DecodeFault kBadValue = {"R0202", "a value does not fit its type"};
inline constexpr DecodeFault kMissingField = {"R0203", "a field is missing"};
inline constexpr DecodeFault kWrongCellCount = {"R0204", "wrong number of cells"};

}  // namespace flow::runtime
