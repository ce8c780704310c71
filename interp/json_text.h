#pragma once
// JSON, read strictly and written plainly.

#include <string>
#include <string_view>

#include "interp/value.h"

namespace flow::interp {

// Walks the members of an object, no further than asked.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view text) : text_(text) {}

  enum class Next { kMember, kEnd, kBad };
  // `raw` is the member's value as it stands.
  Next Read(std::string* key, std::string_view* raw);
  // Where the last member begins, or what stands in the place of one.
  size_t member() const { return member_; }

 private:
  Next ReadNext(std::string* key, std::string_view* raw);
  void Space();
  bool Take(char c);

  std::string_view text_;
  size_t at_ = 0;
  size_t member_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  bool bad_ = false;
};

// What a number read as a timestamp counts; 0: timestamps are text.
struct JsonOptions {
  int64_t time_unit = 0;
};

// Reads one value of the type; false when `raw` is none.
bool ReadJson(const Type& type, std::string_view raw, const JsonOptions& options, Value* out);

// The member of an object; false when there is none, or it is null.
bool JsonMember(std::string_view object, const std::string& name, std::string* member);

void AppendJson(const Type& type, const Value& value, std::string* out);
void AppendJsonString(std::string_view text, std::string* out);

// The text of a value in CSV cells and lines of text: strings and labels bare, none empty, nested
// values as JSON.
std::string PlainText(const Type& type, const Value& value);
// The reverse for cells.
bool ReadPlain(const Type& type, std::string_view text, const JsonOptions& options, Value* out);

}  // namespace flow::interp
