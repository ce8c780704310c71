// Functions over the trailing rows of each row: for each row all rows are looked at.

#include <algorithm>

#include "base/words.h"
#include "interp/interpreter.h"
#include "ir/reject_sites.h"

namespace flow::interp {

// Keeps key, arguments and whether they count, call by call.
void Interpreter::Take(ValueId id, const ir::Over& op, Row& row) {
  if (row.watermark != kNoTime && row.event_time < row.watermark) return SendLate(id, row);
  if (!EnsureAll(&row)) return;
  const Type& type = InputType(op);
  std::vector<Value> given;
  for (const ir::OverCall& over : op.calls) {
    Value key;
    if (!Evaluate(id, over.key, type, &row, &key)) return;
    NormalizeKey(module_.functions[over.key].result, &key);
    Value counts = Value::Of(1);
    if (over.call.where.valid() && !Evaluate(id, over.call.where, type, &row, &counts)) return;
    Value args = Value::Items({});
    bool wanted = counts.whole != 0 && over.call.args.valid();
    if (wanted && !Evaluate(id, over.call.args, type, &row, &args)) return;
    if (over.call.function != kLag) {
      for (const Value& arg : args.items) counts.whole = counts.whole != 0 && arg.there() ? 1 : 0;
    }
    given.push_back(Value::Items({std::move(key), std::move(counts), std::move(args)}));
  }
  KeptRow kept;
  kept.by = Value::Items(std::move(given));
  Keep(id, std::move(kept), row);
}

// The rows that row `at` sees of call `index`, in row order: those of its key up to itself, and, by
// time, those of its own time behind it.
std::vector<const KeptRow*> Interpreter::Trailing(const std::vector<KeptRow>& rows, size_t at,
                                                  const ir::OverCall& over, size_t index) {
  const Type& key = module_.functions[over.key].result;
  const KeptRow& own = rows[at];
  std::vector<const KeptRow*> out;
  for (size_t i = 0; i < rows.size(); ++i) {
    const KeptRow& other = rows[i];
    bool lag = over.call.function == kLag;
    bool same_time = over.last.valid() && !lag && other.row.event_time == own.row.event_time;
    if (i > at && !same_time) continue;
    if (Compare(key, own.by.items[index].items[0], other.by.items[index].items[0]) != 0) continue;
    if (over.last.valid()) {
      auto age = static_cast<__int128>(own.row.event_time) - other.row.event_time;
      if (age > Constant(over.last).whole) continue;
    }
    out.push_back(&other);
  }
  if (over.rows.valid()) {
    auto count = static_cast<size_t>(Constant(over.rows).whole);
    if (out.size() > count) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(count));
  }
  return out;
}

void Interpreter::Finish(ValueId id, const ir::Over& op) {
  std::vector<KeptRow>& rows = kept_[id.index];
  std::sort(rows.begin(), rows.end(), [](const KeptRow& a, const KeptRow& b) {
    if (a.row.event_time != b.row.event_time) return a.row.event_time < b.row.event_time;
    return a.number < b.number;
  });
  for (size_t at = 0; at < rows.size() && !stopped_; ++at) {
    Row row = rows[at].row;
    row.watermark = kNoTime;
    bool fits = true;
    for (size_t c = 0; c < op.calls.size() && fits; ++c) {
      const ir::AggregateCall& call = op.calls[c].call;
      std::vector<const KeptRow*> trailing = Trailing(rows, at, op.calls[c], c);
      std::vector<Value> consts;
      for (FnId fn : call.consts) consts.push_back(Constant(fn));
      Value value = Value::None();
      if (call.function == kLag) {
        auto back = static_cast<uint64_t>(consts[0].whole);
        if (back < trailing.size()) {
          value = trailing[trailing.size() - 1 - back]->by.items[c].items[2].items[0];
        }
      } else {
        std::vector<Sample> samples;
        for (const KeptRow* kept : trailing) {
          const std::vector<Value>& given = kept->by.items[c].items;
          if (given[1].whole != 0) samples.push_back({kept->row.event_time, given[2].items});
        }
        std::vector<Type> types;
        if (call.args.valid()) {
          for (const StructField& field : module_.functions[call.args].result.fields()) {
            types.push_back(field.type);
          }
        }
        fits = ComputeAggregate(call, types, samples, consts, &value);
      }
      row.value.items.push_back(std::move(value));
    }
    if (fits) {
      Send(id, row);
    } else {
      row.value = rows[at].row.value;
      Reject(id, row, {ir::kResultRange.code, ir::kResultRange.message, {}});
    }
  }
  rows.clear();
}

}  // namespace flow::interp
