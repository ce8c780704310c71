#include "tools/driver/test_rows.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "interp/json_text.h"

namespace flow {
namespace {

using interp::Value;

constexpr double kFloatTolerance = 1e-9;
constexpr size_t kLineWidth = 100;
// Beyond this many pairs of rows, lists are not aligned but compared place by place.
constexpr size_t kAlignedPairsMax = 4'000'000;

bool SameFloat(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::fabs(a - b) <= kFloatTolerance * std::max(std::fabs(a), std::fabs(b));
}

bool SameMap(const Type& type, const Value& expected, const Value& actual) {
  if (expected.items.size() != actual.items.size()) return false;
  auto has = [&](const Value& entry) {
    return std::any_of(actual.items.begin(), actual.items.end(), [&](const Value& other) {
      return interp::Compare(type.key(), entry.items[0], other.items[0]) == 0 &&
             SameValue(type.inner(), entry.items[1], type.inner(), other.items[1]);
    });
  };
  return std::all_of(expected.items.begin(), expected.items.end(), has);
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string NameText(const std::string& name) {
  return IsPlainName(name) ? name : Cat("`", name, "`");
}

// A value for people, whether or not the language could read it back.
std::string ShownValue(const Type& type, const Value& value) {
  if (auto literal = LiteralOf(type, value)) return *literal;
  std::string out;
  interp::AppendJson(type, value, &out);
  return out;
}

// The part of `actual` that `expected` names.
TestValue Named(const Type& expected, const Type& type, const Value& value) {
  if (expected.is_optional()) {
    if (!type.is_optional()) return Named(expected.inner(), type, value);
    if (!value.there()) return {type, value};
    TestValue inner = Named(expected.inner(), type.inner(), value);
    return {Type::Optional(inner.type), std::move(inner.value)};
  }
  if (!expected.is(TypeKind::kStruct) || !type.is(TypeKind::kStruct)) return {type, value};
  std::vector<StructField> fields;
  std::vector<Value> items;
  for (const StructField& field : expected.fields()) {
    int index = type.FieldIndex(field.name);
    if (index < 0) continue;
    auto at = static_cast<size_t>(index);
    TestValue part = Named(field.type, type.fields()[at].type, value.items[at]);
    fields.push_back({field.name, part.type, {}});
    items.push_back(std::move(part.value));
  }
  return {Type::Struct(std::move(fields)), Value::Items(std::move(items))};
}

// The text of a row, with carets below the columns that differ from `expected`.
DiffLine ShownRow(char mark, const TestValue& row, const TestValue* expected) {
  DiffLine line;
  line.mark = mark;
  line.text = "{";
  const char* separator = " ";
  for (size_t i = 0; i < row.type.fields().size(); ++i) {
    const StructField& field = row.type.fields()[i];
    line.text += Cat(separator, NameText(field.name), ": ");
    separator = ", ";
    size_t begin = CodePoints(line.text);
    line.text += ShownValue(field.type, row.value.items[i]);
    if (expected == nullptr) continue;
    int index = expected->type.FieldIndex(field.name);
    if (index < 0) continue;
    auto at = static_cast<size_t>(index);
    if (SameValue(expected->type.fields()[at].type, expected->value.items[at], field.type,
                  row.value.items[i])) {
      continue;
    }
    line.carets.resize(begin, ' ');
    line.carets.append(CodePoints(line.text) - begin, '^');
  }
  line.text += row.type.fields().empty() ? "}" : " }";
  return line;
}

// Of an updating stream, and gone.
bool IsGone(const Type& row) {
  return !row.fields().empty() && row.fields()[0].name == ChangeField().name &&
         row.fields()[0].type == ChangeField().type;
}

bool SameRow(const TestValue& expected, const TestValue& actual) {
  // Who expects a row does not mean that it goes.
  if (IsGone(actual.type) && expected.type.FindField(ChangeField().name) == nullptr) return false;
  return SameValue(expected.type, expected.value, actual.type, actual.value);
}

size_t EqualColumns(const TestValue& expected, const TestValue& actual) {
  size_t equal = 0;
  for (size_t i = 0; i < expected.type.fields().size(); ++i) {
    const StructField& field = expected.type.fields()[i];
    int index = actual.type.FieldIndex(field.name);
    if (index < 0) continue;
    auto at = static_cast<size_t>(index);
    if (SameValue(field.type, expected.value.items[i], actual.type.fields()[at].type,
                  actual.value.items[at])) {
      ++equal;
    }
  }
  return equal;
}

// Which row that came stands for which expected one: as many pairs as there can be. A row may fit
// several expectations, since these name some columns only.
class Matching {
 public:
  Matching(const std::vector<TestValue>& expected, const std::vector<TestValue>& actual)
      : expected_(expected), actual_(actual), of_actual_(actual.size(), -1) {
    for (size_t i = 0; i < expected.size(); ++i) {
      seen_.assign(actual.size(), false);
      Place(i);
    }
  }

  // By actual row: the expected one, or -1.
  const std::vector<int64_t>& of_actual() const { return of_actual_; }

 private:
  // Iterative only in the common case: a free row that fits. Else others move over.
  bool Place(size_t expected) {
    for (size_t j = 0; j < actual_.size(); ++j) {
      if (of_actual_[j] >= 0 || seen_[j] || !SameRow(expected_[expected], actual_[j])) continue;
      of_actual_[j] = static_cast<int64_t>(expected);
      return true;
    }
    if (depth_ >= kDepthMax) return false;
    ++depth_;
    bool placed = false;
    for (size_t j = 0; j < actual_.size() && !placed; ++j) {
      if (seen_[j] || of_actual_[j] < 0 || !SameRow(expected_[expected], actual_[j])) continue;
      seen_[j] = true;
      placed = Place(static_cast<size_t>(of_actual_[j]));
      if (placed) of_actual_[j] = static_cast<int64_t>(expected);
    }
    --depth_;
    return placed;
  }

  static constexpr int kDepthMax = 1000;
  const std::vector<TestValue>& expected_;
  const std::vector<TestValue>& actual_;
  std::vector<int64_t> of_actual_;
  std::vector<bool> seen_;
  int depth_ = 0;
};

// The columns to show of a row that nobody expected: those that any expectation names, and that it
// is gone.
Type ColumnsNamed(const std::vector<TestValue>& expected, const Type& all) {
  std::vector<StructField> fields;
  if (IsGone(all)) fields.push_back(ChangeField());
  for (const TestValue& row : expected) {
    for (const StructField& field : row.type.fields()) {
      bool known = std::any_of(fields.begin(), fields.end(),
                               [&](const StructField& f) { return f.name == field.name; });
      if (!known) fields.push_back(field);
    }
  }
  bool none = fields.size() == (IsGone(all) ? 1u : 0u);
  return none ? all : Type::Struct(std::move(fields));
}

class Differ {
 public:
  Differ(const std::vector<TestValue>& expected, const std::vector<TestValue>& actual)
      : expected_(expected), actual_(actual), came_(expected.size(), -1) {
    Matching matching(expected, actual);
    unexpected_.reserve(actual.size());
    for (size_t j = 0; j < actual.size(); ++j) {
      int64_t i = matching.of_actual()[j];
      if (i >= 0) came_[static_cast<size_t>(i)] = static_cast<int64_t>(j);
      if (i < 0) unexpected_.push_back(j);
    }
  }

  RowDiff Multisets() {
    Count();
    if (out_.same) return std::move(out_);
    std::vector<bool> shown(actual_.size(), false);
    for (size_t i = 0; i < expected_.size(); ++i) {
      if (came_[i] >= 0) {
        Add(' ', actual_[static_cast<size_t>(came_[i])], &expected_[i]);
        continue;
      }
      Add('-', expected_[i], nullptr);
      if (auto nearest = Nearest(i, shown)) {
        shown[*nearest] = true;
        Add('+', actual_[*nearest], &expected_[i]);
      }
    }
    for (size_t j : unexpected_) {
      if (!shown[j]) AddOther(actual_[j]);
    }
    return std::move(out_);
  }

  RowDiff Lists() {
    bool equal = expected_.size() == actual_.size();
    for (size_t i = 0; equal && i < expected_.size(); ++i) {
      equal = SameRow(expected_[i], actual_[i]);
    }
    if (equal) return std::move(out_);
    Count();
    if (out_.same) out_.only_order = true;
    out_.same = false;
    Align();
    return std::move(out_);
  }

 private:
  void Count() {
    out_.missing = static_cast<size_t>(std::count(came_.begin(), came_.end(), -1));
    out_.unexpected = unexpected_.size();
    out_.same = out_.missing == 0 && out_.unexpected == 0;
  }

  void Add(char mark, const TestValue& row, const TestValue* expected) {
    if (expected == nullptr) {
      out_.lines.push_back(ShownRow(mark, row, nullptr));
      return;
    }
    TestValue named = Named(ColumnsNamed({*expected}, row.type), row.type, row.value);
    out_.lines.push_back(ShownRow(mark, named, mark == '+' ? expected : nullptr));
  }

  void AddOther(const TestValue& row) {
    out_.lines.push_back(
        ShownRow('+', Named(ColumnsNamed(expected_, row.type), row.type, row.value), nullptr));
  }

  // The row that came and is most like the expected one; none when nothing is alike.
  std::optional<size_t> Nearest(size_t expected, const std::vector<bool>& shown) {
    std::optional<size_t> best;
    size_t best_equal = 0;
    size_t left = 0;
    for (size_t j : unexpected_) {
      if (shown[j]) continue;
      ++left;
      size_t equal = EqualColumns(expected_[expected], actual_[j]);
      if (best && equal <= best_equal) continue;
      best = j;
      best_equal = equal;
    }
    bool alone = left == 1 && out_.missing == 1;
    return best && (best_equal > 0 || alone) ? best : std::nullopt;
  }

  // The longest common part stays; what is out of it is shown as missing and unexpected.
  void Align() {
    size_t n = expected_.size();
    size_t m = actual_.size();
    if ((n + 1) * (m + 1) > kAlignedPairsMax) return ByPlace();
    std::vector<uint32_t> longest((n + 1) * (m + 1), 0);
    auto at = [&](size_t i, size_t j) -> uint32_t& { return longest[i * (m + 1) + j]; };
    for (size_t i = n; i-- > 0;) {
      for (size_t j = m; j-- > 0;) {
        at(i, j) = SameRow(expected_[i], actual_[j]) ? at(i + 1, j + 1) + 1
                                                     : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
    size_t i = 0;
    size_t j = 0;
    while (i < n || j < m) {
      if (i < n && j < m && SameRow(expected_[i], actual_[j])) {
        Add(' ', actual_[j++], &expected_[i++]);
      } else if (i < n && j < m && at(i + 1, j) == at(i, j + 1) && at(i, j) == at(i + 1, j + 1)) {
        Add('-', expected_[i], nullptr);
        Add('+', actual_[j++], &expected_[i++]);
      } else if (j == m || (i < n && at(i + 1, j) >= at(i, j + 1))) {
        Add('-', expected_[i++], nullptr);
      } else {
        AddOther(actual_[j++]);
      }
    }
  }

  void ByPlace() {
    for (size_t i = 0; i < std::max(expected_.size(), actual_.size()); ++i) {
      bool both = i < expected_.size() && i < actual_.size();
      if (both && SameRow(expected_[i], actual_[i])) {
        Add(' ', actual_[i], &expected_[i]);
        continue;
      }
      if (i < expected_.size()) Add('-', expected_[i], nullptr);
      if (both) {
        Add('+', actual_[i], &expected_[i]);
      } else if (i < actual_.size()) {
        AddOther(actual_[i]);
      }
    }
  }

  const std::vector<TestValue>& expected_;
  const std::vector<TestValue>& actual_;
  std::vector<int64_t> came_;  // by expected row: the one that came, or -1
  std::vector<size_t> unexpected_;
  RowDiff out_;
};

// The columns of a row that a literal can give.
Type Writable(const TestValue& row) {
  std::vector<StructField> fields;
  for (size_t i = 0; i < row.type.fields().size(); ++i) {
    const StructField& field = row.type.fields()[i];
    if (LiteralOf(field.type, row.value.items[i])) fields.push_back(field);
  }
  return Type::Struct(std::move(fields));
}

std::optional<std::string> ListLiteral(const std::vector<std::string>& parts, char open,
                                       char close) {
  std::string out(1, open);
  for (size_t i = 0; i < parts.size(); ++i) out += Cat(i > 0 ? ", " : "", parts[i]);
  return out + close;
}

}  // namespace

StructField ChangeField() { return {"_op", Type::Set({"+", "-"}), {}}; }

bool SameValue(const Type& expected_type, const Value& expected, const Type& actual_type,
               const Value& actual) {
  if (expected_type.is_optional() || actual_type.is_optional()) {
    if (!expected.there() || !actual.there()) return expected.there() == actual.there();
    return SameValue(expected_type.strip_optional(), expected, actual_type.strip_optional(),
                     actual);
  }
  switch (expected_type.kind()) {
    case TypeKind::kFloat:
      return SameFloat(expected.real, actual.real);
    case TypeKind::kStruct:
      for (size_t i = 0; i < expected_type.fields().size(); ++i) {
        const StructField& field = expected_type.fields()[i];
        int index = actual_type.FieldIndex(field.name);
        if (index < 0) return false;
        auto at = static_cast<size_t>(index);
        if (!SameValue(field.type, expected.items[i], actual_type.fields()[at].type,
                       actual.items[at])) {
          return false;
        }
      }
      return true;
    case TypeKind::kArray:
      if (expected.items.size() != actual.items.size()) return false;
      for (size_t i = 0; i < expected.items.size(); ++i) {
        if (!SameValue(expected_type.inner(), expected.items[i], actual_type.inner(),
                       actual.items[i])) {
          return false;
        }
      }
      return true;
    case TypeKind::kMap:
      return SameMap(expected_type, expected, actual);
    default:
      return interp::Compare(expected_type, expected, actual) == 0;
  }
}

std::optional<std::string> LiteralOf(const Type& type, const Value& value) {
  switch (type.kind()) {
    case TypeKind::kOptional:
      return value.there() ? LiteralOf(type.inner(), value) : "none";
    case TypeKind::kFloat:
      if (std::isnan(value.real)) return "0.0 / 0.0";
      if (std::isinf(value.real)) return value.real > 0 ? "1.0 / 0.0" : "-1.0 / 0.0";
      return interp::PlainText(type, value);
    case TypeKind::kString:
    case TypeKind::kSet:
      return QuoteString(interp::PlainText(type, value));
    case TypeKind::kJson:
      return Cat("json(", QuoteString(value.text), ")!");
    case TypeKind::kTimestamp:
      return Cat("@", interp::PlainText(type, value));
    case TypeKind::kArray: {
      std::vector<std::string> parts;
      for (const Value& item : value.items) {
        auto part = LiteralOf(type.inner(), item);
        if (!part) return std::nullopt;
        parts.push_back(*std::move(part));
      }
      return ListLiteral(parts, '[', ']');
    }
    case TypeKind::kStruct: {
      std::vector<std::string> parts;
      for (size_t i = 0; i < value.items.size(); ++i) {
        auto part = LiteralOf(type.fields()[i].type, value.items[i]);
        if (!part) return std::nullopt;
        parts.push_back(Cat(NameText(type.fields()[i].name), ": ", *part));
      }
      if (parts.empty()) return "{}";
      std::string out = "{ ";
      for (size_t i = 0; i < parts.size(); ++i) out += Cat(i > 0 ? ", " : "", parts[i]);
      return out + " }";
    }
    case TypeKind::kBytes:
    case TypeKind::kMap:
    case TypeKind::kError:
    case TypeKind::kNone:
    case TypeKind::kFallible:
      return std::nullopt;
    default:
      return interp::PlainText(type, value);
  }
}

RowDiff DiffRows(const std::vector<TestValue>& expected, const std::vector<TestValue>& actual,
                 bool ordered) {
  Differ differ(expected, actual);
  return ordered ? differ.Lists() : differ.Multisets();
}

std::string RowsAsExpected(const std::vector<TestValue>& expected,
                           const std::vector<TestValue>& actual, size_t column, size_t indent) {
  std::vector<std::string> rows;
  size_t width = column + 2;
  for (const TestValue& row : actual) {
    Type columns = expected.empty() ? Writable(row) : ColumnsNamed(expected, row.type);
    TestValue named = Named(columns, row.type, row.value);
    rows.push_back(LiteralOf(named.type, named.value).value_or("{}"));
    width += CodePoints(rows.back()) + 2;
  }
  if (rows.empty()) return "[]";
  bool one_line = width <= kLineWidth;
  std::string out = "[";
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!one_line) out += Cat("\n", std::string(indent + 2, ' '));
    out += rows[i];
    if (!one_line) out += ",";
    if (one_line && i + 1 < rows.size()) out += ", ";
  }
  if (!one_line) out += Cat("\n", std::string(indent, ' '));
  return out + "]";
}

}  // namespace flow
