#include "interp/rejected_row.h"

#include <utility>

#include "interp/messages.h"

namespace flow::interp {

Row RejectedRow(const std::string& stage, const Row& row, const Rejection& rejection) {
  Row out;
  out.now = row.now;
  auto text = [&](std::string value) { out.value.items.push_back(Value::Text(std::move(value))); };
  auto whole = [&](bool there, int64_t value) {
    out.value.items.push_back(there ? Value::Of(value) : Value::None());
  };
  const Origin* origin = row.origin;
  bool in_file = origin != nullptr && origin->record->line > 0;
  out.value.state = Value::State::kThere;
  whole(row.event_time != kNoTime, row.event_time);
  text(origin == nullptr ? "" : origin->source->name);
  text(origin == nullptr ? "" : origin->partition->name);
  whole(origin != nullptr, origin == nullptr ? 0 : origin->record->offset);
  whole(in_file, in_file ? origin->record->line : 0);
  text(stage);
  text(rejection.code);
  text(rejection.message);
  text(origin == nullptr ? "" : Readable(WithoutBreak(origin->record->text)));
  return out;
}

}  // namespace flow::interp
