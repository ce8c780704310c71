#pragma once
// Rows that a stage rejected: the row of semantics.md 22, the message of `on error fail`, and the
// counts for the summary.

#include <string>
#include <vector>

#include "runtime/abi.h"
#include "runtime/program.h"
#include "runtime/unit.h"

namespace flow::runtime {

// Layout of `{ at: timestamp?, source: string, partition: string, offset: int?, line: int?,
// stage: string, code: string, message: string, row: string }`.
struct RejectedRow {
  struct Optional {
    int64_t value = 0;
    uint8_t present = 0;
  };
  Optional at;
  FlowString source{};
  FlowString partition{};
  Optional offset;
  Optional line;
  FlowString stage{};
  FlowString code{};
  FlowString message{};
  FlowString row{};
};

// Where the rejected row comes from, known when its unit is folded.
struct RejectPlace {
  std::string source;
  std::string partition;
  int64_t line = 0;  // 0: not known
};

struct RejectText {
  std::string stage;
  std::string code;
  std::string message;
  const SitePlan* site = nullptr;
};

RejectText TextOf(const Plan& plan, const Reject& reject);

RejectedRow MakeRejectedRow(const Reject& reject, const RejectPlace& place, const RejectText& text);

// What a person reads when the run ends at this row.
std::string FailureMessage(const Plan& plan, const Reject& reject, const RejectPlace& place,
                           const RejectText& text, bool color);

// Text of `bytes` with what is not UTF-8 escaped (\xNN), cut to about `limit` bytes.
std::string Readable(std::string_view bytes, size_t limit);

}  // namespace flow::runtime
