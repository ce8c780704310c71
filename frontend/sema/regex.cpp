#include "frontend/sema/regex.h"

#include <re2/re2.h>

#include <map>
#include <utility>
#include <vector>

#include "base/text.h"

namespace flow::frontend {
namespace {

// Reads a pattern only as far as needed to find its groups: escapes, classes, parentheses, bars,
// repeats.
class GroupScanner {
 public:
  explicit GroupScanner(std::string_view pattern) : pattern_(pattern) {}

  // For each capturing group, by number from 1: whether a match can leave it out.
  std::vector<bool> Scan() {
    open_.push_back({});
    while (at_ < pattern_.size()) Step();
    Close(false);
    return skippable_;
  }

 private:
  struct Group {
    int number = 0;           // 0: not capturing
    size_t first_inside = 0;  // captures with this number or higher stand inside
    bool has_bar = false;
  };

  void Step() {
    char c = pattern_[at_];
    if (c == '\\') {
      if (pattern_.substr(at_).starts_with("\\Q")) {
        size_t end = pattern_.find("\\E", at_);
        at_ = end == std::string_view::npos ? pattern_.size() : end + 2;
        return;
      }
      at_ += 2;
      return;
    }
    if (c == '[') return Class();
    if (c == '(') return Open();
    if (c == ')') {
      ++at_;
      if (open_.size() > 1) Close(CanRepeatZeroTimes());
      return;
    }
    if (c == '|') open_.back().has_bar = true;
    ++at_;
  }

  void Class() {
    ++at_;
    if (at_ < pattern_.size() && pattern_[at_] == '^') ++at_;
    if (at_ < pattern_.size() && pattern_[at_] == ']') ++at_;
    while (at_ < pattern_.size() && pattern_[at_] != ']') {
      if (pattern_.substr(at_).starts_with("[:")) {
        size_t end = pattern_.find(":]", at_);
        if (end != std::string_view::npos) at_ = end + 1;
      }
      at_ += pattern_[at_] == '\\' ? 2 : 1;
    }
    ++at_;
  }

  void Open() {
    std::string_view rest = pattern_.substr(at_);
    Group group;
    group.first_inside = skippable_.size();
    bool captures = !rest.starts_with("(?") || rest.starts_with("(?P<") || rest.starts_with("(?<");
    if (captures) {
      skippable_.push_back(false);
      group.number = static_cast<int>(skippable_.size());
    }
    open_.push_back(group);
    at_ += rest.starts_with("(?") ? 2 : 1;
  }

  void Close(bool can_skip) {
    Group group = open_.back();
    open_.pop_back();
    // A bar inside lets a match leave out what stands inside; a repeat of zero leaves out the
    // group, too.
    for (size_t i = group.first_inside; i < skippable_.size(); ++i) {
      bool itself = group.number == static_cast<int>(i) + 1;
      if (can_skip || (group.has_bar && !itself)) skippable_[i] = true;
    }
  }

  bool CanRepeatZeroTimes() const {
    if (at_ >= pattern_.size()) return false;
    char c = pattern_[at_];
    if (c == '?' || c == '*') return true;
    std::string_view rest = pattern_.substr(at_);
    return rest.starts_with("{0,") || rest.starts_with("{0}");
  }

  std::string_view pattern_;
  size_t at_ = 0;
  std::vector<Group> open_;
  std::vector<bool> skippable_;
};

// Older RE2 knows only Python's way of naming groups.
std::string WithPythonNames(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    std::string_view rest = pattern.substr(i);
    if (rest[0] == '\\' && rest.size() > 1) {
      out += rest.substr(0, 2);
      ++i;
      continue;
    }
    if (rest[0] == '[' && !in_class) {
      in_class = true;
      // A bracket that closes at once is a member of the class.
      for (std::string_view start : {"[^]", "[]"}) {
        if (!rest.starts_with(start)) continue;
        out += start;
        i += start.size();
        rest = pattern.substr(i);
        break;
      }
      if (rest.empty()) break;
    } else if (rest[0] == ']') {
      in_class = false;
    }
    bool named = !in_class && rest.starts_with("(?<") && !rest.starts_with("(?<=") &&
                 !rest.starts_with("(?<!");
    if (!named) {
      out += rest[0];
      continue;
    }
    out += "(?P<";
    i += 2;
  }
  return out;
}

RE2::Options PatternOptions() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

}  // namespace

std::optional<std::string> CompilePattern(std::string_view pattern, std::string* error) {
  std::string converted = WithPythonNames(pattern);
  RE2 compiled(converted, PatternOptions());
  if (compiled.ok()) return converted;
  *error = compiled.error();
  return std::nullopt;
}

Type CaptureType(const std::string& pattern) {
  RE2 compiled(pattern, PatternOptions());
  std::vector<bool> skippable = GroupScanner(pattern).Scan();
  std::vector<StructField> fields;
  for (const auto& [number, name] : compiled.CapturingGroupNames()) {
    auto index = static_cast<size_t>(number) - 1;
    bool optional = index >= skippable.size() || skippable[index];
    fields.push_back({name, optional ? Type::Optional(Type::String()) : Type::String(), {}});
  }
  return Type::Struct(std::move(fields));
}

}  // namespace flow::frontend
