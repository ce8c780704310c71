#include "tools/driver/test_changes.h"

#include <algorithm>

#include "interp/json_text.h"

namespace flow {
namespace {

using interp::Value;

std::string TextOf(const Type& type, const Value& value) {
  std::string out;
  interp::AppendJson(type, value, &out);
  return out;
}

}  // namespace

std::string Changes::KeyOf(const Value& row) const {
  if (key_.empty()) return TextOf(row_, row);
  std::string out;
  for (const std::string& name : key_) {
    auto at = static_cast<size_t>(row_.FieldIndex(name));
    interp::AppendJson(row_.fields()[at].type, row.items[at], &out);
    out += ',';
  }
  return out;
}

bool Changes::Take(std::string_view record) {
  Value row;
  if (!interp::ReadJson(row_, record, {}, &row)) return false;
  std::string op;
  bool gone = interp::JsonMember(record, "_op", &op) && op == "\"-\"";
  std::vector<Value>& rows = now_[KeyOf(row)];
  if (!key_.empty()) rows.clear();
  if (!gone) {
    rows.push_back(std::move(row));
  } else if (!rows.empty()) {
    rows.pop_back();
  }
  return true;
}

// Rows of one key are equal: it is the whole row where the stream has no key, else there is one.
size_t Changes::StoodBefore(const std::string& key, const Value& row) const {
  auto found = before_.find(key);
  if (found == before_.end() || found->second.empty()) return 0;
  bool same = TextOf(row_, found->second[0]) == TextOf(row_, row);
  return same ? found->second.size() : 0;
}

std::vector<TestValue> Changes::Look() {
  std::vector<TestValue> out;
  for (const auto& [key, rows] : now_) {
    size_t stood = rows.empty() ? 0 : StoodBefore(key, rows[0]);
    for (size_t i = stood; i < rows.size(); ++i) out.push_back({row_, rows[i]});
  }
  std::vector<StructField> fields = {ChangeField()};
  fields.insert(fields.end(), row_.fields().begin(), row_.fields().end());
  Type gone = Type::Struct(std::move(fields));
  for (const auto& [key, rows] : before_) {
    auto found = now_.find(key);
    size_t left = found == now_.end() ? 0 : found->second.size();
    for (size_t i = left; i < rows.size(); ++i) {
      std::vector<Value> items = {Value::Of(1)};
      items.insert(items.end(), rows[i].items.begin(), rows[i].items.end());
      out.push_back({gone, Value::Items(std::move(items))});
    }
  }
  std::erase_if(now_, [](const auto& entry) { return entry.second.empty(); });
  before_ = now_;
  return out;
}

}  // namespace flow
