#include "runtime/rejects.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/inline/reject_codes.h"
#include "runtime/inline/utf8.h"

namespace flow::runtime {
namespace {

constexpr size_t kShownBytes = 160;  // of a record, in messages

FlowString View(const std::string& text) {
  return {text.data(), static_cast<int64_t>(text.size())};
}

RejectedRow::Optional Some(int64_t value, bool present) {
  return {present ? value : 0, static_cast<uint8_t>(present ? 1 : 0)};
}

}  // namespace

std::string Readable(std::string_view bytes, size_t limit) {
  std::string out;
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  while (at < end && out.size() < limit) {
    int32_t length = flow_utf8_length(at, end);
    if (length > 0) {
      out.append(at, static_cast<size_t>(length));
      at += length;
      continue;
    }
    static constexpr char kHex[] = "0123456789abcdef";
    unsigned char byte = static_cast<unsigned char>(*at++);
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

RejectText TextOf(const Plan& plan, const Reject& reject) {
  RejectText out;
  if (reject.site < 0) {
    out.code = kRecordTooLong.code;
    out.message = kRecordTooLong.message;
    return out;
  }
  const SitePlan& site = plan.sites[static_cast<size_t>(reject.site)];
  out.site = &site;
  out.stage = site.stage;
  out.code = site.code;
  out.message = site.message;
  if (!reject.detail.empty()) {
    if (!out.message.empty()) out.message += ": ";
    out.message += reject.detail;
  }
  return out;
}

RejectedRow MakeRejectedRow(const Reject& reject, const RejectPlace& place,
                            const RejectText& text) {
  RejectedRow row;
  row.at = Some(reject.event_time, reject.event_time != INT64_MIN);
  row.source = View(place.source);
  row.partition = View(place.partition);
  row.offset = Some(reject.offset, reject.offset >= 0);
  row.line = Some(place.line, place.line > 0);
  row.stage = View(text.stage);
  row.code = View(text.code);
  row.message = View(text.message);
  row.row = View(reject.row);
  return row;
}

std::string FailureMessage(const Plan& plan, const Reject& reject, const RejectPlace& place,
                           const RejectText& text, bool color) {
  const char* red = color ? "\x1b[1;31m" : "";
  const char* bold = color ? "\x1b[1m" : "";
  const char* blue = color ? "\x1b[1;34m" : "";
  const char* plain = color ? "\x1b[0m" : "";
  std::string out =
      Cat(red, "error[", text.code, "]", plain, bold, ": ", text.message, plain, "\n");
  std::string number = place.line > 0 ? Cat(place.line) : std::string();
  std::string margin(number.size(), ' ');
  if (!place.partition.empty()) {
    Append(out, Cat(margin, blue, "--> ", plain, place.partition));
    if (place.line > 0) Append(out, Cat(":", place.line));
    if (place.line > 0 && reject.column > 0) Append(out, Cat(":", reject.column));
    Append(out, "\n");
  }
  if (!reject.row.empty()) {
    std::string_view row = reject.row;
    size_t column = reject.column > 0 ? static_cast<size_t>(reject.column) : 0;
    // A long record is shown from a little before the fault.
    size_t skipped = column > kShownBytes / 2 && row.size() > kShownBytes
                         ? std::min(column - kShownBytes / 4, row.size() - 1)
                         : 0;
    std::string shown = Readable(row.substr(skipped), kShownBytes);
    bool cut = skipped + shown.size() < row.size();
    for (char& c : shown) c = c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    Append(out, Cat(margin, blue, " |\n", number, " | ", plain, skipped > 0 ? "… " : "", shown,
                    cut ? " …" : "", "\n"));
    if (column > skipped && column - skipped <= shown.size()) {
      std::string before = Readable(row.substr(skipped, column - skipped - 1), kShownBytes);
      size_t width =
          static_cast<size_t>(flow_utf8_count(before.data(), static_cast<int64_t>(before.size())));
      Append(out, Cat(margin, blue, " | ", plain, std::string(width + (skipped > 0 ? 2 : 0), ' '),
                      red, "^", plain, "\n"));
    }
    Append(out, Cat(margin, blue, " |", plain, "\n"));
  }
  Append(out, Cat(margin, blue, " = ", plain, "stage: ", text.stage));
  if (text.site != nullptr && text.site->script_line > 0) {
    Append(out, Cat(" (", plan.script_name, ":", text.site->script_line, ":",
                    text.site->script_column, ")"));
  }
  Append(out, Cat("\n", margin, blue, " = ", plain,
                  "help: `on error drop` leaves such rows out, `on error into <sink>` or "
                  "`on error as <name>` sends them elsewhere\n"));
  return out;
}

}  // namespace flow::runtime

using flow::runtime::HandlerKind;
using flow::runtime::TaskContext;

bool flow_reject(FlowTask* task, int32_t site) noexcept {
  auto* context = static_cast<TaskContext*>(task->runtime);
  const flow::runtime::Plan& plan = *context->program->plan;
  const flow::runtime::SitePlan& place = plan.sites[static_cast<size_t>(site)];
  HandlerKind kind = plan.handlers[static_cast<size_t>(place.handler)].kind;
  int64_t since = task->told_from;
  int64_t until = context->knows_late ? INT64_MAX : task->late_from;
  FlowString detail = task->detail;
  const char* fault = task->record_fault;
  task->detail = {};
  task->record_fault = nullptr;
  // It was reported before, for a stage that it is not late for either.
  if (context->knows_late && since != INT64_MIN) return false;

  flow::runtime::RejectLog& log = *context->rejects;
  size_t& last = log.last[static_cast<size_t>(site)];
  if (kind == HandlerKind::kDrop && last > 0) {
    flow::runtime::Reject& like = log.rows[last - 1];
    if (like.since == since && like.until == until) {
      ++like.count;
      return false;
    }
  }
  flow::runtime::Reject reject;
  reject.site = site;
  reject.since = since;
  reject.until = until;
  bool from_text = context->text_begin != nullptr;
  reject.line = from_text ? task->line : -1;
  if (task->record_begin != nullptr && task->record_end >= task->record_begin) {
    const char* end = task->record_end;
    while (end > task->record_begin && (end[-1] == '\n' || end[-1] == '\r')) --end;
    if (kind != HandlerKind::kDrop) {
      reject.row.assign(task->record_begin, static_cast<size_t>(end - task->record_begin));
    }
    if (from_text) {
      reject.offset = context->first_offset + (task->record_begin - context->text_begin);
    }
    if (fault >= task->record_begin && fault <= end) {
      reject.column = fault - task->record_begin + 1;
    }
  }
  reject.event_time = task->event_time;
  if (detail.size > 0) reject.detail.assign(detail.data, static_cast<size_t>(detail.size));
  log.rows.push_back(std::move(reject));
  last = log.rows.size();
  // What may turn out late does not end the run yet: Graph::Fold judges it.
  bool stops = kind == HandlerKind::kFail && since == INT64_MIN && until == INT64_MAX;
  context->failed |= stops;
  return stops;
}

int64_t flow_now(FlowTask* task) noexcept {
  return static_cast<TaskContext*>(task->runtime)->env->WallNanoseconds();
}
